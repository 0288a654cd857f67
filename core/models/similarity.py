"""The similarity functions of sentence-transformers: larger is always more alike.

Definitions: https://sbert.net/docs/package_reference/util.html (cos_sim, dot_score,
euclidean_sim and manhattan_sim; the two distances are negated).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import numpy as np


class Similarity(StrEnum):
    COSINE = "cosine"
    DOT = "dot"
    EUCLIDEAN = "euclidean"
    MANHATTAN = "manhattan"


def similarity_matrix(
    queries: np.ndarray, documents: np.ndarray, similarity: Similarity
) -> np.ndarray:
    """Return float32, shape (n_queries, n_documents), computed in float64."""
    scores = SIMILARITIES[similarity](queries.astype(np.float64), documents.astype(np.float64))
    return scores.astype(np.float32)


def _dot(queries: np.ndarray, documents: np.ndarray) -> np.ndarray:
    return queries @ documents.T


def _cosine(queries: np.ndarray, documents: np.ndarray) -> np.ndarray:
    return unit(queries) @ unit(documents).T


def _euclidean(queries: np.ndarray, documents: np.ndarray) -> np.ndarray:
    return -np.stack([np.linalg.norm(documents - query, axis=1) for query in queries])


def _manhattan(queries: np.ndarray, documents: np.ndarray) -> np.ndarray:
    return -np.stack([np.abs(documents - query).sum(axis=1) for query in queries])


def unit(vectors: np.ndarray) -> np.ndarray:
    """Return float64 rows of unit length, shape as given; a zero vector stays zero."""
    # A zero vector (an empty text, for some models) is like nothing, itself included. One with
    # NaN stays NaN: it must not pass for a zero vector.
    exact = np.asarray(vectors, dtype=np.float64)
    norms = np.linalg.norm(exact, axis=1, keepdims=True)
    return np.divide(exact, norms, out=np.zeros_like(exact), where=norms != 0)


SIMILARITIES: dict[Similarity, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    Similarity.COSINE: _cosine,
    Similarity.DOT: _dot,
    Similarity.EUCLIDEAN: _euclidean,
    Similarity.MANHATTAN: _manhattan,
}
