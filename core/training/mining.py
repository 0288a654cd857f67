"""Hard negatives: what the untaught model takes to be near, and is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from core.sets.neighbours import Metric, prepared
from core.training.lesson import Lesson
from core.training.measures import Encode
from core.training.triplets import Triplet

BLOCK = 512  # anchors at once


def with_hard_negatives(lesson: Lesson, encode: Encode) -> tuple[Triplet, ...]:
    """Return the triplets, each with the text that is nearest to its anchor by cosine among all
    positives and negatives, without those known to be near: itself, its partners in other
    triplets and all of its class. Where nothing else is left, the negative stays.

    The same negatives as sentence-transformers' ``mine_hard_negatives`` gives of pairs; that one
    knows nothing of classes.
    """
    triplets = lesson.triplets
    texts = list(dict.fromkeys(text for each in triplets for text in each[1:]))
    anchors = list(dict.fromkeys(each.anchor for each in triplets))
    near = _known_near(triplets, texts)
    classes = _numbers(lesson.classes, texts), _numbers(lesson.classes, anchors)
    rows = prepared(encode(texts), Metric.COSINE)
    asked = prepared(encode(anchors), Metric.COSINE)
    found: dict[str, str] = {}
    for start in range(0, len(anchors), BLOCK):
        part = anchors[start : start + BLOCK]
        scores = asked[start : start + BLOCK] @ rows.T
        own = classes[1][start : start + BLOCK, None]
        scores[(own == classes[0]) & (own >= 0)] = -np.inf
        for row, anchor in zip(scores, part, strict=True):
            row[near[anchor]] = -np.inf
            best = int(row.argmax())
            if np.isfinite(row[best]):
                found[anchor] = texts[best]
    return tuple(each._replace(negative=found.get(each.anchor, each.negative)) for each in triplets)


def _known_near(triplets: Sequence[Triplet], texts: Sequence[str]) -> dict[str, list[int]]:
    """Return the places in the texts of what each anchor is, or is near to."""
    places = {text: place for place, text in enumerate(texts)}
    near: dict[str, set[str]] = {}
    for each in triplets:
        near.setdefault(each.anchor, {each.anchor}).add(each.positive)
        near.setdefault(each.positive, {each.positive}).add(each.anchor)
    return {
        text: [places[other] for other in found if other in places] for text, found in near.items()
    }


def _numbers(classes: Mapping[str, str], texts: Sequence[str]) -> np.ndarray:
    """Return each text's class as a number, int64 (n_texts,), -1 where it has none."""
    order = {name: place for place, name in enumerate(sorted(set(classes.values())))}
    return np.array([order.get(classes.get(text, ""), -1) for text in texts], dtype=np.int64)
