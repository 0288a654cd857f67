"""Exact nearest neighbours in the full space, by blocks of matrix products."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from core.compare.ordering import smallest
from core.models.similarity import unit

BLOCK = 512  # rows at once


class Metric(StrEnum):
    """How near two vectors are; Euclidean is a distance, the others are similarities."""

    COSINE = "cosine"
    EUCLIDEAN = "euclidean"
    DOT = "dot"


def nearest(
    vectors: np.ndarray, k: int, metric: Metric = Metric.COSINE
) -> tuple[np.ndarray, np.ndarray]:
    """Return each row's k nearest others: places, int64, and distances, float32, both (n, k).

    Nearest first, equal ones by place. The distance is 1 - cosine, the Euclidean distance, or the
    negated dot product.
    """
    rows = prepared(vectors, metric)
    count = len(rows)
    k = min(k, count - 1)
    places = np.empty((count, k), dtype=np.int64)
    distances = np.empty((count, k), dtype=np.float32)
    for start in range(0, count, BLOCK):
        found = distance_rows(rows, start, min(start + BLOCK, count), metric)
        own = np.arange(len(found))
        found[own, start + own] = np.inf
        best = smallest(found, k)
        places[start : start + len(found)] = best
        distances[start : start + len(found)] = np.take_along_axis(found, best, axis=1)
    return places, distances


def distances_from(vectors: np.ndarray, place: int, metric: Metric = Metric.COSINE) -> np.ndarray:
    """Return each row's distance from the one at ``place``, float32 (n,), as ``nearest`` has it."""
    rows = prepared(vectors, metric)
    return distance_rows(rows, place, place + 1, metric)[0]


def prepared(vectors: np.ndarray, metric: Metric) -> np.ndarray:
    """Return float32 rows, of unit length for the cosine."""
    rows = np.ascontiguousarray(vectors, dtype=np.float32)
    if metric is not Metric.COSINE:
        return rows
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)


def distance_rows(rows: np.ndarray, start: int, end: int, metric: Metric) -> np.ndarray:
    """Return the distances of rows start to end from all rows, float32, (end - start, n)."""
    products = rows[start:end] @ rows.T
    if metric is Metric.COSINE:
        return np.maximum(1 - products, 0)
    if metric is Metric.DOT:
        return -products
    squares = np.einsum("ij,ij->i", rows, rows)
    squared = squares[start:end, None] + squares[None, :] - 2 * products
    return np.sqrt(np.maximum(squared, 0))


def distance_matrix(vectors: np.ndarray, metric: Metric) -> np.ndarray:
    """Return all distances in float64, (n, n); for sets of a few thousand at most."""
    rows = np.asarray(vectors, dtype=np.float64)
    if metric is Metric.EUCLIDEAN:
        return np.sqrt(((rows[:, None, :] - rows[None, :, :]) ** 2).sum(axis=2))
    if metric is Metric.DOT:
        return -(rows @ rows.T)
    scaled = unit(rows)
    return 1 - scaled @ scaled.T
