"""Clusters are found where there are some, numbered by size, and held against known classes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from core.errors import BadRequest, TooFew
from core.sets.clusters import ClusterMethod, ClusterRequest, agreement, cluster
from core.sets.neighbours import Metric

SIZES = (40, 25, 60)
CLASSES = np.repeat([0, 1, 2], SIZES)


def blobs(dimension: int = 48, spread: float = 0.05) -> np.ndarray:
    generator = np.random.default_rng(0)
    centres = np.eye(3, dimension)
    noise = generator.standard_normal((sum(SIZES), dimension)) * spread
    return (centres[CLASSES] + noise).astype(np.float32)


@pytest.mark.parametrize("method", ClusterMethod)
def test_groups_are_found_and_numbered_by_size(method: ClusterMethod) -> None:
    found = cluster(blobs(), ClusterRequest(method=method, k=3))
    assert found.sizes.tolist() == [60, 40, 25]
    assert found.labels.tolist() == [{0: 1, 1: 2, 2: 0}[each] for each in CLASSES.tolist()]
    assert (found.labels.dtype, found.noise, len(found)) == (np.int64, 0, 3)
    assert CLASSES[found.central].tolist() == [2, 0, 1]
    assert agreement(found.labels, [f"class {each}" for each in CLASSES]) == pytest.approx((1, 1))


def test_the_central_text_is_the_one_nearest_to_the_mean() -> None:
    vectors = blobs()
    found = cluster(vectors, ClusterRequest(method=ClusterMethod.K_MEANS, k=3))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    for number, place in enumerate(found.central.tolist()):
        own = np.flatnonzero(found.labels == number)
        mean = unit[own].mean(axis=0)
        assert place == min(own.tolist(), key=lambda i: float(np.linalg.norm(unit[i] - mean)))


def test_with_the_cosine_only_the_direction_counts() -> None:
    vectors = blobs()
    scaled = vectors * np.random.default_rng(1).uniform(0.1, 10, (len(vectors), 1))
    request = ClusterRequest(method=ClusterMethod.K_MEANS, k=3)
    np.testing.assert_array_equal(
        cluster(vectors, request).labels, cluster(scaled.astype(np.float32), request).labels
    )


def test_points_of_one_direction_are_told_apart_by_their_distance() -> None:
    points = np.array([[1, 1]] * 10 + [[9, 9]] * 12, dtype=np.float32)
    points += np.random.default_rng(0).standard_normal(points.shape).astype(np.float32) * 0.01
    for method in ClusterMethod:
        found = cluster(points, ClusterRequest(method=method, k=2, metric=Metric.EUCLIDEAN))
        assert found.labels.tolist() == [1] * 10 + [0] * 12


def test_scattered_texts_are_noise() -> None:
    lone = -np.eye(48, dtype=np.float32)[10:14] * 2
    found = cluster(np.concatenate([blobs(), lone]), ClusterRequest(min_size=10))
    assert found.labels[-4:].tolist() == [-1] * 4
    assert found.noise >= 4
    assert found.sizes.sum() + found.noise == sum(SIZES) + 4


def test_a_seed_gives_the_same_clusters_again() -> None:
    vectors = np.random.default_rng(0).standard_normal((200, 16)).astype(np.float32)
    request = ClusterRequest(method=ClusterMethod.K_MEANS, k=7, seed=3)
    np.testing.assert_array_equal(
        cluster(vectors, request).labels, cluster(vectors, request).labels
    )


def test_of_fewer_different_vectors_there_are_fewer_clusters() -> None:
    vectors = np.repeat(np.eye(2, dtype=np.float32), 10, axis=0)
    found = cluster(vectors, ClusterRequest(method=ClusterMethod.K_MEANS, k=5))
    assert sorted(found.sizes.tolist()) == [10, 10]


def test_equal_vectors_are_one_cluster_or_none() -> None:
    found = cluster(np.ones((20, 4), dtype=np.float32), ClusterRequest())
    assert len(found) <= 1


@pytest.mark.parametrize(
    "request_",
    [
        ClusterRequest(method=ClusterMethod.K_MEANS, k=0),
        ClusterRequest(min_size=1),
        ClusterRequest(method="dbscan"),  # pyright: ignore[reportArgumentType]
        ClusterRequest(metric=Metric.DOT),
    ],
)
def test_a_request_that_can_t_be_met_is_refused(request_: ClusterRequest) -> None:
    with pytest.raises(BadRequest):
        cluster(blobs(), request_)


@pytest.mark.parametrize(
    "request_",
    [ClusterRequest(method=ClusterMethod.K_MEANS, k=4), ClusterRequest(min_size=5)],
)
def test_too_few_texts_are_told(request_: ClusterRequest) -> None:
    with pytest.raises(TooFew):
        cluster(blobs()[:3], request_)


def entropy(*parts: Sequence[object]) -> float:
    counts = Counter(zip(*parts, strict=True))
    total = sum(counts.values())
    return -sum(count / total * math.log(count / total) for count in counts.values())


def test_agreement_is_what_its_definitions_say() -> None:
    labels = [0, 0, 1, 1, -1, -1, 2, 0, 1, 2]
    truth = ["a", "a", "a", "b", "b", "c", "c", "a", "b", "c"]
    found = agreement(np.array(labels), truth)
    homogeneity = 1 - (entropy(truth, labels) - entropy(labels)) / entropy(truth)
    completeness = 1 - (entropy(truth, labels) - entropy(truth)) / entropy(labels)
    v_measure = 2 * homogeneity * completeness / (homogeneity + completeness)
    assert found.v_measure == pytest.approx(v_measure)

    def together(*parts: Sequence[object]) -> int:
        return sum(math.comb(count, 2) for count in Counter(zip(*parts, strict=True)).values())

    both, own, known, pairs = (
        together(labels, truth), together(labels), together(truth), math.comb(10, 2)
    )  # fmt: skip
    chance = own * known / pairs
    expected = (both - chance) / ((own + known) / 2 - chance)
    assert found.adjusted_rand == pytest.approx(expected)


def test_agreement_needs_a_class_for_each_text() -> None:
    with pytest.raises(BadRequest, match="2 texts and 3 classes"):
        agreement(np.array([0, 1]), ["a", "b", "c"])
