"""What the Compare page does around a ranking: meaning, marking, tokens, keeping and sharing."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.e2e.conftest import NewVisit, visiting
from tests.e2e.server import Server
from tests.e2e.visit import PATIENCE_SECONDS, Ranking, Visit

QUICK = ("wordllama", "char-ngrams")
WITH_QUICK = "/?models=wordllama&models=char-ngrams"
PATIENCE = PATIENCE_SECONDS * 1000
QUERIES = ("How do I bake bread?", "パンの焼き方 & 100% #1")
DOCUMENTS = ("Knead flour & water, then bake.", "Cats eat fish.", "小麦粉と水をこねて焼きます。")
MANY_TOKENS = "An apple is a round fruit. " * 100
TAIL = "Nobody reads <b>this</b> tail."


def compared(here: Visit, path: str = WITH_QUICK, models: int = 2) -> Visit:
    here.open(path)
    here.compare()
    here.until(lambda: len(here.rankings()), models)
    here.until_explained()
    return here


@pytest.fixture(scope="module")
def sender(server: Server, contexts: dict[str, BrowserContext]) -> Iterator[Visit]:
    """A visitor with texts of their own, other settings than the defaults, and a right document."""
    with visiting(contexts) as (let_in, _):
        here = let_in(server).open(
            f"{WITH_QUICK}&dimension=64&similarity=dot&query_task=clustering"
        )
        here.enter(QUERIES, DOCUMENTS)
        here.compare()
        here.until(lambda: len(here.rankings()), 2)
        here.until_explained()
        mark(here, DOCUMENTS[1])
        here.until(lambda: marked(here), [{2}, {2}])
        yield here


def all_rankings(here: Visit, count: int = 2) -> list[Ranking]:
    """Return the rankings as soon as all are there; a table is away for a moment when it moves."""
    found: list[Ranking] = []

    def read() -> int:
        found[:] = here.rankings()
        return len(found)

    here.until(read, count)
    return found


def mark(here: Visit, document: str) -> None:
    here.choose("right_box_0", document)
    here.page.keyboard.press("Escape")  # the list stays open for more


def form(here: Visit) -> dict[str, str]:
    """Return what the form shows."""
    boxes = ("dimension", "similarity", "query_task", "document_task", "precision")
    return here.steady(
        lambda: {
            "queries": here.queries.input_value(),
            "documents": here.documents.input_value(),
            "models": here.by_key("models")
            .get_by_test_id("stMultiSelectTagsContainer")
            .inner_text(),
            **{box: here.by_key(box).get_by_role("combobox").input_value() for box in boxes},
        }
    )


def marked(here: Visit) -> list[set[int]]:
    """Return the numbers of the documents that each ranking has a check mark for."""
    return [
        {int(row[columns.index("#")]) for row in each["rows"] if row[columns.index("✓")]}
        for each in here.tables()
        if {"#", "✓"} <= set(columns := each["columns"])
    ]


def figures(here: Visit) -> list[list[float]]:
    """Return hit@1, MRR, nDCG@10 and margin of each model."""
    found = [each for each in here.tables() if here.texts["answers.mrr"] in each["columns"]]
    return [[float(value) for value in row[1:]] for each in found for row in each["rows"]]


# What a page draws anew is another element: what is typed into it, its zoom and its place are gone.
MARK = "found => found.forEach(element => { element.isTheSame = true; })"
COUNT_MARKED = "found => [found.filter(element => element.isTheSame).length, found.length]"


def test_a_changed_setting_leaves_every_box_chart_and_table_where_it_is(
    server: Server, visitor: NewVisit
) -> None:
    here = compared(visitor(server))
    parts = here.main.locator(
        "textarea, [role=combobox], .js-plotly-plot, [data-testid=stDataFrame]"
    )
    count = here.steady(parts.count)
    assert count > 10
    parts.evaluate_all(MARK)
    here.choose("dimension", "64")
    stale = here.main.get_by_text(here.texts["compare.stale"].partition(".")[0])
    expect(stale).to_be_visible()
    assert here.steady(lambda: parts.evaluate_all(COUNT_MARKED)) == [count, count]


def test_percentiles_and_histograms_follow_the_result_by_themselves(
    server: Server, visitor: NewVisit
) -> None:
    here = compared(visitor(server))
    name = here.texts["meaning.percentile"]
    here.until(lambda: len(here.column(name)), len(QUICK))
    for column in here.column(name):
        values = [float(value) for value in column]
        assert values == sorted(values, reverse=True)
        assert all(0 <= value <= 100 for value in values)
    for model in QUICK:
        here.until(lambda model=model: len(here.chart(f"unrelated_{model}")), 2)
        bars, markers = here.chart(f"unrelated_{model}")
        assert max(bars["y"]) == 1
        assert len(markers["y"]) == 4


def test_percentiles_that_are_cancelled_can_be_had_later(server: Server, visitor: NewVisit) -> None:
    here = visitor(server).open(WITH_QUICK)
    here.enter(["fruit"], DOCUMENTS)  # own texts: an example's are in another store
    here.compare()
    here.until_explained()
    name = here.texts["meaning.percentile"]
    here.until(lambda: len(here.column(name)), 2)
    here.enter(["fruit"], DOCUMENTS[::-1])
    worker = server.models_worker()
    worker.suspend()  # the vectors are in the store, but the tokens are counted by the worker
    try:
        here.compare()
        here.by_key("explain_cancel").get_by_role("button").click(timeout=PATIENCE)
        here.page.wait_for_timeout(1000)  # nothing tells that the click has reached the server
    finally:
        worker.resume()
    expect(here.by_key("explain_button")).to_be_visible(timeout=PATIENCE)
    here.until(lambda: (len(here.rankings()), here.column(name)), (2, []))
    here.press("explain_button")
    here.until(lambda: len(here.column(name)), 2)


def test_marked_documents_are_in_the_figures_and_the_tables(
    server: Server, visitor: NewVisit
) -> None:
    here = compared(visitor(server))
    here.until(lambda: marked(here), [{2}, {2}])  # the example's own
    here.until(lambda: [row[:3] for row in figures(here)], [[1, 1, 1]] * 2)
    mark(here, "Venus")  # the last in both rankings
    here.until(lambda: marked(here), [{1, 2}] * 2)
    ndcg = (1 + 1 / math.log2(5)) / (1 + 1 / math.log2(3))
    here.until(lambda: [row[:3] for row in figures(here)], [pytest.approx([1, 1, ndcg])] * 2)
    here.by_key("right_box_0").locator("[data-tag]").filter(has_text="Mars").get_by_role(
        "button"
    ).click()
    here.until(lambda: marked(here), [{1}] * 2)
    here.until(
        lambda: [row[:3] for row in figures(here)],
        [pytest.approx([0, 1 / 4, 1 / math.log2(5)])] * 2,
    )
    assert all(margin < 0 for *_, margin in figures(here))


def test_a_link_with_texts_opens_the_same_comparison(
    server: Server, visitor: NewVisit, sender: Visit
) -> None:
    link = sender.open_menu("share").get_by_test_id("stCode")
    expect(link).not_to_contain_text("texts=")
    sender.by_key("link_with_texts").locator("label").first.click()
    expect(link).to_contain_text("texts=")
    there = visitor(server).open(link.inner_text().removeprefix(server.url))
    sender.page.keyboard.press("Escape")
    there.until(lambda: form(there), form(sender))
    there.compare()
    there.until(there.rankings, all_rankings(sender))
    there.until(lambda: marked(there), [{2}, {2}])


def test_a_file_opens_the_same_comparison_and_a_cut_one_changes_nothing(
    server: Server, visitor: NewVisit, sender: Visit
) -> None:
    sender.open_menu("file")
    data = sender.download("save_experiment")
    sender.page.keyboard.press("Escape")

    there = visitor(server).open("/?models=char-ngrams")
    there.enter(["mine"], ["also mine"])
    there.open_menu("file")
    before = form(there)
    upload(there, data[: len(data) // 2])
    expect(there.main).to_contain_text(there.texts["keep.not_opened"])
    assert form(there) == before
    upload(there, data)
    there.until(lambda: form(there), form(sender))
    expect(there.main).not_to_contain_text(there.texts["keep.not_opened"])
    there.page.keyboard.press("Escape")
    there.compare()
    there.until(there.rankings, all_rankings(sender))
    there.until(lambda: marked(there), [{2}, {2}])


def upload(here: Visit, data: bytes) -> None:
    file = {"name": "experiment.json", "mimeType": "application/json", "buffer": data}
    here.page.locator("input[type=file]").set_input_files(file)


def test_earlier_comparisons_can_be_seen_side_by_side_and_gone_back_to(
    server: Server, visitor: NewVisit
) -> None:
    here = compared(visitor(server))
    first, first_form = all_rankings(here), form(here)
    here.choose("dimension", "32")
    here.enter(["a question of my own"], DOCUMENTS)
    here.compare()
    here.until(lambda: [rows[0][3] in DOCUMENTS for rows in here.rankings()], [True] * 2)
    here.until_explained()
    second = all_rankings(here)

    here.open_menu("history_menu")
    here.select_rows("history_table", 0, 1)
    here.press("history_beside")
    # Two models on each side, and the sides are columns of the page: the older one first.
    assert all_rankings(here, 4) == [*first, *second]
    (changes,) = [t for t in here.tables() if here.texts["history.setting"] in t["columns"]]
    names = ("queries", "documents", "dimension", "relevant")
    assert {here.texts[f"field.{name}"] for name in names} >= {row[0] for row in changes["rows"]}
    assert [here.texts["field.dimension"], here.texts["history.default"], "32"] in changes["rows"]

    here.press("beside_close")
    here.until(here.rankings, second)
    here.open_menu("history_menu")
    here.select_rows("history_table", 1)  # a menu that is opened again has nothing selected
    here.press("history_show")
    here.until(here.rankings, first)
    here.until(lambda: form(here), first_form)


def test_a_long_text_is_shown_with_the_tail_that_is_not_read(
    server: Server, visitor: NewVisit
) -> None:
    here = visitor(server).open("/?models=all-MiniLM-L6-v2&models=wordllama")
    here.enter(["fruit"], [MANY_TOKENS + TAIL, "A short one."])
    here.compare()
    here.until_explained()
    warned = here.main.get_by_test_id("stAlert").filter(has_text="all-MiniLM-L6-v2")
    expect(warned).to_contain_text(here.texts["concern.cut"].format(count=1, limit=256))
    here.by_key("reading").locator("summary").click()
    name = here.texts["reading.text"]
    here.until(
        lambda: [t["columns"][2:] for t in here.tables() if name in t["columns"]],
        [["all-MiniLM-L6-v2", "wordllama"]],
    )
    over = here.texts["reading.over"].format(limit=256)
    (table,) = [each for each in here.tables() if name in each["columns"]]
    assert [over in row[2] for row in table["rows"]] == [False, True, False]
    assert not any(over in row[3] for row in table["rows"])
    box = here.by_key("reading")
    expect(box).to_contain_text(here.texts["reading.not_read"])
    read, _, unread = box.inner_text().partition(here.texts["reading.not_read"])
    assert TAIL in unread
    assert TAIL not in read
