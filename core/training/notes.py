"""The notes' curves over checkpoints, which stand beside ours and in no ranking."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from core.quality.notes import DOUBTFUL
from core.settings import ASSETS

FILE = ASSETS / "published" / "notes" / "taught.toml"


@dataclass(frozen=True, kw_only=True)
class NotesCurve:
    """Shares, 0 to 1, after so many per cent of the steps; ``names`` counts what was asked."""

    what: str
    model: str
    names: int
    percent: tuple[int, ...]
    shares: tuple[float, ...]

    @property
    def doubtful(self) -> bool:
        """Say whether the model is known not to have worked as its authors say."""
        return self.model == DOUBTFUL


@cache
def notes_curves() -> tuple[NotesCurve, ...]:
    """Return all of them, in the order of the file."""
    whole = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(
        NotesCurve(
            what=each["what"],
            model=each["model"],
            names=each["names"],
            percent=tuple(each["percent"]),
            shares=tuple(each["shares"]),
        )
        for each in whole["curves"]
    )


@cache
def notes_source() -> str:
    """Return where the figures are from."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))["source"]
