"""What a training has measured so far, in a file beside its checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.training.measures import Measure
from core.whole_files import read_json, write_json

RECORD, STEPS = "training.json", "steps"
Points = list[list[float]]


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """The measures after so many per cent of the steps; ``points`` (x, y) the picture then."""

    percent: int
    measures: tuple[Measure, ...]
    points: tuple[tuple[float, float], ...] = ()


class Record:
    """The measures so far, in a file beside the checkpoints: a run that goes on has them."""

    def __init__(self, path: Path, digest: str) -> None:
        self._path, self._digest = path, digest
        found = read_json(path) or {}
        mine = found if found.get("request") == digest else {}
        self._marks: dict[int, tuple[int, list[Measure], Points]] = {
            int(percent): (
                each["step"],
                [Measure(**_tuples(m)) for m in each["measures"]],
                each["points"],
            )
            for percent, each in mine.get("marks", {}).items()
        }
        self.losses = [(int(step), float(loss)) for step, loss in mine.get("losses", [])]

    @property
    def step(self) -> int:
        """Return the last measured step."""
        return max((step for step, _, _ in self._marks.values()), default=0)

    @property
    def checkpoints(self) -> tuple[Checkpoint, ...]:
        return tuple(
            Checkpoint(
                percent=percent,
                measures=tuple(measures),
                points=tuple((x, y) for x, y in points),
            )
            for percent, (_, measures, points) in sorted(self._marks.items())
        )

    def keep(self, step: int) -> None:
        """Forget what came after this step."""
        self._marks = {p: each for p, each in self._marks.items() if each[0] <= step}
        self.losses = [each for each in self.losses if each[0] <= step]

    def has(self, percent: int) -> bool:
        return percent in self._marks

    def add(self, percent: int, step: int, measures: Sequence[Measure], points: Points) -> None:
        self._marks[percent] = (step, list(measures), points)
        self._write()

    def _write(self) -> None:
        marks = {
            str(percent): {
                "step": step,
                "measures": [asdict(each) for each in measures],
                "points": points,
            }
            for percent, (step, measures, points) in self._marks.items()
        }
        write_json(
            self._path, {"request": self._digest, "marks": marks, "losses": list(self.losses)}
        )


def _tuples(entry: dict[str, Any]) -> dict[str, Any]:
    return {**entry, "passed": tuple(entry["passed"])}


def read_marks(folder: Path) -> list[tuple[int, list[dict[str, Any]]]]:
    """Return (per cent, measures as plain values) of the training in this folder, in order."""
    found = read_json(folder / STEPS / RECORD) or {}
    marks = found.get("marks", {})
    return [(int(percent), marks[percent]["measures"]) for percent in sorted(marks, key=int)]
