"""Many visitors at once: nobody fails, and everybody gets their own. The figures are printed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

pytest.register_assert_rewrite("tests.e2e.server")

from tests.e2e import server as servers  # noqa: E402
from tests.e2e.server import Server  # noqa: E402
from tests.load import results, runs  # noqa: E402
from tests.load.figures import Figure  # noqa: E402
from tests.load.visitor import Kept, ScriptFailed, visiting  # noqa: E402

QUICK = "models=char-ngrams"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with servers.running(tmp_path_factory.mktemp("load"), UMEKOMI_PROFILE="public") as running:
        yield running


@pytest.mark.slow
def test_visitors_who_compare_at_once_each_get_their_own_result(server: Server) -> None:
    async def all_of_them() -> None:
        async with AsyncExitStack() as stack:
            visitors = [
                await stack.enter_async_context(visiting(server.url, query=QUICK)) for _ in range(6)
            ]
            await asyncio.gather(
                *(runs.compare_own(each, f"visitor {i}") for i, each in enumerate(visitors))
            )
            for i, each in enumerate(visitors):
                await each.rerun()
                shown = each.tables()
                assert f"Text 0 of visitor {i}" in shown
                assert not any(f"of visitor {other}" in shown for other in range(6) if other != i)

    asyncio.run(all_of_them())


def test_a_file_comes_the_way_a_browser_sends_it(server: Server) -> None:
    async def upload() -> None:
        async with visiting(server.url, "sets", query="sets_models=char-ngrams") as visitor:
            assert await runs.encode_set(visitor, 1, 1200) > 0

    asyncio.run(upload())


def test_a_large_message_is_kept_while_it_is_used_and_no_longer() -> None:
    kept, large, named = Kept(), ForwardMsg(hash="a"), ForwardMsg(ref_hash="a")
    large.metadata.cacheable = True
    large.delta.new_element.text.body = "long"
    named.metadata.delta_path.extend([0, 1])
    assert kept.take(large) is large
    for _ in range(2):
        kept.run_is_done(1)
        again = kept.take(named)
        assert again.delta.new_element.text.body == "long"
        assert list(again.metadata.delta_path) == [0, 1]
    kept.take(ForwardMsg(hash="b"))  # not large
    assert list(kept.messages) == ["a"]
    kept.run_is_done(1)
    kept.run_is_done(1)
    assert not kept.messages


def test_only_this_machine_is_ever_asked() -> None:
    async def ask() -> None:
        async with visiting("http://example.org"):
            raise AssertionError("another machine was asked")

    with pytest.raises(AssertionError, match=r"'example\.org' is not this machine"):
        asyncio.run(ask())


def test_a_page_that_fails_is_a_failure(server: Server) -> None:
    async def fail() -> None:
        async with visiting(server.url, query=QUICK) as visitor:
            with server.broken():
                await visitor.press("compare_run")

    with pytest.raises(ScriptFailed):
        asyncio.run(fail())


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "run", [runs.nothing_changes, runs.crowd, runs.uploads_beside], ids=lambda run: run.__name__
)
def test_nobody_fails(server: Server, run: Callable[[Server], Awaitable[list[Figure]]]) -> None:
    show_and_check(asyncio.run(run(server)))


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_nobody_fails_in_ten_minutes_of_two_hundred(server: Server) -> None:
    show_and_check(asyncio.run(runs.steady(server)))


def show_and_check(found: list[Figure]) -> None:
    print(*found, sep="\n")
    assert [figure.value for figure in found if figure.name == "failures"] in ([], [0])


def test_results_keep_the_other_runs_figures(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "RESULTS", tmp_path / "RESULTS.md")
    machine = {"commit": "abc", "processor": "a processor", "cores": 2, "python": "3.11"}
    about = results.About(
        machine=machine, date="2026-01-01T00:00", options={}, loop_seconds=0.5, others=0.1
    )
    for name, value in (("one", 0.5), ("another", 3), ("one", 2)):
        figure = Figure(name="p95", value=value, unit="s", most=1)
        results.write(name, [figure], about)
    written = results.RESULTS.read_text(encoding="utf-8")
    assert written.count("## one") == written.count("## another") == 1
    assert "| p95 | 2 s | 1 | does not hold |" in written
    assert "| p95 | 3 s | 1 | does not hold |" in written
    assert "0.5 s | 1" not in written
