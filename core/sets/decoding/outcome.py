"""What a child leaves in its folder: JSON, and arrays without pickle.

``outcome.json`` is written last. A column is its texts one after another in UTF-8
(``column-0.txt``) and where each one ends, in bytes (``column-0.npy``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

import core.errors
from core.errors import ExplorerError, Word
from core.sets.decoding.source import Decoded
from core.sets.user_file import FileKind, Limits, ReadFile

REQUEST, OUTCOME, VECTORS, INPUT = "request.json", "outcome.json", "vectors.npy", "input"


class BrokenOutcome(Exception):
    """What the child left is not what it was to leave."""


def write_request(folder: Path, *, name: str, limits: Limits, parent: int) -> None:
    request = {"name": name, "limits": asdict(limits), "parent": parent}
    (folder / REQUEST).write_text(json.dumps(request), encoding="utf-8")


def read_request(folder: Path) -> tuple[str, Limits, int]:
    """Return the file's name, the limits, and the process id of who asked."""
    request = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
    return request["name"], Limits(**request["limits"]), request["parent"]


def write_decoded(folder: Path, decoded: Decoded, zero_vectors: int) -> None:
    """Write the texts, the vectors (float32) and then what tells of them."""
    for at, cells in enumerate(decoded.columns.values()):
        texts = [cell.encode() for cell in cells]
        ends = np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)))
        np.save(folder / f"column-{at}.npy", ends, allow_pickle=False)
        (folder / f"column-{at}.txt").write_bytes(b"".join(texts))
    if decoded.vectors is not None:
        np.save(folder / VECTORS, decoded.vectors, allow_pickle=False)
    about = {
        "kind": decoded.kind,
        "columns": list(decoded.columns),
        "rows": decoded.rows,
        "vectors": decoded.vectors is not None,
        "encoding": decoded.encoding,
        "delimiter": decoded.delimiter,
        "zero_vectors": zero_vectors,
    }
    _write_outcome(folder, {"read": about})


def write_error(folder: Path, error: ExplorerError) -> None:
    """Write the error; its values are words, numbers and texts."""
    values = {name: _plain(value) for name, value in error.values.items()}
    name = type(error).__name__
    _write_outcome(
        folder,
        {"error": {"name": name, "message": error.message, "hint": error.hint, "values": values}},
    )


def read_outcome(folder: Path, name: str) -> ReadFile:
    """Return what was read, or raise the error that the child wrote. Raises BrokenOutcome."""
    try:
        outcome = json.loads((folder / OUTCOME).read_text(encoding="utf-8"))
        if "error" in outcome:
            error = _error(outcome["error"])
        else:
            return _read_file(folder, name, outcome["read"])
    except (OSError, ValueError, KeyError, TypeError, EOFError) as broken:
        raise BrokenOutcome(str(broken)) from broken
    raise error


def _read_file(folder: Path, name: str, about: Mapping[str, Any]) -> ReadFile:
    rows = int(about["rows"])
    columns = {str(column): _cells(folder, at, rows) for at, column in enumerate(about["columns"])}
    vectors = None
    if about["vectors"]:
        vectors = np.load(folder / VECTORS, allow_pickle=False)
        if vectors.dtype != np.float32 or vectors.ndim != 2 or len(vectors) != rows:
            raise BrokenOutcome(f"vectors of {vectors.dtype}, shape {vectors.shape}")
        vectors.flags.writeable = False
    return ReadFile(
        name=name,
        kind=FileKind(about["kind"]),
        columns=columns,
        vectors=vectors,
        encoding=str(about["encoding"]),
        delimiter=str(about["delimiter"]),
        rows=rows,
        zero_vectors=int(about["zero_vectors"]),
    )


def _cells(folder: Path, at: int, rows: int) -> tuple[str, ...]:
    ends: Sequence[int] = np.load(folder / f"column-{at}.npy", allow_pickle=False).tolist()
    text = (folder / f"column-{at}.txt").read_bytes()
    if len(ends) != rows or (ends and ends[-1] != len(text)):
        raise BrokenOutcome(f"column {at}: {len(ends)} of {rows} texts")
    # One by one: decoded together, a single emoji would make all others four bytes a letter.
    starts = chain([0], ends)
    return tuple(text[start:end].decode() for start, end in zip(starts, ends, strict=False))


def _write_outcome(folder: Path, outcome: Mapping[str, object]) -> None:
    beside = folder / f".{OUTCOME}"
    beside.write_text(json.dumps(outcome), encoding="utf-8")
    beside.replace(folder / OUTCOME)


def _plain(value: object) -> dict[str, object]:
    if isinstance(value, Word):
        return {"word": value.name}
    return {"value": value if isinstance(value, (int, float)) else str(value)}


def _error(written: Mapping[str, Any]) -> ExplorerError:
    kind = getattr(core.errors, str(written["name"]))
    if not (isinstance(kind, type) and issubclass(kind, ExplorerError)):
        raise BrokenOutcome(f"no error: {written['name']}")
    values = {
        name: Word[value["word"]] if "word" in value else value["value"]
        for name, value in written["values"].items()
    }
    return kind(str(written["message"]), str(written["hint"]), **values)
