"""Search finds exactly what a plain loop over all texts finds."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from core.errors import BadRequest
from core.sets import search as searching
from core.sets.neighbours import Metric
from core.sets.search import largest, like, search

GENERATOR = np.random.default_rng(7)
VECTORS = GENERATOR.standard_normal((300, 24)).astype(np.float32)
QUERIES = GENERATOR.standard_normal((5, 24)).astype(np.float32)


def score(query: np.ndarray, vector: np.ndarray, metric: Metric) -> float:
    a, b = query.astype(np.float64), vector.astype(np.float64)
    if metric is Metric.EUCLIDEAN:
        return float(np.sqrt(((a - b) ** 2).sum()))
    if metric is Metric.DOT:
        return float(a @ b)
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def loop(query: np.ndarray, places: list[int], k: int, metric: Metric) -> list[tuple[int, float]]:
    found = [(place, score(query, VECTORS[place], metric)) for place in places]
    sign = 1 if metric is Metric.EUCLIDEAN else -1
    return sorted(found, key=lambda each: (sign * each[1], each[0]))[:k]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "BLOCK_ROWS", 64)
    monkeypatch.setattr(searching, "BLOCK_SCORES", 700)  # two queries at once


@pytest.mark.parametrize("metric", Metric)
def test_the_nearest_are_those_of_a_plain_loop(metric: Metric) -> None:
    found = search(VECTORS, QUERIES, 12, metric)
    assert (found.places.dtype, found.scores.dtype) == (np.int64, np.float32)
    for i, query in enumerate(QUERIES):
        places, scores = zip(*loop(query, list(range(300)), 12, metric), strict=True)
        assert found.places[i].tolist() == list(places)
        np.testing.assert_allclose(found.scores[i], scores, rtol=1e-6)


@pytest.mark.parametrize("metric", Metric)
def test_only_the_given_rows_are_looked_at(metric: Metric) -> None:
    rows = GENERATOR.permutation(300)[:90]
    found = search(VECTORS, QUERIES[0], 7, metric, rows=np.concatenate([rows, rows[:3]]))
    expected = [place for place, _ in loop(QUERIES[0], rows.tolist(), 7, metric)]
    assert found.places.tolist() == [expected]


@pytest.mark.parametrize("metric", Metric)
def test_more_like_this_leaves_itself_out(metric: Metric) -> None:
    found = like(VECTORS, [3, 250], 5, metric)
    for i, own in enumerate((3, 250)):
        others = [place for place in range(300) if place != own]
        expected = [place for place, _ in loop(VECTORS[own], others, 5, metric)]
        assert found.places[i].tolist() == expected
    assert like(VECTORS, 3, 5, metric).places.tolist() == found.places[:1].tolist()


def test_a_row_outside_the_rows_is_looked_for_in_all_of_them() -> None:
    rows = np.array([8, 9, 10])
    found = like(VECTORS, [3, 8], 3, rows=rows)
    nearest = [place for place, _ in loop(VECTORS[3], rows.tolist(), 3, Metric.COSINE)]
    assert found.places[0].tolist() == nearest[:2]
    assert set(found.places[1].tolist()) == {9, 10}
    assert like(VECTORS, 3, 3, rows=rows).places.tolist() == [nearest]


def test_equal_scores_are_in_the_order_of_their_places() -> None:
    same = np.ones((500, 8), dtype=np.float32)
    assert search(same, same[0], 40).places.tolist() == [list(range(40))]
    assert like(same, 1, 3).places.tolist() == [[0, 2, 3]]
    assert like(same, 0, 3, rows=np.arange(100, 0, -1)).places.tolist() == [[1, 2, 3]]


def test_of_fewer_texts_all_are_found() -> None:
    assert search(VECTORS[:4], QUERIES, 10).places.shape == (5, 4)
    assert like(VECTORS[:4], 0, 10).places.shape == (1, 3)
    assert like(VECTORS[:1], 0, 10).places.shape == (1, 0)
    assert search(VECTORS, QUERIES, 10, rows=np.array([], dtype=int)).places.shape == (5, 0)
    assert search(VECTORS, QUERIES[:0], 10).places.shape == (0, 10)


def test_a_vector_without_direction_is_like_nothing() -> None:
    vectors = np.array([[0, 0], [1, 0], [-1, 0]], dtype=np.float32)
    found = search(vectors, np.array([2.0, 0.0]), 3)
    assert found.places.tolist() == [[1, 0, 2]]
    assert found.scores.tolist() == [[1, 0, -1]]


def test_near_ties_that_float32_can_t_tell_are_in_the_right_order() -> None:
    # The distances differ in their eighth digit; their squares' difference is lost in float32.
    steps = np.arange(10)[::-1] * 2e-4
    vectors = np.stack([np.full(10, 100.0), 1 + steps], axis=1).astype(np.float32)
    found = search(vectors, np.array([100.0, 0.0]), 10, Metric.EUCLIDEAN)
    assert found.places.tolist() == [list(range(9, -1, -1))]
    assert all(a < b for a, b in pairwise(found.scores[0].tolist()))


@pytest.mark.parametrize("k", [0, -1])
def test_a_k_below_one_is_refused(k: int) -> None:
    with pytest.raises(BadRequest, match=f"k is {k}"):
        search(VECTORS, QUERIES, k)


def test_another_dimension_is_refused() -> None:
    with pytest.raises(BadRequest, match="24"):
        search(VECTORS, QUERIES[:, :8], 3)


def test_the_largest_are_the_first_of_equal_ones() -> None:
    values = np.array([1, 3, 2, 2, 2, 0], dtype=np.float32)
    assert sorted(largest(values, 3).tolist()) == [1, 2, 3]
    assert largest(values, 9).tolist() == [0, 1, 2, 3, 4, 5]
