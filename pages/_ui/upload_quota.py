"""How many bytes of uploads the server holds: Streamlit keeps each file until its session ends."""

from __future__ import annotations

import re
from collections import defaultdict

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.runtime import get_instance
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from core.settings import settings
from pages._ui.texts import table

UPLOAD = re.compile(r"/_stcore/upload_file/([^/]+)/[^/]+$")
MEGABYTE = 2**20


class UploadQuota:
    """Refuses a file that would be too much for its session or for all, before it is read."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._coming: defaultdict[str, int] = defaultdict(int)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match = UPLOAD.search(scope["path"]) if scope["type"] == "http" else None
        if match is None or scope["method"] != "PUT":
            await self.app(scope, receive, send)
            return
        session, headers = match[1], Headers(scope=scope)
        size = _announced_bytes(headers)
        if self._is_full(session, size):
            # Japanese for a browser that asks for it first.
            lang = "ja" if headers.get("accept-language", "").startswith("ja") else "en"
            refusal = PlainTextResponse(table(lang)["frame.uploads_full"], status_code=413)
            await refusal(scope, receive, send)
            return
        self._coming[session] += size
        try:
            await self.app(scope, receive, send)
        finally:
            self._coming[session] -= size
            if not self._coming[session]:
                del self._coming[session]

    def _is_full(self, session: str, size: int) -> bool:
        manager = get_instance().uploaded_file_mgr
        kept = manager.file_storage if isinstance(manager, MemoryUploadedFileManager) else {}
        # Copied, because a session that ends takes its files from another thread.
        held = {
            name: sum(len(file.data) for file in list(files.values()))
            for name, files in list(kept.items())
        }
        own = held.get(session, 0) + self._coming.get(session, 0)
        everyone = sum(held.values()) + sum(self._coming.values())
        return (
            own + size > settings().session_uploads_mb * MEGABYTE
            or everyone + size > settings().all_uploads_mb * MEGABYTE
        )


def _announced_bytes(headers: Headers) -> int:
    """Return the size that the request names; the most that one file may have where it names none."""
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() else settings().upload_mb * MEGABYTE
