"""Which prefecture a place's name is nearest to, and whether the place is in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.compare.statistics import Interval, wilson_intervals
from core.errors import BadRequest
from core.sets.neighbours import Metric
from core.sets.search import search


@dataclass(frozen=True, kw_only=True)
class Membership:
    """``own`` and ``guessed`` (n_places,) are places in the table of prefectures.

    ``accuracy`` counts every place once, whichever name it has: of two places with one name in two
    prefectures one is guessed wrong. ``most_common`` is the share of places in the prefecture that
    has the most, which is what a guess without reading the names would get.
    """

    metric: Metric
    own: np.ndarray
    guessed: np.ndarray
    accuracy: Interval

    @property
    def most_common(self) -> float:
        return float(np.bincount(self.own).max() / len(self.own))


def membership(
    vectors: np.ndarray,
    prefectures: np.ndarray,
    own: np.ndarray,
    *,
    metric: Metric = Metric.COSINE,
) -> Membership:
    """Hold places (n_places, dim) against prefectures (n_prefectures, dim), the nearest of each.

    Raises BadRequest where there are no places, or not a prefecture for each.
    """
    if not len(vectors) or len(own) != len(vectors):
        raise BadRequest(
            f"{len(vectors)} places and {len(own)} prefectures of theirs.",
            hint="Give each place the prefecture that it is in.",
        )
    guessed = search(prefectures, vectors, 1, metric).places[:, 0]
    (accuracy,) = wilson_intervals([(int((guessed == own).sum()), len(own))])
    return Membership(metric=metric, own=own, guessed=guessed, accuracy=accuracy)
