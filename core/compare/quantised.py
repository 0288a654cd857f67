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
from core.models.similarity import Similarity, similarity_matrix

BLOCK = 256  # queries at once
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
    kept = np.split(cut, [len(queries)])
    return [
        _figures((queries, documents), (kept[0], kept[1]), storage, k, rows, labels)
        for storage in storages
    ]


def _figures(
    full: tuple[np.ndarray, np.ndarray],
    cut: tuple[np.ndarray, np.ndarray],
    storage: Storage,
    k: int,
    rows: Sequence[int] | None,
    labels: Labels | None,
) -> Figures:
    stored_queries, stored, ranges = _stored(cut, storage)
    overlaps: list[np.ndarray] = []
    error, quality = 0.0, []
    for start in range(0, len(full[0]), BLOCK):
        part = slice(start, start + BLOCK)
        own = rows[part] if rows is not None else None
        true = _cosines(full[0][part], full[1])
        scores = _cosines(stored_queries[part], stored)
        error += float(np.abs(scores - true).sum())
        if storage is Storage.BINARY_RESCORED:
            scores = _rescored(scores, _cosines(cut[0][part], stored), k, own)
        overlaps.append(_overlap(_nearest(true, k, own), _nearest(scores, k, own)))
        if labels is not None and labels.relevant:
            quality += _ndcg(scores, labels.relevant[part])
    return Figures(
        overlap=float(np.concatenate(overlaps).mean()),
        score_error=error / (len(full[0]) * len(full[1])),
        quality=_quality(labels, quality, stored_queries, stored),
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
    return bits.astype(np.float32) * 2 - 1


def _cosines(queries: np.ndarray, documents: np.ndarray) -> np.ndarray:
    return similarity_matrix(queries, documents, Similarity.COSINE)


def _rescored(rough: np.ndarray, fine: np.ndarray, k: int, own: Sequence[int] | None) -> np.ndarray:
    """Score the best RESCORED * k documents by the query's floats, and no others."""
    candidates = _nearest(rough, min(RESCORED * k, rough.shape[1]), own)
    scores = np.full(rough.shape, -np.inf, dtype=np.float32)
    np.put_along_axis(scores, candidates, np.take_along_axis(fine, candidates, axis=1), axis=1)
    return scores


def _nearest(scores: np.ndarray, k: int, own: Sequence[int] | None) -> np.ndarray:
    """Return the places of the k best documents, shape (n_queries, k), best first."""
    if own is not None:
        scores = scores.copy()
        scores[np.arange(len(scores)), list(own)] = -np.inf
    return np.argsort(-scores, axis=1, kind="stable")[:, :k]


def _overlap(true: np.ndarray, found: np.ndarray) -> np.ndarray:
    shared = (true[:, :, None] == found[:, None, :]).any(axis=2)
    return shared.mean(axis=1)


def _ndcg(scores: np.ndarray, relevant: Sequence[Sequence[int]]) -> list[float]:
    rows = zip(scores, relevant, strict=False)
    return [rank_figures(row, right).ndcg for row, right in rows if right]


def _quality(
    labels: Labels | None, ndcg: list[float], queries: np.ndarray, documents: np.ndarray
) -> float | None:
    if ndcg:
        return float(np.mean(ndcg))
    if labels is None or not labels.pairs:
        return None
    from scipy import stats

    scores = [float(_cosines(queries[[q]], documents[[d]])[0, 0]) for q, d in labels.pairs]
    found: Any = stats.spearmanr(scores, labels.pair_scores)
    return float(found.statistic)
