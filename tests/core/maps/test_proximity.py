"""Near places are held against near vectors, and what chance gives is told from what is there."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import binom

from core.errors import BadRequest
from core.maps import proximity as proximities
from core.maps.geography import prefecture_distances
from core.maps.proximity import proximity
from core.sets.neighbours import Metric
from tests.core.maps.fakes import vectors


def plane(count: int, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Places in a plane, and how far they are from each other."""
    places = vectors(count, 2, seed=seed)
    exact = places.astype(np.float64)
    return places, np.linalg.norm(exact[:, None] - exact[None], axis=2)


def apart(rows: np.ndarray, metric: Metric) -> np.ndarray:
    """All distances, pair by pair."""
    exact = rows.astype(np.float64)
    of = {
        Metric.EUCLIDEAN: lambda a, b: np.sqrt(((a - b) ** 2).sum()),
        Metric.DOT: lambda a, b: -(a @ b),
        Metric.COSINE: lambda a, b: 1 - a @ b / np.sqrt((a @ a) * (b @ b)),
    }[metric]
    return np.array([[of(a, b) for b in exact] for a in exact])


def others(row: np.ndarray, place: int) -> list[int]:
    return [o for o in np.argsort(row, kind="stable").tolist() if o != place]


def share(embedded: np.ndarray, ground: np.ndarray, k: int) -> list[float]:
    return [
        len(set(others(embedded[p], p)[:k]) & set(others(ground[p], p)[:k])) / k
        for p in range(len(ground))
    ]


def correlation(embedded: np.ndarray, ground: np.ndarray) -> float:
    above = np.triu_indices(len(ground), 1)
    return float(np.corrcoef(embedded[above], ground[above])[0, 1])


@pytest.mark.parametrize("metric", list(Metric))
@pytest.mark.parametrize("k", [1, 3, 8])
def test_the_figures_are_those_of_brute_force(metric: Metric, k: int) -> None:
    rows, (_, ground) = vectors(9, 4, seed=5), plane(9)
    found = proximity(rows, ground, k=k, metric=metric)
    embedded = apart(rows, metric)
    assert found.metric is metric
    assert found.shares == pytest.approx(share(embedded, ground, k))
    assert found.share == pytest.approx(np.mean(share(embedded, ground, k)))
    means = [np.mean(share(embedded, ground, each)) for each in range(1, 9)]
    assert found.share_by_k == pytest.approx(means)
    assert found.share_by_k[-1] == 1  # all others are all others
    assert found.chance == k / 8
    assert found.mantel == pytest.approx(correlation(embedded, ground))
    assert found.by_embedding.tolist() == [others(row, p) for p, row in enumerate(embedded)]
    assert found.on_ground.tolist() == [others(row, p) for p, row in enumerate(ground)]


def test_vectors_that_are_the_places_agree_in_full() -> None:
    places, ground = plane(30)
    found = proximity(places, ground, metric=Metric.EUCLIDEAN)
    assert (found.k, found.share) == (10, 1)
    assert found.share_by_k.tolist() == [1] * 29
    assert found.mantel == pytest.approx(1)
    assert found.p_value == found.mantel_p_value == 1 / (1 + proximities.PERMUTATIONS)


@pytest.mark.parametrize("metric", list(Metric))
def test_the_p_value_is_that_of_all_orders_of_the_places(metric: Metric) -> None:
    """Of six places all 720 orders can be tried; a thousand of them come near."""
    (places, ground), k = plane(6), 2
    rows = np.concatenate([places, vectors(6, 2, seed=3)], axis=1)
    embedded = apart(rows, metric)
    orders = [np.ix_(order, order) for order in permutations(range(6))]
    at_least = np.mean(
        [
            (
                np.mean(share(embedded[o], ground, k))
                >= np.mean(share(embedded, ground, k)) - 1e-9,
                correlation(embedded[o], ground) >= correlation(embedded, ground) - 1e-9,
            )
            for o in orders
        ],
        axis=0,
    )
    found = proximity(rows, ground, k=k, metric=metric)
    # Three standard errors of a share of a thousand, and the observation that is counted.
    for value, expected in zip((found.p_value, found.mantel_p_value), at_least, strict=True):
        error = 3 * np.sqrt(expected * (1 - expected) / proximities.PERMUTATIONS)
        assert value == pytest.approx(expected, abs=error + 0.001)


def test_random_vectors_are_not_told_from_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their p-values are spread evenly: as many below each level as the binomial lets expect."""
    monkeypatch.setattr(proximities, "PERMUTATIONS", 199)
    _, ground = plane(15)
    found = [proximity(vectors(15, 5, seed=100 + seed), ground, k=4) for seed in range(60)]
    assert np.mean([each.share for each in found]) == pytest.approx(4 / 14, abs=0.03)
    assert np.mean([each.mantel for each in found]) == pytest.approx(0, abs=0.05)
    for level in (0.05, 0.25, 0.5):
        low, high = binom.ppf([0.0005, 0.9995], len(found), level)
        mantel = sum(each.mantel_p_value <= level for each in found)
        assert low <= mantel <= high
        # Shares tie, which makes their p-values larger.
        assert sum(each.p_value <= level for each in found) <= high


@pytest.mark.parametrize("metric", list(Metric))
@pytest.mark.parametrize(
    "row", [[1.0, 1.0, 1.0], [0.1, 0.7, -0.3], [1e-7, 2e-7, 3e-7]], ids=["ones", "odd", "small"]
)
def test_of_one_vector_for_all_places_nothing_can_be_tested(
    metric: Metric, row: list[float]
) -> None:
    _, ground = plane(12)
    found = proximity(np.tile(np.array(row, dtype=np.float32), (12, 1)), ground, k=3, metric=metric)
    assert np.isnan([found.mantel, found.mantel_p_value, found.p_value]).all()
    by_place = [[o for o in range(12) if o != place] for place in range(12)]
    assert found.by_embedding.tolist() == by_place


def test_vectors_of_one_direction_differ_by_length_alone() -> None:
    _, ground = plane(12)
    rows = np.outer(np.arange(1, 13), [0.1, 0.7, -0.3]).astype(np.float32)
    for metric in (Metric.EUCLIDEAN, Metric.DOT):
        found = proximity(rows, ground, k=3, metric=metric)
        assert np.isfinite([found.mantel, found.mantel_p_value, found.p_value]).all()


def test_small_differences_are_differences() -> None:
    places, ground = plane(12)
    tiny = proximity(places * np.float32(2**-40), ground, k=3, metric=Metric.EUCLIDEAN)
    whole = proximity(places, ground, k=3, metric=Metric.EUCLIDEAN)
    assert (tiny.share, tiny.p_value) == (whole.share, whole.p_value)
    assert tiny.mantel == pytest.approx(whole.mantel)


def test_the_same_question_has_the_same_answer() -> None:
    rows, ground = vectors(47, 8), prefecture_distances()
    first, again = (proximity(rows, ground) for _ in range(2))
    assert first.p_value == again.p_value
    assert first.mantel_p_value == again.mantel_p_value


@pytest.mark.parametrize("k", [0, -1, 12, 47])
def test_a_k_that_is_no_number_of_others_is_refused(k: int) -> None:
    _, ground = plane(12)
    with pytest.raises(BadRequest, match=f"k is {k}; a place has 11 others"):
        proximity(vectors(12, 4), ground, k=k)
