"""A comparison goes out whole, and a spreadsheet finds no formula in it."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.compare import CompareRequest, Comparison, Document, Similarity, compare, export
from core.compare.calibration import calibrate
from core.compare.experiment import Experiment, from_json
from core.compare.explain import Explanation, explain
from core.compare.export import COLUMNS, rows_kept, to_csv, to_dict, to_rows
from core.compare.relevance import judge
from core.encoding import Engine
from core.models.tokens import TokenCount
from tests.core.compare.fakes import compared, scored

REQUEST = CompareRequest(
    queries=("a", "火星"),
    documents=(Document("ccc", "title"), Document("dddd"), Document("a")),
    models=("char-ngrams",),
    similarity=Similarity.DOT,
)
EMOJI = CompareRequest(
    queries=("Mars", "火星", "😀"),
    documents=(Document("Mars"), Document("😀"), Document("火星")),
    models=("char-ngrams", "wordllama"),
)
RIGHT = ((0, 2), (), (1,))


@pytest.fixture
def comparison(engine: Engine) -> Comparison:
    return compare(REQUEST, engine)


def read_csv(comparison: Comparison) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(to_csv(comparison), newline="")))


def test_rows_go_from_the_best_document_to_the_worst(comparison: Comparison) -> None:
    rows = list(to_rows(comparison))
    assert [tuple(row) for row in rows] == [COLUMNS] * 6
    assert [(r["query"], r["rank"], r["document"], r["score"]) for r in rows[:3]] == [
        ("a", 1, "dddd", 5.0),
        ("a", 2, "ccc", 4.0),
        ("a", 3, "a", 2.0),
    ]


def test_csv_holds_the_rows(comparison: Comparison) -> None:
    rows = read_csv(comparison)
    assert rows == [
        {k: "" if v is None else str(v) for k, v in row.items()} for row in to_rows(comparison)
    ]
    assert {row["query"] for row in rows} == {"a", "火星"}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1"])
def test_a_text_that_a_spreadsheet_would_run_is_marked_as_text(engine: Engine, text: str) -> None:
    request = replace(REQUEST, queries=(text,), documents=(Document(text, text),))
    (row,) = read_csv(compare(request, engine))
    assert row["query"] == row["document"] == row["title"] == "'" + text


def test_a_negative_score_stays_a_number(engine: Engine) -> None:
    request = replace(REQUEST, similarity=Similarity.EUCLIDEAN)
    assert {float(row["score"]) <= 0 for row in read_csv(compare(request, engine))} == {True}


def test_the_dictionary_is_json_with_everything_in_it(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    request = replace(REQUEST, models=("char-ngrams", "qwen3-embedding-0.6b"))
    found = json.loads(json.dumps(to_dict(compare(request, engine)), allow_nan=False))
    (result,), (failure,) = found["results"], found["failures"]
    assert found["experiment"]["queries"] == ["a", "火星"]
    assert found["experiment"]["documents"][0] == {"text": "ccc", "title": "title"}
    assert result["scores"] == [[4, 5, 2], [7, 9, 3]]
    assert result["ranks"] == [[2, 1, 3], [2, 1, 3]]
    assert result["margins"] == [1, 2]
    assert result["identity"]["model_id"] == "char-ngrams"
    assert failure["model"] == "qwen3-embedding-0.6b"
    assert failure["hint"]


def test_a_margin_that_is_not_there_is_null(engine: Engine) -> None:
    request = replace(REQUEST, documents=(Document("only"),))
    assert to_dict(compare(request, engine))["results"][0]["margins"] == [None, None]


# Percentiles and right documents


@pytest.fixture
def explanation(hashed: Engine) -> Explanation:
    return explain(compare(EMOJI, hashed), hashed)


def test_a_row_has_its_percentile_and_nothing_where_there_is_none(explanation: Explanation) -> None:
    rows = list(to_rows(explanation.comparison, explanation))
    assert len(rows) == 2 * 3 * 3
    for row in rows:
        q = EMOJI.queries.index(row["query"])
        d = [document.text for document in EMOJI.documents].index(row["document"])
        found = explanation.calibrations[row["model"]].percentiles[q, d]
        if "😀" in (row["query"], row["document"]):
            assert row["percentile"] is None
        else:
            assert row["percentile"] == pytest.approx(found, abs=1e-6)
            assert 0 <= row["percentile"] <= 100


def test_without_an_explanation_no_row_has_a_percentile(comparison: Comparison) -> None:
    assert {row["percentile"] for row in to_rows(comparison)} == {None}
    assert {row["percentile"] for row in read_csv(comparison)} == {""}


def test_a_model_that_could_not_be_explained_has_no_percentiles(explanation: Explanation) -> None:
    kept = {name: c for name, c in explanation.calibrations.items() if name != "wordllama"}
    partly = replace(explanation, calibrations=kept)
    with_some = {
        row["model"] for row in to_rows(explanation.comparison, partly) if row["percentile"]
    }
    assert with_some == {"char-ngrams"}
    whole = to_dict(explanation.comparison, partly)
    assert [result["percentiles"] is None for result in whole["results"]] == [False, True]


def test_a_row_says_whether_its_document_is_right_where_that_is_known(
    explanation: Explanation,
) -> None:
    rows = to_rows(explanation.comparison, relevant=RIGHT)
    found = {(row["query"], row["document"]): row["right"] for row in rows}
    assert found == {
        ("Mars", "Mars"): True,
        ("Mars", "😀"): False,
        ("Mars", "火星"): True,
        ("火星", "Mars"): None,
        ("火星", "😀"): None,
        ("火星", "火星"): None,
        ("😀", "Mars"): False,
        ("😀", "😀"): True,
        ("😀", "火星"): False,
    }


def test_marks_may_end_before_the_queries_do(comparison: Comparison) -> None:
    found = [(row["query"], row["right"]) for row in to_rows(comparison, relevant=((2,),))]
    assert found == [("a", False), ("a", False), ("a", True), *[("火星", None)] * 3]


def test_csv_has_percentiles_and_right_documents_too(explanation: Explanation) -> None:
    text = to_csv(explanation.comparison, explanation, RIGHT)
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    expected = to_rows(explanation.comparison, explanation, RIGHT)
    assert rows == [{k: "" if v is None else str(v) for k, v in row.items()} for row in expected]
    assert {row["right"] for row in rows} == {"True", "False", ""}
    assert [tuple(row) for row in rows] == [COLUMNS] * len(rows)


# The experiment file that holds the results


def test_an_exported_comparison_opens_as_its_experiment(explanation: Explanation) -> None:
    whole = to_dict(explanation.comparison, explanation, RIGHT)
    text = json.dumps(whole, ensure_ascii=False, allow_nan=False)
    restored = from_json(text)
    assert restored.problems == ()
    assert restored.experiment == Experiment(request=EMOJI, relevant=RIGHT)


def test_results_in_the_file_are_not_part_of_the_experiment_s_digest(
    explanation: Explanation,
) -> None:
    whole = to_dict(explanation.comparison, explanation, RIGHT)
    bare = to_dict(replace(explanation.comparison, results=()), None, RIGHT)
    assert bare["results"] == []
    assert bare["digest"] == whole["digest"]
    assert from_json(json.dumps({**whole, "results": "altered"})).problems == ()


def test_the_file_holds_percentiles_and_figures_of_each_model(
    explanation: Explanation, hashed: Engine
) -> None:
    whole = json.loads(json.dumps(to_dict(explanation.comparison, explanation, RIGHT)))
    for result, scores in zip(whole["results"], explanation.comparison.results, strict=True):
        found = calibrate(EMOJI, scores, hashed).percentiles
        assert result["percentiles"][0] == [
            pytest.approx(found[0, 0]),
            None,
            pytest.approx(found[0, 2]),
        ]
        assert result["percentiles"][2] == [None] * 3
        assert result["relevance"] == judge(scores, RIGHT).means()


def test_without_explanation_and_marks_their_places_are_null(comparison: Comparison) -> None:
    for relevant in ((), ((), ())):
        (result,) = to_dict(comparison, relevant=relevant)["results"]
        assert (result["percentiles"], result["tokens"], result["relevance"]) == (None, None, None)


def test_a_margin_that_no_query_has_is_null_in_the_figures(engine: Engine) -> None:
    request = replace(REQUEST, documents=(Document("only"),))
    (result,) = to_dict(compare(request, engine), relevant=((0,), (0,)))["results"]
    assert result["relevance"] == {"hit@1": 1, "mrr": 1, "ndcg@10": 1, "margin": None}


def test_the_file_holds_what_each_tokenizer_counted(real_engine: Engine) -> None:
    request = replace(REQUEST, queries=("Mars",), models=("wordllama",), documents=EMOJI.documents)
    comparison = compare(request, real_engine)
    found = explain(comparison, real_engine)
    whole = json.loads(json.dumps(to_dict(comparison, found), allow_nan=False))
    tokens = whole["results"][0]["tokens"]
    assert tokens["limit"] is None
    counts = found.readings["wordllama"]
    assert tuple(TokenCount(**count) for count in tokens["queries"]) == counts.queries
    assert tuple(TokenCount(**count) for count in tokens["documents"]) == counts.documents


def test_scores_are_given_to_the_sixth_place(engine: Engine) -> None:
    comparison = compare(REQUEST, engine)
    result = scored([[1 / 3, 2 / 3, 1e-9], [-1 / 3, 0, 1]])
    (found,) = to_dict(replace(comparison, results=(result,)))["results"]
    assert found["scores"] == [[0.333333, 0.666667, 0], [-0.333333, 0, 1]]


# Comparisons too large to go out whole

LARGE = {"char-ngrams": [[1, 3, 2, 0]] * 3, "wordllama": [[4, 3, 2, 5]] * 3}  # 24 pairs


@pytest.mark.parametrize(("most", "kept"), [(24, None), (23, 3), (18, 3), (17, 2), (6, 1), (1, 1)])
def test_each_query_s_best_documents_are_kept_as_many_as_fit(
    monkeypatch: pytest.MonkeyPatch, most: int, kept: int | None
) -> None:
    monkeypatch.setattr(export, "MOST_ROWS", most)
    comparison = compared(**LARGE)
    assert rows_kept(comparison) == kept
    rows = list(to_rows(comparison))
    count = kept or 4
    assert len(rows) == 2 * 3 * count
    assert [row["rank"] for row in rows] == list(range(1, count + 1)) * 6
    assert [row["document"] for row in rows[:count]] == ["d1", "d2", "d0", "d3"][:count]
    assert read_csv(comparison) == [
        {name: "" if value is None else str(value) for name, value in row.items()} for row in rows
    ]


def test_the_bounds_of_an_export_are_stated() -> None:
    assert (export.MOST_ROWS, export.MOST_CELLS) == (1_000_000, 2_000_000)


def test_without_any_answer_no_row_is_left_out() -> None:
    comparison = replace(compared(**LARGE), results=())
    assert (rows_kept(comparison), list(to_rows(comparison))) == (None, [])


def test_a_large_comparison_goes_out_without_its_matrices_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    comparison = compared(**LARGE)
    monkeypatch.setattr(export, "MOST_CELLS", 24)
    small = to_dict(comparison, relevant=((1,), (0,), (2,)))
    assert small["left_out"] == []
    assert small["results"][0]["scores"] == LARGE["char-ngrams"]
    monkeypatch.setattr(export, "MOST_CELLS", 23)
    large = json.loads(json.dumps(to_dict(comparison, relevant=((1,), (0,), (2,)))))
    assert large["left_out"] == ["scores", "ranks", "percentiles"]
    for whole, kept in zip(small["results"], large["results"], strict=True):
        matrices = dict.fromkeys(large["left_out"])
        assert kept == {**json.loads(json.dumps(whole)), **matrices}
    # The texts and settings are whole: it still opens as its experiment.
    restored = from_json(json.dumps(large))
    assert restored.problems == ()
    assert restored.experiment.request == comparison.request
