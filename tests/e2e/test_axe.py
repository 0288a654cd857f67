"""No page has what axe-core calls serious or critical, with its results drawn, in light and in dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.e2e.conftest import NewVisit
from tests.e2e.server import Server
from tests.e2e.test_measure import evaluated
from tests.e2e.test_sets_map import drawn
from tests.e2e.test_studies import PATIENCE, open_link
from tests.e2e.visit import Visit

SERIOUS = {"serious", "critical"}
ALSO = {"heading-order"}  # of lesser weight
BACKGROUNDS = {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 22, 31)"}
STYLED = "0.8"  # how opaque assets/style.css has captions
# A button fades from one theme's colours into the other's.
STILL = "() => !document.getAnimations().some((each) => each instanceof CSSTransition)"
GROUND = "map_panel_ground"
# Where a finding doesn't count: the markup is Streamlit's own.
EXEMPT = (
    # WCAG 1.4.3 asks nothing of what can't be set; axe can't see that this label's slider is so.
    "label[disabled]",
)


def findings(here: Visit) -> list[str]:
    """Return what axe-core finds in each theme: the rule, the element and what is wrong with it."""
    found = []
    for theme, background in BACKGROUNDS.items():
        here.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        expect(here.page.get_by_test_id("stApp")).to_have_css("background-color", background)
        expect(here.page.get_by_test_id("stCaptionContainer").first).to_have_css("opacity", STYLED)
        here.settle()
        here.page.wait_for_function(STILL, polling=100)
        found += [f"{theme}: {line}" for line in _serious(here)]
    return found


def _serious(here: Visit) -> Iterator[str]:
    for violation in Axe().run(here.page, context={"exclude": list(EXEMPT)}).response["violations"]:
        if violation["impact"] in SERIOUS or violation["id"] in ALSO:
            for node in violation["nodes"]:
                (first, *_) = node["any"] + node["all"] + node["none"]
                yield f"{violation['id']}: {node['html'][:200]}: {first['message']}"


def compared(here: Visit) -> None:
    here.compare()
    here.until(lambda: len(here.rankings()), 1)


# By page, its address and what is waited for.
PAGES: dict[str, tuple[str, Callable[[Visit], None]]] = {
    "compare": ("/?models=char-ngrams&example=red-planet", compared),
    "prompts": ("/prompts", lambda here: None),
    "probes": ("/probes", lambda here: None),
    "dimensions": ("/dimensions", lambda here: None),
    "sets": ("/sets", lambda here: None),
    "map": ("/map?map_models=char-ngrams&method=pca", lambda here: drawn(here, GROUND)),
    "benchmarks": ("/benchmarks", lambda here: drawn(here, "benchmark_chart")),
    "labelled": ("/labelled", lambda here: None),
    "speed": ("/speed", lambda here: drawn(here, "lines_cpu")),
    "fine_tune": ("/fine_tune", lambda here: None),
    "models": ("/models", lambda here: here.until(lambda: len(here.tables()) > 1, True)),
    "keeps": ("/keeps", lambda here: None),
}


# The others have nothing that these don't have: they take two minutes.
OFTEN = {"compare", "sets", "benchmarks", "models"}


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, marks=() if page in OFTEN else pytest.mark.slow) for page in PAGES],
)
def test_axe_finds_nothing_serious(server: Server, visitor: NewVisit, page: str) -> None:
    path, ready = PAGES[page]
    here = visitor(server)
    open_link(here, path)
    ready(here)
    assert findings(here) == []


# By page, its address, its button, and the key of what that draws last.
RESULTS = {
    "prompts": ("/prompts?example=red-planet", "prompts_run", "export_prompts"),
    "probes": ("/probes?probe_packs=negation", "probes_run", "export_probes"),
    "dimensions": ("/dimensions?sizing_model=wordllama", "sizing_run", "export_sizing"),
    "labelled": ("/labelled", "labelled_run", "export_labelled"),
}


@pytest.mark.slow
@pytest.mark.parametrize("page", RESULTS)
def test_axe_finds_nothing_serious_in_results(server: Server, visitor: NewVisit, page: str) -> None:
    path, button, last = RESULTS[page]
    here = visitor(server, "ja")
    open_link(here, path)
    if page == "labelled":
        evaluated(here)
    else:
        here.press(button)
        expect(here.by_key(last)).to_be_visible(timeout=4 * PATIENCE)
    assert findings(here) == []


@pytest.mark.slow
@pytest.mark.parametrize("page", ["sets", "benchmarks", "speed", "models"])
def test_axe_finds_nothing_serious_in_any_tab(server: Server, visitor: NewVisit, page: str) -> None:
    here = visitor(server)
    open_link(here, f"/{page}")
    if page == "sets":
        here.press("sets_run")
        expect(here.by_key("sets_query")).to_be_visible(timeout=PATIENCE)
    tabs = here.main.get_by_role("tab")
    expect(tabs.first).to_be_visible()
    found = {}
    for tab in tabs.all():
        here.hit(tab)
        here.settle()
        found[tab.inner_text()] = findings(here)
    assert {name: lines for name, lines in found.items() if lines} == {}
