"""Where the models of a comparison disagree."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from core.compare.ordering import shared
from core.compare.request import Comparison

DEPTH = 10


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How alike the models rank, query by query.

    ``first`` has the document that each model puts first, shape (n_models, n_queries).
    ``overlap`` is the mean share, over pairs of models, of ``depth`` best documents that two models
    have in common, shape (n_queries,); NaN with a single model.
    """

    first: np.ndarray
    overlap: np.ndarray
    depth: int

    @property
    def disputed(self) -> np.ndarray:
        """Return the queries with more than one first document, least overlap first."""
        differing = np.flatnonzero((self.first != self.first[0]).any(axis=0))
        return differing[np.argsort(self.overlap[differing], kind="stable")]


def agreement(comparison: Comparison) -> Agreement:
    """Return how far the models agree; at most half of the documents are looked at, up to ten."""
    order = np.stack([result.order for result in comparison.results])
    _, n_queries, n_documents = order.shape
    depth = max(1, min(DEPTH, n_documents // 2))
    best = order[:, :, :depth]
    shares = [shared(a, b) / depth for a, b in combinations(best, 2)]
    overlap = np.mean(shares, axis=0) if shares else np.full(n_queries, np.nan)
    return Agreement(first=order[:, :, 0], overlap=overlap, depth=depth)
