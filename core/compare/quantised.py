"""Vectors cut and quantised, held against the full ones; for the models lane.

The quantisation is sentence-transformers' own (``quantize_embeddings``), which the models lane has
loaded. Only arrays and plain values go in and come out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from core.compare.relevance import rank_figures
from core.encoding.vectors import truncate

RESCORED = 4  # times k candidates are rescored, sentence-transformers' default


class Storage(StrEnum):
    """How a vector is kept."""

    FLOAT32 = "float32"
    FLOAT16 = "float16"
    INT8 = "int8"
    BINARY = "binary"
    BINARY_RESCORED = "binary-rescored"


# Bits for each component.
BITS = {
    Storage.FLOAT32: 32,
    Storage.FLOAT16: 16,
    Storage.INT8: 8,
    Storage.BINARY: 1,
    Storage.BINARY_RESCORED: 1,
}


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What is known to be right: documents of each query, or a similarity of each pair.

    ``pairs`` are (index of query, index of document).
    """

    relevant: tuple[tuple[int, ...], ...] = ()
    pairs: tuple[tuple[int, int], ...] = ()
    pair_scores: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Figures:
    """How near a setting comes to the full float32 vectors.

    ``overlap`` is the mean share of the k nearest documents that stay; ``score_error`` the mean
    absolute difference of the cosines; ``quality`` nDCG@10 or Spearman's rho where labels are
    given. ``ranges`` are the smallest start and largest end of int8's ranges, from the documents.
    """

    overlap: float
    score_error: float
    quality: float | None
    ranges: tuple[float, float] | None = None


def vector_bytes(dimension: int, storage: Storage) -> int:
    """Return the bytes of one vector."""
    return -(-dimension * BITS[storage] // 8)


def measure(
    queries: np.ndarray,
    documents: np.ndarray,
    dimension: int,
    storages: Sequence[Storage],
    *,
    k: int,
    rows: Sequence[int] | None,
    labels: Labels | None,
) -> list[Figures]:
    """Return the figures of each storage at one dimension.

    ``rows`` gives each query's own place among the documents, which is no neighbour of it; None
    where the two are different texts. Equal scores are ordered by place.
    """
    cut = truncate(np.concatenate([queries, documents]), dimension).vectors
    sides = np.split(cut, [len(queries)])
    own = np.array(rows) if rows is not None else None
    full = _Block.of(_unit(queries), _unit(documents), k, own)
    return [_figures(full, (sides[0], sides[1]), each, k, own, labels) for each in storages]


@dataclass(frozen=True, kw_only=True)
class _Block:
    """Cosines of every query with every document, and the k nearest documents of each query."""

    cosines: np.ndarray
    nearest: np.ndarray

    @classmethod
    def of(
        cls, queries: np.ndarray, documents: np.ndarray, k: int, own: np.ndarray | None
    ) -> _Block:
        cosines = queries @ documents.T
        return cls(cosines=cosines.astype(np.float32), nearest=nearest(cosines, k, own))


def _figures(
    full: _Block,
    cut: tuple[np.ndarray, np.ndarray],
    storage: Storage,
    k: int,
    own: np.ndarray | None,
    labels: Labels | None,
) -> Figures:
    queries, documents, ranges = _stored(cut, storage)
    if BITS[storage] == 1:
        # Whole numbers until the end, so that equal distances stay equal.
        scores = queries @ documents.T / documents.shape[1]
    else:
        scores = _unit(queries) @ _unit(documents).T
    error = float(np.abs(scores - full.cosines).mean())
    if storage is Storage.BINARY_RESCORED:
        scores = _rescored(scores, _unit(cut[0]) @ documents.T, k, own)
    return Figures(
        overlap=overlap(full.nearest, nearest(scores, k, own)),
        score_error=error,
        quality=_quality(labels, scores),
        ranges=ranges,
    )


def _stored(
    cut: tuple[np.ndarray, np.ndarray], storage: Storage
) -> tuple[np.ndarray, np.ndarray, tuple[float, float] | None]:
    """Return both sides as they are read back from the storage, as float32."""
    queries, documents = cut
    if storage is Storage.FLOAT32:
        return queries, documents, None
    if storage is Storage.FLOAT16:
        return queries.astype(np.float16).astype(np.float32), _half(documents), None
    if storage is Storage.INT8:
        ranges = np.stack([documents.min(axis=0), documents.max(axis=0)])
        span = (float(ranges[0].min()), float(ranges[1].max()))
        return _int8(queries, ranges), _int8(documents, ranges), span
    return _signs(queries), _signs(documents), None


def _half(vectors: np.ndarray) -> np.ndarray:
    return vectors.astype(np.float16).astype(np.float32)


def _int8(vectors: np.ndarray, ranges: np.ndarray) -> np.ndarray:
    from sentence_transformers.util.quantization import quantize_embeddings

    kept = np.asarray(quantize_embeddings(vectors, "int8", ranges=ranges), dtype=np.float32)
    steps = (ranges[1] - ranges[0]) / 255
    return ranges[0] + (kept + 128.5) * steps  # the middle of each step


def _signs(vectors: np.ndarray) -> np.ndarray:
    """Return +1 and -1; the cosine of such vectors is 1 - 2 * Hamming distance / dimension."""
    from sentence_transformers.util.quantization import quantize_embeddings

    packed = np.asarray(quantize_embeddings(vectors, "ubinary"), dtype=np.uint8)
    bits = np.unpackbits(packed, axis=1, count=vectors.shape[1])
    return bits.astype(np.float64) * 2 - 1


def _unit(vectors: np.ndarray) -> np.ndarray:
    # In float64, as similarity_matrix: neighbours that nearly tie keep their order.
    exact = vectors.astype(np.float64)
    norms = np.linalg.norm(exact, axis=1, keepdims=True)
    return np.divide(exact, norms, out=np.zeros_like(exact), where=norms != 0)


def _rescored(rough: np.ndarray, fine: np.ndarray, k: int, own: np.ndarray | None) -> np.ndarray:
    """Score the best RESCORED * k documents by the query's floats, and no others."""
    candidates = nearest(rough, min(RESCORED * k, rough.shape[1]), own)
    scores = np.full(rough.shape, -np.inf)
    np.put_along_axis(scores, candidates, np.take_along_axis(fine, candidates, axis=1), axis=1)
    return scores


def nearest(scores: np.ndarray, k: int, own: np.ndarray | None = None) -> np.ndarray:
    """Return the places of the k best documents, int, shape (n_queries, k), best first.

    Equal scores are ordered by place. ``own`` has each query's own place, which is left out.
    """
    if own is not None:
        scores = scores.copy()
        scores[np.arange(len(scores)), own] = -np.inf
    least = np.partition(scores, -k, axis=1)[:, -k]
    found = np.empty((len(scores), k), dtype=np.int64)
    for row, (each, lowest) in enumerate(zip(scores, least, strict=True)):
        candidates = np.flatnonzero(each >= lowest)  # more than k where scores are equal
        best = np.argsort(-each[candidates], kind="stable")[:k]
        found[row] = candidates[best]
    return found


def overlap(true: np.ndarray, found: np.ndarray) -> float:
    """Return the mean share of the true neighbours that were found, both (n_queries, k)."""
    return float((true[:, :, None] == found[:, None, :]).any(axis=2).mean())


def _quality(labels: Labels | None, scores: np.ndarray) -> float | None:
    if labels is None:
        return None
    if labels.pairs:
        from scipy import stats

        queries, documents = np.array(labels.pairs).T
        found: Any = stats.spearmanr(scores[queries, documents], labels.pair_scores)
        return float(found.statistic)
    rows = zip(scores, labels.relevant, strict=False)
    ndcg = [rank_figures(row, right).ndcg for row, right in rows if right]
    return float(np.mean(ndcg)) if ndcg else None
