"""How far a picture can be trusted; for the compute lane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.compare.ordering import shared
from core.maps.projection import ProjectionRequest, aligned, project
from core.sets.neighbours import Metric, nearest, prepared

NEIGHBOURS = 10
SEEDS = 5
MOST_POINTS = 5000  # ranks of all pairs are needed


@dataclass(frozen=True, kw_only=True)
class Fidelity:
    """What of the full space is in the picture, from 0 (nothing) to 1 (all of it).

    ``trustworthiness``: are near points of the picture truly near; ``continuity``: are truly near
    texts near in the picture (Venna and Kaski, 2001); ``kept`` (n,) is each point's share of its
    ``k`` true nearest neighbours that are among its nearest in the picture. The first two are None
    above MOST_POINTS points, and for the dot product, which is no distance to rank by.
    """

    k: int
    trustworthiness: float | None
    continuity: float | None
    kept: np.ndarray


def fidelity(vectors: np.ndarray, points: np.ndarray, metric: Metric) -> Fidelity:
    """Hold points (n, components) against the vectors (n, dim) that they stand for."""
    from sklearn.manifold import trustworthiness

    rows = prepared(vectors, metric)
    k = max(1, min(NEIGHBOURS, (len(rows) - 1) // 2 - 1))
    true, _ = nearest(rows, k, metric)
    seen, _ = nearest(points, k, Metric.EUCLIDEAN)
    kept = shared(true, seen) / k
    ranked = len(rows) <= MOST_POINTS and metric is not Metric.DOT
    return Fidelity(
        k=k,
        trustworthiness=float(trustworthiness(rows, points, n_neighbors=k)) if ranked else None,
        continuity=float(trustworthiness(points, rows, n_neighbors=k)) if ranked else None,
        kept=kept.astype(np.float32),
    )


def movement(
    vectors: np.ndarray, request: ProjectionRequest, seeds: Sequence[int] = tuple(range(SEEDS))
) -> np.ndarray:
    """Return how far each point moves between seeds, float32 (n,).

    The request's own seed plays no part. Each other picture is aligned to the first; the mean
    distance is in units of the picture's size (the root mean square distance from its middle).
    """
    pictures = [project(vectors, replace(request, seed=seed)).points for seed in seeds]
    others = [aligned(points, pictures[0]) for points in pictures[1:]]
    distances = [np.linalg.norm(points - pictures[0], axis=1) for points in others]
    return np.mean(distances, axis=0).astype(np.float32)
