"""Comparing in a browser, with the real models."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext

import core.compare
from core.compare import CompareRequest, Comparison, Document
from core.compare.examples import example
from core.encoding import Engine, Scope, VectorStore
from core.models.verdicts import Verdicts
from core.work import Lane
from tests.e2e.conftest import NewVisit, visiting
from tests.e2e.server import HEAVY, Server
from tests.e2e.visit import Visit

MODELS = ("all-MiniLM-L6-v2", "wordllama", "char-ngrams")
# The first row: sentence-transformers' own values of the hub's model; the second: wordllama's own.
RED_PLANET = {
    "all-MiniLM-L6-v2": pytest.approx([0.4647, 0.8115, 0.7279, 0.7502], abs=0.0005),
    "wordllama": pytest.approx([0.3586, 0.7405, 0.6079, 0.6532], abs=0.001),
}
OWN_QUERIES = ("How do I bake bread?", "what do cats eat")
OWN_DOCUMENTS = (
    "Knead flour, water and yeast, let it rise, then put it in a hot oven.",
    "Our kitten is fond of fish and chicken.",
    "The express leaves at nine from platform two.",
    "Bread and cats are both mentioned here.",
    "天気がよいので散歩に行きました。",
)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """What core gives for the own texts, by a worker and stores that the server knows nothing of."""
    folder = tmp_path_factory.mktemp("expected")
    lane = Lane("expected")
    try:
        stores = {scope: VectorStore(folder / f"{scope}.sqlite") for scope in Scope}
        engine = Engine(lane, stores, Verdicts(folder / "golden"))
        return core.compare.compare(
            CompareRequest(
                queries=OWN_QUERIES,
                documents=tuple(Document(text) for text in OWN_DOCUMENTS),
                models=MODELS,
            ),
            engine,
        )
    finally:
        lane.shutdown(wait=False)


def by_document(visit: Visit) -> dict[str, list[float]]:
    """Return each model's scores in the order of the documents."""
    return {
        model: [score for _, score, _, _ in sorted(rows, key=lambda row: row[2])]
        for model, rows in zip(MODELS, visit.rankings(), strict=True)
    }


def test_the_red_planet_has_the_scores_that_are_known(server: Server, visitor: NewVisit) -> None:
    here = visitor(server).open()
    here.compare()
    here.until(lambda: len(here.rankings()), 3)
    scores = by_document(here)
    for model, known in RED_PLANET.items():
        assert scores[model] == known
    mars = here.texts["result.agree"].partition("{document}")[0].format(models=3)
    assert here.headline.inner_text().startswith(f"{mars}2. Mars")


@pytest.fixture(scope="module")
def own(server: Server, contexts: dict[str, BrowserContext]) -> Iterator[Visit]:
    """A visitor who has compared texts of their own."""
    with visiting(contexts) as (let_in, _):
        here = let_in(server).open()
        here.enter(OWN_QUERIES, OWN_DOCUMENTS)
        here.compare()
        here.until(lambda: len(here.rankings()), 3)
        yield here


@pytest.mark.parametrize("query", [0, 1])
def test_own_texts_are_ranked_as_core_ranks_them(
    own: Visit, expected: Comparison, query: int
) -> None:
    own.choose("shown_query", OWN_QUERIES[query])
    own.until(
        own.rankings,
        [
            [
                (
                    result.ranks[query, d],
                    pytest.approx(result.scores[query, d], abs=1e-5),
                    d + 1,
                    OWN_DOCUMENTS[d],
                )
                for d in result.order[query].tolist()
            ]
            for result in expected.results
        ],
    )
    places = [
        {str(d + 1): place for place, d in enumerate(result.order[query].tolist(), start=1)}
        for result in expected.results
    ]
    own.until(lambda: places_drawn(own), places)


def places_drawn(here: Visit) -> list[dict[str, int]]:
    """Return each document's place by its number, for each model of the chart."""
    lines = [line for line in here.chart("rank_chart") if "lines" in line["mode"]]
    return [{line["name"]: line["y"][column] for line in lines} for column in range(len(MODELS))]


def test_heatmaps_hold_the_scores_of_all_queries(own: Visit, expected: Comparison) -> None:
    for result in expected.results:
        (heatmap,) = own.chart(f"heatmap_{result.model}")
        for drawn, row in zip(heatmap["z"], result.scores.tolist(), strict=True):
            assert drawn == pytest.approx(row, abs=1e-5)


def test_the_result_can_be_saved(own: Visit, expected: Comparison) -> None:
    rows = list(csv.DictReader(io.StringIO(own.download("export_csv").decode("utf-8-sig"))))
    assert len(rows) == len(MODELS) * len(OWN_QUERIES) * len(OWN_DOCUMENTS)
    plain = json.loads(own.download("export_json"))
    for result, core_result in zip(plain["results"], expected.results, strict=True):
        for drawn, row in zip(result["scores"], core_result.scores.tolist(), strict=True):
            assert drawn == pytest.approx(row, abs=1e-5)


def test_the_server_has_no_heavy_library_after_a_comparison(
    server: Server, visitor: NewVisit
) -> None:
    here = visitor(server).open()
    here.compare()
    here.until(lambda: len(here.rankings()), 3)
    here.go(here.texts["nav.models"], here.texts["nav.models"])
    loaded = {module.partition(".")[0] for module in server.modules()}
    assert "streamlit" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_an_example_over_own_texts_can_be_undone(server: Server, visitor: NewVisit) -> None:
    here = visitor(server).open()
    here.enter(["mine"], ["also mine", "and this"])
    chosen = example("fact-checking")
    here.choose_example(chosen.title["en"])
    here.until(here.queries.input_value, "\n".join(chosen.queries))
    here.press("compare_undo")
    here.until(here.queries.input_value, "mine")
    here.until(here.documents.input_value, "also mine\nand this")


def test_a_title_of_the_table_is_there_after_a_visit_to_the_lines(
    server: Server, visitor: NewVisit
) -> None:
    here = visitor(server).open()
    here.enter(["mine"], ["first", "second"])
    here.enter_as("table")
    here.until(lambda: here.tables()[0]["rows"][:2], [["", "first"], ["", "second"]])
    here.type_title(1, "Two")
    here.enter_as("lines")
    here.until(here.documents.input_value, "first\nsecond")
    here.enter_as("table")
    here.until(lambda: here.tables()[0]["rows"][:2], [["", "first"], ["Two", "second"]])


def test_titles_are_in_the_ranking(server: Server, visitor: NewVisit) -> None:
    here = visitor(server).open()
    here.enter(["mine"], ["first", "mine"])
    here.enter_as("table")
    here.type_title(1, "The title")
    here.compare()
    here.until(lambda: len(here.rankings()), 3)
    ranked = here.tables()[1]
    column = ranked["columns"].index(here.texts["result.title"])
    assert [row[column] for row in ranked["rows"]] == ["The title", ""]


def test_a_result_is_marked_as_soon_as_the_form_has_changed(
    server: Server, visitor: NewVisit
) -> None:
    here = visitor(server).open()
    here.compare()
    here.until(lambda: len(here.rankings()), 3)
    stale = here.main.get_by_text(here.texts["compare.stale"].partition(".")[0])
    assert stale.count() == 0
    here.choose("dimension", "64")
    here.until(stale.count, 1)
    here.compare()
    here.until(lambda: (stale.count(), len(here.rankings())), (0, 3))
