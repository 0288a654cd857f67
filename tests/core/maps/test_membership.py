"""Which prefecture a place is nearest to, counted by place."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import BadRequest
from core.maps.membership import membership
from core.sets.neighbours import Metric
from core.sets.places import (
    PlaceSet,
    as_prefectures,
    municipalities,
    own_prefectures,
    place_set,
    prefectures,
)

PREFECTURES = np.eye(4, dtype=np.float32)


def test_each_place_is_guessed_to_be_in_the_nearest_prefecture() -> None:
    vectors = np.array([[2, 1, 0, 0], [0, 0, 3, 1], [1, 0, 0, 2]], dtype=np.float32)
    found = membership(vectors, PREFECTURES, np.array([0, 2, 0]), "abc")
    assert found.guessed.tolist() == [0, 2, 3]
    assert found.accuracy.share == pytest.approx(2 / 3)
    assert found.accuracy.low < 2 / 3 < found.accuracy.high
    assert found.most_common == pytest.approx(2 / 3)


def test_a_name_in_two_prefectures_is_asked_for_two() -> None:
    vectors = np.array([[3, 2, 1, 0]] * 2 + [[0, 1, 2, 0]], dtype=np.float32)
    found = membership(vectors, PREFECTURES, np.array([0, 1, 1]), ("same", "same", "other"))
    assert found.right.tolist() == [True, True, False]
    assert found.accuracy.share == pytest.approx(2 / 3)
    twice = membership(vectors[:2], PREFECTURES, np.array([0, 0]), ("same", "same"))
    assert twice.right.tolist() == [True, True]
    assert membership(vectors[:2], PREFECTURES, np.array([1, 1]), "aa").accuracy.share == 0


def test_the_metric_decides_what_is_nearest() -> None:
    long, short = np.array([[3, 3], [1, 0]], dtype=np.float32)
    place = np.array([[1, 0.5]], dtype=np.float32)
    guesses = {
        metric: membership(
            place, np.stack([long, short]), np.array([0]), "a", metric=metric
        ).guessed[0]
        for metric in Metric
    }
    assert guesses == {Metric.COSINE: 0, Metric.EUCLIDEAN: 1, Metric.DOT: 0}


def test_places_without_their_prefectures_are_refused() -> None:
    with pytest.raises(BadRequest, match="3 places, 2 prefectures"):
        membership(PREFECTURES[:3], PREFECTURES, np.array([0, 1]), "abc")
    with pytest.raises(BadRequest, match="0 places, 0 prefectures"):
        membership(PREFECTURES[:0], PREFECTURES, np.array([], dtype=np.int64), "")


def test_every_place_that_ships_has_its_prefecture() -> None:
    own = own_prefectures(PlaceSet.MUNICIPALITIES_JA)
    names = prefectures()["name_ja"].to_numpy()[own]
    assert tuple(names) == place_set(PlaceSet.MUNICIPALITIES_JA).columns["prefecture_ja"]
    assert names[list(municipalities()["name_ja"]).index("札幌市")] == "北海道"
    assert own_prefectures(PlaceSet.CAPITALS_EN).tolist() == list(range(47))


@pytest.mark.parametrize("column", ["name_ja", "kana", "name_en"])
def test_the_names_of_all_prefectures_are_known_in_any_order(column: str) -> None:
    names = list(prefectures()[column])[::-1]
    found = as_prefectures(tuple(f" {name.upper()} " for name in names))
    assert found is not None
    assert found.tolist() == list(range(46, -1, -1))


def test_other_names_are_not_taken_for_the_prefectures() -> None:
    names = list(prefectures()["name_en"])
    assert as_prefectures(tuple(names[:-1])) is None
    assert as_prefectures((*names[:-1], names[0])) is None
    assert as_prefectures((*names[:-1], "Atlantis")) is None


def test_every_municipality_says_in_japanese_what_it_is() -> None:
    kinds = place_set(PlaceSet.MUNICIPALITIES_JA).columns["kind"]
    assert set(kinds) == {"政令指定都市", "政令指定都市の区", "特別区", "市", "町", "村"}
