"""Lessons that are made here, of Japan's places."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from core.errors import BadRequest
from core.maps.geography import prefecture_distances
from core.sets.places import PlaceSet, own_prefectures, place_set
from core.training.lesson import Lesson, Made
from core.training.triplets import Triplet, checked, from_distances

# Places, and the names of the prefectures that they are held against.
PLACES = {
    PlaceSet.MUNICIPALITIES_JA: PlaceSet.PREFECTURES_JA,
    PlaceSet.CAPITALS_EN: PlaceSet.PREFECTURES_EN,
    PlaceSet.CAPITALS_JA: PlaceSet.PREFECTURES_JA,
}


class Recipe(StrEnum):
    """Lessons that are made here."""

    PROXIMITY = "proximity"  # prefectures near each other on the map, near as embeddings
    PLACES = "place-to-prefecture"  # a place near its prefecture, far from the model's wrong guess


def names_held_out(recipe: Recipe, names: PlaceSet, hold_out: int, seed: int) -> tuple[int, ...]:
    """Return the places in the set whose names are in no triplet; a name that is there more than
    once is held out as one. Raises BadRequest where none would be left.
    """
    texts = place_set(names).texts
    if recipe is Recipe.PROXIMITY:
        distinct = np.arange(len(texts))
    else:
        _, distinct = np.unique(np.array(texts), return_inverse=True)
    count = int(distinct.max()) + 1
    if hold_out >= count:
        raise BadRequest(f"{hold_out} of {count} can't be held out.", hint="Hold fewer out.")
    if not hold_out:
        return ()
    drawn = np.random.default_rng(seed).choice(count, hold_out, replace=False)
    return tuple(np.flatnonzero(np.isin(distinct, drawn)).tolist())


def lesson_of(recipe: Recipe, names: PlaceSet, held_out: tuple[int, ...], seed: int) -> Lesson:
    """Return the recipe's lesson without the places that are held out."""
    texts = place_set(names).texts
    if recipe is Recipe.PROXIMITY:
        found = from_distances(texts, prefecture_distances(), held_out=held_out, seed=seed)
        return Lesson(triplets=found, made=Made.RECIPE)
    prefectures = place_set(PLACES[names]).texts
    generator = np.random.default_rng(seed)
    left = set(range(len(texts))) - set(held_out)
    pairs = [(texts[i], own) for i, own in enumerate(own_prefectures(names).tolist()) if i in left]
    triplets = [
        Triplet(text, prefectures[own], prefectures[own - int(generator.integers(1, 47))])
        for text, own in dict.fromkeys(pairs)
        if text != prefectures[own]
    ]
    return Lesson(triplets=checked(triplets), mined=True, made=Made.RECIPE)
