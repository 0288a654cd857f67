"""A set of texts, one a row, with whatever else is known about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, kw_only=True)
class TextSet:
    """``columns`` have a value for each text, ``places`` a latitude and a longitude in degrees.

    ``places`` is float64, shape (n_texts, 2), None where the texts are no places; ``labels`` are
    what a picture writes beside a point, where that is not the text itself. ``is_built_in`` says
    whether the texts may be kept where all sessions share.
    """

    id: str
    texts: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    places: np.ndarray | None = None
    labels: tuple[str, ...] = ()
    is_built_in: bool = False

    def __len__(self) -> int:
        return len(self.texts)
