"""A slider on the prefectures' map: from the key until every panel stands anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.maps.projection import ProjectionRequest, project, warm
from core.sets.neighbours import Metric
from core.work import Lane
from tests.benchmarks.measuring import Clock, Pace, Run, Unavailable, take_turns, timed
from tests.benchmarks.outcome import Outcome, Ratio
from tests.browser import find_chromium

if TYPE_CHECKING:
    from tests.e2e.visit import Visit

TARGET_SECONDS = 0.5
MODELS = ("all-MiniLM-L6-v2", "wordllama", "char-ngrams")
DIMENSIONS = (384, 256, 2048)
PATIENCE_SECONDS = 60
# A point of each panel; the picture is another one when all have moved.
FIRST_POINTS = """
models => models.map(model => {
    const chart = document.querySelector(`.st-key-map_panel_${CSS.escape(model)} .js-plotly-plot`);
    const trace = chart?._fullData?.find(trace => trace.customdata);
    return trace ? [trace.x[0], trace.y[0]].join() : "";
})
"""


@dataclass(frozen=True, kw_only=True)
class Sizes:
    rounds: int = 5


FULL = Sizes()
TINY = Sizes(rounds=1)


def measure(sizes: Sizes, folder: Path, pace: Pace) -> list[Outcome]:
    compute = Lane("compute")
    numbers = count(20)
    vectors = [
        np.random.default_rng(0).standard_normal((47, d)).astype(np.float32) for d in DIMENSIONS
    ]
    try:
        compute.submit(warm).result()

        def in_core(_: int) -> Run:
            asked = ProjectionRequest(neighbours=next(numbers), metric=Metric.COSINE)
            return timed(lambda: [compute.submit(project, v, asked).result() for v in vectors])[0]

        with _opened(folder) as here:
            turns = take_turns(
                {"ours": lambda _: _slide(here), "core": in_core}, pace, rounds=sizes.rounds
            )
    finally:
        compute.shutdown()
    return [
        Outcome(
            what="47 prefectures, 3 models, UMAP: from the key on the slider until every panel "
            "stands anew",
            peer="the three pictures alone, in a worker",
            ratio=Ratio.OURS_BY_PEER,
            target_seconds=TARGET_SECONDS,
            ours=turns.found["ours"],
            theirs=turns.found["core"],
            busy_before=turns.busy_before,
        )
    ]


def _slide(here: Visit) -> Run:
    before = here.page.evaluate(FIRST_POINTS, list(MODELS))
    thumb = here.by_key("neighbours").get_by_role("slider")
    thumb.focus()
    clock = Clock()
    here.page.keyboard.press("ArrowRight")
    here.page.wait_for_function(
        f"([models, before]) => ({FIRST_POINTS})(models).every((p, i) => p && p !== before[i])",
        arg=[list(MODELS), before],
        timeout=1000 * PATIENCE_SECONDS,
        polling="raf",
    )
    run = clock.read()
    here.settle()
    return run


@contextmanager
def _opened(folder: Path) -> Iterator[Visit]:
    from playwright.sync_api import sync_playwright

    from tests.e2e.server import running
    from tests.e2e.visit import visit

    executable = find_chromium()
    if executable is None:
        raise Unavailable("No Chromium: run `make browser`, or `playwright install chromium`.")
    with running(folder / "server") as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        context = browser.new_context(locale="en-US", viewport={"width": 1440, "height": 1800})
        here = visit(context, server).open("/map")
        here.by_key("map_html").wait_for(timeout=5000 * PATIENCE_SECONDS)
        here.settle()
        yield here
        browser.close()
