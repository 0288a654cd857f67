"""The launcher: ``streamlit run app.py`` serves pages/main.py with security headers.

The script is not this file because Streamlit takes a folder named pages beside the script for its
old multipage layout, and a first visitor to an inner page would get it without its frame.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import hashlib
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config
from threadpoolctl import threadpool_limits

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))
# Streamlit puts the script's folder there for each run and takes it away again. A thread that goes
# through the list meanwhile misses an entry, and with it a package: a model's files "are not here".
# What it finds there it leaves there.
sys.path.append(str(ROOT / "pages"))

from core.encoding.stores import remove_orphans  # noqa: E402
from core.settings import settings  # noqa: E402
from core.work import lanes  # noqa: E402
from core.work.health import Health, health  # noqa: E402
from pages._ui import shortcuts  # noqa: E402
from pages._ui.errors import show_unexpected  # noqa: E402
from pages._ui.upload_quota import UploadQuota  # noqa: E402

COLLECT_SECONDS = 30.0


def content_security_policy() -> str:
    """Allow this server and nothing else; Streamlit's own inline scripts by their hashes."""
    index = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    inline = re.findall(r"<script>(.*?)</script>", index, flags=re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in inline]
    directives = {
        "default-src": "'self'",
        # Plotly draws more than 5,000 points by WebGL code that it makes, which 'unsafe-eval'
        # allows. Scripts still come from this server alone, and none stands in a page.
        "script-src": " ".join(["'self'", "'unsafe-eval'", *(f"'sha256-{h}'" for h in hashes)]),
        "style-src": "'self' 'unsafe-inline'",  # Streamlit and Plotly style elements in place
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self' ws: wss:",  # some browsers leave web sockets out of 'self'
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": settings().frame_ancestors,
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())


class SecurityHeaders:
    """Adds the headers to every HTTP response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.headers = {
            "Content-Security-Policy": content_security_policy(),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [_partitioned(*header) for header in message["headers"]]
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def _partitioned(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """Return the header; a cookie for foreign frames is kept for each framing site apart.

    Browsers that refuse cookies of other sites, as more and more do, still take such a one.
    """
    if name.lower() == b"set-cookie" and b"SameSite=None" in value:
        return name, value + b"; Partitioned"
    return name, value


async def healthz(_request: Request) -> JSONResponse:
    """Say whether the workers answer; Streamlit's own ``/_stcore/health`` knows of none."""
    found = await run_in_threadpool(health)
    return JSONResponse(found, status_code=503 if Health.LOST in found.values() else 200)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Clear what a killed server left, and take the workers down with this one."""
    remove_orphans(settings().data_dir)
    # Products are small here, and large in the workers: shared out among threads, they cost a third
    # of a comparison's CPU time in threads that wait, and save nobody time.
    threadpool_limits(1, user_api="blas")
    collecting = asyncio.create_task(collect_now_and_then())
    yield
    collecting.cancel()
    lanes.close()


async def collect_now_and_then() -> None:
    """Free what sessions leave in cycles: Python itself waits until a quarter of all is new."""
    while True:
        await asyncio.sleep(COLLECT_SECONDS)
        await run_in_threadpool(gc.collect)


def allow_uploads_in_foreign_frames() -> None:
    """Let the cookie that guards uploads reach a frame on another site, where one is allowed.

    Browsers send it there over HTTPS alone (and to localhost).
    """
    if not {"'self'", "'none'"}.issuperset(settings().frame_ancestors.split()):
        config.set_option("server.xsrfCookieSameSite", "none", "UMEKOMI_FRAME_ANCESTORS")


allow_uploads_in_foreign_frames()
shortcuts.take()
app = st.App(
    ROOT / "pages" / "main.py",
    lifespan=lifespan,
    routes=[Route("/healthz", healthz)],
    middleware=[Middleware(SecurityHeaders), Middleware(UploadQuota)],
    on_script_error=show_unexpected,
)
