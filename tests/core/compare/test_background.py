"""The unrelated texts are of the kinds that they stand for, and a text finds its kind."""

from __future__ import annotations

from itertools import product

import pytest

from core.compare.background import (
    LETTERS_LOOKED_AT,
    MOST_CHARACTERS,
    Band,
    Kind,
    Language,
    background,
    kind_of,
    language_of,
)
from core.compare.calibration import LEAST_PAIRS

KINDS = tuple(Kind(language, band) for language, band in product(Language, Band))
LETTER = {Language.EN: "a", Language.JA: "あ"}


def test_there_are_texts_of_all_six_kinds_on_the_same_topics() -> None:
    found = background()
    assert tuple(found) == KINDS
    assert len({len(texts) for texts in found.values()}) == 1


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_each_text_has_its_own_kind(kind: Kind) -> None:
    other = {text: kind_of(text) for text in background()[kind] if kind_of(text) != kind}
    assert other == {}


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_each_text_has_no_blank_around_it_and_no_line_break(kind: Kind) -> None:
    assert all(text == text.strip() and len(text.splitlines()) == 1 for text in background()[kind])


def test_no_text_stands_twice() -> None:
    texts = [text for kind in KINDS for text in background()[kind]]
    assert len(set(texts)) == len(texts)


def test_every_two_kinds_have_enough_unrelated_pairs() -> None:
    for query, document in product(KINDS, KINDS):
        topics = len(background()[query])
        pairs = topics * (len(background()[document]) - 1)
        # Of one kind, (a, b) and (b, a) are the same pair wherever both sides have one prompt.
        distinct = pairs // 2 if query == document else pairs
        assert distinct >= LEAST_PAIRS


@pytest.mark.parametrize("language", Language)
def test_a_text_s_band_is_the_first_that_is_long_enough(language: Language) -> None:
    letter = LETTER[language]
    bands = list(Band)
    for band, longer in zip(bands, [*bands[1:], None], strict=True):
        most = MOST_CHARACTERS[language][band]
        assert kind_of(letter * most) == Kind(language, band)
        assert kind_of(f"  {letter * most}\n") == Kind(language, band)
        assert kind_of(letter * (most + 1)) == (Kind(language, longer) if longer else None)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Which planet is red?", Language.EN),
        ("Où est la bibliothèque ?", Language.EN),
        ("Łódź, Ærø, İstanbul, Hà Nội", Language.EN),
        ("ＦＵＬＬ　ｗｉｄｔｈ", Language.EN),
        ("火星は赤い惑星です。", Language.JA),
        ("ﾊﾝｶｸ", Language.JA),
        ("東京都庁", Language.JA),
        ("佐々木", Language.JA),
        ("BERTとGPTの違いは何ですか", Language.JA),
        ("火星是太阳系中的第四颗行星也被称为红色行星", None),
        ("화성은 붉은 행성입니다", None),
        ("Марс — красная планета", None),
        ("المريخ كوكب أحمر", None),
        ("Mars Марс", None),
        ("", None),
        ("  \n\t", None),
        ("12 + 34 = 46", None),
        ("😀🎉", None),
        ("\x00\u202e\u200f", None),
    ],
)
def test_the_script_shows_the_language(text: str, language: Language | None) -> None:
    assert language_of(text) is language
    found = kind_of(text)
    assert (found.language if found else None) is language


def test_signs_and_emoji_around_the_letters_change_no_language() -> None:
    assert language_of("🎉 12:30 — Mars!") is Language.EN
    assert language_of("🎉 12:30 — 火星!") is Language.JA


def test_only_the_first_letters_of_a_long_text_are_looked_at() -> None:
    assert language_of("a" * LETTERS_LOOKED_AT + "あ" * 10_000) is Language.EN
    assert language_of("あ" * LETTERS_LOOKED_AT + "a" * 10_000) is Language.JA
