"""The texts of a set that are nearest to a query, exactly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import BadRequest
from core.sets.neighbours import Metric

BLOCK_ROWS = 16_384
BLOCK_SCORES = 1 << 24  # scores held at once, 64 MiB
# A float32 product is off in its seventh digit: some more are taken, and scored in float64.
SPARE = 16


@dataclass(frozen=True, kw_only=True)
class Found:
    """The k nearest of each query, nearest first, equal ones by place.

    ``places`` is int64, ``scores`` float32, both (n_queries, k). A score is the cosine, the dot
    product, or the Euclidean distance, of which the smallest is the nearest.
    """

    places: np.ndarray
    scores: np.ndarray


def search(
    vectors: np.ndarray,
    queries: np.ndarray,
    k: int,
    metric: Metric = Metric.COSINE,
    rows: np.ndarray | None = None,
) -> Found:
    """Look for queries (n_queries, dim) or (dim,) among vectors (n, dim).

    ``rows`` are the places to look at, None for all; where there are fewer than k, all are found.
    Raises BadRequest for another dimension or a k below 1.
    """
    pool = _pool(vectors, metric, rows)
    asked = np.atleast_2d(queries)
    return _found(pool, asked, np.full(len(asked), -1), min(k, len(pool)), k)


def like(
    vectors: np.ndarray,
    place: int | Sequence[int] | np.ndarray,
    k: int,
    metric: Metric = Metric.COSINE,
    rows: np.ndarray | None = None,
) -> Found:
    """Look for more texts like those at ``place``, each left out of its own answer.

    As ``search`` otherwise.
    """
    pool = _pool(vectors, metric, rows)
    own = np.atleast_1d(np.asarray(place, dtype=np.int64))
    present = pool.rows is None or bool(np.isin(own, pool.rows).any())
    return _found(pool, vectors[own], own, min(k, len(pool) - present), k)


@dataclass(frozen=True, kw_only=True)
class _Pool:
    """What is looked at; ``squares`` are the rows' squared lengths."""

    vectors: np.ndarray
    rows: np.ndarray | None
    metric: Metric
    squares: np.ndarray

    def __len__(self) -> int:
        return len(self.squares)

    def nearness(self, queries: np.ndarray) -> np.ndarray:
        """Return what orders the rows as the metric does, largest nearest, (n_queries, n)."""
        near = np.empty((len(queries), len(self)), dtype=np.float32)
        for start, block in _blocks(self.vectors, self.rows):
            near[:, start : start + len(block)] = queries @ block.T
        if self.metric is Metric.COSINE:
            near /= np.sqrt(np.where(self.squares > 0, self.squares, 1))
        elif self.metric is Metric.EUCLIDEAN:
            near *= 2
            near -= self.squares
        return near

    def places(self, positions: np.ndarray) -> np.ndarray:
        return positions if self.rows is None else self.rows[positions]

    def position(self, place: int) -> int | None:
        if self.rows is None:
            return place
        at = int(np.searchsorted(self.rows, place))
        return at if at < len(self.rows) and self.rows[at] == place else None


def _pool(vectors: np.ndarray, metric: Metric, rows: np.ndarray | None) -> _Pool:
    # In order and once each: equal scores stay in the order of their places.
    rows = None if rows is None else np.unique(np.asarray(rows, dtype=np.int64))
    squares = [np.einsum("ij,ij->i", block, block) for _, block in _blocks(vectors, rows)]
    return _Pool(
        vectors=vectors,
        rows=rows,
        metric=metric,
        squares=np.concatenate([np.empty(0, dtype=np.float32), *squares]),
    )


def _blocks(vectors: np.ndarray, rows: np.ndarray | None) -> Iterator[tuple[int, np.ndarray]]:
    for start in range(0, len(vectors) if rows is None else len(rows), BLOCK_ROWS):
        part = slice(start, start + BLOCK_ROWS)
        block = vectors[part] if rows is None else vectors[rows[part]]
        yield start, np.asarray(block, dtype=np.float32)


def _found(pool: _Pool, queries: np.ndarray, own: np.ndarray, k: int, wanted: int) -> Found:
    _check(pool, queries, wanted)
    places = np.empty((len(queries), k), dtype=np.int64)
    scores = np.empty((len(queries), k), dtype=np.float32)
    asked = np.asarray(queries, dtype=np.float32)
    step = max(1, BLOCK_SCORES // max(len(pool), 1))
    for start in range(0, len(asked), step) if k else ():
        for i, near in enumerate(pool.nearness(asked[start : start + step]), start=start):
            position = pool.position(int(own[i])) if own[i] >= 0 else None
            if position is not None:
                near[position] = -np.inf
            best = largest(near, k + SPARE)
            candidates = pool.places(best[best != position] if position is not None else best)
            exact = _exact(pool.vectors, asked[i], candidates, pool.metric)
            order = np.lexsort((candidates, -exact))[:k]
            places[i], scores[i] = candidates[order], exact[order]
    return Found(places=places, scores=-scores if pool.metric is Metric.EUCLIDEAN else scores)


def largest(near: np.ndarray, count: int) -> np.ndarray:
    """Return where the ``count`` largest values are, in no order; of equal ones the first."""
    if count >= len(near):
        return np.arange(len(near))
    least = np.partition(near, len(near) - count)[len(near) - count]
    above = np.flatnonzero(near > least)
    return np.concatenate([above, np.flatnonzero(near == least)[: count - len(above)]])


def _exact(
    vectors: np.ndarray, query: np.ndarray, places: np.ndarray, metric: Metric
) -> np.ndarray:
    """Return the metric in float64, a distance negated."""
    exact = np.empty(len(places))
    wide = query.astype(np.float64)
    for start in range(0, len(places), BLOCK_ROWS):
        part = slice(start, start + BLOCK_ROWS)
        block = vectors[places[part]].astype(np.float64)
        if metric is Metric.EUCLIDEAN:
            exact[part] = -np.sqrt(((block - wide) ** 2).sum(axis=1))
            continue
        exact[part] = (block * wide).sum(axis=1)
        if metric is Metric.COSINE:
            lengths = np.sqrt((block**2).sum(axis=1) * (wide**2).sum())
            exact[part] /= np.where(lengths > 0, lengths, 1)
    return exact


def _check(pool: _Pool, queries: np.ndarray, k: int) -> None:
    if k < 1:
        raise BadRequest(f"k is {k}.", hint="Choose 1 or more.")
    if queries.shape[1] != pool.vectors.shape[1]:
        raise BadRequest(
            f"A query has {queries.shape[1]} dimensions, a text {pool.vectors.shape[1]}.",
            hint="Encode both with the same model and dimension.",
        )
