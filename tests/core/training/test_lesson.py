"""Lessons made from labelled texts, from graded pairs, and from places."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import BadRequest
from core.models import find
from core.sets.places import PlaceSet, own_prefectures, place_set
from core.training.lesson import Lesson, Made, apart, of_columns
from core.training.mining import with_hard_negatives
from core.training.recipes import PLACES, Recipe, lesson_of, names_held_out
from core.training.triplets import Triplet

CLASSES = {"text": [f"{label}{i}" for label in "abc" for i in range(6)], "label": ["x"] * 18}
CLASSES["label"] = [text[0] for text in CLASSES["text"]]


def test_a_text_is_taught_with_one_of_its_class_and_one_of_another() -> None:
    found = of_columns(CLASSES)
    assert found.made is Made.CLASSES
    assert [each.anchor for each in found.triplets] == CLASSES["text"]
    for each in found.triplets:
        assert each.anchor != each.positive
        assert each.anchor[0] == each.positive[0] != each.negative[0]


def test_a_text_under_two_classes_is_left_out() -> None:
    columns = {name: [*cells, cells[0]] for name, cells in CLASSES.items()}
    columns["label"][-1] = "b"
    assert not any("a0" in each for each in of_columns(columns).triplets)


@pytest.mark.parametrize(
    "columns",
    [
        CLASSES,
        {
            "anchor": list("abcdefgh"),
            "positive": list("ABCDEFGH"),
            "negative": list("BCDEFGHA"),
        },
        {
            "sentence1": list("abcdefgh") * 2,
            "sentence2": [*"ABCDEFGH", *"BCDEFGHA"],
            "score": [*"11111111", *"00000000"],
        },
    ],
)
def test_what_is_held_out_only_tests(columns: dict[str, list[str]]) -> None:
    found = of_columns(columns, hold_out=2)
    held = {each.anchor for each in found.test}
    assert len(held) == 2
    assert not held & {text for each in found.triplets for text in each}
    assert of_columns(columns, hold_out=2) == found


def test_all_held_out_is_refused() -> None:
    with pytest.raises(BadRequest, match="2 of 2"):
        apart([Triplet("a", "b", "c"), Triplet("d", "e", "f")], hold_out=2)


def test_high_grades_are_near_and_low_ones_far() -> None:
    rows = [("a", "b", 5), ("a", "c", 0.5), ("a", "d", 3), ("e", "f", 4.2), ("e", "g", 2.9)]
    columns = dict(
        zip(("sentence1", "sentence2", "score"), map(list, zip(*rows, strict=True)), strict=True)
    )
    columns["score"] = list(map(str, columns["score"]))
    found = of_columns(columns)
    assert [each[:2] for each in found.triplets] == [("a", "b"), ("e", "f")]
    assert found.triplets[0].negative == "c"
    assert found.triplets[1].negative not in {"e", "f", "g"}


def test_hard_negatives_are_the_nearest_that_are_not_near() -> None:
    places = {"a": 0, "a2": 1, "b": 2, "c": 9, "d": 30}

    def on_a_circle(texts):
        angles = np.radians([places[text] for text in texts])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)

    rows = (Triplet("a", "a2", "d"), Triplet("b", "c", "d"))
    found = with_hard_negatives(Lesson(triplets=rows), on_a_circle)
    assert [each.negative for each in found] == ["c", "a2"]
    classes = {"a": "x", "a2": "x", "b": "y", "c": "x", "d": "y"}
    found = with_hard_negatives(Lesson(triplets=rows, classes=classes), on_a_circle)
    assert [each.negative for each in found] == ["d", "a2"]


def test_of_pairs_they_are_those_of_sentence_transformers(wordllama_encode) -> None:
    from datasets import Dataset
    from sentence_transformers.util import mine_hard_negatives

    model, encode = wordllama_encode
    lesson = lesson_of(Recipe.PLACES, PlaceSet.CAPITALS_EN, (), 42)
    pairs = Dataset.from_dict(
        {name: [getattr(each, name) for each in lesson.triplets] for name in ("anchor", "positive")}
    )
    texts = list(dict.fromkeys(text for each in lesson.triplets for text in each[1:]))
    theirs = mine_hard_negatives(pairs, model, corpus=texts, num_negatives=1, verbose=False)
    mine = with_hard_negatives(lesson, encode)
    assert [each.negative for each in mine] == list(theirs["negative"])


@pytest.fixture
def wordllama_encode():
    from core.training.training import load

    model = load(find("wordllama"))
    return model, lambda texts: np.asarray(model.encode(list(texts)))


def test_a_name_of_two_prefectures_is_held_out_as_one_and_never_far_from_either() -> None:
    which = PlaceSet.MUNICIPALITIES_JA
    names = place_set(which).texts
    held = names_held_out(Recipe.PLACES, which, 200, 42)
    out = {names[i] for i in held}
    assert len(out) == 200
    lesson = lesson_of(Recipe.PLACES, which, held, 42)
    assert not out & {each.anchor for each in lesson.triplets}
    prefectures = place_set(PLACES[which]).texts
    own: dict[str, set[str]] = {}
    for name, prefecture in zip(names, own_prefectures(which).tolist(), strict=True):
        own.setdefault(name, set()).add(prefectures[prefecture])
    assert any(len(each) > 1 for each in own.values())
    found = with_hard_negatives(lesson, lambda texts: np.ones((len(texts), 2), np.float32))
    for each in found:
        assert each.positive in own[each.anchor]
        assert each.negative not in own[each.anchor]
