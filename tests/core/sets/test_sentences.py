"""Sentences end where readers of English and Japanese say they do."""

from __future__ import annotations

import random

import pytest

from core.sets.sentences import sentences, trimmed

PIECES = (
    "Mr. ",
    "a.b ",
    "「",
    "」",
    "。",
    "！？",
    ". ",
    "...",
    "\n",
    "\r\n",
    "　",
    "と",
    "東京",
    "U.S. ",
    "x",
    '"',
)


def parts(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "expected",
    [
        ["It rains.", "Is it cold?", "Yes!"],
        ["Dr. Smith met J. R. Jones on Jan. 5.", "They spoke."],
        ["It costs $3.50 at example.com today.", "See Fig. 3 there."],
        ["Fruit, e.g. apples, is good.", "Say no.", "Then go."],
        ['"Stop!" he said.', 'She said "No."', "Then left."],
        ["Wait... what is it?", "Well."],
        ["I am I.", "You are you."],
        ["He left (at last.)", "Then came back."],
    ],
    ids=lambda expected: expected[0],
)
def test_english(expected: list[str]) -> None:
    assert parts(" ".join(expected)) == expected


@pytest.mark.parametrize(
    "expected",
    [
        ["今日は晴れだ。", "明日は雨！", "本当？", "はい。"],
        ["「行こう。」と彼は言った。", "「帰ろう。」", "彼女は答えた。"],
        ["彼（有名だ。本当に）は来た。", "そう……でも違う。"],
        ["『「ああ。」と言った。』という本。", "次の文。"],
        ["本当?", "うん!", "円周率は3.14です。"],
        ["なに！？", "え⁉", "終わり"],
    ],
    ids=lambda expected: expected[0],
)
def test_japanese(expected: list[str]) -> None:
    assert parts("".join(expected)) == expected


def test_a_bracket_without_its_partner_hides_nothing() -> None:
    assert parts("閉じない「引用。次の文。") == ["閉じない「引用。", "次の文。"]
    assert parts("開かない」引用。次の文。") == ["開かない」引用。", "次の文。"]


def test_a_line_break_ends_a_sentence() -> None:
    assert parts("A heading\r\n\r\n  Some text\u2028more　\n") == ["A heading", "Some text", "more"]


@pytest.mark.parametrize("text", ["", " \n　"])
def test_a_blank_text_has_none(text: str) -> None:
    assert sentences(text) == []


def test_sentences_are_in_order_and_leave_out_white_space_only() -> None:
    choose = random.Random(0)
    for _ in range(2000):
        text = "".join(choose.choice(PIECES) for _ in range(choose.randrange(30)))
        seen, last = "", 0
        for start, end in sentences(text):
            assert last <= start < end
            assert trimmed(text, start, end) == (start, end)
            seen, last = seen + text[start:end], end
        assert "".join(seen.split()) == "".join(text.split())


def test_a_line_of_a_megabyte_is_no_trouble() -> None:
    # A second; with a step for each pair of sentences it would be an hour.
    assert len(sentences("「あ。」と言った。Hello there. " * 30_000)) == 60_000
