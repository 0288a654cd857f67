"""Which texts two models see in different company."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.compare.ordering import shared
from core.errors import BadRequest, TooFew
from core.sets.neighbours import nearest


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """How far two models' k nearest others of each text are the same.

    ``overlap`` (n,) float32 is the share that both have, from 0 to 1; ``order`` (n,) the places,
    most disputed first, equal ones by place; ``neighbours_a`` and ``neighbours_b`` (n, k) the
    places of the nearest by cosine, nearest first.
    """

    k: int
    overlap: np.ndarray
    order: np.ndarray
    neighbours_a: np.ndarray
    neighbours_b: np.ndarray

    @property
    def chance(self) -> float:
        """Return the overlap that two random choices of neighbours would have."""
        return self.k / (len(self.overlap) - 1)


def disagreement(vectors_a: np.ndarray, vectors_b: np.ndarray, k: int = 10) -> Disagreement:
    """Hold the neighbours of two models' vectors of the same texts, (n, any dim), together.

    Where there are fewer than k others, all are looked at. Raises BadRequest, and TooFew for fewer
    than three texts, which have the same neighbours in every model.
    """
    count = len(vectors_a)
    if len(vectors_b) != count or k < 1:
        raise BadRequest(
            f"{count} and {len(vectors_b)} vectors, and k is {k}.",
            hint="Give both models' vectors of the same texts, and a k of 1 or more.",
        )
    if count < 3:
        raise TooFew(
            f"There are {count} texts; models can only disagree about 3.",
            hint="Add texts.",
            count=count,
            least=3,
        )
    k = min(k, count - 1)
    near_a, _ = nearest(vectors_a, k)
    near_b, _ = nearest(vectors_b, k)
    common = shared(near_a, near_b)
    return Disagreement(
        k=k,
        overlap=(common / k).astype(np.float32),
        order=np.argsort(common, kind="stable").astype(np.int64),
        neighbours_a=near_a,
        neighbours_b=near_b,
    )
