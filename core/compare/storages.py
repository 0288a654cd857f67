"""Vectors as a storage keeps them, and as they are read back and scored; for the models lane.

The quantisation is sentence-transformers' own (``quantize_embeddings``), which the models lane has
loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from core.models.similarity import unit

ROWS_AT_ONCE = 256  # of queries or pairs, each held against all documents


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


def vector_bytes(dimension: int, storage: Storage) -> int:
    """Return the bytes of one vector."""
    return -(-dimension * BITS[storage] // 8)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Both sides as they are read back from a storage.

    ``queries`` and ``documents`` are float32, or +1 and -1 in int8; ``lengths`` those of the
    documents, ``fine`` the queries' own floats, which a storage of one bit is rescored by.
    """

    storage: Storage
    queries: np.ndarray
    documents: np.ndarray
    lengths: np.ndarray
    fine: np.ndarray
    ranges: tuple[float, float] | None

    @classmethod
    def of(cls, cut: tuple[np.ndarray, np.ndarray], storage: Storage) -> Kept:
        queries, documents, ranges = _stored(cut, storage)
        return cls(
            storage=storage,
            queries=queries,
            documents=documents,
            lengths=_lengths(documents),
            fine=cut[0],
            ranges=ranges,
        )

    @property
    def is_rescored(self) -> bool:
        return self.storage is Storage.BINARY_RESCORED

    def scores(self, places: np.ndarray) -> np.ndarray:
        """Return the stored vectors' cosines of some queries with all documents, float64."""
        if BITS[self.storage] == 1:
            # Whole numbers until the end, so that equal distances stay equal.
            products = self.queries[places].astype(np.float32) @ self.documents.astype(np.float32).T
            return products.astype(np.float64) / self.documents.shape[1]
        # In float64, as similarity_matrix: neighbours that nearly tie keep their order.
        products = unit(self.queries[places]) @ self.documents.astype(np.float64).T
        return np.divide(products, self.lengths, out=products)

    def fine_scores(self, places: np.ndarray) -> np.ndarray:
        """Return the products of some queries' own floats with the stored documents."""
        return unit(self.fine[places]) @ self.documents.astype(np.float64).T

    def pair_scores(self, pairs: Sequence[tuple[int, int]]) -> np.ndarray:
        """Return the score of each pair; a pair is scored without a search before it."""
        found: list[np.ndarray] = []
        for queries, documents in (part.T for part in parts(np.array(pairs))):
            stored = self.documents[documents].astype(np.float64)
            if self.is_rescored:
                asked, scale = unit(self.fine[queries]), 1.0
            elif BITS[self.storage] == 1:
                asked, scale = self.queries[queries].astype(np.float64), self.documents.shape[1]
            else:
                asked, scale = unit(self.queries[queries]), self.lengths[documents]
            found.append(np.einsum("ij,ij->i", asked, stored) / scale)
        return np.concatenate(found)


def parts(places: np.ndarray) -> Iterator[np.ndarray]:
    """Yield ROWS_AT_ONCE rows at a time, so that no scores of all pairs live at once."""
    for start in range(0, len(places), ROWS_AT_ONCE):
        yield places[start : start + ROWS_AT_ONCE]


def _stored(
    cut: tuple[np.ndarray, np.ndarray], storage: Storage
) -> tuple[np.ndarray, np.ndarray, tuple[float, float] | None]:
    """Return both sides as they are read back from the storage, and the ends of int8's ranges."""
    queries, documents = cut
    if storage is Storage.FLOAT32:
        return queries, documents, None
    if storage is Storage.FLOAT16:
        return _half(queries), _half(documents), None
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
    """Return int8 of +1 and -1, whose cosine is 1 - 2 * Hamming distance / dimension."""
    from sentence_transformers.util.quantization import quantize_embeddings

    packed = np.asarray(quantize_embeddings(vectors, "ubinary"), dtype=np.uint8)
    bits = np.unpackbits(packed, axis=1, count=vectors.shape[1])
    return bits.astype(np.int8) * 2 - 1


def _lengths(vectors: np.ndarray) -> np.ndarray:
    """Return the rows' lengths in float64, 1 for a zero vector, so that it can be divided by."""
    found = np.empty(len(vectors))
    for start in range(0, len(vectors), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        found[part] = np.linalg.norm(vectors[part].astype(np.float64), axis=1)
    return np.where(found == 0, 1.0, found)
