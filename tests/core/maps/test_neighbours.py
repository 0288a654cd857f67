"""The nearest others are those of a full sort, equal ones by place."""

from __future__ import annotations

import numpy as np
import pytest

from core.sets import neighbours
from core.sets.neighbours import Metric, distance_matrix, distance_rows, nearest, prepared
from tests.core.maps.fakes import vectors


@pytest.mark.parametrize("metric", list(Metric))
@pytest.mark.parametrize("k", [1, 7, 39, 100])
@pytest.mark.parametrize("block", [512, 16])
def test_the_nearest_are_those_of_a_full_sort(
    monkeypatch: pytest.MonkeyPatch, metric: Metric, k: int, block: int
) -> None:
    monkeypatch.setattr(neighbours, "BLOCK", block)
    rows = vectors(40, 6)
    places, distances = nearest(rows, k, metric)
    apart = distance_matrix(rows, metric)
    np.fill_diagonal(apart, np.inf)
    expected = np.argsort(apart, axis=1)[:, : min(k, 39)]
    assert places.tolist() == expected.tolist()
    np.testing.assert_allclose(distances, np.take_along_axis(apart, expected, axis=1), atol=1e-5)
    assert (places.dtype, distances.dtype) == (np.int64, np.float32)


@pytest.mark.parametrize("metric", list(Metric))
@pytest.mark.parametrize("k", [1, 5, 24, 60, 149])
def test_of_equal_ones_the_first_are_taken(metric: Metric, k: int) -> None:
    corners = np.eye(3, dtype=np.float32)[np.arange(150) % 3]
    places, _ = nearest(corners, k, metric)
    whole = distance_rows(prepared(corners, metric), 0, 150, metric)
    np.fill_diagonal(whole, np.inf)
    assert places.tolist() == np.argsort(whole, axis=1, kind="stable")[:, :k].tolist()


def test_a_single_text_has_no_neighbours() -> None:
    places, distances = nearest(vectors(1, 4), 3)
    assert places.shape == distances.shape == (1, 0)
