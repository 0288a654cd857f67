"""The command that scores models on a user's own labels."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.core.commands.conftest import Call

ROWS = [f"{'ab' * (i % 5 + 1)} {i},{'c' * (i % 7 + 1)},{i % 6}" for i in range(12)]


def written(folder: Path, *more: str) -> Path:
    path = folder / "own.csv"
    path.write_text("\n".join(["sentence1,sentence2,score", *ROWS, *more]), encoding="utf-8")
    return path


def test_a_row_that_cannot_be_used_stops_unless_it_may_be_left_out(
    call: Call, tmp_path: Path
) -> None:
    path = written(tmp_path, "a,b,high")
    asked = ("evaluate", path, "--type", "sts", "--model", "char-ngrams")
    stopped = call(*asked)
    assert (stopped.code, stopped.out) == (1, "")
    assert "the grade is no finite number (13)" in stopped.err
    assert "--drop" in stopped.err
    done = call(*asked, "--drop")
    assert done.code == 0
    assert "12 pairs" in done.out
    assert "Left out" in done.err


def test_models_are_compared_in_words_and_as_json(call: Call, tmp_path: Path) -> None:
    asked = ("evaluate", written(tmp_path), "--type", "sts", "--model", "char-ngrams")
    found = json.loads(call(*asked, "--json").out)
    (model,) = found["models"]
    assert (found["type"], found["items"], found["pairs"]) == ("sts", 12, [])
    assert model["low"] <= model["score"] <= model["high"]
    assert len(model["items"]) == 12
    assert model["published"] is None


@pytest.mark.parametrize(
    ("file", "kind", "said"),
    [
        ("nothing.csv", "sts", "nothing.csv"),
        ("own.csv", "clustering", "'text'"),
        (".", "retrieval", "queries"),
    ],
)
def test_what_is_missing_is_named_in_one_line(
    call: Call, tmp_path: Path, file: str, kind: str, said: str
) -> None:
    written(tmp_path)
    done = call("evaluate", tmp_path / file, "--type", kind, "--model", "char-ngrams")
    assert (done.code, done.out) == (1, "")
    assert said in done.err
    assert len(done.err.splitlines()) == 1


@pytest.mark.slow
def test_jsts_gives_the_published_score_with_an_interval(
    call_real: Call, shared_data: Path
) -> None:
    path = shared_data / "sts" / "jsts_v1.1_validation.tsv"
    done = call_real("evaluate", path, "--type", "sts", "--model", "all-MiniLM-L6-v2", "--json")
    assert done.code == 0, done.err
    (found,) = json.loads(done.out)["models"]
    assert found["score"] == pytest.approx(0.6265, abs=5e-4)
    assert found["published"] == pytest.approx(0.6265, abs=5e-5)
    assert found["low"] < found["score"] < found["high"]


@pytest.mark.slow
def test_banking77_is_near_the_published_score(call_real: Call, shared_data: Path) -> None:
    test, train = (
        shared_data / "classification" / f"banking77_{part}.csv" for part in ("test", "train")
    )
    done = call_real(
        *("evaluate", test, "--train", train, "--type", "classification"),
        *("--model", "all-MiniLM-L6-v2", "--json"),
    )
    assert done.code == 0, done.err
    (found,) = json.loads(done.out)["models"]
    print(f"Banking77: {found['score']:.4f}, published {found['published']}")
    assert found["score"] == pytest.approx(0.8004, abs=0.01)
    assert found["published"] == pytest.approx(0.8004, abs=5e-5)


@pytest.mark.slow
def test_jsquad_with_three_models(call_real: Call, shared_data: Path) -> None:
    models = ("all-MiniLM-L6-v2", "wordllama", "char-ngrams")
    named = [part for model in models for part in ("--model", model)]
    done = call_real(
        "evaluate", shared_data / "retrieval" / "jsquad", "--type", "retrieval", *named, "--json"
    )
    assert done.code == 0, done.err
    found = json.loads(done.out)
    for each in found["models"]:
        print(f"{each['label']}: {each['score']:.4f} ({each['low']:.4f} to {each['high']:.4f})")
        assert each["low"] < each["score"] < each["high"]
    assert len(found["pairs"]) == 3
