"""Texts that say the same, word for word or nearly so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.errors import BadRequest
from core.sets.neighbours import BLOCK, Metric, prepared
from core.sets.search import largest

# Two equal vectors have a cosine of 0.9999999 in float32, and a threshold of 1 is to find them.
SLACK = 1e-6
MOST_PAIRS = 10_000

OnProgress = Callable[[int, int], None]
_Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]  # first places, second places, cosines


@dataclass(frozen=True, kw_only=True)
class Duplicates:
    """The pairs of a set whose cosine is ``threshold`` or more, nearest first.

    ``first`` and ``second`` are places, int64, the first the smaller; ``scores`` their cosines,
    float32, all (n_pairs,). ``total`` counts the pairs that were left out too.
    """

    threshold: float
    first: np.ndarray
    second: np.ndarray
    scores: np.ndarray
    total: int

    def __len__(self) -> int:
        return len(self.first)


_NONE: _Pairs = (
    np.empty(0, dtype=np.int64),
    np.empty(0, dtype=np.int64),
    np.empty(0, dtype=np.float32),
)


def pairs_above(
    vectors: np.ndarray,
    threshold: float,
    most: int = MOST_PAIRS,
    on_progress: OnProgress | None = None,
) -> Duplicates:
    """Return the pairs of vectors (n, dim) with at least this cosine, the ``most`` nearest of them.

    ``on_progress`` gets (done, total) of the pairs looked at. Raises BadRequest for a threshold
    that is no cosine.
    """
    if not -1 <= threshold <= 1 or most < 0:
        raise BadRequest(f"The threshold is {threshold}.", hint="Choose a cosine from -1 to 1.")
    rows = prepared(vectors, Metric.COSINE)
    count = len(rows)
    kept, least, total = _NONE, threshold - SLACK, 0
    for start in range(0, count, BLOCK):
        end = min(start + BLOCK, count)
        cosines = rows[start:end] @ rows[start:].T
        # The pairs of a block with itself stand in it twice, and each row once with itself.
        cosines[:, : end - start][np.tri(end - start, dtype=bool)] = -np.inf
        total += int(np.count_nonzero(cosines >= threshold - SLACK))
        kept = _nearest(kept, _found(cosines, least, most, start), most)
        if most and len(kept[0]) == most:
            # An equal pair of a later block comes after these.
            least = float(np.nextafter(kept[2][-1], np.float32(np.inf)))
        if on_progress:
            on_progress(_count(count) - _count(count - end), _count(count))
    first, second, scores = kept
    return Duplicates(
        threshold=threshold,
        first=first,
        second=second,
        scores=np.clip(scores, -1, 1),
        total=total,
    )


def groups(pairs: Duplicates, n: int) -> tuple[np.ndarray, ...]:
    """Return the connected components of two and more among n texts, as places in their order.

    Largest first. Two texts of a group need not be near each other: a chain of pairs joins them.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(pairs), dtype=np.int8)
    graph = coo_array((ones, (pairs.first, pairs.second)), shape=(n, n))
    _, labels = connected_components(graph, directed=False)
    return _grouped(np.asarray(labels))


def same_texts(texts: Sequence[str]) -> tuple[np.ndarray, ...]:
    """Return the places of texts that are equal in every character, as ``groups`` does."""
    numbers: dict[str, int] = {}
    labels = np.array([numbers.setdefault(text, len(numbers)) for text in texts], dtype=np.int64)
    return _grouped(labels)


def _grouped(labels: np.ndarray) -> tuple[np.ndarray, ...]:
    order = np.argsort(labels, kind="stable")
    ends = np.flatnonzero(np.diff(labels[order])) + 1
    found = [part for part in np.split(order.astype(np.int64), ends) if len(part) > 1]
    return tuple(sorted(found, key=lambda part: (-len(part), int(part[0]))))


def _count(texts: int) -> int:
    """Return how many pairs there are of this many texts."""
    return texts * (texts - 1) // 2


def _found(cosines: np.ndarray, least: float, most: int, start: int) -> _Pairs:
    """Return the nearest pairs of a block whose first row and first column are ``start``."""
    flat = cosines.ravel()
    places = np.flatnonzero(flat >= np.float32(least))
    if len(places) > most:
        places = places[largest(flat[places], most)] if most else places[:0]
    first, second = np.divmod(places, cosines.shape[1])
    return first + start, second + start, flat[places]


def _nearest(kept: _Pairs, new: _Pairs, most: int) -> _Pairs:
    """Return the pairs of both together, nearest first, equal ones by place."""
    if not len(new[0]):
        return kept
    first, second, scores = (np.concatenate(both) for both in zip(kept, new, strict=True))
    order = np.lexsort((second, first, -scores))[:most]
    return first[order], second[order], scores[order]
