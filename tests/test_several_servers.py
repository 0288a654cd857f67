"""Two servers behind one port: visitors stay where they are, and one that is killed comes back."""

from __future__ import annotations

import asyncio
import random
import shutil
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress

import httpx2
import pytest
from websockets.exceptions import WebSocketException

pytest.register_assert_rewrite("tests.e2e.server")

from tests.e2e.server import is_running, wait_for  # noqa: E402
from tests.image import Image, started  # noqa: E402
from tests.load.visitor import ScriptFailed, Visitor, visiting  # noqa: E402

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("nginx"), reason="needs nginx"),
]
BACK_SECONDS = 10.0


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    with started(tmp_path_factory.mktemp("image")) as running:
        yield running


def of(number: int, **more: str) -> dict[str, str]:
    """Return what tells one visitor from another."""
    chance = random.Random(number)
    address = ".".join(str(chance.randrange(256)) for _ in range(4))
    return {"X-Forwarded-For": address, **more}


def sessions(image: Image) -> dict[int, int]:
    """Return how many sessions each server has, by its port."""
    found = {}
    for port in image.servers():
        told = httpx2.get(f"http://127.0.0.1:{port}/_stcore/metrics").text
        (line,) = (line for line in told.splitlines() if line.startswith("active_sessions "))
        found[port] = int(line.split()[1])
    return found


async def arrive(
    stack: AsyncExitStack, image: Image, headers: dict[str, str]
) -> tuple[int, Visitor]:
    """Open a session; return the port of the server that has it."""
    before = sessions(image)
    visitor = await stack.enter_async_context(visiting(image.url, "sets", headers=headers))
    (port,) = (port for port, count in sessions(image).items() if count > before[port])
    return port, visitor


def test_pages_uploads_and_downloads_of_a_visitor_are_at_one_server(image: Image) -> None:
    async def visit() -> None:
        async with AsyncExitStack() as stack:
            visitors = [await arrive(stack, image, of(number)) for number in range(8)]
            assert {port for port, _ in visitors} == set(image.servers())
            for number, (port, visitor) in enumerate(visitors):
                await visitor.upload("sets_file", "own.txt", f"line {number}\nanother".encode())
                assert visitor.has("sets_use")
                again, _ = await arrive(stack, image, of(number))
                assert again == port

    asyncio.run(visit())


def test_a_visitor_with_a_cookie_may_change_their_address(image: Image) -> None:
    async def visit() -> None:
        async with AsyncExitStack() as stack:
            for number in range(4):
                first = httpx2.get(image.url, headers=of(number))
                cookie = first.cookies["umekomi_address"]
                port, _ = await arrive(stack, image, of(number))
                for later in (100, 101, 102, 103):
                    headers = of(later, Cookie=f"umekomi_address={cookie}")
                    assert (await arrive(stack, image, headers))[0] == port

    asyncio.run(visit())


def test_who_is_at_a_server_that_is_killed_is_served_again_and_the_others_notice_nothing(
    image: Image,
) -> None:
    async def visit() -> None:
        async with AsyncExitStack() as stack:
            number, (killed, one) = 0, await arrive(stack, image, of(0))
            others = []
            while len(others) < 2:
                number += 1
                port, visitor = await arrive(stack, image, of(number))
                if port != killed:
                    others.append(visitor)
            server = image.servers()[killed]
            server.kill()
            wait_for(lambda: not is_running(server), "it has ended")
            with pytest.raises((ScriptFailed, WebSocketException)):
                await one.rerun()
            page = httpx2.get(image.url, headers=of(0))  # which the other one has, too
            assert page.status_code == 200
            back = asyncio.create_task(come_back(image, of(0)))
            while not back.done():
                await asyncio.gather(*(each.rerun() for each in others))
                await asyncio.sleep(0.2)
            print(f"served again after {await back:.1f} s")
            assert (await arrive(stack, image, of(0)))[0] == killed
            for each in others:
                await each.upload("sets_file", "own.txt", b"one line\nanother")

    asyncio.run(visit())
    wait_for(image.is_healthy, "both are well")


async def come_back(image: Image, headers: dict[str, str]) -> float:
    """Try until a page is served, as a browser does by itself; return the seconds that it took."""
    start = time.monotonic()
    async with asyncio.timeout(BACK_SECONDS):
        while True:
            with suppress(ScriptFailed, WebSocketException, OSError):
                async with visiting(image.url, "sets", headers=headers) as visitor:
                    await visitor.upload("sets_file", "own.txt", b"one line\nanother")
                    return time.monotonic() - start
            await asyncio.sleep(0.2)


def test_the_health_check_fails_where_one_server_does_not_answer(image: Image) -> None:
    server = next(iter(image.servers().values()))
    server.suspend()
    try:
        assert not image.is_healthy()
    finally:
        server.resume()
    wait_for(image.is_healthy, "it answers again")


def test_told_to_end_nothing_is_left(tmp_path_factory: pytest.TempPathFactory) -> None:
    with started(tmp_path_factory.mktemp("ended")) as image:
        family = image.process.children(recursive=True)
        assert len(family) >= 2
        image.process.terminate()
        wait_for(lambda: not is_running(image.process), "the launcher ends")
        wait_for(lambda: not any(map(is_running, family)), "all that it started ends")
