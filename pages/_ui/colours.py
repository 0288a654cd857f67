"""Colours that tell series and documents apart on light and dark alike."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from core.models import catalogue

# Mid-tones at 3:1 or better on both backgrounds; neighbours differ in lightness too, for readers
# who can't tell the hues apart.
SERIES = (
    "#4C78D8",
    "#D9602B",
    "#2E9E78",
    "#B5599C",
    "#A8861B",
    "#6E7F99",
    "#C4485A",
    "#3B97B8",
    "#7A9A2E",
    "#8D6BC4",
)


def of_item(index: int) -> str:
    """Return the colour of the item with this index."""
    return SERIES[index % len(SERIES)]


def of_models(names: Sequence[str]) -> list[str]:
    """Return each model's colour, by its name or hub id: the same on every page.

    Where two in one chart would share theirs, the later takes the next that is free.
    """
    taken: list[int] = []
    for name in names:
        own = _place(name)
        free = (i for i in range(own, own + len(SERIES)) if i % len(SERIES) not in taken)
        taken.append(next(free, own) % len(SERIES))
    return [SERIES[index] for index in taken]


def _place(name: str) -> int:
    """Return the model's place in the catalogue; one that is not in it has a place by its name."""
    places = (i for i, card in enumerate(catalogue()) if name in (card.name, card.id))
    return next(places, zlib.crc32(name.encode()))
