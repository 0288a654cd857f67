"""Vectors cut and quantised, held against the full ones; for the models lane.

Only arrays and plain values go in and come out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.compare.ordering import shared, smallest
from core.compare.relevance import rank_figures
from core.compare.storages import Kept, Storage, parts
from core.encoding.vectors import truncate

RESCORED = 4  # times k candidates are rescored, sentence-transformers' default


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
    absolute difference of the cosines, a text's with itself left out (for binary-rescored that of
    the stored bits, as for binary: what it is rescored to is no cosine); ``quality`` nDCG@10 or
    Spearman's rho where labels are given (None where they rank nothing). ``ranges`` are the
    smallest start and largest end of int8's ranges, from the documents.
    """

    overlap: float
    score_error: float
    quality: float | None
    ranges: tuple[float, float] | None = None


def measure(
    queries: np.ndarray,
    documents: np.ndarray,
    dimension: int,
    storages: Sequence[Storage],
    *,
    k: int,
    rows: Sequence[int] | None,
    labels: Labels | None,
    sample: Sequence[int] | None = None,
) -> list[Figures]:
    """Return the figures of each storage at one dimension.

    ``rows`` gives each query's own place among the documents, which is no neighbour of it and no
    part of the score error; None where the two are different texts. ``sample`` are the queries that
    are looked for, None for all; labelled pairs are scored all the same. Equal scores are ordered
    by place.
    """
    cut = truncate(np.concatenate([queries, documents]), dimension).vectors
    sides = (cut[: len(queries)], cut[len(queries) :])
    kept = [Kept.of(sides, storage) for storage in storages]
    tallies = [_Tally() for _ in kept]
    own = np.array(rows) if rows is not None else None
    full = Kept.of((queries, documents), Storage.FLOAT32)
    looked_for = np.arange(len(queries)) if sample is None else np.array(sample)
    for places in parts(looked_for):
        block = _Block.of(full, places, k, own)
        for each, tally in zip(kept, tallies, strict=True):
            tally.add(each, block, labels)
    return [tally.figures(each, labels) for each, tally in zip(kept, tallies, strict=True)]


@dataclass(frozen=True, kw_only=True)
class _Block:
    """Some queries' cosines with every document, and the k nearest documents of each.

    ``own`` has each one's own place among the documents, None where it has none.
    """

    places: np.ndarray
    cosines: np.ndarray
    nearest: np.ndarray
    own: np.ndarray | None
    k: int

    @classmethod
    def of(cls, full: Kept, places: np.ndarray, k: int, own: np.ndarray | None) -> _Block:
        cosines = full.scores(places)
        here = own[places] if own is not None else None
        return cls(
            places=places,
            cosines=cosines.astype(np.float32),
            nearest=nearest(cosines, k, here),
            own=here,
            k=k,
        )


@dataclass(kw_only=True)
class _Tally:
    """Sums over the blocks, so that no scores of all pairs live at once."""

    overlap: float = 0.0
    queries: int = 0
    error: float = 0.0
    cells: int = 0
    ndcg: list[float] = field(default_factory=list[float])

    def add(self, kept: Kept, block: _Block, labels: Labels | None) -> None:
        scores = kept.scores(block.places)
        self._add_error(scores, block)
        if kept.is_rescored:
            scores = _rescored(scores, kept.fine_scores(block.places), block.k, block.own)
        self.overlap += overlap(block.nearest, nearest(scores, block.k, block.own)) * len(scores)
        self.queries += len(scores)
        if labels is not None:
            right = [labels.relevant[q] if q < len(labels.relevant) else () for q in block.places]
            rows = zip(scores, right, strict=True)
            self.ndcg.extend(rank_figures(row, each).ndcg for row, each in rows if each)

    def _add_error(self, scores: np.ndarray, block: _Block) -> None:
        errors = np.abs(scores - block.cosines)
        self.cells += errors.size
        if block.own is not None:
            errors[np.arange(len(errors)), block.own] = 0
            self.cells -= len(errors)
        self.error += float(errors.sum())

    def figures(self, kept: Kept, labels: Labels | None) -> Figures:
        quality = float(np.mean(self.ndcg)) if self.ndcg else None
        if labels is not None and labels.pairs:
            quality = _rho(kept.pair_scores(labels.pairs), np.array(labels.pair_scores))
        return Figures(
            overlap=self.overlap / self.queries,
            score_error=self.error / self.cells,
            quality=quality,
            ranges=kept.ranges,
        )


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
    return smallest(-scores, k)


def overlap(true: np.ndarray, found: np.ndarray) -> float:
    """Return the mean share of the true neighbours that were found, both (n_queries, k)."""
    return float(shared(true, found).sum() / found.size)


def _rho(scores: np.ndarray, known: np.ndarray) -> float | None:
    """Return Spearman's rho, None where one side has a single value and there is no rank."""
    from scipy import stats

    if not np.ptp(scores) or not np.ptp(known):
        return None
    found: Any = stats.spearmanr(scores, known)
    return float(found.statistic)
