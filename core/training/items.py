"""What a measure counted, item by item."""

from __future__ import annotations

from collections.abc import Sequence

from core.compare.background import Language
from core.compare.probes import packs
from core.sets.places import PlaceSet, own_prefectures, place_set
from core.training.job import TeachingRequest
from core.training.measures import Group
from core.training.recipes import PLACES


def items_of(request: TeachingRequest, group: Group, name: str) -> Sequence[tuple[str, ...]]:
    """Return the measure's items in order: triplets, or places with their prefectures.

    Raises KeyError for a measure without items, as proximity is.
    """
    if group is Group.OWN:
        return request.kept[name]
    part, _, rest = name.partition(":")
    if group is Group.PROBES:
        (pack,) = (each for each in packs(Language(rest)) if each.name == part)
        return [(item.anchor, item.closer, item.farther) for item in pack.items]
    if group is Group.PLACES:
        return _places(PlaceSet(name))
    if group is Group.TAUGHT and request.own is not None:
        return request.own.test if part == "held-out" else request.own.triplets
    if group is Group.TAUGHT:
        every = _places(PlaceSet(rest))
        return [every[i] for i in request.held_out] if part == "held-out" else every
    raise KeyError(group)


def _places(which: PlaceSet) -> list[tuple[str, ...]]:
    prefectures = place_set(PLACES[which]).texts
    own = own_prefectures(which).tolist()
    return [(text, prefectures[i]) for text, i in zip(place_set(which).texts, own, strict=True)]
