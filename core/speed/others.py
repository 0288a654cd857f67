"""What others measured on other machines: the notes, and mteb's published speed tasks."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from core.settings import ASSETS
from core.speed.fits import Line, fit

FILE = ASSETS / "speed" / "others.toml"


@dataclass(frozen=True, kw_only=True)
class OtherSpeed:
    """Words per second by mteb's CPUSpeedTask or GPUSpeedTask, on the machine that it names."""

    model: str
    task: str
    words_per_second: float
    machine: str
    mteb_version: str
    source: str


@dataclass(frozen=True, kw_only=True)
class NotesLines:
    """The notes' timings of llama-server by lines per request, and the line they drew by eye."""

    model: str
    accelerator: str
    machine: str
    server: str
    points: tuple[tuple[float, float], ...]
    by_eye_fixed_seconds: float
    by_eye_per_line_seconds: float
    source: str

    @property
    def line(self) -> Line | None:
        """Return the least-squares line, without an interval where there are too few points."""
        return fit([lines for lines, _ in self.points], [seconds for _, seconds in self.points])


@dataclass(frozen=True, kw_only=True)
class NotesColdStart:
    """The notes' seconds of each step, on a CPU or a GPU."""

    model: str
    device: str
    machine: str
    steps: dict[str, float]
    source: str


@cache
def published() -> tuple[OtherSpeed, ...]:
    """Return mteb's published results and the notes' runs of the same tasks."""
    return tuple(OtherSpeed(**each) for each in _whole()["words"])


@cache
def notes_lines() -> tuple[NotesLines, ...]:
    found: list[NotesLines] = []
    for each in _whole()["lines"]:
        fields: dict[str, Any] = {**each, "points": tuple((x, y) for x, y in each["points"])}
        found.append(NotesLines(**fields))
    return tuple(found)


@cache
def notes_cold_starts() -> tuple[NotesColdStart, ...]:
    return tuple(NotesColdStart(**each) for each in _whole()["cold_start"])


def _whole() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))
