"""Sets and Map with real models: a file in, found, drawn, selected, and out again."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from core.sets.places import PlaceSet, place_set
from core.sets.reading import guess, read_file, to_set
from tests.e2e.conftest import NewVisit
from tests.e2e.server import Server
from tests.e2e.test_studies import CUT, EMBEDDED, OVERFLOW, PATIENCE, open_link, small_and_dark
from tests.e2e.visit import SCROLL_AND_WAIT, Visit

ROWS = (
    ("note", "story", "topic"),
    ("n1", "A cat sleeps on the warm sofa.", "animals"),
    ("n2", "The dog runs after a ball.", "animals"),
    ("n3", "Horses graze in the field.", "animals"),
    ("n4", "An apple pie needs butter and sugar.", "food"),
    ("n5", "She bakes bread every morning.", "food"),
    ("n6", "Soup is best when it is hot.", "food"),
    ("n7", "The train to Kyoto is late.", "travel"),
    ("n8", "He flies to Paris on Monday.", "travel"),
    ("n9", "=1+1 is no formula here.", "travel"),
)
TEXTS = tuple(row[1] for row in ROWS[1:])
QUERY = "baking a loaf"
# How a lasso is drawn: around the whole of the chart's own area.
AREA = """
chart => {
    const {left, top} = chart.getBoundingClientRect();
    const {l, t, w, h} = chart._fullLayout._size;
    return {x: left + l, y: top + t, width: w, height: h};
}
"""
POINTS = """
chart => (chart._fullData || []).filter(trace => trace.customdata)
    .flatMap(trace => Array.from(trace.x).map((x, i) => [trace.customdata[i], x, trace.y[i]]))
"""
# None is known while a chart is being drawn anew.
RINGS = """
chart => (chart._fullData || [{x: [], marker: {}, unknown: true}])
    .filter(trace => !trace.customdata && (trace.unknown || trace.marker?.symbol === "circle-open"))
    .reduce((sum, trace) => trace.unknown ? -1 : sum + trace.x.length, 0)
"""
# How many points stand out because the page has faded the others, which a lasso alone does not.
STANDING_OUT = """
chart => (chart._fullData || [])
    .filter(trace => trace.selectedpoints && trace.unselected?.marker?.opacity === 0.15)
    .reduce((count, trace) => count + trace.selectedpoints.length, 0)
"""


def csv_file() -> bytes:
    return "\n".join(",".join(row) for row in ROWS).encode()


def upload(here: Visit, name: str, content: bytes) -> None:
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    here.page.locator("input[type=file]").set_input_files(file)
    said = here.texts["sets.read"].partition("{kind}")[0].format(name=name)
    expect(here.main).to_contain_text(said, timeout=PATIENCE)
    here.settle()


def use(here: Visit) -> None:
    here.press("sets_use")
    # Not in the whole page: "1,909 texts" holds "9 texts".
    count = here.texts["sets.count"].format(count=len(TEXTS))
    expect(here.main.get_by_text(count, exact=True)).to_be_visible()
    here.settle()


def open_tab(here: Visit, name: str) -> None:
    here.hit(here.page.get_by_role("tab", name=here.texts[f"sets.tab_{name}"]))
    here.settle()


def found(here: Visit) -> list[str]:
    """Return the texts that the search found, best first."""
    name = here.texts["map.text"]
    tables = [each for each in here.tables() if here.texts["result.score"] in each["columns"]]
    return [row[each["columns"].index(name)] for each in tables for row in each["rows"]]


def ask(here: Visit, query: str) -> None:
    here.settle()  # a field that is still being drawn forgets what is typed into it
    box = here.by_key("sets_query").get_by_role("textbox")
    box.fill(query)
    expect(box).to_have_value(query)
    box.press("Enter")
    here.settle()


def plot(here: Visit, key: str):
    return here.by_key(key).locator(".js-plotly-plot").first


def points(here: Visit, key: str) -> dict[int, tuple[float, float]]:
    """Return where each text is drawn."""
    return {int(id): (x, y) for id, x, y in plot(here, key).evaluate(POINTS)}


def rings(here: Visit, key: str) -> int:
    return plot(here, key).evaluate(RINGS) if plot(here, key).count() else -1


def standing_out(here: Visit, key: str) -> int:
    return plot(here, key).evaluate(STANDING_OUT) if plot(here, key).count() else -1


def lasso(here: Visit, key: str) -> None:
    """Draw a lasso around the left half of a chart's area."""
    plot(here, key).evaluate(SCROLL_AND_WAIT)
    area = plot(here, key).evaluate(AREA)
    left, right = area["x"] + 2, area["x"] + area["width"] / 2
    top, bottom = area["y"] + 2, area["y"] + area["height"] - 2
    mouse = here.page.mouse
    mouse.move(left, top)
    mouse.down()
    for x, y in ((right, top), (right, bottom), (left, bottom), (left, top + 4)):
        mouse.move(x, y, steps=6)
    mouse.up()


def listed(here: Visit) -> int:
    """Return how many texts the table below the map lists."""
    return here.tables()[-1]["length"]


def drawn(here: Visit, key: str) -> None:
    expect(plot(here, key).locator(".main-svg").first).to_be_visible(timeout=2 * PATIENCE)
    here.settle()


def test_a_set_is_uploaded_searched_drawn_selected_and_taken_out_again(
    server: Server, visitor: NewVisit
) -> None:
    here = visitor(server)
    open_link(here, "/sets?sets_models=wordllama")
    upload(here, "own.csv", csv_file())
    here.choose("sets_column_text", "story")
    here.settle()
    use(here)
    here.press("sets_run")
    expect(here.by_key("sets_query")).to_be_visible(timeout=PATIENCE)
    ask(here, QUERY)
    here.until(lambda: found(here)[:1], ["She bakes bread every morning."])
    assert sorted(found(here)) == sorted(TEXTS)

    open_tab(here, "export")
    taken = {name: here.download(f"export_{name}_wordllama") for name in ("csv", "npz")}
    again = read_file("own.csv", taken["csv"])
    made = to_set(again, guess(again)).text_set
    assert made.texts == (*TEXTS[:-1], f"'{TEXTS[-1]}")
    assert made.columns["topic"] == tuple(row[2] for row in ROWS[1:])
    vectors = read_file("own.npz", taken["npz"]).vectors
    assert vectors is not None
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)

    here.go(here.texts["nav.explore"], here.texts["nav.map"])
    first, second = "map_panel_all-MiniLM-L6-v2", "map_panel_wordllama"
    drawn(here, first)
    drawn(here, second)
    here.until(lambda: sorted(points(here, first)), list(range(len(TEXTS))))
    before = points(here, first)
    lasso(here, first)
    here.until(lambda: rings(here, first) > 0, True)
    here.settle()
    count = rings(here, first)
    assert 0 < count < len(TEXTS)
    here.until(lambda: (rings(here, second), listed(here)), (count, count))
    assert points(here, first) == before
    here.press("map_clear")
    here.until(lambda: (rings(here, first), rings(here, second)), (0, 0))
    here.until(lambda: listed(here), len(TEXTS))
    here.settle()
    table = here.page.locator("[class*=st-key-map_table_]").get_by_test_id("data-grid-canvas").first
    table.evaluate(SCROLL_AND_WAIT)
    table.click(position={"x": 18, "y": 52 + 35}, force=True)
    here.until(lambda: (rings(here, first), rings(here, second)), (1, 1))
    here.until(lambda: [row[0] for row in here.tables()[-1]["rows"]], [TEXTS[1]])

    # What was taken out comes in again, with its vectors.
    here.go(here.texts["nav.explore"], here.texts["nav.sets"])
    here.hit(here.main.locator("summary").filter(has_text=here.texts["sets.upload"]))
    upload(here, "own.npz", taken["npz"])
    use(here)
    expect(here.main).to_contain_text(here.texts["sets.file_vectors"])
    ask(here, "")
    here.choose("sets_like", TEXTS[4])
    here.until(lambda: len(found(here)) >= len(TEXTS) - 1, True)
    assert TEXTS[4] not in found(here)


def test_the_prefectures_are_drawn_beside_where_they_are(
    server: Server, visitor: NewVisit, browser: Browser, tmp_path: Path
) -> None:
    here = visitor(server)
    open_link(here, "/map")
    keys = [f"map_panel_{model}" for model in EMBEDDED]
    for key in keys:
        drawn(here, key)
        here.until(lambda key=key: sorted(points(here, key)), list(range(47)))
    ground = points(here, "map_panel_ground")
    places = place_set(PlaceSet.PREFECTURES_EN).places
    assert places is not None
    np.testing.assert_allclose([ground[i] for i in range(47)], places[:, ::-1], atol=1e-3)
    here.until(lambda: len(here.chart("proximity_chart")), 1 + len(EMBEDDED))
    name = here.texts["map.share"]
    here.until(
        lambda: [t["length"] for t in here.tables() if name in t["columns"]], [3 * len(EMBEDDED)]
    )
    (shares,) = here.column(name)
    assert shares
    assert all(0 < float(share) < 1 for share in shares)
    lasso(here, "map_panel_ground")
    here.until(lambda: rings(here, "map_panel_ground") > 0, True)
    here.settle()
    west = rings(here, "map_panel_ground")
    assert 0 < west < 47
    here.until(lambda: [rings(here, key) for key in keys], [west] * 3)
    here.until(lambda: listed(here), west)

    saved = tmp_path / "map.html"
    saved.write_bytes(here.download("map_html"))
    assert drawn_by_itself(browser, saved) == [47] * 4


def drawn_by_itself(browser: Browser, path: Path) -> list[int]:
    """Return how many points each chart of a saved page has; it must ask for nothing else."""
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    found = page.locator(".js-plotly-plot").evaluate_all(
        f"charts => charts.map({POINTS}).map(points => points.length)"
    )
    page.close()
    assert [url for url in asked if not url.startswith(("blob:", "data:"))] == [path.as_uri()]
    return found


@pytest.mark.parametrize("page", ["sets", "map"])
def test_a_small_dark_window_shows_sets_and_map_without_scrolling_sideways(
    browser: Browser, server: Server, page: str
) -> None:
    with small_and_dark(browser, server, "ja") as here:
        if page == "map":
            open_link(here, "/map")
            for key in (*(f"map_panel_{model}" for model in EMBEDDED), "map_panel_ground"):
                drawn(here, key)
        else:
            open_link(here, "/sets?sets_models=wordllama&sets_models=char-ngrams")
            upload(here, "own.csv", csv_file())
            use(here)
            here.press("sets_run")
            expect(here.by_key("sets_query")).to_be_visible(timeout=PATIENCE)
            ask(here, QUERY)
            here.until(lambda: len(found(here)) > 0, True)
        here.until(lambda: here.page.evaluate(OVERFLOW), [0, 0])
        here.until(lambda: here.page.evaluate(CUT), [])


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_lasso_on_a_sample_of_a_hundred_thousand_texts_answers_in_seconds(
    server: Server, visitor: NewVisit, shared_data: Path
) -> None:
    from tests.benchmarks.texts import short_texts

    texts = short_texts(100_000)
    here, panel = visitor(server), "map_panel_wordllama"
    open_link(here, "/map?map_models=wordllama&method=pca")
    drawn(here, panel)
    here.go(here.texts["nav.explore"], here.texts["nav.sets"])
    content = "\n".join(["text", *(f'"{text.replace(chr(34), chr(34) * 2)}"' for text in texts)])
    upload(here, "own.csv", content.encode())
    here.press("sets_use")
    said = here.texts["sets.count"].format(count=f"{len(texts):,}")
    expect(here.main.get_by_text(said, exact=True)).to_be_visible(timeout=PATIENCE)
    here.press("sets_run")
    expect(here.by_key("sets_query")).to_be_visible(timeout=5 * PATIENCE)
    ask(here, texts[-1])  # which may well not be drawn
    here.until(lambda: texts[-1] in found(here), True)

    here.go(here.texts["nav.explore"], here.texts["nav.map"])
    shown = here.texts["map.sampled"].format(shown="20,000", total=f"{len(texts):,}")
    expect(here.main).to_contain_text(shown, timeout=5 * PATIENCE)
    drawn(here, panel)
    lasso(here, panel)
    start = time.monotonic()
    here.until(lambda: listed(here) == standing_out(here, panel) > 1000, True)
    print(f"A lasso on 20,000 of {len(texts):,} points: {time.monotonic() - start:.2f} s")
    here.press("map_clear")
    here.until(lambda: standing_out(here, panel), 0)
    here.until(lambda: listed(here), len(texts))
