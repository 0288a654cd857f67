"""Are places that are near each other near each other as embeddings?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import BadRequest
from core.sets.neighbours import Metric, distance_matrix

PERMUTATIONS = 1000
SEED = 20_251_123


@dataclass(frozen=True, kw_only=True)
class Proximity:
    """How the nearest by embedding agree with the nearest on the ground, for one metric.

    ``shares`` (n_places,) is each place's share of its k nearest by embedding that are among its k
    nearest on the ground; ``share_by_k`` (n_places - 1,) their mean for k from 1 up; ``chance`` is
    k / (n_places - 1). ``p_value`` is that of ``share`` when the places are shuffled; ``mantel``
    the correlation of the two distance matrices with its own p-value (Mantel, 1967; Pearson's r).
    The last three are NaN where all places are equally far from each other, as of one vector.
    """

    metric: Metric
    k: int
    shares: np.ndarray
    share_by_k: np.ndarray
    p_value: float
    mantel: float
    mantel_p_value: float
    by_embedding: np.ndarray  # (n_places, n_places - 1): the others, nearest first
    on_ground: np.ndarray

    @property
    def share(self) -> float:
        return float(self.shares.mean())

    @property
    def chance(self) -> float:
        return self.k / self.on_ground.shape[1]


def proximity(
    vectors: np.ndarray, ground: np.ndarray, *, k: int = 10, metric: Metric = Metric.COSINE
) -> Proximity:
    """Hold vectors (n_places, dim) against distances on the ground (n_places, n_places).

    Raises BadRequest for a k that is no number of others.
    """
    count = len(ground)
    if not 1 <= k < count:
        raise BadRequest(
            f"k is {k}; a place has {count - 1} others.", hint=f"Choose 1 to {count - 1}."
        )
    embedded = _without_noise(distance_matrix(vectors, metric), metric)
    near, ground_near = _others(embedded), _others(ground)
    overlaps = _overlaps(near, ground_near)
    ks = np.arange(1, count)
    generator = np.random.default_rng(SEED)
    mantel = _correlation(embedded, ground)
    within = _membership(ground_near, k)
    observed = _share(_membership(near, k), within, k)
    shuffled, correlations = [], []
    for _ in range(PERMUTATIONS):
        order = generator.permutation(count)
        moved = embedded[np.ix_(order, order)]
        member = _membership(_others(moved), k)
        shuffled.append(_share(member, within, k))
        correlations.append(_correlation(moved, ground))
    return Proximity(
        metric=metric,
        k=k,
        shares=overlaps[:, k - 1] / k,
        share_by_k=(overlaps / ks).mean(axis=0),
        p_value=_p_value(float("nan") if np.isnan(mantel) else observed, np.array(shuffled)),
        mantel=mantel,
        mantel_p_value=_p_value(mantel, np.array(correlations)),
        by_embedding=near,
        on_ground=ground_near,
    )


def _without_noise(distances: np.ndarray, metric: Metric) -> np.ndarray:
    """Return the distances, all the same where nothing but rounding makes them differ."""
    apart = distances[np.triu_indices(len(distances), 1)]
    size = 1.0 if metric is Metric.COSINE else float(np.abs(apart).max())
    return distances if np.ptp(apart) > 1e-12 * size else np.full_like(distances, apart[0])


def _others(distances: np.ndarray) -> np.ndarray:
    """Return each row's other places, nearest first, equal ones by place."""
    count = len(distances)
    apart = distances.copy()
    np.fill_diagonal(apart, np.inf)
    return np.argsort(apart, axis=1, kind="stable")[:, : count - 1]


def _overlaps(near: np.ndarray, ground_near: np.ndarray) -> np.ndarray:
    """Return for each place and each k how many of the k nearest are shared."""
    count, others = near.shape
    ranks = np.empty((2, count, count), dtype=np.int64)
    rows = np.arange(count)[:, None]
    for table, order in zip(ranks, (near, ground_near), strict=True):
        table[rows, order] = np.arange(others)
        table[np.arange(count), np.arange(count)] = others
    later = ranks.max(axis=0)  # a place counts from the k on at which both lists have it
    return np.stack([(later < k).sum(axis=1) for k in range(1, others + 1)], axis=1)


def _membership(near: np.ndarray, k: int) -> np.ndarray:
    found = np.zeros((len(near), len(near)), dtype=bool)
    found[np.arange(len(near))[:, None], near[:, :k]] = True
    return found


def _share(member: np.ndarray, within: np.ndarray, k: int) -> float:
    return float((member & within).sum() / (len(member) * k))


def _correlation(first: np.ndarray, second: np.ndarray) -> float:
    above = np.triu_indices(len(first), 1)
    a, b = first[above], second[above]
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def _p_value(observed: float, shuffled: np.ndarray) -> float:
    """Return the one-sided p-value, the observation itself counted (Phipson and Smyth, 2010).

    NaN of NaN: what could not be computed is no evidence.
    """
    if np.isnan(observed):
        return float("nan")
    return float((1 + (shuffled >= observed - 1e-12).sum()) / (1 + len(shuffled)))
