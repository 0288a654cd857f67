"""What is taught: triplets made from what there is, and those that only test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from core.errors import BadRequest
from core.quality.labelled.columns import Columns
from core.quality.labelled.data import Classes, Kind, Pairs
from core.quality.labelled.reading import classes, pairs, propose
from core.training.triplets import COLUMNS, Triplet, checked, from_columns

# The grades of a pair that is near and of one that is not, on a scale from 0 to 1: in SemEval's
# STS, 4 of 5 is "mostly equivalent", and 2 of 5 "not equivalent, but share some details".
NEAR, FAR = 0.8, 0.4


class Made(StrEnum):
    """What the triplets were made from."""

    TRIPLETS = "triplets"
    CLASSES = "classes"  # same class, other class
    PAIRS = "pairs"  # high grade, low grade
    RECIPE = "recipe"


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """``test`` has triplets whose anchors are in none that are learned from, in any role.

    ``mined``: each negative gives way to the text that the untaught model takes to be nearest,
    among those not known to be near: where ``classes`` has them, of another class.
    """

    triplets: tuple[Triplet, ...]
    test: tuple[Triplet, ...] = ()
    mined: bool = False
    classes: Mapping[str, str] = field(default_factory=dict[str, str])
    made: Made = Made.TRIPLETS


def of_columns(columns: Columns, *, hold_out: int = 0, seed: int = 42) -> Lesson:
    """Return the lesson of a table of triplets, of texts with classes or of graded pairs.

    Raises BadLabels and BadRequest.
    """
    names = {name.lower() for name in columns}
    whole = all(names & set(known) for known in COLUMNS.values())
    make = None if whole else MAKERS.get(propose(columns))
    if make is not None:
        return make(columns, hold_out, seed)
    return apart(from_columns(columns), hold_out=hold_out, seed=seed)


def kept_of(columns: Columns) -> tuple[Triplet, ...]:
    """Return a table as triplets that shall stay in order. Raises BadLabels and BadRequest."""
    return of_columns(columns).triplets


def apart(
    triplets: Sequence[Triplet], *, hold_out: int, seed: int = 42, made: Made = Made.TRIPLETS
) -> Lesson:
    """Return the lesson with so many anchors held out. Raises BadRequest where too few are left."""
    anchors = list(dict.fromkeys(each.anchor for each in triplets))
    held = {anchors[i] for i in _drawn(len(anchors), hold_out, seed)}
    return Lesson(
        triplets=checked([each for each in triplets if not held & set(each)]),
        test=tuple(each for each in triplets if each.anchor in held),
        made=made,
    )


def of_classes(data: Classes, *, hold_out: int = 0, seed: int = 42) -> Lesson:
    """Return each text with another of its class and one of another class, both drawn.

    A text that is there under several classes is left out.
    """
    labels: dict[str, set[str]] = {}
    for text, label in zip(data.texts, data.labels, strict=True):
        labels.setdefault(text, set()).add(label)
    texts = [text for text, found in labels.items() if len(found) == 1]
    of = {text: next(iter(labels[text])) for text in texts}
    held = {texts[i] for i in _drawn(len(texts), hold_out, seed)}
    generator = np.random.default_rng(seed)
    learned = _same_and_other([text for text in texts if text not in held], of, generator)
    tested = [each for each in _same_and_other(texts, of, generator) if each.anchor in held]
    return Lesson(triplets=checked(learned), test=tuple(tested), classes=of, made=Made.CLASSES)


def of_pairs(data: Pairs, *, hold_out: int = 0, seed: int = 42) -> Lesson:
    """Return each pair of a high grade with a text far from its first: of a pair of a low grade,
    else drawn. Grades between NEAR and FAR teach nothing.
    """
    low, high = min(data.grades), max(data.grades)
    near: dict[str, set[str]] = {}
    far: dict[str, list[str]] = {}
    chosen: list[tuple[str, str]] = []
    for a, b, grade in zip(data.first, data.second, data.grades, strict=True):
        share = (grade - low) / (high - low)
        if share > FAR:  # what is neither near nor far must not be drawn as far
            near.setdefault(a, set()).add(b)
            near.setdefault(b, set()).add(a)
        else:
            far.setdefault(a, []).append(b)
            far.setdefault(b, []).append(a)
        if share >= NEAR:
            chosen.append((a, b))
    texts = list(dict.fromkeys([*data.first, *data.second]))
    generator = np.random.default_rng(seed)
    found: list[Triplet] = []
    for a, b in chosen:
        pool = [text for text in far.get(a, ()) if text not in near[a]] or texts
        negative = _other(pool, near[a] | {a}, generator)
        if negative is not None:
            found.append(Triplet(a, b, negative))
    return apart(found, hold_out=hold_out, seed=seed, made=Made.PAIRS)


def _same_and_other(
    texts: Sequence[str], of: Mapping[str, str], generator: np.random.Generator
) -> list[Triplet]:
    ordered = sorted(texts, key=lambda text: of[text])
    names = np.array([of[text] for text in ordered])
    found: list[Triplet] = []
    for name in dict.fromkeys(names.tolist()):
        first, end = (int(np.searchsorted(names, name, side)) for side in ("left", "right"))
        size, others = end - first, len(ordered) - (end - first)
        if size < 2 or not others:
            continue
        for place in range(size):
            same = (place + 1 + int(generator.integers(size - 1))) % size
            other = int(generator.integers(others))
            found.append(
                Triplet(
                    ordered[first + place],
                    ordered[first + same],
                    ordered[other if other < first else other + size],
                )
            )
    return found


def _other(pool: Sequence[str], near: set[str], generator: np.random.Generator) -> str | None:
    """Return a text of the pool that is not near, None where there is none."""
    order: list[int] = generator.permutation(len(pool)).tolist()
    return next((pool[place] for place in order if pool[place] not in near), None)


def _drawn(count: int, hold_out: int, seed: int) -> list[int]:
    if hold_out >= count > 0:
        raise BadRequest(
            f"{hold_out} of {count} can't be held out: nothing is left to learn from.",
            hint="Hold fewer out.",
        )
    generator = np.random.default_rng(seed)
    return sorted(generator.choice(count, hold_out, replace=False).tolist()) if hold_out else []


def _of_class_columns(columns: Columns, hold_out: int, seed: int) -> Lesson:
    data, _ = classes(columns, kind=Kind.CLUSTERING)
    return of_classes(data, hold_out=hold_out, seed=seed)


def _of_pair_columns(kind: Kind) -> Callable[[Columns, int, int], Lesson]:
    def make(columns: Columns, hold_out: int, seed: int) -> Lesson:
        data, _ = pairs(columns, kind)
        return of_pairs(data, hold_out=hold_out, seed=seed)

    return make


MAKERS: Mapping[Kind | None, Callable[[Columns, int, int], Lesson]] = {
    Kind.CLASSIFICATION: _of_class_columns,
    Kind.PAIRS: _of_pair_columns(Kind.PAIRS),
    Kind.STS: _of_pair_columns(Kind.STS),
}
