"""``prompts-study`` prints every pair of prompts, and what is to be said of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.core.commands.conftest import Call
from tests.core.fakes import Recorder

# Vectors are (len(prompt), len(text), 1): a longer prompt turns every text.
STUDY = ("prompts-study", "--model", "char-ngrams")
TEXTS = ("--query", "a", "--document", "ccc", "--document", "dddddddd")
OWN = ("--custom", "query: ", "--custom", "something of my own: ")


def found(call: Call, *args: object) -> dict[str, Any]:
    done = call(*STUDY, *args, "--json")
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


def test_the_json_has_every_pair(call: Call) -> None:
    whole = found(call, *TEXTS, *OWN, "--right", "1:2")
    assert [prompt["text"] for prompt in whole["prompts"]] == ["", OWN[1], OWN[3]]
    assert (whole["model"], whole["task"], whole["dtype"]) == ("char-ngrams", "search", "float32")
    assert whole["relevant"] == [[1]]
    pairs = {(p["query_prompt"], p["document_prompt"]): p for p in whole["pairs"]}
    assert len(pairs) == len(whole["pairs"]) == 9
    recommended = pairs["", ""]
    assert [p for p in whole["pairs"] if p["recommended"]] == [recommended]
    assert (recommended["first"], recommended["first_changed"], recommended["tau"]) == ([0], 0, 1)
    assert recommended["ndcg@10"] == pytest.approx(0.63093)
    assert {tuple(p["first"]) for p in whole["pairs"]} == {(0,), (1,)}
    for pair in whole["pairs"]:
        assert pair["first_changed"] == int(pair["first"] != recommended["first"])
        assert pair["ndcg@10"] == (1 if pair["first"] == [1] else recommended["ndcg@10"])
    moves = whole["cosines_with_recommended"]
    assert [move["prompt"] for move in moves] == ["", OWN[1], OWN[3]]
    assert moves[0]["documents"] == [1, 1]
    assert all(cosine < 1 for move in moves[1:] for cosine in move["documents"])


def test_what_has_no_value_is_null(call: Call) -> None:
    whole = found(call, "--query", "a", "--document", "b")
    (pair,) = whole["pairs"]
    assert [pair[name] for name in ("tau", "mean_margin", "ndcg@10")] == [None] * 3
    assert len(whole["statements"]) == 2  # nothing is documented; nothing else was tried


def test_a_prompt_of_another_family_is_doubted(call: Call) -> None:
    whole = found(call, *TEXTS, *OWN)
    doubted = {
        (pair["query_prompt"], doubt["side"], doubt["value"])
        for pair in whole["pairs"]
        for doubt in pair["doubts"]
    }
    assert ("query: ", "query", "multilingual-e5-small") in doubted
    assert {value for _, _, value in doubted} == {"multilingual-e5-small"}
    done = call(*STUDY, *TEXTS, *OWN)
    assert 'Doubt: "query: " is a prompt of multilingual-e5-small' in done.out


def test_the_tables_name_prompts_pairs_and_moves(call: Call) -> None:
    done = call(*STUDY, *TEXTS, "--custom", "two\nlines\x1b[31m: ", "--right", "1:1")
    assert (done.code, done.err) == (0, "")
    for words in ('"two\\nlines␛[31m: "', "of 1", "nDCG@10", "1*", "ccc"):
        assert words in done.out
    assert "documents no prompt for search" in done.out


def test_texts_and_titles_come_from_options_and_files(
    call: Call, recorder: Recorder, tmp_path: Path
) -> None:
    queries, documents = tmp_path / "q.txt", tmp_path / "d.txt"
    queries.write_text("one\n\ntwo\n", encoding="utf-8")
    documents.write_text("three\n", encoding="utf-8")
    given = ("--document", "Mars", "--title", "T", "--documents", documents)
    whole = found(call, "--queries", queries, *given, "--custom", "{title}: ")
    assert whole["queries"] == ["one", "two"]
    assert whole["documents"] == [
        {"text": "Mars", "title": "T"},
        {"text": "three", "title": ""},
    ]
    assert {("T: ", "Mars"), ("none: ", "three"), ("none: ", "one")} <= set(recorder.encoded)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--query", "a"), "--document"),
        (("--document", "a"), "--query"),
        ((*TEXTS, "--task", "custom"), "--task"),
        ((*TEXTS, "--task", "cooking"), "--task"),
        ((*TEXTS, "--right", "1:9"), "--right"),
        ((*TEXTS, "--title", "a"), "--title"),
        (("--queries", "-", "--documents", "-"), "only once"),
    ],
)
def test_a_wrong_call_has_exit_code_2(call: Call, options: tuple[str, ...], word: str) -> None:
    done = call(*STUDY, *options)
    assert (done.code, done.out) == (2, "")
    assert word in done.err


def test_an_expected_failure_is_one_line_and_exit_code_1(call: Call) -> None:
    for args in (
        ("prompts-study", "--model", "nobody", *TEXTS),
        (*STUDY, *TEXTS, "--queries", "no-such-file"),
        (*STUDY, *TEXTS, "--custom", "\ud800"),
    ):
        done = call(*args)
        assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)


def test_the_real_wordllama_is_studied(call_real: Call) -> None:
    done = call_real("prompts-study", "--model", "wordllama", *TEXTS, *OWN, "--json")
    assert done.code == 0
    assert len(json.loads(done.out)["pairs"]) == 9
