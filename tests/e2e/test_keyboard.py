"""What a visitor without a mouse gets done: nothing here is clicked, and nothing filled from outside."""

from __future__ import annotations

from playwright.sync_api import FileChooser, Locator, expect

from tests.e2e.conftest import NewVisit
from tests.e2e.server import Server
from tests.e2e.test_sets_map import drawn, found, listed, rings
from tests.e2e.test_studies import PATIENCE, open_link
from tests.e2e.visit import PATIENCE_SECONDS, Visit

MOST_TABS = 60
HAS_FOCUS = "elements => elements.some(element => element.contains(document.activeElement))"
READ_FOCUS = "() => document.activeElement.textContent"
SENTENCES = ("She bakes bread every morning.", "The train to Kyoto is late.", "A cat sleeps.")


def tab_to(here: Visit, wanted: Locator) -> None:
    """Press Tab until the focus is on it."""
    here.settle()
    expect(wanted.first).to_be_attached(timeout=PATIENCE)
    for _ in range(MOST_TABS):
        if wanted.evaluate_all(HAS_FOCUS):
            return
        here.page.keyboard.press("Tab")
    raise AssertionError(f"{MOST_TABS} times Tab did not lead to {wanted}")


def box(here: Visit, key: str) -> Locator:
    return here.by_key(key).get_by_role("combobox")


def button(here: Visit, key: str) -> Locator:
    return here.by_key(key).get_by_role("button")


def write(here: Visit, field: Locator, *lines: str) -> None:
    """Write these lines in place of what the field has."""
    tab_to(here, field)
    here.page.keyboard.press("Control+A")
    for i, line in enumerate(lines):
        if i:
            here.page.keyboard.press("Enter")
        here.page.keyboard.insert_text(line)


def choose(here: Visit, key: str, typed: str, option: str) -> None:
    """Type into a box until it offers this option alone; take it."""
    tab_to(here, box(here, key))
    here.page.wait_for_timeout(200)  # the field that was left tells the server, and the page runs
    here.settle()
    here.page.keyboard.insert_text(typed)
    expect(here.page.get_by_role("option")).to_have_text([option])
    here.page.keyboard.press("Enter")
    here.page.keyboard.press("Escape")
    chosen = here.by_key(key).get_by_test_id("stMultiSelectTagsContainer")
    expect(chosen).to_contain_text(option)
    here.page.wait_for_timeout(200)  # until the server has been told, and runs
    here.settle()


def press(here: Visit, key: str) -> None:
    tab_to(here, button(here, key))
    here.page.keyboard.press("Enter")


def test_two_models_are_compared(server: Server, visitor: NewVisit) -> None:
    here = visitor(server).open("/?models=wordllama")
    write(here, here.queries, "baking a loaf")
    write(here, here.documents, *SENTENCES)
    choose(here, "models", "char", "char-ngrams")
    press(here, "compare_run")
    here.until(lambda: len(here.rankings()), 2, seconds=4 * PATIENCE_SECONDS)
    assert here.rankings()[0][0][3] == SENTENCES[0]


def test_a_file_is_uploaded_and_searched(server: Server, visitor: NewVisit) -> None:
    here, choosers = visitor(server), list[FileChooser]()
    # From the beginning: a key may reach a busy browser before a wish to see its file choosers does.
    here.page.on("filechooser", lambda chooser: choosers.append(chooser))
    open_link(here, "/sets?sets_models=wordllama")
    tab_to(here, button(here, "sets_file").filter(has_text="Upload"))
    here.page.keyboard.press("Space")
    here.until(lambda: len(choosers), 1)
    content = "\n".join(["text", *SENTENCES]).encode()
    choosers[0].set_files({"name": "own.csv", "mimeType": "text/csv", "buffer": content})
    press(here, "sets_use")
    count = here.texts["sets.count"].format(count=len(SENTENCES))
    expect(here.main.get_by_text(count, exact=True)).to_be_visible()
    press(here, "sets_run")
    write(here, here.by_key("sets_query").get_by_role("textbox"), "baking a loaf")
    here.page.keyboard.press("Enter")
    here.until(lambda: found(here)[:1], [SENTENCES[0]])


def test_a_prefecture_is_selected_on_the_map(server: Server, visitor: NewVisit) -> None:
    here, panel = visitor(server), "map_panel_char-ngrams"
    open_link(here, "/map?map_models=char-ngrams&method=pca")
    drawn(here, panel)
    choose(here, "map_search", "Hokk", "Hokkaido")
    here.until(lambda: (rings(here, panel), rings(here, "map_panel_ground")), (1, 1))
    here.until(lambda: listed(here), 1)
    press(here, "map_clear")
    here.until(lambda: rings(here, panel), 0)


def test_a_published_score_is_read(server: Server, visitor: NewVisit) -> None:
    here = visitor(server)
    open_link(here, "/benchmarks?benchmark_models=google/embeddinggemma-300m")
    here.until(lambda: len(here.column(here.texts["benchmarks.mean"])), 1)
    (means,) = here.column(here.texts["benchmarks.mean"])
    tab_to(here, here.page.get_by_test_id("data-grid-canvas"))  # its cells are within
    for _ in range(here.tables()[0]["columns"].index(here.texts["benchmarks.mean"])):
        here.page.keyboard.press("ArrowRight")
    here.until(lambda: here.page.evaluate(READ_FOCUS), means[0])
    assert round(float(means[0]), 2) == 69.67
