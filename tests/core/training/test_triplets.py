"""What a model is taught with."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import BadLabels, BadRequest
from core.maps.geography import prefecture_distances
from core.sets.places import PlaceSet, place_set
from core.training.triplets import (
    LONGEST,
    Triplet,
    checked,
    digest,
    doubts,
    from_columns,
    from_distances,
)

NAMES = place_set(PlaceSet.PREFECTURES_EN).texts
ROWS = [Triplet("a", "b", "c"), Triplet("d", "e", "f")]


def test_columns_are_read_by_their_names() -> None:
    columns = {"neg": ["c", "f"], "Query": ["a", "d"], "positive": ["b", "e"]}
    assert from_columns(columns) == tuple(ROWS)


@pytest.mark.parametrize(
    ("rows", "error", "said"),
    [
        ([*ROWS, Triplet("g", " ", "h")], BadLabels, "1 rows a text is empty: 3"),
        ([*ROWS, Triplet("g", "h", "x" * (LONGEST + 1))], BadLabels, "longer than"),
        (ROWS[:1], BadRequest, "There are 1 triplets"),
    ],
)
def test_what_nothing_can_be_learned_from_is_refused(rows, error, said: str) -> None:
    with pytest.raises(error, match=said):
        checked(rows)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(BadLabels, match="'negative'"):
        from_columns({"anchor": ["a"], "positive": ["b"]})


def test_odd_triplets_are_told_by_row() -> None:
    found = doubts([*ROWS, Triplet("a", "a", "x"), Triplet("a", "x", "b"), ROWS[1]])
    assert (found.same, found.contradictory, found.repeated) == ((3,), (3, 4), (5,))


def test_each_prefecture_has_its_ten_nearest_and_a_far_one_each() -> None:
    distances = prefecture_distances()
    found = from_distances(NAMES, distances)
    assert len(found) == 470
    for place, name in enumerate(NAMES):
        mine = [each for each in found if each.anchor == name]
        order = [NAMES[i] for i in np.argsort(distances[place], kind="stable") if i != place]
        assert {each.positive for each in mine} == set(order[:10])
        assert {each.negative for each in mine} <= set(order[len(order) // 2 :])


def test_names_held_out_are_in_no_triplet() -> None:
    held = (0, 12, 26)
    found = from_distances(NAMES, prefecture_distances(), held_out=held)
    assert len(found) == 44 * 10
    assert not {NAMES[i] for i in held} & {text for each in found for text in each}


def test_other_triplets_have_another_digest() -> None:
    assert digest(ROWS) != digest(ROWS[::-1])
