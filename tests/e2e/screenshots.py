"""Pictures of each page for the README: `python -m tests.e2e.screenshots [--out FOLDER] [--page NAME]`."""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from core.settings import ASSETS
from tests.browser import find_chromium
from tests.e2e.server import Server, running
from tests.e2e.test_measure import evaluated, teach
from tests.e2e.visit import Visit, visit

TALLEST = 1600
SIZES = {"wide": (1440, 900), "narrow": (390, 844)}
LOCALES = {"en": "en-US", "ja": "ja-JP"}
MOST_BYTES = 300_000
HEADER_HEIGHT = 120
SCROLL_TO = """
(element, header) => {
    const main = element.closest("[data-testid=stMain]");
    main.scrollTo(0, main.scrollTop + element.getBoundingClientRect().top - header);
}
"""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One page as one reader has it, from its top or from the element with the key ``start``.

    ``tallest`` is the most of it that is shown, in pixels.
    """

    page: str
    path: str
    start: str = ""
    lang: str = "en"
    theme: str = "light"
    size: str = "wide"
    tallest: int = TALLEST

    @property
    def name(self) -> str:
        return f"{self.page}-{self.lang}-{self.theme}-{self.size}.png"


PICTURES = (
    Picture(page="compare", path="/?example=red-planet", tallest=2200),
    Picture(page="compare", path="/?example=red-planet", theme="dark", tallest=2200),
    Picture(page="compare", path="/?example=red-planet", size="narrow", start="models"),
    Picture(page="compare", path="/?example=faq-ja", lang="ja", tallest=2850),
    Picture(page="compare", path="/?example=faq-ja", lang="ja", size="narrow", start="models"),
    Picture(page="models", path="/models"),
    Picture(page="models", path="/models", theme="dark"),
    Picture(page="models", path="/models", lang="ja"),
    Picture(page="models", path="/models", size="narrow"),
    Picture(page="prompts", path="/prompts?example=fact-checking"),
    Picture(page="prompts", path="/prompts?example=fact-checking", theme="dark"),
    Picture(page="prompts", path="/prompts?example=faq-ja", lang="ja"),
    Picture(
        page="prompts",
        path="/prompts?example=fact-checking",
        size="narrow",
        start="prompt_models",
    ),
    Picture(page="probes", path="/probes"),
    Picture(page="probes", path="/probes", theme="dark"),
    Picture(page="probes", path="/probes", lang="ja"),
    Picture(page="probes", path="/probes", size="narrow", start="probe_models"),
    Picture(page="dimensions", path="/dimensions"),
    Picture(page="dimensions", path="/dimensions", theme="dark"),
    Picture(page="dimensions", path="/dimensions", lang="ja"),
    Picture(page="dimensions", path="/dimensions", size="narrow", start="sizing_source"),
    Picture(page="benchmarks", path="/benchmarks"),
    Picture(page="benchmarks", path="/benchmarks", theme="dark"),
    Picture(page="benchmarks", path="/benchmarks", lang="ja"),
    Picture(page="benchmarks", path="/benchmarks", size="narrow"),
    Picture(page="speed", path="/speed"),
    Picture(page="speed", path="/speed", lang="ja", theme="dark"),
    Picture(page="speed", path="/speed", size="narrow"),
    Picture(page="fine_tune", path="/fine_tune", tallest=3000),
    Picture(page="fine_tune", path="/fine_tune", lang="ja", theme="dark", tallest=3000),
    Picture(page="fine_tune", path="/fine_tune", size="narrow", start="tune_curves"),
    Picture(page="labelled", path="/labelled"),
    Picture(page="labelled", path="/labelled", theme="dark"),
    Picture(page="labelled", path="/labelled", lang="ja"),
    Picture(page="labelled", path="/labelled", size="narrow", start="labelled_models"),
    Picture(page="sets", path="/sets"),
    Picture(page="sets", path="/sets", theme="dark"),
    Picture(page="sets", path="/sets", lang="ja"),
    Picture(page="sets", path="/sets", size="narrow", start="sets_models"),
    Picture(page="map", path="/map", tallest=2200),
    Picture(page="map", path="/map", theme="dark", tallest=2200),
    Picture(page="map", path="/map", lang="ja", tallest=2200),
    Picture(page="map", path="/map", size="narrow", start="map_search"),
)
# By page, the button to press and the key of the last thing that its result draws.
RUNS = {
    "prompts": ("prompts_run", "export_prompts"),
    "probes": ("probes_run", "export_probes"),
    "dimensions": ("sizing_run", "export_sizing"),
    "sets": ("sets_run", "sets_query"),
}

# By page that needs no button, the key of the last thing that it draws.
DRAWN = {"map": "map_html", "benchmarks": "export_benchmark"}


# Nothing stands in for what is still to come, and every table that is not folded away has its canvas.
WHOLE = """
() => !document.querySelector("[data-testid=stSkeleton]")
    && [...document.querySelectorAll("[data-testid=stDataFrame]")]
        .every(e => !e.checkVisibility() || e.querySelector("canvas"))
"""


def take(browser: Browser, server: Server, picture: Picture) -> bytes:
    """Return the picture as PNG."""
    width, height = SIZES[picture.size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale=LOCALES[picture.lang],
        color_scheme=picture.theme,
        reduced_motion="reduce",
    )
    here = visit(context, server).open(picture.path)
    if picture.page == "compare":
        _compare(here)
    if picture.page == "labelled":
        evaluated(here)
    if picture.page == "fine_tune":
        teach(here, f"wordllama-{picture.lang}-{picture.size}")
    if picture.page in DRAWN:
        here.by_key(DRAWN[picture.page]).wait_for(timeout=240_000)
        here.main.locator(".js-plotly-plot .main-svg").last.wait_for()
        here.settle()
    if picture.page in RUNS:
        _run(here, *RUNS[picture.page])
    if picture.page == "sets":
        _search(here, "札幌")
    here.page.wait_for_function(WHOLE)
    here.settle()
    _stretch(here, width, height, picture.tallest)
    here.page.wait_for_function(WHOLE)
    start = here.by_key(picture.start) if picture.start else here.title
    start.evaluate(SCROLL_TO, HEADER_HEIGHT)
    image = here.page.screenshot(animations="disabled")
    context.close()
    return _with_few_colours(image)


def _with_few_colours(image: bytes) -> bytes:
    smaller = io.BytesIO()
    Image.open(io.BytesIO(image)).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(
        smaller, format="PNG", optimize=True
    )
    return smaller.getvalue()


def _compare(here: Visit) -> None:
    here.compare()
    here.by_key("rank_chart").locator(".main-svg").first.wait_for(timeout=120_000)
    here.until_explained()
    here.by_key("export_json").wait_for()
    here.settle()


def _run(here: Visit, button: str, last: str) -> None:
    here.press(button)
    here.by_key(last).wait_for(timeout=240_000)
    charts = here.main.locator(".js-plotly-plot")
    if charts.count():
        charts.locator(".main-svg").last.wait_for()
    here.settle()


def _search(here: Visit, query: str) -> None:
    box = here.by_key("sets_query").get_by_role("textbox")
    box.fill(query)
    box.press("Enter")
    here.until(lambda: len(here.tables()) > 0, True)
    here.settle()


def _stretch(here: Visit, width: int, height: int, tallest: int) -> None:
    """Make the window as tall as the page, and wait until all in it is drawn."""
    here.page.evaluate("document.activeElement?.blur()")
    here.page.mouse.move(width - 1, 0)
    content = here.main.evaluate("main => main.scrollHeight")
    here.page.set_viewport_size({"width": width, "height": min(max(content, height), tallest)})
    here.page.evaluate("document.fonts.ready.then(() => null)")
    here.page.wait_for_load_state("networkidle")
    here.settle()


def pictures(
    browser: Browser, server: Server, pages: Collection[str] = ()
) -> Iterator[tuple[str, bytes]]:
    """Yield file name and PNG of each picture, of these pages only where any are named."""
    for picture in PICTURES:
        if pages and picture.page not in pages:
            continue
        yield picture.name, take(browser, server, picture)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ASSETS / "screenshots", metavar="FOLDER")
    parser.add_argument("--page", action="append", default=[], help="Only this page's pictures.")
    asked = parser.parse_args()
    folder: Path = asked.out
    chromium = find_chromium()
    if chromium is None:
        sys.exit("No Chromium: run `make screenshots`, or `playwright install chromium`.")
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as scratch,
        running(Path(scratch) / "server") as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, image in pictures(browser, server, asked.page):
            (folder / name).write_bytes(image)
            note = "" if len(image) < MOST_BYTES else "  (too large for the repository)"
            print(f"{folder / name}: {len(image) / 1000:.0f} kB{note}", flush=True)


if __name__ == "__main__":
    main()
