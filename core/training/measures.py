"""What a model can do, before, while and after it is taught: the aim, and what it may forget."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from core.compare.background import Language
from core.compare.probes import packs
from core.compare.statistics import holm, mcnemar, wilson_intervals
from core.maps.geography import prefecture_distances
from core.maps.membership import membership
from core.maps.proximity import proximity
from core.sets.neighbours import Metric
from core.sets.places import PlaceSet, own_prefectures, place_set
from core.training.recipes import PLACES
from core.training.triplets import Triplet

# Texts to vectors, float32, (n_texts, dim), as the model is used.
Encode = Callable[[Sequence[str]], np.ndarray]
K = 10
PROXIMITY_METRICS = (Metric.EUCLIDEAN, Metric.COSINE)
LEVEL = 0.05
SMALLEST_P = 1e-4  # a smaller one says no more


class Group(StrEnum):
    """What a measure is of."""

    PROXIMITY = "proximity"  # share of the nearest by embedding that are the nearest by distance
    PROBES = "probes"  # share of minimal pairs passed
    PLACES = "places"  # share of places that are nearest to their own prefecture
    OWN = "own"  # of the user's labelled sets: share of triplets in the right order
    TAUGHT = "taught"  # of what is taught: such places, or triplets in the right order


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A share from 0 to 1. ``low`` to ``high`` is its 95 % interval (Wilson), None for proximity,
    which has a permutation p-value instead. ``passed`` has 1 or 0 for each item, for paired tests.
    """

    group: Group
    name: str
    share: float
    chance: float
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    passed: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Change:
    """A measure before and after, and whether that is more than chance (McNemar, Holm).

    ``lost`` and ``gained`` are the places of the items that changed.
    """

    name: str
    before: float
    after: float
    p_adjusted: float
    lost: tuple[int, ...] = ()
    gained: tuple[int, ...] = ()

    @property
    def is_sure(self) -> bool:
        return self.p_adjusted < LEVEL


def p_shown(p_value: float) -> str:
    """Return the p-value with what stands before it: "= 0.012", "< 0.0001"."""
    return f"< {SMALLEST_P:f}".rstrip("0") if p_value < SMALLEST_P else f"= {p_value:.2g}"


def of_proximity(encode: Encode, names: PlaceSet, held_out: Sequence[int] = ()) -> list[Measure]:
    """Return how the prefectures' nearest agree with the ground, by metric; those held out first.

    The neighbours of a prefecture that was held out are counted among all 47, too.
    """
    vectors = encode(place_set(names).texts)
    held, every = [], []
    for metric in PROXIMITY_METRICS:
        found = proximity(vectors, prefecture_distances(), k=K, metric=metric)
        every.append(_proximity(f"all:{metric}", found.share, found.chance, found.p_value))
        if held_out:
            share = float(found.shares[list(held_out)].mean())
            held.append(_proximity(f"held-out:{metric}", share, found.chance, None))
    return [*held, *every]


def of_probes(encode: Encode) -> list[Measure]:
    """Return the share of minimal pairs passed in each pack of each language, by cosine."""
    found: list[Measure] = []
    for language in Language:
        for pack in packs(language):
            rows = [Triplet(item.anchor, item.closer, item.farther) for item in pack.items]
            name = f"{pack.name}:{language}"
            found.append(_share(Group.PROBES, name, _in_order(encode, rows), 0.5))
    return found


def of_places(encode: Encode, without: PlaceSet | None = None) -> list[Measure]:
    """Return the share of places that are nearest to their own prefecture, by cosine."""
    found: list[Measure] = []
    for places in PLACES:
        if places is not without:
            right, chance = _right(encode, places)
            found.append(_share(Group.PLACES, places.value, right, chance))
    return found


def of_taught_places(
    encode: Encode, places: PlaceSet, held_out: Sequence[int] = ()
) -> list[Measure]:
    """Return the same of the places that are taught; those held out by themselves first."""
    right, chance = _right(encode, places)
    every = _share(Group.TAUGHT, f"all:{places}", right, chance)
    if not held_out:
        return [every]
    held = _share(Group.TAUGHT, f"held-out:{places}", right[list(held_out)], chance)
    return [held, every]


def of_triplets(
    encode: Encode, triplets: Sequence[Triplet], test: Sequence[Triplet] = ()
) -> list[Measure]:
    """Return the share of triplets whose positive is nearer than the negative, by cosine; those
    that only test first.
    """
    found: list[Measure] = []
    for name, rows in (("held-out:triplets", test), ("taught:triplets", triplets)):
        if rows:
            found.append(_share(Group.TAUGHT, name, _in_order(encode, rows), 0.5))
    return found


def of_own(encode: Encode, sets: Mapping[str, Sequence[Triplet]]) -> list[Measure]:
    """Return the share of triplets in the right order of each of the user's sets."""
    return [_share(Group.OWN, name, _in_order(encode, rows), 0.5) for name, rows in sets.items()]


def changes(before: Sequence[Measure], after: Sequence[Measure]) -> tuple[Change, ...]:
    """Return what changed in the measures that have items, corrected for their number."""
    rows = [(a, b) for a, b in zip(before, after, strict=True) if a.passed]
    moved = [np.subtract(b.passed, a.passed) for a, b in rows]
    p_values = [mcnemar(int((each < 0).sum()), int((each > 0).sum())) for each in moved]
    return tuple(
        Change(
            name=f"{a.group}:{a.name}",
            before=a.share,
            after=b.share,
            p_adjusted=p,
            lost=tuple(np.flatnonzero(each < 0).tolist()),
            gained=tuple(np.flatnonzero(each > 0).tolist()),
        )
        for (a, b), each, p in zip(rows, moved, holm(p_values), strict=True)
    )


def _right(encode: Encode, places: PlaceSet) -> tuple[np.ndarray, float]:
    """Return whether each place is nearest to its own prefecture, and the best blind guess."""
    names, own = place_set(places).texts, own_prefectures(places)
    member = membership(encode(names), encode(place_set(PLACES[places]).texts), own, names)
    return member.right, member.most_common


def _in_order(encode: Encode, rows: Sequence[Triplet]) -> np.ndarray:
    """Return whether each positive is nearer than the negative, bool (n_rows,)."""
    vectors = encode([text for row in rows for text in row])
    sizes = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = (vectors / np.maximum(sizes, 1e-12)).reshape(len(rows), 3, -1)
    closer, farther = ((unit[:, 0] * unit[:, side]).sum(axis=1) for side in (1, 2))
    return closer > farther


def _proximity(name: str, share: float, chance: float, p_value: float | None) -> Measure:
    return Measure(group=Group.PROXIMITY, name=name, share=share, chance=chance, p_value=p_value)


def _share(group: Group, name: str, passed: np.ndarray, chance: float) -> Measure:
    (interval,) = wilson_intervals([(int(passed.sum()), len(passed))])
    return Measure(
        group=group,
        name=name,
        share=interval.share,
        chance=chance,
        low=interval.low,
        high=interval.high,
        passed=tuple(passed.astype(int).tolist()),
    )
