"""Pairs of texts with a known similarity each, as STS data sets have them."""

from __future__ import annotations

import math

from core.compare.tables import Table, bad_cell, read_table
from core.errors import Word

# Either pair of names may stand in the header.
TEXT_COLUMNS = (("text1", "text2"), ("sentence1", "sentence2"))
SCORE_COLUMN = "score"

Pairs = tuple[tuple[str, ...], tuple[str, ...], tuple[float, ...]]


def pairs_from_csv(text: str) -> Pairs:
    """Return the first texts, the second ones and the scores of a table with a header.

    Its columns are text1 and text2, or sentence1 and sentence2, and score, in any order and with
    others beside them. Raises BadTable, which names row and column; the header is row 0.
    """
    table = read_table(text)
    columns = _columns(table)
    first: list[str] = []
    second: list[str] = []
    scores: list[float] = []
    for number, row in enumerate(table.rows, start=1):
        if not row:
            continue
        cells = [row.get(name, "").strip() for name in columns]
        for name, cell in zip(columns, cells, strict=True):
            if not cell:
                raise bad_cell(number, name, Word.EMPTY)
        first.append(cells[0])
        second.append(cells[1])
        scores.append(_number(cells[2], number))
    return tuple(first), tuple(second), tuple(scores)


def _columns(table: Table) -> tuple[str, str, str]:
    """Return the columns to read, in the order of the result."""
    # Of two incomplete pairs the one that is begun is the one that was meant.
    texts = max(TEXT_COLUMNS, key=lambda names: sum(name in table.names for name in names))
    columns = (*texts, SCORE_COLUMN)
    for name in columns:
        if name not in table.names:
            raise bad_cell(0, name, Word.MISSING_COLUMN)
        if table.names.count(name) > 1:
            raise bad_cell(0, name, Word.EXTRA_COLUMN)
    return columns


def _number(cell: str, row: int) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise bad_cell(row, SCORE_COLUMN, Word.NOT_A_NUMBER)
    return value
