"""A comparison that is broken off, by its user or by the end of a process."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator, Sequence

import psutil
import pytest
from playwright.sync_api import expect

from tests.e2e import server as servers
from tests.e2e.conftest import NewVisit
from tests.e2e.server import Server, is_running, wait_for
from tests.e2e.test_studies import open_link
from tests.e2e.visit import Visit

# Many of the worker's chunks, each of them soon done.
LONG = [f"document {i}" for i in range(8000)]
SHORT = ["mine", "another"]


@pytest.fixture(scope="module")
def rough_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose worker may be killed, so none that others share."""
    with servers.running(tmp_path_factory.mktemp("rough")) as running:
        yield running


def begin(here: Visit) -> None:
    """Start a long comparison."""
    here.open("/?models=all-MiniLM-L6-v2")
    here.paste(SHORT[:1], LONG)
    here.compare()
    expect(here.by_key("progress")).to_be_visible()


def wait_for_first_chunk(here: Visit) -> None:
    told = here.texts["compare.encoding"].partition("{done}")[0]
    first = re.escape(told.format(model="all-MiniLM-L6-v2"))
    some = re.compile(rf"{first}[1-9][0-9,]* of 8,001")  # with the query
    expect(here.by_key("progress")).to_contain_text(some, timeout=120_000)


def compare_again(here: Visit, documents: Sequence[str] = LONG) -> None:
    """See that the form is as it was, and that a comparison works."""
    assert here.queries.input_value() == SHORT[0]
    assert here.documents.input_value() == "\n".join(documents)
    here.paste(SHORT[:1], SHORT)
    here.compare()
    here.until(lambda: [row[3] for rows in here.rankings() for row in rows], SHORT)


def test_a_worker_that_is_killed_is_told_and_the_next_comparison_works(
    rough_server: Server, visitor: NewVisit
) -> None:
    here = visitor(rough_server)
    begin(here)
    wait_for_first_chunk(here)
    worker = rough_server.models_worker()
    worker.kill()
    lost = [
        here.main.get_by_text("The models worker ended in the middle of its work."),
        here.main.get_by_text("Nothing you entered is lost. Try again"),
    ]
    for text in lost:
        expect(text).to_be_visible(timeout=60_000)
    compare_again(here)
    for text in lost:
        expect(text).to_have_count(0)
    assert not is_running(worker)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_worker_that_is_killed_in_a_projection_is_told_and_the_next_picture_comes(
    rough_server: Server, visitor: NewVisit
) -> None:
    here = visitor(rough_server)
    panel = here.page.locator("[class*=st-key-map_panel_wordllama] .js-plotly-plot")
    open_link(here, "/map?set=municipalities-ja&map_models=wordllama&method=pca")
    expect(panel).to_be_visible(timeout=240_000)
    here.settle()
    worker = rough_server.compute_worker()
    here.choose("method", here.texts["map.method_umap"])
    expect(here.main).to_contain_text(here.texts["map.preview"], timeout=60_000)
    worker.kill()
    lost = here.main.get_by_text("The compute worker ended in the middle of its work.").first
    expect(lost).to_be_visible(timeout=60_000)
    here.choose("method", here.texts["map.method_pca"])
    expect(lost).to_have_count(0, timeout=10_000)
    expect(panel).to_be_visible(timeout=10_000)
    assert not is_running(worker)


def test_a_comparison_that_is_cancelled_leaves_the_form_as_it_was(
    rough_server: Server, visitor: NewVisit
) -> None:
    here = visitor(rough_server)
    begin(here)
    wait_for_first_chunk(here)
    here.click("compare_cancel")
    expect(here.by_key("progress")).to_have_count(0, timeout=60_000)
    here.settle()
    assert here.rankings() == []
    compare_again(here)


def test_a_bug_is_told_in_the_interface_s_words_and_its_details_stay_in_the_log(
    rough_server: Server, visitor: NewVisit
) -> None:
    here = visitor(rough_server, "ja").open("/?models=char-ngrams")
    here.enter(SHORT[:1], SHORT)
    with rough_server.broken():
        here.compare()
        wait_for(lambda: servers.SECRET in rough_server.log, "the bug is in the log")
        expect(here.main).to_contain_text(here.texts["errors.unexpected"])
    assert servers.SECRET not in here.main.inner_text()
    compare_again(here, SHORT)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
@pytest.mark.parametrize("busy", [False, True], ids=["idle", "in a call"])
def test_no_process_outlives_its_server(
    fresh_server: Server, visitor: NewVisit, end: signal.Signals, busy: bool
) -> None:
    here = visitor(fresh_server)
    if busy:
        begin(here)
    else:
        here.open("/models")
    worker = fresh_server.models_worker()
    family = [fresh_server.process, *fresh_server.family()]
    assert worker in family
    fresh_server.process.send_signal(end)
    wait_for(lambda: not any(map(is_running, family)), "every process has ended", seconds=15)
    assert not [p for p in psutil.process_iter() if p in family and is_running(p)]
