"""Vectors become points: PCA's are those of the SVD, UMAP's and t-SNE's come back by their seed."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest

from core.errors import AllAlike, BadRequest, TooFew
from core.maps import projection as projections
from core.maps.projection import (
    LEAST_POINTS,
    Method,
    ProjectionRequest,
    aligned,
    project,
)
from core.sets.neighbours import Metric
from tests.core.maps.fakes import turned, vectors

SEEDED = (Method.UMAP, Method.TSNE)


def size(points: np.ndarray) -> float:
    return float(np.sqrt(((points - points.mean(axis=0)) ** 2).sum(axis=1).mean()))


# PCA


@pytest.mark.parametrize("components", [2, 3])
@pytest.mark.parametrize("metric", list(Metric))
def test_pca_is_numpy_s_svd_up_to_the_signs_of_the_axes(components: int, metric: Metric) -> None:
    rows = vectors(40, 12) * np.random.default_rng(1).uniform(1, 3, size=(40, 1))
    request = ProjectionRequest(method=Method.PCA, components=components, metric=metric)
    found = project(rows.astype(np.float32), request)
    if metric is Metric.COSINE:
        rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    # The dot product is as Euclidean.
    left, values, _ = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    expected = (left * values)[:, :components]
    expected /= size(expected)
    signs = np.sign((found.points * expected).sum(axis=0))
    np.testing.assert_allclose(found.points * signs, expected, atol=1e-5)
    shares = (values**2 / (values**2).sum())[:components]
    assert found.explained == pytest.approx(shares, abs=1e-6)


def test_pca_keeps_the_distances_of_points_in_a_plane() -> None:
    plane = vectors(30, 2)
    rows = (plane @ vectors(2, 9, seed=3)).astype(np.float32)
    request = ProjectionRequest(method=Method.PCA, metric=Metric.EUCLIDEAN)
    found = project(rows, request)
    assert sum(found.explained) == pytest.approx(1, abs=1e-6)
    distances = [
        [np.linalg.norm(each[i] - each[j]) for i, j in combinations(range(30), 2)]
        for each in (rows, found.points)
    ]
    assert np.corrcoef(distances)[0, 1] == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("components", [2, 3])
def test_a_component_that_vectors_do_not_have_is_zero(components: int) -> None:
    rows = vectors(6, 1)
    request = ProjectionRequest(method=Method.PCA, components=components, metric=Metric.EUCLIDEAN)
    found = project(rows, request)
    assert found.points.shape == (6, components)
    assert found.explained == pytest.approx((1.0,))
    assert not found.points[:, 1:].any()


# All methods


@pytest.mark.parametrize(("count", "components"), [(4, 2), (4, 3), (5, 2), (8, 2), (12, 3)])
@pytest.mark.parametrize("method", list(Method))
def test_a_few_texts_have_a_picture(method: Method, components: int, count: int) -> None:
    for metric in Metric:
        request = ProjectionRequest(method=method, components=components, metric=metric)
        found = project(vectors(count, 16), request)
        assert found.request is request
        assert (found.points.shape, found.points.dtype) == ((count, components), np.float32)
        assert np.isfinite(found.points).all()
        assert size(found.points) == pytest.approx(1, abs=1e-5)
        assert np.abs(found.points.mean(axis=0)).max() < 1e-5
        assert len(found.explained) == (components if method is Method.PCA else 0)


@pytest.mark.parametrize("metric", list(Metric))
@pytest.mark.parametrize("method", list(Method))
def test_a_picture_comes_back(method: Method, metric: Metric) -> None:
    rows, request = vectors(40, 8), ProjectionRequest(method=method, metric=metric, seed=7)
    first, again = project(rows, request).points, project(rows, request).points
    assert first.tolist() == again.tolist()
    other = project(rows, replace(request, seed=8)).points
    # t-SNE starts from PCA, so that its seed has little to decide.
    assert method is not Method.UMAP or first.tolist() != other.tolist()


@pytest.mark.parametrize(
    ("points", "rounds"),
    [(4, 500), (2500, 500), (5000, 250), (6250, 200), (10_000, 200), (100_000, 200)],
)
def test_many_points_get_fewer_rounds_of_umap(points: int, rounds: int) -> None:
    assert projections.epochs(points) == rounds


def test_as_many_rounds_are_made_as_said(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, request = vectors(40, 8), ProjectionRequest()
    whole = project(rows, request).points
    monkeypatch.setattr(projections, "epochs", lambda points: 500 * points // 40)
    assert project(rows, request).points.tolist() == whole.tolist()
    monkeypatch.setattr(projections, "epochs", lambda points: 20)
    assert project(rows, request).points.tolist() != whole.tolist()


@pytest.mark.parametrize("method", list(Method))
def test_the_caller_s_vectors_stay_as_they_are(method: Method) -> None:
    rows = vectors(20, 8) * 3
    before = rows.copy()
    project(rows, ProjectionRequest(method=method))
    assert rows.tolist() == before.tolist()


@pytest.mark.parametrize("method", list(Method))
def test_the_length_of_a_vector_is_nothing_to_the_cosine(method: Method) -> None:
    rows = vectors(30, 8)
    lengths = np.array([1.0, 2.0, 4.0] * 10, dtype=np.float32)[:, None]  # exact in binary
    request = ProjectionRequest(method=method)
    first, other = (project(each, request).points for each in (rows, rows * lengths))
    assert first.tolist() == other.tolist()
    euclidean = replace(request, metric=Metric.EUCLIDEAN)
    first, other = (project(each, euclidean).points for each in (rows, rows * lengths))
    assert first.tolist() != other.tolist()


@pytest.mark.parametrize("method", SEEDED)
@pytest.mark.parametrize("metric", list(Metric))
def test_two_far_groups_stay_apart(method: Method, metric: Metric) -> None:
    rows = vectors(40, 8) * 0.1
    rows[:20, 0] += 1
    rows[20:, 1] += 1
    points = project(rows, ProjectionRequest(method=method, metric=metric, neighbours=8)).points
    means = points[:20].mean(axis=0), points[20:].mean(axis=0)
    nearer = np.linalg.norm(points - means[0], axis=1) < np.linalg.norm(points - means[1], axis=1)
    assert nearer.tolist() == [True] * 20 + [False] * 20


@pytest.mark.parametrize("method", list(Method))
@pytest.mark.parametrize("metric", list(Metric))
def test_texts_that_stand_twice_and_zero_vectors_do_no_harm(method: Method, metric: Metric) -> None:
    rows = vectors(20, 8)
    rows[10:15] = rows[0]
    rows[3] = 0
    found = project(rows, ProjectionRequest(method=method, metric=metric))
    assert np.isfinite(found.points).all()


@pytest.mark.parametrize("method", list(Method))
def test_fewer_than_four_texts_have_no_picture(method: Method) -> None:
    assert LEAST_POINTS == 4
    with pytest.raises(TooFew) as refused:
        project(vectors(3, 8), ProjectionRequest(method=method))
    assert refused.value.values == {"count": 3, "least": 4}


@pytest.mark.parametrize("method", list(Method))
def test_vectors_that_are_all_alike_have_no_picture(method: Method) -> None:
    with pytest.raises(AllAlike, match="All 5 texts"):
        project(np.ones((5, 8), dtype=np.float32), ProjectionRequest(method=method))


@pytest.mark.parametrize("components", [0, 1, 4])
def test_a_picture_has_two_or_three_dimensions(components: int) -> None:
    with pytest.raises(BadRequest, match=f"{components} components"):
        project(vectors(5, 8), ProjectionRequest(components=components))


def test_too_many_texts_for_t_sne_are_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projections, "MOST_TSNE", 9)
    with pytest.raises(BadRequest, match="t-SNE of 10 texts"):
        project(vectors(10, 8), ProjectionRequest(method=Method.TSNE))
    assert len(project(vectors(10, 8), ProjectionRequest(method=Method.PCA)).points) == 10


# What a request ignores

CHANGES = {
    "components": 3,
    "metric": Metric.DOT,
    "neighbours": 7,
    "min_dist": 0.5,
    "seed": 3,
}
IGNORED = {
    Method.PCA: {"neighbours", "min_dist", "seed"},
    Method.UMAP: set(),
    Method.TSNE: {"min_dist"},
}


@pytest.mark.parametrize(("method", "name"), list(product(Method, CHANGES)))
def test_a_normalised_request_has_what_is_ignored_at_its_default(method: Method, name: str) -> None:
    plain = ProjectionRequest(method=method)
    changed = replace(plain, **{name: CHANGES[name]})
    ignored = name in IGNORED[method]
    assert changed.normalised() == (plain if ignored else changed)
    seedless = name in IGNORED[method] | {"seed"}
    assert changed.normalised(any_seed=True) == (plain if seedless else changed)


@pytest.mark.parametrize("method", list(Method))
def test_a_normalised_request_gives_the_same_picture(method: Method) -> None:
    rows = vectors(20, 8)
    request = ProjectionRequest(method=method, neighbours=6, min_dist=0.4, seed=3)
    pictures = [project(rows, each).points for each in (request, request.normalised())]
    assert pictures[0].tolist() == pictures[1].tolist()


# Alignment


@pytest.mark.parametrize("components", [2, 3])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_turned_mirrored_and_scaled_copy_comes_back(components: int, mirrored: bool) -> None:
    points = vectors(25, components)
    rotation = turned(components, mirrored=mirrored)
    copy = (2.5 * points @ rotation + np.arange(components)).astype(np.float32)
    np.testing.assert_allclose(aligned(copy, points), points, atol=1e-5)
    assert aligned(copy, points).dtype == np.float32


def test_alignment_keeps_the_shape_and_comes_no_farther() -> None:
    points, reference = vectors(25, 2), vectors(25, 2, seed=4)
    found = aligned(points, reference)
    ratios = [
        np.linalg.norm(found[i] - found[j]) / np.linalg.norm(points[i] - points[j])
        for i, j in combinations(range(25), 2)
    ]
    assert ratios == pytest.approx([ratios[0]] * len(ratios), rel=1e-4)
    # No other turn in steps of a degree, mirrored or not, at this or any scale, comes nearer.
    best = ((found - reference) ** 2).sum()
    centred, target = points - points.mean(axis=0), reference - reference.mean(axis=0)
    for degrees, mirror in product(range(360), (1, -1)):
        a = np.radians(degrees)
        turn = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) @ np.diag([1, mirror])
        moved = centred @ turn
        scale = max(0.0, (moved * target).sum() / (moved**2).sum())
        assert ((scale * moved - target) ** 2).sum() >= best - 1e-4


def test_points_that_are_one_come_to_the_middle() -> None:
    reference = vectors(5, 2)
    found = aligned(np.ones((5, 2), dtype=np.float32), reference)
    np.testing.assert_allclose(found, np.tile(reference.mean(axis=0), (5, 1)), atol=1e-6)


def test_warming_leaves_the_next_picture_as_it_was() -> None:
    request = ProjectionRequest()
    before = project(vectors(20, 8), request).points
    projections.warm()
    assert project(vectors(20, 8), request).points.tolist() == before.tolist()
