"""The Compare page at its limits: hostile and huge texts, small windows, and pictures to take away."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import NewVisit, visiting
from tests.e2e.server import Server
from tests.e2e.visit import PATIENCE_SECONDS, Visit

MODELS = ("all-MiniLM-L6-v2", "wordllama", "char-ngrams")
QUICK = MODELS[1:]
WITH_QUICK = "/?models=wordllama&models=char-ngrams"
BACKGROUNDS = {"light": (255, 255, 255), "dark": (18, 22, 31)}  # as .streamlit/config.toml has them
TOPICS = ("bread", "cats", "trains", "weather", "music", "code", "gardens", "chess", "rivers")
BAD = (
    "<img src=x onerror=window.__pwned=1><script>window.__pwned=1</script>",
    "**bold** [link](javascript:window.__pwned=1) :red[red] ![x](http://example.com/x)",
    "$\\frac{1}{2}$ costs $5 \\(x\\)",
    "\u202eright to left \u05e9\u05dc\u05d5\u05dd \u202c and back",
    "nul \x00 bell \x07 escape \x1b[31m delete \x7f next line \x85 end",
    "separators \u2028 and \u2029 are no line breaks",
    "{braces} {0} %s \\u0000 \\n ;--",
)
OVERFLOW = """
() => [document.scrollingElement, document.querySelector("[data-testid=stMain]")]
    .map(element => element.scrollWidth - element.clientWidth)
"""


@contextmanager
def window(
    browser: Browser, server: Server, *, theme: str, lang: str = "en", width: int = 1440
) -> Iterator[Visit]:
    """Let in a visitor whose window is not the others' one."""
    locale = {"en": "en-US", "ja": "ja-JP"}[lang]
    height = 844 if width < 500 else 1800
    context = browser.new_context(
        locale=locale, color_scheme=theme, viewport={"width": width, "height": height}
    )
    with visiting({lang: context}) as (let_in, _):
        yield let_in(server, lang)
    context.close()


def until_ranked(here: Visit, columns: int) -> None:
    here.until(lambda: len(here.rankings()), columns, seconds=3 * PATIENCE_SECONDS)
    here.until_explained()


@pytest.mark.parametrize("theme", BACKGROUNDS)
def test_the_camera_saves_the_chart_as_png_or_svg(
    browser: Browser, server: Server, theme: str
) -> None:
    with window(browser, server, theme=theme) as here:
        here.open(WITH_QUICK)
        here.compare()
        until_ranked(here, 2)
        shown = here.by_key("rank_chart").locator(".js-plotly-plot").bounding_box()
        png = picture(here, "rank_chart")
        assert png.startswith(b"\x89PNG\r\n\x1a\n")
        image = Image.open(io.BytesIO(png)).convert("RGB")
        assert image.size == (2 * shown["width"], 2 * shown["height"])
        assert image.getpixel((0, 0)) == BACKGROUNDS[theme]
        assert len(image.getcolors(maxcolors=1 << 24)) > 100  # lines and letters, not a blank

        here.by_key("picture_format").get_by_text("SVG", exact=True).click()
        here.until(lambda: cameras(here, "rank_chart"), ["Download plot"])  # no longer "as a PNG"
        root = ElementTree.fromstring(picture(here, "rank_chart"))
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        words = " ".join(root.itertext())
        assert all(model in words for model in QUICK)
        assert "Mars, known" in words


def picture(here: Visit, key: str) -> bytes:
    with here.page.expect_download() as download:
        here.by_key(key).locator(".modebar-btn").click()
    return download.value.path().read_bytes()


def cameras(here: Visit, key: str) -> list[str]:
    buttons = here.by_key(key).locator(".modebar-btn")
    return buttons.evaluate_all("found => found.map(button => button.dataset.title)")


def test_whatever_is_typed_is_shown_as_typed(server: Server, visitor: NewVisit) -> None:
    here = visitor(server).open(WITH_QUICK)
    here.paste(BAD, BAD)
    here.compare()
    until_ranked(here, 2)
    here.until(
        lambda: [dict(row[2:] for row in ranking) for ranking in here.rankings()],
        [dict(enumerate(BAD, start=1))] * 2,
    )
    for query in range(len(BAD)):  # each in the headline, the charts and the boxes
        here.by_key("shown_query").get_by_role("combobox").press("ArrowDown")
        here.page.get_by_role("option").nth(query).click()
        here.settle()
    here.by_key("reading").locator("summary").click()
    here.settle()
    here.open_menu("history_menu")
    assert here.queries.input_value() == "\n".join(BAD)
    assert here.documents.input_value() == "\n".join(BAD)
    assert here.page.evaluate("window.__pwned === undefined")
    injected = "img[src=x], script:not([src]):has-text('__pwned'), .katex, a[href^=javascript]"
    assert here.page.locator(injected).count() == 0
    assert here.main.get_by_text("bold", exact=True).count() == 0
    expect(here.main).not_to_contain_text(here.texts["errors.unexpected"])


@pytest.mark.parametrize(
    "documents",
    [
        pytest.param([f"document {i}" for i in range(10_000)], id="10,000 lines"),
        pytest.param(["word " * 200_000 + "end", "another"], id="a line of a megabyte"),
    ],
)
def test_huge_input_is_compared_and_kept(
    server: Server, visitor: NewVisit, documents: list[str]
) -> None:
    here = visitor(server).open("/?models=wordllama")
    here.paste(["mine"], documents)
    here.compare()
    until_ranked(here, 1)
    here.until(lambda: ranked_lengths(here), [len(documents)])
    assert here.documents.input_value() == "\n".join(documents)
    expect(here.main).not_to_contain_text(here.texts["errors.heading"])


def ranked_lengths(here: Visit) -> list[int]:
    names = {here.texts["result.rank"], here.texts["result.score"]}
    return [each["length"] for each in here.tables() if names <= set(each["columns"])]


def test_hundreds_of_documents_have_every_table_and_chart(
    server: Server, visitor: NewVisit
) -> None:
    here = visitor(server).open()
    here.page.set_viewport_size({"width": 1440, "height": 5200})  # all of it on the screen
    queries = [f"about {topic} and {i}" for i, topic in enumerate((TOPICS * 3)[:20])]
    here.paste(queries, [f"{TOPICS[i % len(TOPICS)]}, note {i}" for i in range(500)])
    here.compare()
    until_ranked(here, 3)
    here.until(lambda: ranked_lengths(here), [500] * 3)
    columns = ["answers.overlap", "result.step", "result.exact_text"]
    for name in columns:
        here.until(lambda name=name: len(here.column(here.texts[name])), 1)
    # The explanation has all of it drawn again.
    here.until(lambda: [len(line["y"]) for line in rank_lines(here)], [3] * 15)
    for model in MODELS:
        (heatmap,) = here.chart(f"heatmap_{model}")
        assert [len(row) for row in heatmap["z"]] == [60] * 20
        bars, markers = here.chart(f"unrelated_{model}")
        assert bars["y"]
        assert len(markers["y"]) == 12
    expect(here.main).not_to_contain_text(here.texts["errors.heading"])
    expect(here.main).not_to_contain_text(here.texts["errors.unexpected"])
    assert here.page.get_by_test_id("stException").count() == 0


def rank_lines(here: Visit) -> list[dict[str, Any]]:
    return [line for line in here.chart("rank_chart") if "lines" in line["mode"]]


@pytest.mark.parametrize(("lang", "theme"), [("en", "dark"), ("ja", "light")])
def test_a_telephone_s_window_shows_the_whole_width(
    browser: Browser, server: Server, lang: str, theme: str
) -> None:
    with window(browser, server, theme=theme, lang=lang, width=390) as here:
        here.open(f"{WITH_QUICK}&example={'faq-ja' if lang == 'ja' else 'fact-checking'}")
        assert here.page.evaluate(OVERFLOW) == [0, 0]
        here.compare()
        here.until_explained()
        assert here.page.evaluate(OVERFLOW) == [0, 0]
        for menu in ("share", "file", "history_menu"):
            content = here.open_menu(menu)
            if menu == "share":
                here.by_key("link_with_texts").locator("label").first.click()
                here.until(lambda content=content: "texts=" in content.inner_text(), True)
            here.until(lambda content=content: is_within(here, content.bounding_box), True)
            assert here.page.evaluate(OVERFLOW) == [0, 0]
            here.page.keyboard.press("Escape")
            expect(content).to_have_count(0)


def is_within(here: Visit, box: Callable[[], dict[str, float] | None]) -> bool:
    """Say whether the element, which may be on its way to its place, is all in the window."""
    found, window = box(), here.page.viewport_size
    return found is not None and (
        found["x"] >= 0
        and found["y"] >= 0
        and found["x"] + found["width"] <= window["width"]
        and found["y"] + found["height"] <= window["height"]
    )
