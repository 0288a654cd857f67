"""What servers answered to two fixed sentences, so that a swapped model is noticed.

A server says no revision of its model, so its answer to two sentences, asked for at every
connection, stands in its place. Servers don't give the same bits every time (batching and the
order of a GPU's sums change the last digits), so an answer is the same as a remembered one where
both cosines are at least ``SAME_COSINE`` and the lengths agree within ``SAME_LENGTH``. What is kept
in the store's key is the digest of the *remembered* answer, which doesn't move; rounding the answer
itself would not do, since a value near the edge falls to either side.

What that means: a model whose answers to both sentences are that near (1e-4, less than bfloat16's
own error) is taken for the same one, and a server that wanders further costs a new encoding, never
a wrong vector. A model that comes back is known again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from core.models.card import Endpoint
from core.models.similarity import unit
from core.settings import settings
from core.whole_files import write_json

FORMAT = 1
SENTENCES = (
    "The ferry to the island leaves at seven in the morning.",
    "島へ渡る船は朝七時に出ます。",
)
SAME_COSINE = 0.9999
SAME_LENGTH = 0.01
MOST_ANSWERS = 20
LOCK_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Met:
    """Which model answered. ``models`` is how many different ones did so under this name by now.

    ``since`` is when this one was first met, in ISO 8601.
    """

    digest: str
    dimension: int
    models: int
    since: str


def remember(endpoint: Endpoint, answer: np.ndarray) -> Met:
    """Return which model gave the answer, float32 (2, dim), and keep one that is new."""
    path = _path(endpoint)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock"), timeout=LOCK_SECONDS):
        known = _read(path)
        found = next((each for each in known if _is_same(answer, each)), None)
        if found is None:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            found = {"since": now, "vectors": answer.tolist()}
        # The one that answers now is the last, so that the list says what is behind the name.
        kept = [*(each for each in known if each is not found), found][-MOST_ANSWERS:]
        if kept != known:
            _write(path, endpoint, kept)
    vectors = np.array(found["vectors"], dtype=np.float32)
    return Met(
        digest=_digest(vectors),
        dimension=vectors.shape[1],
        models=len(kept),
        since=str(found["since"]),
    )


def last_met(endpoint: Endpoint) -> Met | None:
    """Return the model that answered last, None where none ever did; asks nobody."""
    known = _read(_path(endpoint))
    if not known:
        return None
    vectors = np.array(known[-1]["vectors"], dtype=np.float32)
    return Met(
        digest=_digest(vectors),
        dimension=vectors.shape[1],
        models=len(known),
        since=str(known[-1]["since"]),
    )


def forget(endpoint: Endpoint) -> None:
    """Forget all answers."""
    _path(endpoint).unlink(missing_ok=True)


def _is_same(answer: np.ndarray, known: dict[str, Any]) -> bool:
    vectors = np.array(known["vectors"], dtype=np.float64)
    if vectors.shape != answer.shape:
        return False
    cosines = (unit(answer) * unit(vectors)).sum(axis=1)
    lengths = np.linalg.norm(answer.astype(np.float64), axis=1)
    own = np.linalg.norm(vectors, axis=1)
    close = np.abs(lengths - own) <= SAME_LENGTH * own
    return bool((cosines >= SAME_COSINE).all() and close.all())


def _digest(vectors: np.ndarray) -> str:
    text = f"{vectors.shape}\0".encode() + vectors.astype("<f4").tobytes()
    return hashlib.sha256(text).hexdigest()


def _path(endpoint: Endpoint) -> Path:
    name = hashlib.sha256(f"{endpoint.url}\0{endpoint.served_name}".encode()).hexdigest()
    return settings().data_dir / "servers" / f"{name}.json"


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["format"] != FORMAT:
            return []
        for each in found["answers"]:
            if np.array(each["vectors"], dtype=np.float32).ndim != 2:
                return []
        return list(found["answers"])
    except (OSError, ValueError, KeyError, TypeError):
        return []  # none yet, or not a file of ours: the next connection starts a new one


def _write(path: Path, endpoint: Endpoint, answers: list[dict[str, Any]]) -> None:
    content = {
        "format": FORMAT,
        "url": endpoint.url,
        "served_name": endpoint.served_name,
        "answers": answers,
    }
    write_json(path, content)
