"""Past a limit a visitor is told so, and the others go on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx2
import pytest

pytest.register_assert_rewrite("tests.e2e.server")

from pages._ui.texts import table  # noqa: E402
from tests.e2e import server as servers  # noqa: E402
from tests.e2e.server import Server  # noqa: E402
from tests.load.visitor import ScriptFailed, visiting  # noqa: E402


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with servers.running(
        tmp_path_factory.mktemp("quotas"),
        UMEKOMI_PROFILE="public",
        UMEKOMI_SESSIONS="2",
        UMEKOMI_SESSION_UPLOADS_MB="2",
        UMEKOMI_ALL_UPLOADS_MB="3",
    ) as running:
        yield running


def test_a_session_and_all_of_them_keep_no_more_than_they_may(server: Server) -> None:
    async def fill_up() -> None:
        async with visiting(server.url, "sets") as one, visiting(server.url, "sets") as other:
            text = b"a line...\n" * 90_000
            await one.upload("sets_file", "first.txt", text)
            for content in (text * 2, text + b"more\n" * 300_000):
                with pytest.raises(httpx2.HTTPStatusError) as refused:
                    await one.upload("sets_file", "second.txt", content)
                assert refused.value.response.status_code == 413
                assert refused.value.response.text == table("en")["frame.uploads_full"]
            await other.upload("sets_file", "third.txt", text)
            await one.upload("sets_file", "fourth.txt", text)
            with pytest.raises(httpx2.HTTPStatusError):  # 2.7 of 3.1 million bytes are there
                await other.upload("sets_file", "fifth.txt", text[:600_000])
            await one.rerun()
            await other.rerun()

    asyncio.run(fill_up())


def test_who_comes_when_every_place_is_taken_is_told_so(server: Server) -> None:
    guide = table("en")["guide.compare_first"]  # of what they may not use

    async def crowd_in() -> None:
        async with visiting(server.url) as one, visiting(server.url, "keeps") as other:
            with pytest.raises(ScriptFailed):
                async with visiting(server.url):
                    raise AssertionError("a third visitor got in")
            async with visiting(server.url, may_fail=True) as third:
                assert guide not in third.written()
            assert guide in one.written()
            await one.rerun()
            await other.rerun()

    asyncio.run(crowd_in())
