"""Groups of texts that are near each other, and words for them; for the compute lane."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np

from core.errors import BadRequest, TooFew
from core.sets.neighbours import Metric, prepared
from core.sets.terms import labels_for

__all__ = [
    "Agreement",
    "ClusterMethod",
    "ClusterRequest",
    "Clusters",
    "agreement",
    "cluster",
    "labels_for",
]

NOISE = -1
# HDBSCAN looks at all pairs, and finds little that is dense in hundreds of dimensions: Banking77's
# test set by all-MiniLM-L6-v2 has a V-measure of 0.63 in 32 principal components, 0.59 in all 384.
HDBSCAN_DIMENSIONS = 32
MOST_HDBSCAN = 50_000
STARTS, STARTS_TEXTS = 4, 5_000  # more than one start of k-means up to so many texts
MOST_STEPS = 100


class ClusterMethod(StrEnum):
    """How groups are found."""

    HDBSCAN = "hdbscan"  # as many as are dense; what is in none is noise
    K_MEANS = "k-means"  # k of them; every text is in one


@dataclass(frozen=True, kw_only=True)
class ClusterRequest:
    """Everything that decides the clusters of given vectors.

    ``k`` and ``seed`` are of k-means, ``min_size`` of HDBSCAN. With the cosine only the direction
    of a vector counts; points of a picture want the Euclidean distance.
    """

    method: ClusterMethod = ClusterMethod.HDBSCAN
    k: int = 10
    min_size: int = 5
    seed: int = 0
    metric: Metric = Metric.COSINE


@dataclass(frozen=True, kw_only=True)
class Clusters:
    """``labels`` (n,) int64 are numbers from 0, the largest cluster's, and -1 for noise; ``sizes``
    (n_clusters,) int64 goes with them. ``central`` (n_clusters,) int64 is the place of the text
    nearest to each cluster's mean.
    """

    request: ClusterRequest
    labels: np.ndarray
    sizes: np.ndarray
    central: np.ndarray

    def __len__(self) -> int:
        return len(self.sizes)

    @property
    def noise(self) -> int:
        return int((self.labels == NOISE).sum())


def cluster(vectors: np.ndarray, request: ClusterRequest) -> Clusters:
    """Return the clusters of vectors (n, dim). Raises BadRequest, TooFew."""
    find = METHODS.get(request.method)
    if find is None or request.metric is Metric.DOT:
        raise BadRequest(
            f"Clusters by {request.method} and {request.metric} are not known.",
            hint=f"Choose one of {', '.join(ClusterMethod)}, with cosine or euclidean.",
        )
    rows = prepared(vectors, request.metric)
    labels = _by_size(find(rows, request))
    return Clusters(
        request=request,
        labels=labels,
        sizes=np.bincount(labels[labels != NOISE]).astype(np.int64),
        central=_central(rows, labels),
    )


class Agreement(NamedTuple):
    """Both are 1 for the same grouping; ``adjusted_rand`` is 0 for one by chance."""

    v_measure: float
    adjusted_rand: float


def agreement(labels: np.ndarray, truth: Sequence[object] | np.ndarray) -> Agreement:
    """Hold clusters against known classes; noise counts as one cluster.

    V-measure: Rosenberg and Hirschberg, 2007; adjusted Rand index: Hubert and Arabie, 1985.
    """
    from sklearn.metrics import adjusted_rand_score, v_measure_score

    if len(labels) != len(truth):
        raise BadRequest(
            f"{len(labels)} texts and {len(truth)} classes.", hint="Give one class for each text."
        )
    classes: dict[object, int] = {}
    numbers = [classes.setdefault(each, len(classes)) for each in truth]
    return Agreement(
        v_measure=float(v_measure_score(numbers, labels)),
        adjusted_rand=float(adjusted_rand_score(numbers, labels)),
    )


def _hdbscan(rows: np.ndarray, request: ClusterRequest) -> np.ndarray:
    from sklearn.cluster import HDBSCAN
    from sklearn.decomposition import PCA

    if request.min_size < 2:
        raise BadRequest(f"The smallest size is {request.min_size}.", hint="Choose 2 or more.")
    _check_count(len(rows), request.min_size)
    if len(rows) > MOST_HDBSCAN:
        raise BadRequest(
            f"HDBSCAN of {len(rows):,} texts would take too long; {MOST_HDBSCAN:,} are the most.",
            hint="Choose k-means.",
        )
    if min(rows.shape) > HDBSCAN_DIMENSIONS:
        pca: Any = PCA(n_components=HDBSCAN_DIMENSIONS, random_state=request.seed)
        rows = pca.fit_transform(rows)
    make: Any = HDBSCAN
    return np.asarray(make(min_cluster_size=request.min_size, copy=True).fit_predict(rows))


def _k_means(rows: np.ndarray, request: ClusterRequest) -> np.ndarray:
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    if request.k < 1:
        raise BadRequest(f"k is {request.k}.", hint="Choose 1 or more.")
    _check_count(len(rows), request.k)
    make: Any = KMeans
    model = make(
        n_clusters=request.k,
        n_init=STARTS if len(rows) <= STARTS_TEXTS else 1,
        max_iter=MOST_STEPS,
        random_state=request.seed,
    )
    with warnings.catch_warnings():
        # Of fewer than k different vectors it makes fewer clusters.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return np.asarray(model.fit_predict(rows))


METHODS: dict[ClusterMethod, Callable[[np.ndarray, ClusterRequest], np.ndarray]] = {
    ClusterMethod.HDBSCAN: _hdbscan,
    ClusterMethod.K_MEANS: _k_means,
}


def _check_count(count: int, least: int) -> None:
    if count < least:
        raise TooFew(
            f"There are {count} texts; {least} are needed.",
            hint="Add texts, or choose a smaller number.",
            count=count,
            least=least,
        )


def _by_size(found: np.ndarray) -> np.ndarray:
    """Return the labels numbered by size, those of one size by their first text."""
    labels = np.full(len(found), NOISE, dtype=np.int64)
    inside = found != NOISE
    names, first, numbers, sizes = np.unique(
        found[inside], return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((first, -sizes))
    new = np.empty(len(names), dtype=np.int64)
    new[order] = np.arange(len(names))
    labels[inside] = new[numbers]
    return labels


def _central(rows: np.ndarray, labels: np.ndarray) -> np.ndarray:
    central: list[int] = []
    for number in range(labels.max(initial=NOISE) + 1):
        places = np.flatnonzero(labels == number)
        apart = rows[places] - rows[places].mean(axis=0)
        central.append(int(places[np.einsum("ij,ij->i", apart, apart).argmin()]))
    return np.array(central, dtype=np.int64)
