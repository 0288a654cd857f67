"""Pictures with how far they can be trusted, several at once, and those that are kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.errors import AllAlike
from core.maps import pictures as module
from core.maps.fidelity import fidelity
from core.maps.pictures import Picture, pictures
from core.maps.projection import Method, ProjectionRequest, project
from core.sets.neighbours import Metric
from tests.core.maps.fakes import vectors

PCA = ProjectionRequest(method=Method.PCA)


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> dict[object, object]:
    kept: dict[object, object] = {}
    monkeypatch.setattr(module, "_kept", kept)
    return kept


def one(rows: np.ndarray, request: ProjectionRequest = PCA) -> Picture:
    (made,) = pictures([rows], request)
    assert isinstance(made, Picture)
    return made


@pytest.mark.parametrize("count", [20, module.FEW + 1])
def test_a_picture_is_the_projection_s_with_its_own_fidelity(count: int) -> None:
    rows = vectors(count, 8)
    made = one(rows)
    found = project(rows, PCA)
    np.testing.assert_allclose(made.found.points, found.points, atol=1e-5)
    trust = fidelity(rows, found.points, Metric.COSINE)
    assert made.trust.trustworthiness == pytest.approx(trust.trustworthiness)
    np.testing.assert_allclose(made.trust.kept, trust.kept)


def test_a_kept_picture_is_that_of_these_very_vectors_and_settings() -> None:
    first = one(vectors(20, 8))
    assert one(vectors(20, 8)) is first
    moved = vectors(20, 8) + np.eye(20, 8, dtype=np.float32)
    assert one(moved).found.points.tolist() == project(moved, PCA).points.tolist()
    assert one(vectors(20, 8), replace(PCA, components=3)).found.points.shape == (20, 3)


def test_few_pictures_are_kept_and_large_ones_are_not(
    monkeypatch: pytest.MonkeyPatch, nothing_kept: dict[tuple[object, ...], object]
) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 2)
    monkeypatch.setattr(module, "FEW", 20)
    requests = [replace(PCA, seed=seed) for seed in range(3)]
    for request in [requests[0], requests[1], requests[0], requests[2]]:
        one(vectors(20, 8), request)
    assert [request for *_, request in nothing_kept] == [requests[0], requests[2]]
    one(vectors(21, 8), requests[0])
    assert len(nothing_kept) == 2


def test_one_that_has_no_picture_leaves_the_others_theirs() -> None:
    alike, other = pictures([np.ones((9, 8), dtype=np.float32), vectors(9, 8)], PCA)
    assert isinstance(alike, AllAlike)
    assert isinstance(other, Picture)


def test_few_points_are_multiplied_by_one_thread_and_many_by_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from threadpoolctl import threadpool_info, threadpool_limits

    seen: list[set[int]] = []

    def recorded(*given: object) -> object:
        seen.append({p["num_threads"] for p in threadpool_info() if p["user_api"] == "blas"})
        return project(*given)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(module, "project", recorded)
    with threadpool_limits(2, user_api="blas"):
        one(vectors(20, 8))
        one(vectors(module.FEW + 1, 8))
    assert seen == [{1}, {2}]
