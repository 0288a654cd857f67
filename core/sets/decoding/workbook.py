"""XLSX: the first sheet that has rows, with the values that its formulas were saved with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time
from typing import Any

from core.errors import Word
from core.sets.decoding.source import Decoded, Source, checked_names
from core.sets.decoding.views import as_file
from core.sets.user_file import FileKind

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
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

    try:
        book = CalamineWorkbook.from_filelike(as_file(source.data))
        for place, about in enumerate(book.sheets_metadata):
            if about.typ != SheetTypeEnum.WorkSheet:
                continue
            found = False
            for values in book.get_sheet_by_index(place).iter_rows():
                cells = _cells(values)
                if cells:
                    found = True
                    yield cells
            if found:
                return
    except (CalamineError, OSError, ValueError) as error:
        raise source.bad_file(Word.DAMAGED) from error


def _cells(values: Sequence[Any]) -> list[str]:
    end = len(values)
    while end and values[end - 1] == "":
        end -= 1
    return [_text(value) for value in values[:end]]


def _text(value: Any) -> str:
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if value.is_integer() and abs(value) < EXACT_BELOW:
            return str(int(value))
        case datetime() if value.time() == MIDNIGHT:
            return value.date().isoformat()
        case datetime():
            return value.isoformat(sep=" ")
        case _:
            return str(value)
