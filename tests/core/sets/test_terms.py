"""A cluster's terms are what its texts have and the others' have not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.sets.clusters import labels_for

ENGLISH = [
    "My card was stolen in Paris.",
    "The card is stolen!",
    "I can't find the stolen card",
    "What is the exchange rate today?",
    "Exchange rates for the euro",
    "Is the rate of exchange fair?",
]
JAPANESE = [
    "新幹線の切符を買いたい。",
    "新幹線は東京駅から出ます。",
    "明日の新幹線の切符はありますか。",
    "今日の天気は雨です。",
    "明日の天気予報を教えてください。",
    "天気予報では雨だそうです。",
]
TWO = [0, 0, 0, 1, 1, 1]


def test_english_terms_are_words_without_the_common_ones() -> None:
    found = labels_for(ENGLISH, TWO, 2)
    assert {label: set(terms) for label, terms in found.items()} == {
        0: {"card", "stolen"},
        1: {"exchange", "rate"},
    }


def test_weights_are_those_of_class_based_tf_idf() -> None:
    texts = ["apple apple pear", "pear plum plum plum"]
    # tf * log(1 + A / f), A = 7 terms / 2 classes.
    weight = {
        "apple": 2 * math.log(1 + 3.5 / 2),
        "pear": 1 * math.log(1 + 3.5 / 2),
        "plum": 3 * math.log(1 + 3.5 / 3),
    }
    assert weight["apple"] > weight["pear"]
    assert weight["plum"] > weight["pear"]
    assert labels_for(texts, [0, 1]) == {0: ("apple", "pear"), 1: ("plum", "pear")}


def test_japanese_terms_are_fragments_that_are_not_repeated() -> None:
    found = labels_for(JAPANESE, TWO, 3)
    assert "新幹線" in found[0]
    assert "切符" in found[0]
    assert any("天気" in term for term in found[1])
    for terms in found.values():
        assert not any(a != b and a in b for a in terms for b in terms)
        assert not any(term[0] in "のはをが" or term[-1] in "のはをが" for term in terms)


def test_overlapping_fragments_become_the_whole_word() -> None:
    texts = ["情報処理技術者試験に合格", "情報処理技術者試験を受ける", "海で泳ぐ", "山に登る"]
    assert labels_for(texts, [0, 0, 1, 1], 1)[0] == ("情報処理技術者試験",)


def test_kana_without_kanji_has_terms_too() -> None:
    found = labels_for(["ありがとうございます", "ありがとうね", "さようなら"], [0, 0, 1], 1)
    assert "ありがとう" in found[0][0]
    assert found[1][0] in "さようなら"


def test_scripts_may_be_mixed_and_widths_differ() -> None:
    texts = ["Ｐｙｔｈｏｎの関数", "pythonの変数", "ﾊﾟﾘの天気", "パリの地図"]
    found = labels_for(texts, [0, 0, 1, 1], 1)
    assert found == {0: ("python",), 1: ("パリ",)}


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("मौसम मौसम", "मौसम"),
        ("날씨 오늘은 날씨", "날씨"),
        ("погода погода", "погода"),
        ("café café", "café"),
    ],
)
def test_words_of_other_scripts_stay_whole(text: str, term: str) -> None:
    assert labels_for([text, "other words"], [0, 1], 1)[0] == (term,)


def test_noise_has_no_terms_and_a_cluster_without_words_none() -> None:
    found = labels_for(["cat", "dog", "123 !?", ""], np.array([-1, 0, 1, 1]))
    assert found == {0: ("dog",), 1: ()}
    assert labels_for([], []) == {}


def test_a_text_for_each_label_is_needed() -> None:
    with pytest.raises(ValueError, match="zip"):
        labels_for(["a"], [0, 1])
