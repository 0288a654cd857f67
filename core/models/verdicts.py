"""What golden checks found, kept so that it stands beside a model's name before it is loaded."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.errors import NoRoom
from core.models.golden import Cause, CauseKind, GoldenResult, GoldenState
from core.models.load_request import LoadRequest
from core.whole_files import write_json

FORMAT = 1


class Verdicts:
    """One small file for each load: another release, device or file is another identity.

    What was expected is in the key too, so that a changed catalogue is checked anew.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, GoldenResult] = {}
        self._latest: dict[str, GoldenResult] = {}

    def get(self, request: LoadRequest) -> GoldenResult | None:
        """Return what was found for exactly this load, or None where it was never checked."""
        key = _key(request)
        if key not in self._known:
            try:
                text = self._path(key).read_text(encoding="utf-8")
                self._known[key] = _from_dict(json.loads(text))
            except (OSError, ValueError, KeyError, TypeError):
                return None  # no file, or not one of ours: the next load checks again
        self._latest.setdefault(request.card.id, self._known[key])
        return self._known[key]

    def latest(self, model_id: str) -> GoldenResult | None:
        """Return the latest result of this process for the model, however it was loaded then."""
        return self._latest.get(model_id)

    def put(self, request: LoadRequest, result: GoldenResult) -> None:
        """Keep the result; a disk that can't take it costs only the memory of it."""
        key = _key(request)
        self._known[key] = result
        self._latest[request.card.id] = result
        with suppress(NoRoom, OSError):
            # What a broken model gave may be nan, and is shown as it is.
            whole = {"format": FORMAT, **asdict(result)}
            write_json(self._path(key), whole, folders=True, any_number=True)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.json"


def _key(request: LoadRequest) -> str:
    card = request.card
    expected = repr((card.golden, card.architecture, card.prompts, request.precision))
    return hashlib.sha256(f"{request.identity.digest()}\0{expected}".encode()).hexdigest()


def _from_dict(entry: dict[str, Any]) -> GoldenResult:
    if entry["format"] != FORMAT:
        raise ValueError("another format")
    return GoldenResult(
        state=GoldenState(entry["state"]),
        expected=_matrix(entry["expected"]),
        got=_matrix(entry["got"]),
        tolerance=float(entry["tolerance"]),
        largest_difference=entry["largest_difference"],
        causes=tuple(
            Cause(kind=CauseKind(c["kind"]), expected=c["expected"], found=c["found"])
            for c in entry["causes"]
        ),
        source=entry["source"],
    )


def _matrix(rows: list[list[float]]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(value) for value in row) for row in rows)
