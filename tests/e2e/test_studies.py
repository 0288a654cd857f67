"""Prompts, Probes and Dimensions with real models: run, drawn, and whole in any window."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from core.models.added import AddedModels
from tests.e2e.conftest import NewVisit, visiting
from tests.e2e.server import Server
from tests.e2e.visit import PATIENCE_SECONDS, Visit
from tests.models.tiny import GEMMA_PROMPTS, Kind, build

PATIENCE = PATIENCE_SECONDS * 1000
EMBEDDED = ("all-MiniLM-L6-v2", "wordllama", "char-ngrams")
PACKS = ("negation", "numbers")
PROBES = "/probes?" + "&".join(f"probe_packs={name}" for name in PACKS)
OWN_PROMPT = "query: "  # that the page has to start with
OVERFLOW = """
() => [document.scrollingElement, document.querySelector("[data-testid=stMain]")]
    .map(element => element.scrollWidth - element.clientWidth)
"""
# Charts whose drawing is wider than their place, and words that stick out of the picture.
CUT = """
() => [...document.querySelectorAll(".js-plotly-plot")].flatMap(chart => {
    const place = chart.getBoundingClientRect();
    return [...chart.querySelectorAll(".main-svg text")]
        .filter(text => text.textContent && text.getBoundingClientRect().width)
        .filter(text => {
            const box = text.getBoundingClientRect();
            return box.left < place.left - 2 || box.right > place.right + 2;
        })
        .map(text => text.textContent);
})
"""


@pytest.fixture(scope="module")
def gemma(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a tiny model with EmbeddingGemma's architecture and prompts."""
    folder = tmp_path_factory.mktemp("own") / "own-gemma"
    build(Kind.GEMMA, folder)
    yield folder
    AddedModels(server.folder / "data" / "models.json").remove(folder.name)


def open_link(here: Visit, path: str) -> None:
    """Open a page by its address; Streamlit first looks for its server below that, in vain."""
    missed: list[str] = []
    here.page.on(
        "response",
        lambda answer: missed.append(urlsplit(answer.url).path) if answer.status == 404 else None,
    )
    here.open(path)
    own = f"{urlsplit(path).path}/_stcore"
    assert set(missed) <= {f"{own}/health", f"{own}/host-config"}
    here.complaints[:] = [line for line in here.complaints if "404" not in line]


@contextmanager
def small_and_dark(browser: Browser, server: Server, lang: str) -> Iterator[Visit]:
    """Let in a visitor with a telephone."""
    context = browser.new_context(
        locale={"en": "en-US", "ja": "ja-JP"}[lang],
        color_scheme="dark",
        viewport={"width": 390, "height": 844},
    )
    with visiting({lang: context}) as (let_in, _):
        yield let_in(server, lang)
    context.close()


def run(here: Visit, key: str, chart: str) -> None:
    """Press the button of this key and wait for the chart that follows."""
    here.press(key)
    drawn = here.by_key(chart).locator(".main-svg").first
    expect(drawn).to_be_visible(timeout=PATIENCE)
    here.settle()


def cells(here: Visit, chart: str) -> list[str]:
    """Return the texts in the cells of a matrix."""
    return here.by_key(chart).locator(".heatmap-label").all_text_contents()


def lengths(here: Visit, column: str) -> list[int]:
    """Return how many rows each table has that has this column."""
    return [each["length"] for each in here.tables() if column in each["columns"]]


def rates(here: Visit) -> dict[str, list[str]]:
    """Return each model's cells of the table of pass rates."""
    found = [each for each in here.tables() if here.texts["probes.items"] in each["columns"]]
    assert len(found) <= 1
    table = found[0]  # an IndexError: not drawn yet
    return dict(zip(table["columns"], zip(*table["rows"], strict=True), strict=True))


def test_a_model_of_one_s_own_is_studied_under_every_prompt_that_it_stores(
    server: Server, visitor: NewVisit, gemma: Path
) -> None:
    here = visitor(server)
    here.open().go(here.texts["nav.models"], here.texts["nav.models"])
    here.by_key("add_text").get_by_role("textbox").fill(str(gemma))
    here.press("add_model")
    expect(here.page.get_by_role("heading", level=2, name=gemma.name)).to_be_visible()
    here.go(here.texts["nav.explore"], here.texts["nav.prompts"])
    box = here.by_key("prompt_models").get_by_role("combobox")
    box.fill(gemma.name)
    box.press("Enter")
    box.press("Escape")
    run(here, "prompts_run", f"matrix_{gemma.name}")
    distinct = {*GEMMA_PROMPTS.values(), "", OWN_PROMPT}
    here.until(
        lambda: [len(row) for row in here.chart(f"matrix_{gemma.name}")[0]["z"]],
        [len(distinct)] * len(distinct),
    )
    shown = cells(here, f"matrix_{gemma.name}")
    assert len(shown) == len(distinct) ** 2
    (recommended,) = [cell for cell in shown if "◎" in cell]
    assert recommended.startswith("0/1")
    here.by_key("prompts_measure").get_by_text(here.texts["prompts.measure_tau"]).click()
    here.until(lambda: "1.000 ◎" in " ".join(cells(here, f"matrix_{gemma.name}")), True)
    here.until(lambda: lengths(here, gemma.name), [len(GEMMA_PROMPTS)])
    (in_sight,) = here.column(gemma.name)
    assert set(in_sight) <= set(GEMMA_PROMPTS.values())


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_embedded_models_are_probed_in_each_language(
    server: Server, visitor: NewVisit, lang: str
) -> None:
    here = visitor(server, lang)
    open_link(here, PROBES)
    run(here, "probes_run", "probe_chart")
    here.until(lambda: [trace["name"] for trace in here.chart("probe_chart")], list(EMBEDDED))
    assert all(len(trace["y"]) == len(PACKS) for trace in here.chart("probe_chart"))
    here.until(lambda: list(rates(here))[2:], list(EMBEDDED))
    names = [here.texts[f"pack.{name}"] for name in PACKS]
    assert list(rates(here)[here.texts["probes.pack"]]) == names
    assert all(
        int(cell.partition("%")[0]) <= 100 for model in EMBEDDED for cell in rates(here)[model]
    )


def test_an_item_typed_into_the_table_is_run(server: Server, visitor: NewVisit) -> None:
    here = visitor(server)
    open_link(here, "/probes?probe_models=char-ngrams&probe_packs=negation")
    here.main.locator("summary").filter(has_text=here.texts["probes.own"]).click()
    here.until(lambda: len(here.tables()), 1)
    here.settle()
    for column, text in enumerate(("a cat", "a cat!", "the weather")):
        type_cell(here, column, text)
    run(here, "probes_run", "probe_chart")
    here.until(lambda: rates(here)[here.texts["probes.pack"]][1], here.texts["pack.own"])
    assert rates(here)["char-ngrams"][1].startswith("100%")
    here.switch_language("ja")
    expect(here.title).to_have_text(here.texts["nav.probes"])
    here.until(lambda: here.tables()[0]["rows"][0][:3], ["a cat", "a cat!", "the weather"])
    expect(here.main).not_to_contain_text(here.texts["probes.stale"].partition("**")[0])


def type_cell(here: Visit, column: int, text: str) -> None:
    """Type into the first row of the table of own items."""
    canvas = here.page.get_by_test_id("data-grid-canvas").first
    expect(canvas).to_be_visible()
    # Forced: a layer for scrolling lies over the canvas that takes the click.
    canvas.click(position={"x": 150 + 243 * column, "y": 52}, force=True)
    here.page.keyboard.press("Enter")
    editor = here.page.locator("#portal textarea")
    editor.fill(text)
    editor.press("Enter")
    here.until(lambda: here.tables()[0]["rows"][0][column], text)
    here.settle()


def test_dimensions_are_measured_and_typed_ones_too(server: Server, visitor: NewVisit) -> None:
    here = visitor(server)
    open_link(here, "/dimensions")
    run(here, "sizing_run", "sizing_chart")
    here.until(lambda: len(here.chart("sizing_chart")), 5)
    assert all(len(trace["y"]) == 4 for trace in here.chart("sizing_chart"))
    full = here.chart("sizing_chart")[0]
    assert full["y"][0] == 1
    assert len(cells(here, "sizing_grid")) == 20
    before = here.headline.inner_text()
    slider = here.by_key("sizing_loss").get_by_role("slider")
    slider.press("End")
    expect(here.headline).to_contain_text("50%")
    assert here.headline.inner_text() != before
    here.settle()
    assert len(here.chart("sizing_chart")) == 5

    box = here.by_key("sizing_dimensions").get_by_role("combobox")
    for typed in ("96", "128"):
        box.fill(typed)
        box.press("Enter")
        here.settle()
    box.press("Escape")
    here.press("sizing_run")
    here.until(lambda: [len(trace["y"]) for trace in here.chart("sizing_chart")], [2] * 5)


@pytest.mark.parametrize(
    ("path", "key", "charts"),
    [
        ("/prompts", "prompts_run", ("matrix_all-MiniLM-L6-v2", "moves_all-MiniLM-L6-v2")),
        (PROBES, "probes_run", ("probe_chart",)),
        ("/dimensions", "sizing_run", ("sizing_chart", "sizing_grid")),
    ],
    ids=["prompts", "probes", "dimensions"],
)
def test_a_small_dark_window_shows_all_of_it_without_scrolling_sideways(
    browser: Browser, server: Server, path: str, key: str, charts: tuple[str, ...]
) -> None:
    with small_and_dark(browser, server, "ja") as here:
        open_link(here, path)
        assert here.page.evaluate(OVERFLOW) == [0, 0]
        run(here, key, charts[0])
        for chart in charts:
            here.by_key(chart).scroll_into_view_if_needed()
            expect(here.by_key(chart).locator(".main-svg").first).to_be_visible()
        here.until(lambda: here.page.evaluate(OVERFLOW), [0, 0])
        here.until(lambda: here.page.evaluate(CUT), [])
