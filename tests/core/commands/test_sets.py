"""The commands on a set of texts answer from its file, in JSON and as tables."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.core.commands.conftest import Call
from tests.core.fakes import Recorder

MODEL = ("--model", "char-ngrams")
# char-ngrams gives (len(prompt), len(text), 1): the nearest text is the one of the nearest length.
TEXTS = ("a", "bb", "cccc", "ddddd", "eeeeeeeee", "bb")


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "texts.txt"
    path.write_text("\n".join((*TEXTS[:2], "", *TEXTS[2:])), encoding="utf-8")
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "texts.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "class", "note"])
        writer.writerows((text, "long" if len(text) > 3 else "short", "=x") for text in TEXTS)
    return path


def cosine(first: str, second: str) -> float:
    a, b = len(first), len(second)
    return (a * b + 1) / math.hypot(a, 1) / math.hypot(b, 1)


def test_search_finds_the_nearest(call: Call, lines: Path) -> None:
    done = call("search", lines, *MODEL, "--query", "xxxx", "--query", "y", "-k", 2, "--json")
    assert done.code == 0
    found = json.loads(done.out)
    assert (found["model"], found["metric"], found["texts"]) == ("char-ngrams", "cosine", 6)
    first, second = found["queries"]
    assert [hit["text"] for hit in first["found"]] == ["cccc", "ddddd"]
    assert [hit["number"] for hit in second["found"]] == [1, 2]
    assert [hit["rank"] for hit in second["found"]] == [1, 2]
    assert first["found"][1]["score"] == pytest.approx(cosine("xxxx", "ddddd"), abs=1e-6)
    assert "left out: 1." in done.err


def test_search_takes_a_metric_and_prints_a_table(call: Call, lines: Path) -> None:
    done = call("search", lines, *MODEL, "--query", "xxxx", "--metric", "euclidean")
    assert done.code == 0
    rows = [line.split("│") for line in done.out.splitlines() if line.startswith("│")]
    assert [row[4].strip() for row in rows] == ["cccc", "ddddd", "bb", "bb", "a", "eeeeeeeee"]
    assert [row[2].strip() for row in rows] == [
        "0.0000",
        "1.0000",
        "2.0000",
        "2.0000",
        "3.0000",
        "5.0000",
    ]


def test_a_column_is_chosen_and_said(call: Call, table: Path) -> None:
    guessed = call("search", table, *MODEL, "--query", "x", "-k", 1, "--json")
    assert "column 'text'" in guessed.err
    assert json.loads(guessed.out)["queries"][0]["found"][0]["text"] == "a"
    done = call("search", table, *MODEL, "--query", "xx", "-k", 1, "--column", "note", "--json")
    assert json.loads(done.out)["queries"][0]["found"][0]["text"] == "=x"
    done = call("search", table, *MODEL, "--query", "x", "--column", "none")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert "'none'" in done.err


def test_standard_input_is_a_file(call: Call) -> None:
    done = call("search", "-", *MODEL, "--query", "xx", "-k", 1, "--json", stdin=b"a\nbb\n")
    assert json.loads(done.out)["queries"][0]["found"][0]["text"] == "bb"


def test_duplicates_are_pairs_groups_and_same_texts(call: Call, lines: Path) -> None:
    threshold = cosine("cccc", "ddddd") - 1e-4
    done = call("duplicates", lines, *MODEL, "--threshold", threshold, "--json")
    found = json.loads(done.out)
    pairs = [(pair["first"]["number"], pair["second"]["number"]) for pair in found["pairs"]]
    expected = sorted(
        (-cosine(TEXTS[i], TEXTS[j]), i + 1, j + 1)
        for i in range(6)
        for j in range(i + 1, 6)
        if cosine(TEXTS[i], TEXTS[j]) >= threshold
    )
    assert pairs == [(i, j) for _, i, j in expected]
    assert found["pairs_in_all"] == len(pairs)
    assert [[each["number"] for each in group] for group in found["same_texts"]] == [[2, 6]]
    assert [2, 6] in [[each["number"] for each in group] for group in found["groups"]]
    one = json.loads(call("duplicates", lines, *MODEL, "--threshold", 0, "--most", 1, "--json").out)
    assert (len(one["pairs"]), one["pairs_in_all"]) == (1, 15)
    shown = call("duplicates", lines, *MODEL, "--threshold", 0.999999).out
    assert "Word for word: 1 repeat an earlier text." in shown
    assert "Groups: 1, with 2 texts." in shown


def test_clusters_have_words_and_are_held_against_classes(call: Call, tmp_path: Path) -> None:
    short = [f"cat {letter}" for letter in "abcdefgh"]
    long = [f"elephants and giraffes {letter}" for letter in "abcdefghij"]
    path = tmp_path / "t.csv"
    rows = [f"{text},{len(text) > 9}\n" for text in (*short, *long)]
    path.write_text("text,class\n" + "".join(rows), encoding="utf-8")
    options = (path, *MODEL, "--method", "k-means", "--k", 2, "--truth", "class")
    found = json.loads(call("clusters", *options, "--json").out)
    assert [each["size"] for each in found["clusters"]] == [10, 8]
    assert found["labels"] == [1] * 8 + [0] * 10
    assert set(found["clusters"][0]["terms"]) == {"elephants", "giraffes"}
    assert found["clusters"][1]["terms"] == ["cat"]
    assert found["agreement"] == {"v_measure": 1, "adjusted_rand": 1}
    assert found["noise"] == 0
    shown = call("clusters", *options).out
    assert "V-measure 1.000" in shown
    assert "In no cluster: 0 texts." in shown
    done = call("clusters", path, *MODEL, "--min-size", 50)
    assert (done.code, done.out) == (1, "")
    assert "50 are needed" in done.err
    done = call("clusters", path, *MODEL, "--truth", "none")
    assert done.code == 2


def test_disagree_gives_the_most_disputed_first(call_real: Call, lines: Path) -> None:
    models = ("--model", "wordllama", "--model", "char-ngrams")
    found = json.loads(call_real("disagree", lines, *models, "-k", 2, "--json").out)
    assert found["models"] == ["wordllama", "char-ngrams"]
    overlaps = [each["overlap"] for each in found["disputed"]]
    assert overlaps == sorted(overlaps)
    assert sorted(each["number"] for each in found["disputed"]) == [1, 2, 3, 4, 5, 6]
    for each in found["disputed"]:
        near = [{text["number"] for text in own} for own in each["nearest"].values()]
        assert each["overlap"] == len(near[0] & near[1]) / 2
    assert found["overlap"] == pytest.approx(sum(overlaps) / 6, abs=1e-6)
    assert found["chance"] == 2 / 5
    shown = call_real("disagree", lines, *models).out
    assert "Mean overlap: 1.000; by chance 1.000." in shown


@pytest.mark.parametrize("models", [("char-ngrams",), ("char-ngrams", "char-ngrams")])
def test_disagree_needs_two_models(call: Call, lines: Path, models: tuple[str, ...]) -> None:
    given = [word for model in models for word in ("--model", model)]
    done = call("disagree", lines, *given)
    assert (done.code, done.out) == (2, "")
    assert "two different models" in done.err


def test_project_writes_points(call: Call, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "points.csv"
    done = call("project", table, *MODEL, "--method", "pca", "--out", out)
    assert done.code == 0
    assert "6 texts by pca" in done.out
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] for row in rows] == list(TEXTS)
    assert list(rows[0]) == ["text", "class", "note", "x", "y"]
    assert rows[0]["note"] == "'=x"
    points = np.array([[float(row["x"]), float(row["y"])] for row in rows])
    assert (points**2).sum(axis=1).mean() == pytest.approx(1, rel=1e-5)


def test_project_takes_built_in_places(call: Call, tmp_path: Path, recorder: Recorder) -> None:
    out = tmp_path / "points.parquet"
    options = ("--method", "pca", "--components", 3, "--neighbours", 5, "--metric", "euclidean")
    done = call("project", "--set", "prefectures-ja", *MODEL, *options, "--out", out, "--json")
    assert done.code == 0
    assert json.loads(done.out)["texts"] == 47
    table = pq.read_table(out)
    assert table.num_rows == 47
    assert {"text", "latitude", "longitude", "x", "y", "z"} <= set(table.column_names)
    assert table["text"][0].as_py() == "北海道"
    assert len(recorder.encoded) == 47


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--out", "points.html"), ".csv or .parquet"),
        (("--set", "prefectures-ja", "--out", "p.csv"), "FILE or --set"),
        (("--out", "p.csv", "--components", 4), "--components"),
        (("--out", "p.csv", "--task", "custom"), "--task"),
    ],
    ids=lambda value: str(value),
)
def test_a_wrong_call_of_project_is_named(
    call: Call, lines: Path, options: tuple[object, ...], word: str
) -> None:
    done = call("project", lines, *MODEL, *options)
    assert (done.code, done.out) == (2, "")
    assert word in done.err


@pytest.mark.parametrize(
    "command",
    [
        ("search", "--query", "a"),
        ("duplicates",),
        ("clusters",),
        ("disagree", "--model", "wordllama"),
    ],
    ids=lambda command: command[0],
)
def test_a_file_that_can_t_be_read_is_one_line(
    call: Call, tmp_path: Path, command: tuple[str, ...]
) -> None:
    empty, damaged = tmp_path / "empty.txt", tmp_path / "damaged.parquet"
    empty.write_bytes(b"")
    damaged.write_bytes(b"PAR1 and nothing else PAR1")
    for file in (empty, damaged, tmp_path / "none.txt"):
        done = call(command[0], file, *MODEL, *command[1:])
        assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)


def test_no_text_gives_the_terminal_orders(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    rows = [{"text": "a\u001b[2Jb [bold]x[/bold]"}, {"text": "cc"}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    done = call("search", path, *MODEL, "--query", "x\u001b[2J")
    assert done.code == 0
    assert "\x1b" not in done.out
    assert "[bold]x[/bold]" in done.out
