"""A comparison goes out whole, and a spreadsheet finds no formula in it."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.compare import CompareRequest, Comparison, Document, Similarity, compare
from core.compare.export import COLUMNS, to_csv, to_dict, to_rows
from core.encoding import Engine

REQUEST = CompareRequest(
    queries=("a", "火星"),
    documents=(Document("ccc", "title"), Document("dddd"), Document("a")),
    models=("char-ngrams",),
    similarity=Similarity.DOT,
)


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
