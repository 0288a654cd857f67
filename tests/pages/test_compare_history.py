"""The history of the Compare page: going back, and two comparisons side by side."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from core.compare.differences import moved_firsts
from core.work import lanes
from core.work.lanes import LaneName
from pages._ui.keys import Key
from pages._ui.texts import table
from pages.explore.comparing import history
from tests.core.fakes import Recorder
from tests.pages.compare_page import (
    captions,
    choose_models,
    enter,
    has_table,
    opened,
    press,
    press_compare,
    rankings,
    result,
    right_box,
    shown_table,
    shown_texts,
    take_back,
)
from tests.pages.conftest import LosingLane, OpenApp

EN = table("en")


def select(app: AppTest, *rows: int) -> AppTest:
    """Select rows of the history's table, the first of which is the newest."""
    selected = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    app.session_state[Key.COMPARE_HISTORY_TABLE] = selected
    return opened(app, Key.COMPARE_HISTORY_MENU)


def go_back_to(app: AppTest, row: int) -> AppTest:
    return press(select(app, row), Key.COMPARE_HISTORY_SHOW)


def beside(app: AppTest, *rows: int) -> AppTest:
    return press(select(app, *rows), Key.COMPARE_HISTORY_BESIDE)


def listed(app: AppTest) -> list[str]:
    """Return the first query of each comparison in the table."""
    rows = shown_table(opened(app, Key.COMPARE_HISTORY_MENU), EN["history.size"])
    return list(rows[EN["history.first_query"]])


def compare(app: AppTest, *queries: str, documents: tuple[str, ...] = ("a a", "b b")) -> AppTest:
    return press_compare(enter(app, queries, documents))


def test_there_is_no_history_before_the_first_comparison(open_app: OpenApp) -> None:
    app = open_app()
    assert not has_table(app, EN["history.size"])
    assert Key.COMPARE_HISTORY_SHOW not in [button.key for button in app.button]


def test_the_same_again_is_listed_once(open_app: OpenApp) -> None:
    app = compare(choose_models(open_app(), "char-ngrams"), "first")
    compare(app, "second")
    compare(app, "first")
    press_compare(app)
    assert listed(app) == ["first", "second"]
    compare(app, "first", documents=("a a", "b"))
    assert listed(app) == ["first", "first", "second"]


def test_comparisons_are_listed_newest_first_with_what_they_were(open_app: OpenApp) -> None:
    app = compare(choose_models(open_app(), "char-ngrams"), "first")
    app.selectbox(key=Key.COMPARE_DIMENSION).set_value(64)
    compare(
        choose_models(app, "wordllama", "char-ngrams"), "second", "b", documents=("a", "b", "c")
    )
    compare(app, "third")
    assert listed(app) == ["third", "second", "first"]
    rows = shown_table(app, EN["history.size"])
    assert list(rows[EN["history.size"]]) == ["1 × 2", "2 × 3", "1 × 2"]
    assert list(rows[EN["history.models"]]) == ["wordllama, char-ngrams"] * 2 + ["char-ngrams"]
    settings = list(rows[EN["history.settings"]])
    assert [" · 64 · " in text for text in settings] == [True, True, False]


def test_going_back_restores_form_and_result_and_encodes_nothing(open_app: OpenApp) -> None:
    lane = Recorder()
    lanes.use(LaneName.MODELS, lane)
    app = choose_models(open_app(), "wordllama")
    app.selectbox(key=Key.COMPARE_SIMILARITY).set_value("dot")
    compare(app, "first", "x y", documents=("x", "y y"))
    right_box(app).set_value([1]).run()
    made, shown = result(app), rankings(app)
    app.selectbox(key=Key.COMPARE_SIMILARITY).set_value("euclidean")
    compare(choose_models(app, "char-ngrams"), "second")
    calls = len(lane.calls)
    go_back_to(app, 1)
    assert result(app) is made
    assert rankings(app) == shown
    assert app.text_area(key=Key.COMPARE_QUERIES).value == "first\nx y"
    assert app.text_area(key=Key.COMPARE_DOCUMENTS).value == "x\ny y"
    assert app.multiselect(key=Key.COMPARE_MODELS).value == ["wordllama"]
    assert app.selectbox(key=Key.COMPARE_SIMILARITY).value == "dot"
    assert not any(EN["compare.stale"] in text for text in captions(app))
    assert "percentile" in shown_table(app, "rank").columns
    assert len(lane.calls) == calls
    assert listed(app) == ["second", "first"]


def test_the_form_that_was_there_can_be_had_back_after_going_back(open_app: OpenApp) -> None:
    app = compare(compare(choose_models(open_app(), "wordllama"), "first"), "second")
    enter(app, ["not compared yet"], ["a"]).run()
    go_back_to(app, 1)
    assert app.text_area(key=Key.COMPARE_QUERIES).value == "first"
    take_back(app)
    assert app.text_area(key=Key.COMPARE_QUERIES).value == "not compared yet"


def test_one_row_leads_back_and_two_stand_side_by_side(open_app: OpenApp) -> None:
    app = choose_models(open_app(), "wordllama")
    for query in ("a", "b", "c"):
        compare(app, query)
    offered = {
        rows: [
            not select(app, *rows).button(key=key).disabled
            for key in (Key.COMPARE_HISTORY_SHOW, Key.COMPARE_HISTORY_BESIDE)
        ]
        for rows in ((), (0,), (0, 2), (0, 1, 2))
    }
    assert offered == {
        (): [False, False],
        (0,): [True, False],
        (0, 2): [False, True],
        (0, 1, 2): [False, False],
    }


def test_side_by_side_shows_the_settings_that_differ_and_the_first_places_that_moved(
    open_app: OpenApp,
) -> None:
    documents = ("b", "b b b b b")
    app = choose_models(open_app(), "all-MiniLM-L6-v2", "wordllama")
    compare(app, "b", "y", documents=documents)
    before = result(app)
    app.selectbox(key=Key.COMPARE_SIMILARITY).set_value("euclidean")
    app.selectbox(key=Key.COMPARE_DIMENSION).set_value(32)
    app.selectbox(key=Key.COMPARE_DOCUMENT_TASK).set_value("custom").run()
    app.text_input(key=Key.COMPARE_DOCUMENT_PROMPT).set_value("aaa")
    compare(app, "b", "y", documents=documents)
    after = result(app)
    beside(app, 1, 0)
    changed = shown_table(app, EN["history.setting"]).set_index(EN["history.setting"])
    assert {name: tuple(row) for name, row in changed.iterrows()} == {
        EN["field.similarity"]: (EN["history.default"], EN["similarity.euclidean"]),
        EN["field.dimension"]: (EN["history.default"], "32"),
        EN["field.document_prompt"]: (EN["task.search"], f"{EN['task.custom']} · aaa"),
    }
    moved = moved_firsts(before, after)
    assert moved
    assert EN["history.moved"].format(count=len(moved)) in shown_texts(app)
    drawn = shown_table(app, EN["history.first_before"])
    assert [tuple(row) for row in drawn.itertuples(index=False)] == [
        (m.model, m.query, m.before, m.after) for m in moved
    ]
    sides = [frame.value for frame in app.dataframe if "rank" in frame.value.columns]
    made = [*before.results, *after.results]
    assert [list(side["number"] - 1) for side in sides] == [list(m.order[0]) for m in made]
    assert [list(side["score"]) for side in sides] == [
        pytest.approx(m.scores[0][m.order[0]].tolist()) for m in made
    ]


def test_the_older_one_is_first_whichever_was_selected_first(open_app: OpenApp) -> None:
    app = compare(compare(choose_models(open_app(), "wordllama"), "old"), "new")
    for rows in ((0, 1), (1, 0)):
        beside(app, *rows)
        changed = shown_table(app, EN["history.setting"])
        assert list(changed.iloc[0]) == [EN["field.queries"], "old", "new"]
        press(app, Key.COMPARE_BESIDE_CLOSE)


def test_two_equal_comparisons_are_said_to_be_equal(open_app: OpenApp) -> None:
    app = compare(choose_models(open_app(), "wordllama"), "a")
    (entry,) = app.session_state[Key.COMPARE_HISTORY]
    (found,) = entry.comparison.results
    otherwise = replace(found, scores=found.scores + 1e-6)  # as another version of the model finds
    otherwise = replace(entry.comparison, results=(otherwise,))
    app.session_state[Key.COMPARE_HISTORY] = [replace(entry, comparison=otherwise)]
    beside(press_compare(app), 0, 1)
    assert EN["history.same_settings"] in shown_texts(app)
    assert EN["history.same_firsts"] in shown_texts(app)


def test_side_by_side_is_closed_by_its_button_by_comparing_and_by_going_back(
    open_app: OpenApp,
) -> None:
    def is_open(app: AppTest) -> bool:
        headings = [heading.value for heading in app.header]
        assert (EN["history.beside_heading"] in headings) != (EN["result.heading"] in headings)
        return EN["history.beside_heading"] in headings

    app = compare(compare(choose_models(open_app(), "wordllama"), "a"), "b")
    assert not is_open(app)
    assert is_open(beside(app, 0, 1))
    assert not is_open(press(app, Key.COMPARE_BESIDE_CLOSE))
    assert is_open(beside(app, 0, 1))
    assert not is_open(press_compare(app))
    assert is_open(beside(app, 0, 1))
    assert not is_open(go_back_to(app, 1))


def test_each_side_s_query_can_be_chosen(open_app: OpenApp) -> None:
    app = choose_models(open_app(), "all-MiniLM-L6-v2")
    compare(app, "aaa", "bbb")
    beside(compare(app, "aaa", "bbb", documents=("b b", "a a")), 0, 1)
    second = app.selectbox(key=f"{Key.COMPARE_BESIDE}_query_1")
    second.select_index(1).run()
    sides = [frame.value for frame in app.dataframe if "rank" in frame.value.columns]
    assert [side["document"].iloc[0] for side in sides] == ["a a", "b b"]


def test_long_texts_are_shortened_side_by_side(open_app: OpenApp) -> None:
    app = choose_models(open_app(), "all-MiniLM-L6-v2")
    for letter in "ab":
        compare(app, "c" * 5000, "d" * 5000, documents=(letter * 5000, f"{letter} x" * 2000))
    beside(app, 0, 1)
    assert has_table(app, EN["history.first_before"])
    longest = max(len(str(cell)) for f in app.dataframe for cell in f.value.to_numpy().ravel())
    assert longest == 1001
    options = app.selectbox(key=f"{Key.COMPARE_BESIDE}_query_0").options
    assert max(map(len, options)) < 200


def test_a_shorter_comparison_after_a_longer_one_shows_a_query_that_it_has(
    open_app: OpenApp,
) -> None:
    app = compare(choose_models(open_app(), "wordllama"), "a", "b", "c")
    app.selectbox(key=Key.COMPARE_SHOWN_QUERY).select_index(2).run()
    compare(app, "a", "b")
    assert app.selectbox(key=Key.COMPARE_SHOWN_QUERY).value in (0, 1)
    go_back_to(app, 1)
    app.selectbox(key=Key.COMPARE_SHOWN_QUERY).select_index(2).run()
    go_back_to(app, 0)
    assert app.selectbox(key=Key.COMPARE_SHOWN_QUERY).value in (0, 1)


def test_the_twenty_newest_comparisons_are_kept(open_app: OpenApp) -> None:
    app = compare(choose_models(open_app(), "wordllama"), "first")
    (entry,) = app.session_state[Key.COMPARE_HISTORY]
    app.session_state[Key.COMPARE_HISTORY] = [entry] * 20
    compare(app, "last")
    assert listed(app) == ["last", *["first"] * 19]


def test_the_oldest_go_where_the_scores_would_take_too_much_room(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two comparisons of 1 × 2 scores, with ranks, order and percentiles of the same size.
    monkeypatch.setattr(history, "MOST_BYTES", 2 * 1 * 2 * 4 * 4)
    app = choose_models(open_app(), "wordllama")
    for query in ("a", "b", "c"):
        compare(app, query)
    assert listed(app) == ["c", "b"]
    compare(app, "large", documents=("a", "b", "c", "d", "e"))
    assert listed(app) == ["large"]


def test_a_comparison_without_any_answer_is_not_in_the_history(open_app: OpenApp) -> None:
    lanes.use(LaneName.MODELS, LosingLane())
    app = compare(open_app(), "a")
    assert not has_table(app, EN["history.size"])


def test_a_visitor_s_history_is_nobody_else_s(open_app: OpenApp) -> None:
    compare(choose_models(open_app(), "wordllama"), "mine")
    assert not has_table(open_app(), EN["history.size"])
