"""The same large comparison on the page: from the click on Compare until the new result stands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

from core.compare import CompareRequest, Document, compare
from core.encoding import Engine
from tests.benchmarks import large_comparison
from tests.benchmarks.large_comparison import MODELS, texts_of
from tests.benchmarks.measuring import Clock, Pace, Run, Unavailable, take_turns, timed
from tests.benchmarks.ours import opened_engines
from tests.benchmarks.outcome import Outcome, Ratio
from tests.browser import find_chromium

if TYPE_CHECKING:
    from tests.e2e.visit import Visit

TARGET_SECONDS = 1.0
PATIENCE_SECONDS = 60
DIMENSIONS = (128, 64)  # in turns, so that no result is the one before
# Runs in the page, so that the way to the browser and back counts once. The result stands when
# nothing says that it is out of date, the models that can be cut name the new dimension, each table
# has every row, and theirs have other ones than before; then the next frame is drawn. The rows are
# those that a screen reader gets, which the table tells 0.2 s after it has drawn them.
CLICK_AND_WAIT = """
async ({stale, scored, models, rows, patience}) => {
    const main = document.querySelector("[data-testid=stMain]");
    const tables = () => [...main.querySelectorAll("[data-testid=stDataFrame] table")]
        .filter(table => Number(table.getAttribute("aria-rowcount")) - 1 === rows)
        .map(table => table.querySelector("tbody").textContent);
    const before = tables();
    const stands = () => {
        const captions = [...main.querySelectorAll("[data-testid=stCaptionContainer]")]
            .map(caption => caption.textContent);
        const found = tables();
        return !captions.some(text => text.includes(stale))
            && captions.filter(text => text.includes(scored)).length === models - 1
            && found.length >= models
            && found.filter(text => !before.includes(text)).length >= models - 1;
    };
    const frame = () => new Promise(done => requestAnimationFrame(done));
    const start = performance.now();
    document.querySelector(".st-key-compare_run button").click();
    while (!stands()) {
        if (performance.now() - start > patience) throw Error("The result never stood.");
        await frame();
    }
    await frame();
}
"""


@dataclass(frozen=True, kw_only=True)
class Sizes(large_comparison.Sizes):
    rounds: int = 5


FULL = Sizes()
TINY = Sizes(rounds=1, queries=2, documents=20)


def measure(sizes: Sizes, folder: Path, pace: Pace) -> list[Outcome]:
    queries, documents = texts_of(sizes)
    dimensions = cycle(DIMENSIONS)
    with opened_engines(folder, MODELS) as new_engine, _compared(folder, sizes) as here:
        engine = new_engine()
        _in_core(engine, queries, documents, DIMENSIONS[0])  # the store is filled

        def on_page(_: int) -> Run:
            return _click(here, next(dimensions), sizes)

        def in_core(number: int) -> Run:
            return _in_core(engine, queries, documents, DIMENSIONS[number % 2])

        turns = take_turns({"ours": on_page, "core": in_core}, pace, rounds=sizes.rounds)
    return [
        Outcome(
            what=f"{sizes.queries} queries, {sizes.documents} documents, {len(MODELS)} models: "
            "from the click until the result stands, vectors in the store",
            peer="compare() alone, vectors in the store",
            ratio=Ratio.OURS_BY_PEER,
            target_seconds=TARGET_SECONDS,
            ours=turns.found["ours"],
            theirs=turns.found["core"],
            busy_before=turns.busy_before,
        )
    ]


def _in_core(
    engine: Engine, queries: tuple[str, ...], documents: tuple[str, ...], dimension: int
) -> Run:
    request = CompareRequest(
        queries=queries,
        documents=tuple(map(Document, documents)),
        models=MODELS,
        dimension=dimension,
    )
    return timed(lambda: compare(request, engine))[0]


def _click(here: Visit, dimension: int, sizes: Sizes) -> Run:
    here.choose("dimension", str(dimension))
    stale = here.texts["compare.stale"].partition(".")[0]
    here.until(here.main.get_by_text(stale).count, 1)
    here.settle()
    told = {
        "stale": stale,
        "scored": f"{dimension} of ",  # "64 of 384 dimensions"
        "models": len(MODELS),
        "rows": sizes.documents,
        "patience": 1000 * PATIENCE_SECONDS,
    }
    clock = Clock()
    here.page.evaluate(CLICK_AND_WAIT, told)
    run = clock.read()
    here.until_explained()
    return run


@contextmanager
def _compared(folder: Path, sizes: Sizes) -> Iterator[Visit]:
    """Give a page on which the texts have been compared once, percentiles included."""
    from playwright.sync_api import sync_playwright

    from tests.e2e.server import running
    from tests.e2e.visit import visit

    executable = find_chromium()
    if executable is None:
        raise Unavailable("No Chromium: run `make browser`, or `playwright install chromium`.")
    with running(folder / "server") as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        # A tall window: tables far from the screen don't tell their rows.
        context = browser.new_context(locale="en-US", viewport={"width": 1440, "height": 1800})
        here = visit(context, server).open()
        here.paste(*texts_of(sizes))
        here.compare()
        here.until(lambda: len(here.rankings()), len(MODELS), seconds=10 * PATIENCE_SECONDS)
        here.until_explained()
        yield here
        browser.close()
