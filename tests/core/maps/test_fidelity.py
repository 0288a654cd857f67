"""A perfect picture is trusted in full, a random one no more than chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.maps import fidelity as fidelities
from core.maps.fidelity import Fidelity, fidelity, movement
from core.maps.projection import Method, ProjectionRequest, aligned, project
from core.sets.neighbours import Metric
from tests.core.maps.fakes import turned, vectors

DISTANCES = (Metric.COSINE, Metric.EUCLIDEAN)


def distances(rows: np.ndarray, metric: Metric) -> np.ndarray:
    exact = rows.astype(np.float64)
    if metric is Metric.EUCLIDEAN:
        return np.linalg.norm(exact[:, None] - exact[None], axis=2)
    if metric is Metric.COSINE:
        exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    return -(exact @ exact.T)


def ranks(rows: np.ndarray, metric: Metric) -> np.ndarray:
    """Each row's ranks of the others, 1 for the nearest, 0 for itself."""
    apart = distances(rows, metric)
    np.fill_diagonal(apart, -np.inf)
    return np.argsort(np.argsort(apart, axis=1), axis=1)


def venna_and_kaski(far: np.ndarray, near: np.ndarray, k: int) -> float:
    """Their formula: what is among the k nearest of one side costs its rank on the other."""
    n = len(far)
    cost = sum(
        far[i, j] - k for i in range(n) for j in range(n) if 0 < near[i, j] <= k and far[i, j] > k
    )
    return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * cost


@pytest.mark.parametrize("metric", DISTANCES)
def test_a_perfect_picture_is_trusted_in_full(metric: Metric) -> None:
    points = vectors(60, 2)
    rows = points
    if metric is Metric.COSINE:  # on a circle, so that the angles are the distances' order
        points = points / np.linalg.norm(points, axis=1, keepdims=True)
        rows = points * np.random.default_rng(1).uniform(1, 2, size=(60, 1)).astype(np.float32)
    found = fidelity(rows @ turned(2), points, metric)
    assert (found.k, found.trustworthiness, found.continuity) == (10, 1, 1)
    assert found.kept.tolist() == [1] * 60
    assert found.kept.dtype == np.float32


def test_a_random_picture_keeps_what_chance_does() -> None:
    found = fidelity(vectors(400, 30), vectors(400, 2, seed=1), Metric.COSINE)
    assert found.kept.mean() == pytest.approx(10 / 399, abs=0.015)
    assert found.trustworthiness == pytest.approx(0.5, abs=0.03)
    assert found.continuity == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("metric", DISTANCES)
@pytest.mark.parametrize("count", [12, 45])
def test_the_figures_are_those_of_their_definitions(metric: Metric, count: int) -> None:
    rows, points = vectors(count, 6), vectors(count, 6)[:, :2]
    found = fidelity(rows, points, metric)
    true, seen = ranks(rows, metric), ranks(points, Metric.EUCLIDEAN)
    k = found.k
    assert found.trustworthiness == pytest.approx(venna_and_kaski(true, seen, k), abs=1e-9)
    assert found.continuity == pytest.approx(venna_and_kaski(seen, true, k), abs=1e-9)
    both = (true > 0) & (true <= k) & (seen > 0) & (seen <= k)
    assert found.kept == pytest.approx(both.sum(axis=1) / k)


def test_trust_is_lost_by_what_is_torn_apart_and_by_what_is_laid_together() -> None:
    line = np.arange(60, dtype=np.float32)[:, None] * np.ones((1, 2), dtype=np.float32)
    folded = np.abs(line - 29.5)  # far ends are laid together, neighbours stay
    found = fidelity(line, folded, Metric.EUCLIDEAN)
    assert found.trustworthiness is not None
    assert found.continuity is not None
    assert found.trustworthiness < found.continuity
    torn = fidelity(folded, line, Metric.EUCLIDEAN)
    assert (torn.trustworthiness, torn.continuity) == (found.continuity, found.trustworthiness)


def test_for_the_dot_product_there_is_only_what_is_kept() -> None:
    rows, points = vectors(30, 6), vectors(30, 2, seed=1)
    found = fidelity(rows, points, Metric.DOT)
    assert (found.trustworthiness, found.continuity) == (None, None)
    apart = distances(rows, Metric.DOT)
    np.fill_diagonal(apart, np.inf)
    near = np.argsort(apart, axis=1)[:, : found.k]
    seen = np.argsort(distances(points, Metric.EUCLIDEAN), axis=1)[:, 1 : found.k + 1]
    shares = [
        len(set(a) & set(b)) / found.k for a, b in zip(near.tolist(), seen.tolist(), strict=True)
    ]
    assert found.kept == pytest.approx(shares)


def test_of_many_points_only_what_is_kept_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    def of(most: int) -> Fidelity:
        monkeypatch.setattr(fidelities, "MOST_POINTS", most)
        return fidelity(vectors(30, 6), vectors(30, 2, seed=1), Metric.COSINE)

    assert of(30).trustworthiness is not None
    few, many = of(30), of(29)
    assert (many.trustworthiness, many.continuity) == (None, None)
    assert many.kept.tolist() == few.kept.tolist()


@pytest.mark.parametrize(("count", "k"), [(4, 1), (5, 1), (7, 2), (12, 4), (24, 10), (100, 10)])
def test_of_few_points_fewer_neighbours_are_looked_at(count: int, k: int) -> None:
    for metric in Metric:
        found = fidelity(vectors(count, 6), vectors(count, 6)[:, :2], metric)
        assert found.k == k
        assert ((found.kept >= 0) & (found.kept <= 1)).all()


# Movement


def test_a_picture_without_a_seed_does_not_move() -> None:
    moved = movement(vectors(20, 6), ProjectionRequest(method=Method.PCA))
    assert moved.dtype == np.float32
    assert moved == pytest.approx(np.zeros(20), abs=1e-6)


def test_movement_is_the_mean_distance_of_the_other_seeds_pictures() -> None:
    rows, request = vectors(30, 6), ProjectionRequest(neighbours=6)
    pictures = [project(rows, replace(request, seed=seed)).points for seed in (0, 1, 2)]
    others = [aligned(points, pictures[0]) for points in pictures[1:]]
    expected = np.mean([np.linalg.norm(each - pictures[0], axis=1) for each in others], axis=0)
    found = movement(rows, request, seeds=(0, 1, 2))
    assert found == pytest.approx(expected, abs=1e-6)
    assert found.max() > 0


def test_the_request_s_own_seed_plays_no_part() -> None:
    rows, request = vectors(20, 6), ProjectionRequest(neighbours=6, seed=9)
    expected = movement(rows, request.normalised(any_seed=True), seeds=(0, 1))
    assert movement(rows, request, seeds=(0, 1)).tolist() == expected.tolist()


def test_only_turning_a_picture_is_no_movement(monkeypatch: pytest.MonkeyPatch) -> None:
    points = vectors(20, 2)

    def turn(_: np.ndarray, request: ProjectionRequest) -> tuple[np.ndarray, tuple[float, ...]]:
        return points @ turned(2, mirrored=request.seed % 2 == 1, seed=request.seed), ()

    monkeypatch.setitem(fidelities.project.__globals__["METHODS"], Method.UMAP, turn)
    assert movement(points, ProjectionRequest()) == pytest.approx(np.zeros(20), abs=1e-5)
