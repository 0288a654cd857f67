"""``dimensions`` prints the grid of dimensions and storages, and the smallest that will do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.commands.dimensions import _published
from core.compare.published import published_dimensions
from tests.core.commands.conftest import Call
from tests.core.fakes import Recorder

# Vectors are (0, len(text), 1) in 2048 components; floats alone need no library here.
NGRAMS = ("dimensions", "--model", "char-ngrams")
FLOATS = ("--storage", "float32", "--storage", "float16")
REAL = ("dimensions", "--model", "wordllama")
TEXTS = "a\nbb\n\nccccc\ndddddddd\n"


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    return write(tmp_path / "texts.txt", TEXTS)


def write(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


def found(call: Call, *args: object) -> dict[str, Any]:
    done = call(*args, "--json")
    assert done.code == 0
    return json.loads(done.out)


def test_a_set_of_texts_is_measured(call: Call, texts: Path) -> None:
    whole = found(call, *NGRAMS, "--texts", texts, *FLOATS)
    assert (whole["model"], whole["task"], whole["full_dimension"]) == (
        "char-ngrams",
        "similarity",
        2048,
    )
    assert (whole["queries"], whole["documents"], whole["k"]) == (4, 4, 1)
    full, half = whole["settings"]
    assert [full[name] for name in ("dimension", "storage", "trained", "bytes", "overlap")] == [
        2048,
        "float32",
        True,
        8192,
        1.0,
    ]
    assert full["bytes_of_1m_vectors"] == 8_192_000_000
    assert (half["bytes"], whole["smallest"]) == (4096, half)
    assert (whole["quality"], full["quality"], whole["published"]) == (None, None, [])


def test_the_grid_of_the_real_wordllama(call_real: Call, tmp_path: Path) -> None:
    lines = [f"{a} {b}" for a in ("red", "blue", "hot") for b in ("car", "sky", "soup", "tea")]
    path = write(tmp_path / "texts.txt", "\n".join(lines))
    done = call_real(*REAL, "--texts", path, "--dimension", 64, "--dimension", 256)
    assert (done.code, done.err) == (0, "")
    for words in ("binary-rescored", "overlap@5", "1 M vectors", "1,024 MB", "8 MB"):
        assert words in done.out
    assert "Looked for: 12 of 12 texts" in done.out
    assert "Smallest within a loss of 5.0%" in done.out
    whole = found(call_real, *REAL, "--texts", path, "--most-loss", 1)
    assert {s["dimension"] for s in whole["settings"]} == {256, 128, 64, 32}
    assert {s["dimension"] for s in whole["settings"] if not s["trained"]} == {32}
    assert (whole["smallest"]["bytes"], whole["smallest"]["dimension"]) == (4, 32)
    assert whole["settings"][2]["int8_ranges"][0] < 0 < whole["settings"][2]["int8_ranges"][1]


def test_queries_with_right_documents_have_ndcg(call: Call, texts: Path, tmp_path: Path) -> None:
    queries = write(tmp_path / "queries.txt", "x\nyyyyyyyy\n")
    sides = ("--queries", queries, "--documents", texts)
    whole = found(call, *NGRAMS, *sides, *FLOATS, "--right", "1:1", "--right", "2:4")
    assert (whole["queries"], whole["task"], whole["quality"]) == (2, "search", "nDCG@10")
    assert [s["quality"] for s in whole["settings"]] == [1, 1]
    assert found(call, *NGRAMS, *sides, *FLOATS)["quality"] is None
    assert "nDCG@10" in call(*NGRAMS, *sides, *FLOATS, "--right", "1:1").out


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_pairs_have_spearman(call: Call, tmp_path: Path, delimiter: str) -> None:
    # By length: the cosines of the pairs fall as the scores do.
    rows = (("text1", "text2", "score"), ("a", "b", "5"), ("a", "bbb", "3"), ("a", "b" * 9, "1"))
    path = write(tmp_path / "pairs.tsv", "\n".join(delimiter.join(row) for row in rows))
    whole = found(call, *NGRAMS, "--pairs", path, *FLOATS)
    assert (whole["quality"], whole["queries"], whole["documents"]) == ("Spearman", 3, 3)
    assert [s["quality"] for s in whole["settings"]] == [1, 1]


def test_pairs_may_come_from_standard_input(call: Call) -> None:
    table = b"score;sentence1;sentence2\n1;a;b\n1;aa;cc\n"
    done = call(*NGRAMS, "--pairs", "-", *FLOATS, "--json", stdin=table)
    assert [s["quality"] for s in json.loads(done.out)["settings"]] == [None] * 2  # no ranks


def test_each_text_is_encoded_once(call: Call, texts: Path, recorder: Recorder) -> None:
    for _ in range(2):
        found(call, *NGRAMS, "--texts", texts, *FLOATS)
    assert len(recorder.encoded) == 4


def test_the_card_s_own_figures_are_told_with_their_source() -> None:
    lines = [_published(each) for each in published_dimensions("embeddinggemma-300m")]
    assert len(lines) == 3
    assert lines[0].startswith("Model card, MTEB(Multilingual, v2): 768: 61.15, 512: 60.71")
    assert all("Q8_0" in line and "https://huggingface.co/google/" in line for line in lines)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ((), "--texts"),
        (("--texts", "a", "--pairs", "b"), "--texts"),
        (("--texts", "a", "--queries", "b"), "--texts"),
        (("--queries", "a"), "--documents"),
        (("--documents", "a"), "--queries"),
        (("--texts", "a", "--right", "1:1"), "--right"),
        (("--texts", "-", "--most-loss", "2"), "--most-loss"),
        (("--texts", "-", "--storage", "int4"), "--storage"),
        (("--texts", "-", "--task", "custom"), "--task"),
        (("--queries", "-", "--documents", "-"), "only once"),
    ],
)
def test_a_wrong_call_has_exit_code_2(call: Call, options: tuple[str, ...], word: str) -> None:
    done = call(*NGRAMS, *options)
    assert (done.code, done.out) == (2, "")
    assert word in done.err


@pytest.mark.parametrize(
    ("options", "stdin", "words"),
    [
        (("--texts", "-", "--dimension", "0"), TEXTS, "The dimension is 0"),
        (("--texts", "-", "--dimension", "64"), TEXTS, "can't be cut"),
        (("--texts", "-"), "one", "fewest that have a neighbour"),
        (("--texts", "-"), "aa\nbb\ncc", "same vector for all 3"),
        (("--texts", "-"), "\n", "no text in standard input"),
        (("--pairs", "-"), "text1,text2,score\na,b,high", "Row 1, column score"),
        (("--texts", "no-such-file"), "", "no-such-file"),
    ],
)
def test_an_expected_failure_is_one_line_and_exit_code_1(
    call: Call, options: tuple[str, ...], stdin: str, words: str
) -> None:
    done = call(*NGRAMS, *options, *FLOATS, stdin=stdin.encode())
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert words in done.err


def test_a_model_that_is_not_here_is_an_expected_failure(call: Call, texts: Path) -> None:
    done = call("dimensions", "--model", "embeddinggemma-300m", "--texts", texts)
    assert (done.code, done.err.count("\n")) == (1, 1)
