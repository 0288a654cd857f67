"""Benchmarks, Your data and Speed in a browser: a published score read, labelled pairs evaluated."""

from __future__ import annotations

import io
import zipfile

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import NewVisit
from tests.e2e.server import Server
from tests.e2e.test_studies import CUT, OVERFLOW, PATIENCE, open_link, small_and_dark
from tests.e2e.visit import Visit

GEMMA, QWEN = "google/embeddinggemma-300m", "Qwen/Qwen3-Embedding-0.6B"
PAIRS = (
    ("A cat sleeps on the sofa.", "A cat is asleep on a couch.", 5),
    ("The dog runs after a ball.", "A dog chases a ball.", 4.5),
    ("She bakes bread.", "He flies to Paris.", 0),
    ("Soup is best when hot.", "Hot soup tastes best.", 4.8),
    ("The train is late.", "The train has a delay.", 4.2),
    ("Horses graze in the field.", "The price of tea rose.", 0.2),
    ("It rains in the mountains.", "The mountains are wet from rain.", 3.9),
    ("He reads a book.", "A book lies on the table.", 2),
    ("Children play outside.", "Kids are playing in the garden.", 4),
    ("The shop opens at nine.", "The museum closes at five.", 1),
)
OWN = "\n".join(["sentence1,sentence2,score", *(f"{a},{b},{c}" for a, b, c in PAIRS)]).encode()


def upload(here: Visit, name: str, content: bytes) -> None:
    file = {"name": name, "mimeType": "text/csv", "buffer": content}
    here.page.locator("input[type=file]").set_input_files(file)
    said = here.texts["labelled.size_pairs"].format(count=len(PAIRS))
    expect(here.main).to_contain_text(said, timeout=PATIENCE)
    here.settle()


def evaluated(here: Visit) -> None:
    upload(here, "own.csv", OWN)
    here.press("labelled_run")
    expect(here.by_key("export_labelled")).to_be_visible(timeout=4 * PATIENCE)
    here.settle()


def test_a_published_score_is_read_and_two_models_are_compared(
    server: Server, visitor: NewVisit
) -> None:
    here = visitor(server)
    open_link(here, f"/benchmarks?benchmark_models={GEMMA}&benchmark_models={QWEN}")

    def means() -> list[list[float]]:
        found = here.column(here.texts["benchmarks.mean"])
        return [[round(float(mean), 2) for mean in column] for column in found]

    here.until(means, [[70.47, 69.67]])
    here.until(lambda: len(here.chart("benchmark_chart")), 1)
    here.page.get_by_role("tab", name=here.texts["benchmarks.tab_pair"]).click()
    here.until(lambda: len(here.chart("pair_chart")), 1)
    here.until(lambda: len(here.chart("pair_chart")[0]["y"]), 41)


def test_labelled_pairs_are_evaluated_with_intervals(server: Server, visitor: NewVisit) -> None:
    here = visitor(server)
    open_link(here, "/labelled")
    evaluated(here)
    here.until(lambda: len(here.chart("labelled_chart")), 1)
    (scores,) = here.column(here.texts["labelled.score"])
    assert len(scores) == 3
    assert all(-1 <= float(score) <= 1 for score in scores)
    lines = here.download("export_labelled").decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + len(PAIRS)


@pytest.mark.parametrize("page", ["benchmarks", "labelled", "speed"])
def test_a_small_dark_window_shows_them_without_scrolling_sideways(
    browser: Browser, server: Server, page: str
) -> None:
    with small_and_dark(browser, server, "ja") as here:
        open_link(here, f"/{page}")
        if page == "benchmarks":
            here.until(lambda: len(here.chart("benchmark_chart")), 1)
        elif page == "speed":
            here.until(lambda: len(here.chart("lines_cpu")), 2)
        else:
            upload(here, "own.csv", OWN)
        here.until(lambda: here.page.evaluate(OVERFLOW), [0, 0])
        here.until(lambda: here.page.evaluate(CUT), [])


def teach(here: Visit, name: str) -> None:
    """Have WordLlama learn where the prefectures are, and its result on the page."""
    here.choose("tune_model", "wordllama", exact=True)
    box = here.by_key("tune_name_wordllama_proximity").get_by_role("textbox")
    box.fill(name)
    box.press("Enter")
    here.settle()
    here.press("tune_start")
    expect(here.by_key("tune_download")).to_be_visible(timeout=8 * PATIENCE)
    here.until(lambda: len(here.chart("tune_curves")) >= 7, True)
    here.settle()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_model_is_taught_and_is_a_model_like_any_other(server: Server, visitor: NewVisit) -> None:
    here = visitor(server)
    open_link(here, "/fine_tune")
    teach(here, "places")
    last = here.chart("tune_map")
    here.by_key("tune_checkpoint").get_by_role("slider").press("Home")
    here.until(lambda: here.chart("tune_map") != last, True)
    expect(here.main).to_contain_text(here.texts["tune.items"])
    with zipfile.ZipFile(io.BytesIO(here.download("tune_download"))) as archive:
        assert {"modules.json", "README.md"} <= set(archive.namelist())
        assert not any("checkpoint" in name for name in archive.namelist())
