"""Reading tables of texts: comma, semicolon or tab between the cells, a header in the first row."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from core.errors import BadTable, Word

DELIMITERS = ",;\t"
MARK = "\ufeff"  # that some programs put before UTF-8


@dataclass(frozen=True, kw_only=True)
class Table:
    """``names`` are the header's, in lower case; ``rows`` are the others, blank ones as ``{}``.

    The header is row 0, and ``rows[0]`` is row 1. A row may lack cells at its end.
    """

    names: tuple[str, ...]
    rows: tuple[dict[str, str], ...]


def read_table(text: str) -> Table:
    """Return the table, without blank rows before the header and at the end.

    Raises BadTable where a row has more cells than the header, or can't be read.
    """
    header, *lines = _lines(text) or [[]]
    names = tuple(name.strip().lower() for name in header)
    for number, cells in enumerate(lines, start=1):
        if len(cells) > len(names):
            raise bad_cell(number, str(len(names) + 1), Word.EXTRA_CELL)
    return Table(names=names, rows=tuple(dict(zip(names, cells, strict=False)) for cells in lines))


def bad_cell(row: int, column: str, problem: str) -> BadTable:
    """Return the error for one cell, or for a column where the row is 0."""
    place = f"Row {row}, column {column}" if column else f"Row {row}"
    return BadTable(
        f"{place}: {problem}.",
        hint="Mend the table and read it again.",
        row=row,
        column=column,
        problem=problem,
    )


def _lines(text: str) -> list[list[str]]:
    text = text.removeprefix(MARK)
    header = next((line for line in text.splitlines() if line.strip(f" {DELIMITERS}")), "")
    delimiter = max(DELIMITERS, key=header.count)
    # Strict: a quote without its end would make one cell of all that follows it.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found: list[list[str]] = []
    try:
        for cells in reader:
            filled = any(cell.strip() for cell in cells)
            if filled or found:
                found.append(cells if filled else [])
    except csv.Error as error:
        raise bad_cell(len(found), "", str(error)) from error
    while found and not found[-1]:
        found.pop()
    return found
