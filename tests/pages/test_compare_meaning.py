"""What stands behind the scores on the Compare page: percentiles, tokens, what is not read."""

from __future__ import annotations

import csv
import io
import json
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.compare.background import background
from core.compare.calibration import calibrate
from core.models import tokens
from core.models.tokens import TokenCount, TokenCounts
from core.work import InlineExecutor, lanes
from core.work.lanes import LaneName
from pages._ui.keys import Key
from pages._ui.texts import table
from pages.explore.comparing import meaning, reading
from tests.core.fakes import Recorder
from tests.pages.compare_page import (
    captions,
    choose_models,
    enter,
    expected,
    has_table,
    own_engine,
    press,
    press_compare,
    rankings,
    result,
    shown_table,
    shown_texts,
)
from tests.pages.conftest import MOST_TOKENS, Downloaded, LosingLane, OpenApp

EN = table("en")
LANGUAGES = pytest.mark.parametrize("lang", ["en", "ja"])
MODELS = ("all-MiniLM-L6-v2", "wordllama", "char-ngrams")
ARABIC, THAI = "ما هو الكوكب الأحمر؟", "ดาวเคราะห์สีแดงคืออะไร"


def percentiles(app: AppTest) -> list[list[float]]:
    """Return the column of each ranking, with the documents in the order of the request."""
    frames = [frame.value for frame in app.dataframe if "percentile" in frame.value.columns]
    return [frame.sort_values("number")["percentile"].tolist() for frame in frames]


def histograms(app: AppTest) -> list[Any]:
    """Return the drawn charts that hold scores before those of unrelated texts."""
    drawn = app.get("plotly_chart")
    names = [json.loads(c.proto.config)["toImageButtonOptions"]["filename"] for c in drawn]
    return [c for c, name in zip(drawn, names, strict=True) if name.startswith("unrelated-")]


def open_tokens(app: AppTest) -> AppTest:
    app.session_state[Key.COMPARE_READING] = True
    app.run()
    assert not app.exception
    return app


def warnings(app: AppTest) -> list[str]:
    return [element.value for element in app.warning]


# Percentiles


def test_percentiles_are_those_of_core_in_every_ranking(open_app: OpenApp, tmp_path: Path) -> None:
    app = open_app()
    app.selectbox(key=Key.COMPARE_DIMENSION).set_value(64)
    press_compare(enter(app, ["an apple", "zebra"], ["a banana", "xyz", "cabbage soup"]))
    asked, engine = result(app).request, own_engine(tmp_path)
    found = [calibrate(asked, made, engine) for made in expected(asked, tmp_path).results]
    for query in range(2):
        app.selectbox(key=Key.COMPARE_SHOWN_QUERY).select_index(query).run()
        assert percentiles(app) == [
            pytest.approx(calibration.percentiles[query].tolist()) for calibration in found
        ]


def test_files_hold_the_percentiles_that_are_shown(
    open_app: OpenApp, downloaded: Downloaded
) -> None:
    app = press_compare(enter(open_app(), ["an apple"], ["a banana", "xyz"]))
    shown = percentiles(app)
    whole = json.loads(downloaded(app, "export_json"))
    assert [found["percentiles"][0] for found in whole["results"]] == [
        pytest.approx(row, abs=1e-5) for row in shown
    ]
    rows = list(csv.DictReader(io.StringIO(downloaded(app, "export_csv").decode("utf-8-sig"))))
    assert sorted(float(row["percentile"]) for row in rows) == pytest.approx(
        sorted(value for row in shown for value in row), abs=1e-5
    )


def test_each_model_has_a_chart_of_its_scores_before_those_of_unrelated_texts(
    open_app: OpenApp, tmp_path: Path
) -> None:
    app = press_compare(enter(open_app(), ["an apple"], ["a banana", "xyz", "cabbage soup"]))
    asked, engine = result(app).request, own_engine(tmp_path)
    drawn = histograms(app)
    assert len(drawn) == len(MODELS)
    for chart, made in zip(drawn, result(app).results, strict=True):
        (unrelated,) = calibrate(asked, made, engine).unrelated.values()
        low, middle, high = np.percentile(unrelated, [5, 50, 95])
        summary = EN["meaning.summary"].format(
            low=f"{low:.3f}",
            middle=f"{middle:.3f}",
            high=f"{high:.3f}",
            pairs=f"{len(unrelated):,}",
        )
        assert chart.proto.alt == EN["meaning.alt"].format(model=made.model, summary=summary)
        assert summary in captions(app)
        bars, marks = json.loads(chart.proto.spec)["data"]
        assert bars["type"] == "bar"
        assert marks["text"] == [str(d + 1) for d in made.order[0]]
        # Of each mark's hover text the last line is the percentile that the table has.
        hovered = [text.split("<br>")[-1] for text in marks["hovertext"]]
        ranked = shown_table_of(app, made.model)["percentile"]
        assert hovered == [f"{EN['meaning.percentile']} {value:.1f}" for value in ranked]


def shown_table_of(app: AppTest, model: str) -> Any:
    frames = [frame.value for frame in app.dataframe if "rank" in frame.value.columns]
    return frames[[made.model for made in result(app).results].index(model)]


def test_unrelated_texts_are_encoded_once_for_all_comparisons(open_app: OpenApp) -> None:
    lane = Recorder()
    lanes.use(LaneName.MODELS, lane)
    app = choose_models(open_app(), "wordllama")
    press_compare(enter(app, ["an apple"], ["a banana"]))
    topics = {text for texts in background().values() for text in texts}
    first = [prompted for prompted in lane.encoded if prompted.text in topics]
    assert len(first) == len(set(first)) > 0
    press_compare(enter(app, ["another apple"], ["another banana"]))
    assert percentiles(app)
    assert [prompted for prompted in lane.encoded if prompted.text in topics] == first


def test_a_later_comparison_has_its_percentiles_at_once(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = press_compare(enter(open_app(), ["an apple"], ["a banana"]))
    with monkeypatch.context() as never:
        never.setattr(meaning, "complete", lambda comparison: None)  # after the result is up
        press_compare(enter(app, ["another apple"], ["another banana"]))
        assert len(percentiles(app)) == len(MODELS)


@LANGUAGES
def test_a_cancelled_explanation_leaves_the_result_and_can_be_made_up_for(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    with monkeypatch.context() as halfway:
        # The script is where it would be when Cancel is pressed.
        halfway.setattr(meaning, "explain", lambda *_, **__: st.stop())
        app = press_compare(enter(open_app(lang=lang), ["an apple"], ["a banana", "xyz"]))
    shown = rankings(app)
    assert len(shown) == len(MODELS)
    assert not percentiles(app)
    press(app, Key.COMPARE_EXPLAIN_CANCEL)
    assert rankings(app) == shown
    assert not percentiles(app)
    assert Key.COMPARE_EXPLAIN_CANCEL not in [button.key for button in app.button]
    # It stays so, whatever else is done.
    app.button_group(key=Key.PICTURE_FORMAT).set_value("svg").run()
    assert not percentiles(app)
    assert app.button(key=Key.COMPARE_EXPLAIN_BUTTON).label == table(lang)["meaning.compute"]
    press(app, Key.COMPARE_EXPLAIN_BUTTON)
    assert len(percentiles(app)) == len(MODELS)
    assert rankings(app) == shown
    assert Key.COMPARE_EXPLAIN_BUTTON not in [button.key for button in app.button]


def test_a_comparison_after_a_cancelled_explanation_is_explained(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as halfway:
        halfway.setattr(meaning, "explain", lambda *_, **__: st.stop())
        app = press_compare(enter(open_app(), ["an apple"], ["a banana"]))
    press(app, Key.COMPARE_EXPLAIN_CANCEL)
    press_compare(app)
    assert len(percentiles(app)) == len(MODELS)


@LANGUAGES
@pytest.mark.parametrize(
    "query", [ARABIC, THAI, "?!", "long " * 250], ids=["ar", "th", "?", "long"]
)
def test_a_query_that_no_texts_can_be_held_against_is_said_to_have_no_percentiles(
    open_app: OpenApp, lang: str, query: str
) -> None:
    app = press_compare(enter(open_app(lang=lang), [query], ["a banana", "xyz"]))
    assert captions(app).count(table(lang)["meaning.none"]) == len(MODELS)
    assert not percentiles(app)
    assert not histograms(app)
    assert len(rankings(app)) == len(MODELS)


def test_documents_that_no_texts_can_be_held_against_are_said_to_have_no_percentiles(
    open_app: OpenApp,
) -> None:
    app = press_compare(enter(open_app(), ["an apple"], [ARABIC, THAI]))
    assert captions(app).count(EN["meaning.none"]) == len(MODELS)
    assert "document" in EN["meaning.none"]
    assert not histograms(app)


def test_a_document_in_another_script_has_no_percentile_beside_those_that_have_one(
    open_app: OpenApp,
) -> None:
    app = press_compare(enter(open_app(), ["an apple"], ["a banana", THAI]))
    for first, second in percentiles(app):
        assert 0 <= first <= 100
        assert np.isnan(second)
    assert len(histograms(app)) == len(MODELS)


@LANGUAGES
def test_a_failed_explanation_is_said_and_costs_no_answer(open_app: OpenApp, lang: str) -> None:
    class LosingCounts(InlineExecutor):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            lane = LosingLane() if fn is tokens.count else super()
            return lane.submit(fn, *args, **kwargs)

    lanes.use(LaneName.MODELS, LosingCounts())
    app = press_compare(enter(open_app(lang=lang), ["an apple"], ["a banana"]))
    assert len(rankings(app)) == len(percentiles(app)) == len(MODELS)
    # Of the two models that have a tokenizer.
    heading = table(lang)["errors.heading"]
    assert sum(heading in element.value for element in app.markdown) == 2
    assert [text for text in shown_texts(app) if text in MODELS] == list(MODELS[:2])


# Tokens


def test_tokens_of_every_text_are_in_the_opened_table(open_app: OpenApp) -> None:
    app = press_compare(enter(open_app(), ["an apple"], ["a banana", "x" * 201]))
    assert not has_table(app, EN["reading.text"])
    drawn = shown_table(open_tokens(app), EN["reading.text"])
    assert list(drawn[EN["reading.text"]]) == ["an apple", "a banana", "x" * 201]
    sides = [EN["result.side_query"], *[EN["result.side_document"]] * 2]
    assert list(drawn[EN["result.side"]]) == sides
    assert list(drawn["wordllama"]) == [
        EN["reading.tokens"].format(count=8),
        EN["reading.tokens"].format(count=8),
        f"{EN['reading.tokens'].format(count=201)} · {EN['reading.over'].format(limit=200)}",
    ]
    assert "char-ngrams" not in drawn.columns  # it has no tokenizer


@LANGUAGES
def test_texts_that_are_cut_off_are_warned_of_and_their_tails_shown_exactly(
    open_app: OpenApp, lang: str
) -> None:
    tail = "<b>not</b> $read$  ‮at all: \x1c\u2028*end*"
    long = "a" * MOST_TOKENS + tail
    app = press_compare(enter(open_app(lang=lang), ["short"], ["a" * MOST_TOKENS, long, "b"]))
    texts = table(lang)
    concern = texts["concern.cut"].format(count=1, limit=MOST_TOKENS)
    assert len(warnings(app)) == 2
    assert all(concern in warning for warning in warnings(app))
    assert "MiniLM" in warnings(app)[0]
    assert "wordllama" in warnings(app)[1]
    assert tail not in shown_texts(app)
    open_tokens(app)
    assert shown_texts(app).count(tail) == 2
    assert shown_texts(app).count("a" * MOST_TOKENS) == 2
    for model in ("all\\-MiniLM\\-L6\\-v2", "wordllama"):
        said = texts["reading.cut"].format(model=model, read=MOST_TOKENS, total=len(long))
        assert said in [element.value for element in app.markdown]


def test_the_prompt_counts_for_where_a_text_is_cut_off(open_app: OpenApp) -> None:
    app = choose_models(open_app(), "wordllama")
    app.selectbox(key=Key.COMPARE_DOCUMENT_TASK).set_value("custom").run()
    app.text_input(key=Key.COMPARE_DOCUMENT_PROMPT).set_value("passage: ")
    press_compare(enter(app, ["short"], ["a" * (MOST_TOKENS - 5)]))
    assert len(warnings(app)) == 1
    open_tokens(app)
    assert "passage: " + "a" * (MOST_TOKENS - 9) in shown_texts(app)
    assert "aaaa" in shown_texts(app)


def test_more_tails_than_are_shown_are_counted(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_TAILS", 2)
    app = choose_models(open_app(), "wordllama")
    documents = ["a" * MOST_TOKENS + f"tail {n}" for n in range(4)]
    open_tokens(press_compare(enter(app, ["short"], documents)))
    assert [text for text in shown_texts(app) if text.startswith("tail")] == ["tail 0", "tail 1"]
    assert EN["reading.more_tails"].format(shown=2, total=4) in captions(app)


@LANGUAGES
def test_texts_that_a_vocabulary_lacks_are_warned_of(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    def count(_: Any, texts: list[str]) -> TokenCounts:
        rows = (
            TokenCount(tokens=4, unknown=0.75 if THAI in text else 0.0, bytes=0.0, cut_at=None)
            for text in texts
        )
        return TokenCounts(counts=tuple(rows), limit=None)

    monkeypatch.setattr(tokens, "count", count)
    app = choose_models(open_app(lang=lang), "wordllama")
    press_compare(enter(app, ["an apple"], [THAI, "a banana", f"{THAI} 2"]))
    (warning,) = warnings(app)
    assert table(lang)["concern.unreadable"].format(count=2, limit=None) in warning
    drawn = shown_table(open_tokens(app), table(lang)["reading.text"])
    assert table(lang)["reading.unknown"].format(share="75%") in drawn["wordllama"].iloc[1]


def test_a_model_is_doubted_for_a_language_that_it_was_not_trained_for(open_app: OpenApp) -> None:
    app = choose_models(open_app(), "all-MiniLM-L6-v2")
    press_compare(enter(app, ["火星はどの惑星？"], ["これは火星です。", "a banana"]))
    (warning,) = warnings(app)
    assert EN["concern.language"].format(count=2) in warning


def test_texts_that_are_read_whole_are_not_warned_of(open_app: OpenApp) -> None:
    app = press_compare(enter(open_app(), ["an apple"], ["a banana"]))
    assert warnings(app) == []
