"""What one visitor enters reaches no other, no log, no link and no file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx2
import pytest

pytest.register_assert_rewrite("tests.e2e.server")

from websockets.exceptions import InvalidStatus  # noqa: E402

from tests.e2e import server as servers  # noqa: E402
from tests.e2e.server import Server  # noqa: E402
from tests.load.runs import PAGES  # noqa: E402
from tests.load.visitor import Visitor, visiting  # noqa: E402

CANARIES = [f"kanarienvogel{number:02}q" for number in range(20)]
TYPED, UPLOADED, LINKED = CANARIES[:7], CANARIES[7:17], CANARIES[17:]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with servers.running(tmp_path_factory.mktemp("canaries"), UMEKOMI_PROFILE="public") as running:
        yield running


async def enter_everything(server: Server) -> bytes:
    """Enter every canary; return what the server sent the visitor meanwhile."""
    query = f"models=char-ngrams&example={LINKED[0]}&query_task={LINKED[1]}&texts={LINKED[2]}"
    async with visiting(server.url, query=query, listen=True, may_fail=True) as here:
        await here.fill({"queries": "\n".join(TYPED[:2]), "documents": "\n".join(TYPED[2:6])})
        await here.press("compare_run")
        await here.rerun()
        check_links(here)
        told = bytes(here.heard or b"")
    async with visiting(server.url, "sets", query="sets_models=char-ngrams", listen=True) as here:
        head, rows = UPLOADED[1:4], [UPLOADED[4:7], UPLOADED[7:10]]
        table = "\n".join("\t".join(row) for row in (head, *rows)).encode()
        await here.upload("sets_file", f"{UPLOADED[0]}.tsv", table)
        await here.press("sets_use")
        await here.press("sets_run")
        await here.fill({"sets_query": TYPED[6]})
        check_links(here)
        return told + bytes(here.heard or b"")


def check_links(here: Visitor) -> None:
    """No link says what was entered; what a visitor's own link brought is gone from it, too."""
    assert not [each for each in CANARIES if each in here.query and each not in LINKED]


async def look_everywhere(server: Server) -> bytes:
    """Visit every page as somebody else; return all that the server sent."""
    heard = b""
    for path in PAGES:
        async with visiting(server.url, path, listen=True) as here:
            if not path:
                await here.press("compare_run")
            await here.rerun()
            heard += bytes(here.heard or b"")
    for path in ("/healthz", "/_stcore/metrics", "/_stcore/health", "/_stcore/host-config", "/"):
        heard += httpx2.get(server.url + path, timeout=30).content
    return heard


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_twenty_strings_of_one_visitor_are_seen_by_nobody_else(server: Server) -> None:
    async def both() -> tuple[bytes, bytes, bytes]:
        before = asyncio.create_task(look_everywhere(server))  # somebody who is there meanwhile
        entered = await enter_everything(server)
        return entered, await before, await look_everywhere(server)

    entered, meanwhile, afterwards = asyncio.run(both())
    shown = [each for each in (*TYPED[:6], *UPLOADED) if each.encode() not in entered]
    assert shown == [], "these were never on their own visitor's page"
    for name, heard in (
        ("another visitor, meanwhile", meanwhile),
        ("another visitor, afterwards", afterwards),
        ("the log", server.log.encode()),
    ):
        assert [each for each in CANARIES if each.encode() in heard] == [], name
    files = [path for path in server.folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".sqlite" for path in files)
    found = [p.name for p in files for each in CANARIES if each.encode() in p.read_bytes()]
    assert found == [], "a file holds what was entered"


@pytest.mark.parametrize("claimed", ["evil.example", "192.0.2.7", "localhost.evil.example"])
def test_a_host_that_is_not_this_machine_s_is_a_stranger_s(
    local_server: Server, claimed: str
) -> None:
    """Bound to loopback, asked by another name: a rebound name of the attacker's, or a proxy."""

    async def look() -> None:
        async with visiting(local_server.url, "models", claimed_host=claimed) as stranger:
            assert not stranger.has("add_text")
            assert not stranger.has("server_url")
            assert str(local_server.folder) not in stranger.written()
        async with visiting(local_server.url, "models") as own:
            assert own.has("add_text")

    asyncio.run(look())


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "https://localhost.evil.example", "null"]
)
def test_a_page_of_another_site_gets_no_session(local_server: Server, origin: str) -> None:
    async def ask() -> None:
        async with visiting(local_server.url, origin=origin):
            raise AssertionError("it was let in")

    with pytest.raises(InvalidStatus, match="403"):
        asyncio.run(ask())


def test_a_proxy_s_sign_makes_a_stranger(local_server: Server) -> None:
    async def look() -> None:
        headers = {"X-Forwarded-For": "203.0.113.9"}
        async with visiting(local_server.url, "models", headers=headers) as stranger:
            assert not stranger.has("add_text")

    asyncio.run(look())


@pytest.fixture(scope="module")
def local_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server as one user starts it, with nothing set."""
    with servers.running(tmp_path_factory.mktemp("local")) as running:
        yield running
