"""XLSX: the first sheet that has rows, its formulas as they are written."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from typing import Any

from core.errors import Word
from core.sets.decoding.source import Decoded, Source, checked_names
from core.sets.decoding.views import as_file
from core.sets.user_file import FileKind

# What openpyxl raises for a workbook that breaks the format.
BREAKAGES = (
    AttributeError,
    EOFError,
    IndexError,
    KeyError,
    NotImplementedError,
    OSError,
    SyntaxError,  # of its XML
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)
EXACT_BELOW = 2.0**53
MIDNIGHT = time()


def decode_workbook(source: Source) -> Decoded:
    """Return the columns of the first sheet with rows. Raises BadRow, BadFile, FileTooLarge."""
    records = _records(source)
    header = next(records, None)
    if header is None:
        raise source.bad_file(Word.NO_ROWS)
    names = checked_names(source, header)
    rows: list[list[str]] = []
    for cells in records:
        if len(cells) > len(names):
            raise source.bad_row(len(rows) + 1, Word.EXTRA_CELL)
        rows.append([*cells, *[""] * (len(names) - len(cells))])
        source.check_size(rows=len(rows), columns=len(names))
    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    return Decoded(
        kind=FileKind.XLSX, columns=dict(zip(names, columns, strict=True)), rows=len(rows)
    )


def _records(source: Source) -> Iterator[list[str]]:
    """Yield the rows of one sheet that are not blank, without the blank cells at their ends."""
    from openpyxl import load_workbook

    try:
        book = load_workbook(as_file(source.data), read_only=True, keep_links=False)
        for sheet in book.worksheets:
            # Some programs write wrong ones, and all rows would be made as wide as they say.
            sheet.reset_dimensions()
            found = False
            for values in sheet.iter_rows(values_only=True):
                cells = _cells(values)
                if cells:
                    found = True
                    yield cells
            if found:
                return
    except BREAKAGES as error:
        raise source.bad_file(Word.DAMAGED) from error


def _cells(values: Sequence[Any]) -> list[str]:
    end = len(values)
    while end and values[end - 1] is None:
        end -= 1
    return [_text(value) for value in values[:end]]


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if value.is_integer() and abs(value) < EXACT_BELOW:
            return str(int(value))
        case datetime() if value.time() == MIDNIGHT:
            return value.date().isoformat()
        case datetime():
            return value.isoformat(sep=" ")
        case _:
            return str(getattr(value, "text", value))  # an array formula keeps its own in `text`
