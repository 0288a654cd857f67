"""Which prefecture a place's name is nearest to, and whether the place is in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.compare.statistics import Interval, wilson_intervals
from core.errors import BadRequest
from core.sets.neighbours import Metric
from core.sets.search import search


@dataclass(frozen=True, kw_only=True)
class Membership:
    """``own`` and ``guessed`` (n_places,) are places in the table of prefectures.

    A name that several prefectures have is asked for as many; ``right`` (n_places,) says whether a
    place's own prefecture is among the nearest so many, and ``accuracy`` is its share: the accuracy
    micro-averaged over labels. ``most_common`` is the share of places in the prefecture that has
    the most, which is what a guess without reading the names would get.
    """

    metric: Metric
    own: np.ndarray
    guessed: np.ndarray
    right: np.ndarray
    accuracy: Interval

    @property
    def most_common(self) -> float:
        return float(np.bincount(self.own).max() / len(self.own))


def membership(
    vectors: np.ndarray,
    prefectures: np.ndarray,
    own: np.ndarray,
    names: Sequence[str],
    *,
    metric: Metric = Metric.COSINE,
) -> Membership:
    """Hold places (n_places, dim) with their names against prefectures (n_prefectures, dim).

    Raises BadRequest where there are no places, or not a prefecture and a name for each.
    """
    if not len(vectors) or not len(own) == len(names) == len(vectors):
        raise BadRequest(
            f"{len(vectors)} places, {len(own)} prefectures of theirs and {len(names)} names.",
            hint="Give each place its name and the prefecture that it is in.",
        )
    labels: dict[str, set[int]] = {}
    for name, prefecture in zip(names, own.tolist(), strict=True):
        labels.setdefault(name, set()).add(prefecture)
    counts = np.array([len(labels[name]) for name in names])
    near = search(prefectures, vectors, int(counts.max()), metric).places
    among = np.arange(near.shape[1]) < counts[:, None]
    right = ((near == own[:, None]) & among).any(axis=1)
    (accuracy,) = wilson_intervals([(int(right.sum()), len(own))])
    return Membership(metric=metric, own=own, guessed=near[:, 0], right=right, accuracy=accuracy)
