"""A server's answer, taken apart and held against what was asked."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from core.errors import BadServerAnswer, Word

SHOWN_CHARACTERS = 80


def vectors_in(body: bytes, *, count: int, server: str) -> np.ndarray:
    """Return float32, shape (count, dim), finite, in the order of the texts.

    Raises BadServerAnswer. An ``index`` must be the vector's own place: a server that numbers them
    otherwise may have mixed them up, and sorting by its word would hide that.
    """
    rows = _list_in(body, server)
    if len(rows) != count:
        raise bad_answer(server, Word.ANSWER_COUNT, f"{len(rows)} / {count}")
    numbers = [row.get("index") if isinstance(row, dict) else None for row in rows]
    if any(type(number) is not int for number in numbers) or numbers != list(range(count)):
        raise bad_answer(server, Word.ANSWER_ORDER, str(numbers))
    vectors: list[Any] = [row.get("embedding") for row in rows]
    if not all(isinstance(v, list) and v and all(map(_is_number, v)) for v in vectors):
        raise bad_answer(server, Word.ANSWER_NO_NUMBERS)
    dimensions = sorted({len(vector) for vector in vectors})
    if len(dimensions) != 1:
        raise bad_answer(server, Word.ANSWER_DIMENSIONS, " / ".join(map(str, dimensions)))
    try:
        with np.errstate(over="ignore"):
            found = np.array(vectors, dtype=np.float64).astype(np.float32)
    except OverflowError as error:  # a whole number of hundreds of digits
        raise bad_answer(server, Word.ANSWER_NOT_FINITE) from error
    if not np.isfinite(found).all():
        raise bad_answer(server, Word.ANSWER_NOT_FINITE)
    return found


def bad_answer(server: str, why: Word, detail: str = "") -> BadServerAnswer:
    """Return the error that an answer is of no use."""
    shown = detail if len(detail) <= SHOWN_CHARACTERS else f"{detail[:SHOWN_CHARACTERS]}…"
    told = f" ({shown})" if shown else ""
    return BadServerAnswer(
        f"The answer of {server} can't be used: {why}{told}.",
        hint="Nothing was stored. Is it the address of an embeddings server, ending with /v1?",
        server=server,
        why=why,
        detail=shown,
    )


def _list_in(body: bytes, server: str) -> list[Any]:
    try:
        found: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        start = " ".join(body[:200].decode("utf-8", "replace").split())
        raise bad_answer(server, Word.NOT_JSON, start) from error
    rows = found.get("data") if isinstance(found, dict) else None
    if not isinstance(rows, list):
        raise bad_answer(server, Word.ANSWER_NO_LIST)
    return rows


def _is_number(value: object) -> bool:
    return type(value) in (float, int)
