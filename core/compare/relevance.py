"""How well each model finds the documents that the user marked as right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.compare.ordering import smallest
from core.compare.request import ModelScores

NDCG_DEPTH = 10


@dataclass(frozen=True, kw_only=True)
class Relevance:
    """One model's figures for each query that has a right document, in the queries' order.

    Where a right and a wrong document share a score, the wrong one counts as the better: a tie is
    no find. ``queries`` are the indices of the queries that count; the others are arrays of as many
    values. ``margins`` are the best right score minus the best wrong one, NaN where all are right.
    """

    model: str
    queries: np.ndarray
    hits_at_1: np.ndarray
    reciprocal_ranks: np.ndarray
    ndcg_at_10: np.ndarray
    margins: np.ndarray

    def means(self) -> dict[str, float | None]:
        """Return hit@1, MRR, nDCG@10 and margin averaged over the queries that have one."""
        columns = {
            "hit@1": self.hits_at_1,
            "mrr": self.reciprocal_ranks,
            "ndcg@10": self.ndcg_at_10,
            "margin": self.margins[np.isfinite(self.margins)],
        }
        return {name: float(v.mean()) if v.size else None for name, v in columns.items()}


def judge(result: ModelScores, relevant: Sequence[Sequence[int]]) -> Relevance:
    """Hold the result against the right documents of each query (indices; empty: none is known).

    MRR as in the TREC-8 question answering track (Voorhees, 1999); nDCG with gains of 0 and 1 and
    a discount of log2(1 + rank), cut at rank 10 (Järvelin and Kekäläinen, 2002).
    """
    judged = [q for q, right in enumerate(relevant[: len(result.scores)]) if right]
    rows = [rank_figures(result.scores[q], relevant[q]) for q in judged]
    table = np.array(rows, dtype=np.float64).reshape(len(rows), len(RankFigures._fields))
    return Relevance(
        model=result.model,
        queries=np.array(judged, dtype=np.int64),
        hits_at_1=table[:, 0],
        reciprocal_ranks=table[:, 1],
        ndcg_at_10=table[:, 2],
        margins=table[:, 3],
    )


class RankFigures(NamedTuple):
    """One query's figures; see Relevance."""

    hit_at_1: float
    reciprocal_rank: float
    ndcg: float
    margin: float


def ndcg_of_rows(scores: np.ndarray, right: Sequence[int]) -> np.ndarray:
    """Return the nDCG@10 of each row of scores, (n_rows, n_documents), as rank_figures gives it."""
    is_right = np.zeros(scores.shape[1], dtype=bool)
    is_right[list(right)] = True
    wrong_first = np.argsort(is_right, kind="stable")
    best = smallest(-scores[:, wrong_first], min(NDCG_DEPTH, len(is_right)))
    gains = best >= (~is_right).sum()
    discounts = 1 / np.log2(np.arange(2, NDCG_DEPTH + 2))
    ideal = discounts[: min(int(is_right.sum()), NDCG_DEPTH)].sum()
    return (gains * discounts[: gains.shape[1]]).sum(axis=1) / ideal


def rank_figures(scores: np.ndarray, right: Sequence[int]) -> RankFigures:
    """Judge one query's scores, shape (n_documents,), by the places of its right documents."""
    is_right = np.zeros(len(scores), dtype=bool)
    is_right[list(right)] = True
    # Best score first; among equal scores the wrong documents first.
    places = is_right[np.lexsort((is_right, -scores))]
    first = int(np.argmax(places))
    discounts = 1 / np.log2(np.arange(2, NDCG_DEPTH + 2))
    gains = places[:NDCG_DEPTH]
    ideal = discounts[: min(int(is_right.sum()), NDCG_DEPTH)].sum()
    margin = float("nan")
    if not is_right.all():
        margin = float(scores[is_right].max()) - float(scores[~is_right].max())
    return RankFigures(
        hit_at_1=float(first == 0),
        reciprocal_rank=1 / (first + 1),
        ndcg=float((gains * discounts[: len(gains)]).sum() / ideal),
        margin=margin,
    )
