"""The hosting recipe: what the Dockerfile starts works, unprivileged, also behind nginx."""

from __future__ import annotations

import asyncio
import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from websockets.asyncio.client import connect

from tests.e2e.server import free_port, wait_for
from tests.image import NOBODY, Image, copied, instructions, nobody, started
from tests.load.visitor import visiting

ROOT = Path(__file__).resolve().parent.parent
NGINX = ROOT / "assets" / "hosting" / "nginx.conf"
needs_nginx = pytest.mark.skipif(
    not (shutil.which("nginx") and shutil.which("openssl")), reason="needs nginx and openssl"
)


def test_the_image_holds_all_that_the_app_needs_and_nothing_else() -> None:
    assert [source for source in copied() if not (ROOT / source).exists()] == []
    assert {
        "app.py",
        "core",
        "pages",
        "assets",
        ".streamlit",
        "requirements.txt",
    } == set(copied())
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignored[0] == "*"
    assert {line[1:] for line in ignored if line.startswith("!")} == set(copied())


def test_it_runs_as_a_user_without_rights_as_a_public_instance() -> None:
    assert instructions("USER") == ["umekomi"]
    assert "UMEKOMI_PROFILE=public" in instructions("ENV")
    port = dict(line.split("=") for line in instructions("ENV"))["STREAMLIT_SERVER_PORT"]
    assert instructions("EXPOSE") == [port]
    assert f"server 127.0.0.1:{port};" in NGINX.read_text(encoding="utf-8")


SEARCHED = """
import sys, app
from streamlit.runtime.scriptrunner.exec_code import modified_sys_path

before = list(sys.path)
with modified_sys_path(str(app.ROOT / "pages" / "main.py")):
    assert sys.path == before
assert sys.path == before
"""


def test_where_python_looks_for_packages_stays_the_same_while_visitors_come_and_go() -> None:
    """Streamlit changes it for each run of a page, under the feet of all others that look."""
    subprocess.run([sys.executable, "-c", SEARCHED], cwd=ROOT, check=True)


THEME = """
from streamlit import config
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

def themes():
    whole = CustomThemeConfig()
    app_session._populate_theme_msg(whole)
    for category in config.CustomThemeCategories:
        part = whole
        for name in category.value.split("."):
            part = getattr(part, name)
        app_session._populate_theme_msg(part, f"theme.{category.value}")
    return whole

config.get_config_options()
before = themes()
assert before.light.primary_color and not before.HasField("sidebar")
import app
assert [themes(), themes()] == [before, before]
"""


def test_visitors_are_sent_the_theme_that_streamlit_reads() -> None:
    subprocess.run([sys.executable, "-c", THEME], cwd=ROOT, check=True)


THREADS = """
import asyncio, app
from threadpoolctl import threadpool_info

async def blas_threads():
    async with app.lifespan(app.app):
        return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}

print(asyncio.run(blas_threads()))
"""


def test_the_server_s_own_products_are_computed_in_one_thread(tmp_path: Path) -> None:
    """Others would wait in a loop for the next, beside the workers that need the cores."""
    done = subprocess.run(
        [sys.executable, "-c", THREADS],
        cwd=ROOT,
        env={**os.environ, "UMEKOMI_DATA_DIR": str(tmp_path), "OPENBLAS_NUM_THREADS": "2"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "{1}"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    with started(tmp_path_factory.mktemp("image")) as running:
        yield running


@pytest.mark.slow
@needs_nginx
def test_what_the_image_starts_serves_strangers(image: Image) -> None:
    if nobody():
        assert image.process.uids().real == NOBODY

    async def visit() -> None:
        async with visiting(image.url, "models") as stranger:
            assert not stranger.has("add_text")
        async with visiting(image.url, query="models=wordllama") as other:
            await other.press("compare_run")
            assert "Mars" in other.tables()

    asyncio.run(visit())


@contextmanager
def nginx(image: Image, folder: Path) -> Iterator[int]:
    """Run nginx with the recipe's own file; ports, names of files and certificate are the test's."""
    port = free_port()
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = ["-subj", "/CN=localhost", "-days", "1"]
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject]
    subprocess.run(
        [*new, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True
    )
    text = NGINX.read_text(encoding="utf-8")
    for old, other in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("listen 80", f"listen 127.0.0.1:{free_port()}"),
        ("127.0.0.1:7860", f"127.0.0.1:{image.port}"),
        ("/etc/ssl/example.org/fullchain.pem", str(certificate)),
        ("/etc/ssl/example.org/privkey.pem", str(key)),
    ):
        assert old in text
        text = text.replace(old, other)
    folders = "".join(
        f"{name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = f"pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
    whole += f"http {{ access_log off; {folders}\n{text}}}\n"
    (folder / "whole.conf").write_text(whole, encoding="utf-8")
    command = ["nginx", "-c", str(folder / "whole.conf"), "-p", str(folder)]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    with subprocess.Popen([*command, "-g", "daemon off;"]) as running:
        try:
            yield port
        finally:
            running.terminate()


@pytest.mark.slow
@needs_nginx
def test_nginx_in_front_passes_pages_and_sessions_and_stops_what_is_too_large(
    image: Image, tmp_path: Path
) -> None:
    with nginx(image, tmp_path) as port, httpx2.Client(verify=False, timeout=30) as client:
        base = f"https://localhost:{port}"
        wait_for(lambda: answers(client, base), "nginx answers")
        page = client.get(base)
        assert page.status_code == 200
        assert "frame-ancestors" in page.headers["Content-Security-Policy"]
        assert client.get(f"{base}/_stcore/metrics").status_code == 404
        assert client.get(f"{base}/healthz").status_code == 200
        too_large = client.put(f"{base}/_stcore/upload_file/a/b", content=bytes(28 * 2**20))
        assert too_large.status_code == 413

        async def open_session() -> None:
            unchecked = ssl.create_default_context()
            unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
            address = f"wss://localhost:{port}/_stcore/stream"
            async with connect(
                address, ssl=unchecked, origin=base, subprotocols=["streamlit"]
            ) as s:
                assert s.subprotocol == "streamlit"

        asyncio.run(open_session())


def answers(client: httpx2.Client, base: str) -> bool:
    try:
        return client.get(f"{base}/_stcore/health").text == "ok"
    except httpx2.TransportError:
        return False
