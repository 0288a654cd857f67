"""Files of lines: a text each, or a JSON object each."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from core.errors import Word
from core.sets.decoding.delimited import decode_headerless
from core.sets.decoding.source import Decoded, Source, checked_names
from core.sets.decoding.text import LineFault, opened
from core.sets.user_file import FileKind

TEXT = "text"
LEAST_NUMBERS = 8  # on a line of prose are not so many and nothing else


def decode_txt(source: Source) -> Decoded:
    """Return a column ``text`` with each line, or the vectors where the lines are numbers."""
    text = opened(source)
    vectors = decode_headerless(text, LEAST_NUMBERS)
    if vectors is not None:
        return vectors
    texts: list[str] = []
    try:
        for line in text.lines():
            texts.append(line.rstrip("\r\n"))
            source.check_size(rows=len(texts))
    except LineFault as fault:
        raise source.bad_row(len(texts) + 1, fault.problem) from fault
    return Decoded(
        kind=FileKind.TXT, columns={TEXT: texts}, rows=len(texts), encoding=text.encoding
    )


def decode_jsonl(source: Source) -> Decoded:
    """Return the columns that the objects name; nested values stay JSON.

    A row is a line, blank ones not counted.
    """
    text = opened(source)
    columns: dict[str, list[str]] = {}
    rows = 0
    try:
        for line in text.lines():
            if not line.strip():
                continue
            rows += 1
            _add(source, columns, rows, _object(source, line, rows))
    except LineFault as fault:
        raise source.bad_row(rows + 1, fault.problem) from fault
    for cells in columns.values():
        cells.extend([""] * (rows - len(cells)))
    names = checked_names(source, list(columns))
    return Decoded(
        kind=FileKind.JSONL,
        columns=dict(zip(names, columns.values(), strict=True)),
        rows=rows,
        encoding=text.encoding,
    )


def _add(source: Source, columns: dict[str, list[str]], row: int, cells: dict[str, str]) -> None:
    source.check_size(rows=row, columns=len(columns.keys() | cells.keys()))
    for name, cell in cells.items():
        column = columns.setdefault(name, [])
        column.extend([""] * (row - 1 - len(column)))
        column.append(cell)


def _object(source: Source, line: str, row: int) -> dict[str, str]:
    try:
        pairs = _as_written(line)
        nested = _nested(line, pairs)
    except RecursionError as error:
        raise source.bad_row(row, Word.TOO_DEEP) from error
    except ValueError as error:
        raise source.bad_row(row, Word.NOT_JSON) from error
    if not isinstance(pairs, _Pairs):
        raise source.bad_row(row, Word.NOT_AN_OBJECT)
    cells: dict[str, str] = {}
    for name, value in pairs:
        if name in cells:
            raise source.bad_cell(row, name, Word.TWO_COLUMNS)
        cells[name] = nested[name] if name in nested else _cell(value)
    return cells


class _Pairs(list[tuple[str, Any]]):
    """An object with its names as they came, twice where one came twice."""


def _as_written(line: str) -> Any:
    """Return the value, its numbers as they are written. Raises ValueError, RecursionError."""
    keep: Callable[[str], str] = str
    return json.loads(
        line, object_pairs_hook=_Pairs, parse_int=keep, parse_float=keep, parse_constant=keep
    )


def _nested(line: str, pairs: Any) -> dict[str, str]:
    """Return the values that are lists or objects, as JSON; read again for their numbers."""
    if not isinstance(pairs, _Pairs):
        return {}
    names = {name for name, value in pairs if isinstance(value, list)}
    values: dict[str, Any] = json.loads(line) if names else {}
    return {name: json.dumps(values[name], ensure_ascii=False) for name in names}


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
