"""Right answers on the Compare page: marks, figures, and where the models disagree."""

from __future__ import annotations

import csv
import io
import json

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.compare import CompareRequest, Document
from core.compare.agreement import agreement
from core.compare.examples import example
from core.compare.experiment import Experiment, Relevant
from core.compare.relevance import judge
from core.work import lanes
from core.work.lanes import LaneName
from pages._ui.keys import Key
from pages._ui.texts import table
from pages.explore.comparing import answers
from tests.core.fakes import Recorder
from tests.pages.compare_page import (
    as_file,
    captions,
    choose_models,
    enter,
    has_table,
    open_file,
    press_compare,
    result,
    right_box,
    shown_table,
    shown_texts,
)
from tests.pages.conftest import Downloaded, OpenApp

EN = table("en")
QUERIES = ("aaa x", "bbb y", "ccc z")
DOCUMENTS = ("a a x", "b b b", "c z z", "x y z")


def mark(app: AppTest, *documents: int, query: int = 0) -> AppTest:
    right_box(app, query).set_value(list(documents)).run()
    assert not app.exception
    return app


def show_query(app: AppTest, query: int) -> AppTest:
    app.selectbox(key=Key.COMPARE_SHOWN_QUERY).select_index(query).run()
    assert not app.exception
    return app


def figures(app: AppTest) -> pd.DataFrame:
    return shown_table(app, "hit@1")


def judged(app: AppTest, right: Relevant) -> pd.DataFrame:
    """Return the figures as core has them for the shown result."""
    rows = [{"model": found.model, **judge(found, right).means()} for found in result(app).results]
    return pd.DataFrame(rows)


def assert_figures(app: AppTest, right: Relevant) -> None:
    pd.testing.assert_frame_equal(figures(app), judged(app, right), check_dtype=False)


@pytest.mark.parametrize("id", ["red-planet", "faq-ja"])
def test_an_example_s_right_documents_are_marked_from_the_start(open_app: OpenApp, id: str) -> None:
    app, chosen = press_compare(open_app(example=id)), example(id)
    for query, right in enumerate(chosen.relevant):
        if len(chosen.queries) > 1:
            show_query(app, query)
        assert right_box(app, query).value == list(right)
    assert_figures(app, chosen.relevant)


def test_own_texts_have_no_mark_and_no_figures_at_first(open_app: OpenApp) -> None:
    app = press_compare(enter(open_app(), QUERIES[:1], DOCUMENTS))
    assert right_box(app).value == []
    assert not has_table(app, "hit@1")
    assert not has_table(app, "right")


def test_figures_follow_each_mark_and_nothing_is_encoded_again(open_app: OpenApp) -> None:
    lane = Recorder()
    lanes.use(LaneName.MODELS, lane)
    app = press_compare(enter(open_app(), QUERIES[:1], DOCUMENTS))
    made, calls = result(app), len(lane.calls)
    assert lane.batches
    for right in ([0], [0, 3], [3], [1, 2, 3]):
        mark(app, *right)
        assert_figures(app, (tuple(right),))
    mark(app)
    assert not has_table(app, "hit@1")
    assert result(app) is made
    assert len(lane.calls) == calls


def test_figures_are_over_the_queries_that_have_a_mark(open_app: OpenApp) -> None:
    app = press_compare(enter(open_app(), QUERIES, DOCUMENTS))
    mark(app, 1, 3)
    assert_figures(app, ((1, 3), (), ()))
    mark(show_query(app, 2), 2, query=2)
    assert_figures(app, ((1, 3), (), (2,)))
    assert EN["answers.queries"].format(judged=2, total=3) in captions(app)


def test_a_query_whose_documents_are_all_right_has_no_margin(open_app: OpenApp) -> None:
    app = mark(press_compare(enter(open_app(), QUERIES[:1], DOCUMENTS[:2])), 0, 1)
    assert figures(app)["margin"].isna().all()
    assert set(figures(app)["hit@1"]) == {1.0}


def test_marked_documents_are_ticked_in_each_ranking(open_app: OpenApp) -> None:
    app = mark(press_compare(enter(open_app(), QUERIES[:1], DOCUMENTS)), 1, 3)
    rankings = [frame.value for frame in app.dataframe if "right" in frame.value]
    assert len(rankings) == 3
    for ranking in rankings:
        assert set(ranking[ranking["right"] == "✓"]["number"]) == {2, 4}


def test_a_box_is_not_told_what_it_shows_for_it_would_forget_what_is_typed(
    open_app: OpenApp,
) -> None:
    app = mark(press_compare(enter(open_app(), QUERIES[:1], DOCUMENTS)), 1, 3).run()
    for box in (right_box(app), app.multiselect(key=Key.COMPARE_MODELS)):
        assert box.value
        assert not box.proto.set_value


def test_marks_stay_with_their_texts_when_documents_and_queries_change_places(
    open_app: OpenApp,
) -> None:
    app = mark(press_compare(enter(open_app(), QUERIES, DOCUMENTS)), 0, 3)
    mark(show_query(app, 2), 2, query=2)
    before = figures(app)
    press_compare(enter(app, QUERIES[::-1], DOCUMENTS[::-1]))
    assert right_box(show_query(app, 2), 2).value == [0, 3]
    assert right_box(show_query(app, 1), 1).value == []
    assert right_box(show_query(app, 0), 0).value == [1]
    # With each query's figures at other places, the sums differ in their last bits.
    pd.testing.assert_frame_equal(figures(app), before)


def test_a_mark_is_there_again_when_its_text_is(open_app: OpenApp) -> None:
    app = mark(press_compare(enter(open_app(), QUERIES[:1], DOCUMENTS)), 2)
    press_compare(enter(app, QUERIES[:1], DOCUMENTS[:2]))
    assert not has_table(app, "hit@1")
    press_compare(enter(app, QUERIES[:1], DOCUMENTS))
    assert right_box(app).value == [2]


def test_a_text_that_stands_twice_is_marked_at_both_places(open_app: OpenApp) -> None:
    app = mark(press_compare(enter(open_app(), QUERIES[:1], ("a a x", "b", "a a x"))), 2)
    assert right_box(app).value == [0, 2]
    assert_figures(app, ((0, 2),))


def test_a_query_that_stands_twice_has_the_right_documents_of_both_places(
    open_app: OpenApp,
) -> None:
    asked = CompareRequest(
        queries=("aaa x", "aaa x"), documents=tuple(map(Document, DOCUMENTS)), models=("wordllama",)
    )
    app = open_file(open_app(), as_file(Experiment(request=asked, relevant=((0,), (2, 3)))))
    press_compare(app)
    assert right_box(app, 0).value == [0, 2, 3]
    assert_figures(app, ((0, 2, 3), (0, 2, 3)))


def test_of_many_documents_the_best_and_the_marked_can_be_marked(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "MOST_IN_BOX", 3)
    documents = tuple(Document("a" * n + " b") for n in range(1, 9))
    asked = CompareRequest(queries=("aaaa",), documents=documents, models=("all-MiniLM-L6-v2",))
    app = open_file(open_app(), as_file(Experiment(request=asked, relevant=((0,),))))
    press_compare(app)
    assert [label.split(".")[0] for label in right_box(app).options] == ["1", "6", "7", "8"]
    assert right_box(app).value == [0]
    assert EN["answers.not_all"].format(shown=4, total=8) in captions(app)
    mark(app, 0, 7)
    assert_figures(app, ((0, 7),))


def test_the_queries_on_which_models_disagree_are_listed_the_most_disputed_first(
    open_app: OpenApp,
) -> None:
    app = choose_models(open_app(), "all-MiniLM-L6-v2", "wordllama")
    press_compare(enter(app, ("aa", "aaa x", "aabbb xx"), ("a a a", "x x x", "a x", "b y")))
    found = agreement(result(app))
    assert found.disputed.tolist() == [2, 1]
    assert found.overlap.tolist() == [1.0, 0.5, 0.0]
    disputed = shown_table(app, "overlap")
    queries, documents = result(app).request.queries, result(app).request.documents
    assert list(disputed["query"]) == [f"{q + 1}. {queries[q]}" for q in found.disputed]
    assert list(disputed["overlap"]) == pytest.approx(found.overlap[found.disputed], abs=1e-3)
    for row, made in enumerate(result(app).results):
        firsts = [found.first[row, q] for q in found.disputed]
        assert list(disputed[made.model]) == [f"{d + 1}. {documents[d].text}" for d in firsts]


def test_a_right_first_document_is_ticked_where_the_models_disagree(open_app: OpenApp) -> None:
    app = press_compare(enter(open_app(), ("aaa xxx", "q"), ("a a a", "x x x")))
    mark(app, 1)
    disputed = shown_table(app, "overlap").iloc[0]
    assert disputed["all-MiniLM-L6-v2"] == "1. a a a"
    assert disputed["wordllama"] == "✓ 2. x x x"


def test_models_that_never_disagree_are_said_to_agree_on_every_query(open_app: OpenApp) -> None:
    app = press_compare(enter(open_app(), ("a", "a e"), ("a e x", "b b b b o o z z z")))
    assert not has_table(app, "overlap")
    assert EN["answers.none_disputed"].format(count=2) in shown_texts(app)


def test_a_single_model_has_nobody_to_disagree_with(open_app: OpenApp) -> None:
    app = press_compare(choose_models(enter(open_app(), QUERIES, DOCUMENTS), "wordllama"))
    assert not has_table(app, "overlap")
    assert EN["answers.disputed"] not in [heading.value for heading in app.header]


def test_marks_and_figures_are_in_the_files_that_a_result_is_saved_as(
    open_app: OpenApp, downloaded: Downloaded
) -> None:
    app = mark(press_compare(enter(open_app(), QUERIES[:2], DOCUMENTS)), 0, 3)
    whole = json.loads(downloaded(app, "export_json"))
    assert whole["experiment"]["relevant"] == [[0, 3], []]
    shown = figures(app).set_index("model")
    for saved in whole["results"]:
        assert saved["relevance"] == pytest.approx(shown.loc[saved["model"]].to_dict())
    rows = list(csv.DictReader(io.StringIO(downloaded(app, "export_csv").decode("utf-8-sig"))))
    marked = {row["document"] for row in rows if row["right"] == "True"}
    assert marked == {DOCUMENTS[0], DOCUMENTS[3]}
    assert {row["right"] for row in rows if row["query"] == QUERIES[1]} == {""}


def test_marks_change_nothing_about_whether_a_result_is_the_form_s(open_app: OpenApp) -> None:
    app = mark(press_compare(enter(open_app(), QUERIES[:1], DOCUMENTS)), 0)
    assert not [text for text in captions(app) if EN["compare.stale"] in text]
