"""The file that a child decodes, what it makes of it, and what can be wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from core.errors import BadCell, BadColumn, BadFile, BadRow, FileTooLarge, Word
from core.sets.user_file import MEGABYTE, FileKind, Limits

if TYPE_CHECKING:
    import numpy as np

MEND = "Mend it and read the file again. Row 1 is the first one after the header."
LONGEST_NAME = 500
SHOWN = 80


@dataclass(frozen=True, kw_only=True)
class Source:
    """``name`` is what messages call the file; ``data`` is all of it (bytes, or a map of them)."""

    name: str
    data: memoryview
    limits: Limits

    def bad_file(self, problem: Word) -> BadFile:
        return BadFile(
            f"{self.name} can't be read: {problem}.",
            hint="Check the file, or save it again as text, CSV, TSV, JSONL, Parquet, XLSX, NPY, "
            "NPZ or safetensors.",
            file=self.name,
            problem=problem,
        )

    def bad_row(self, row: int, problem: Word) -> BadRow:
        return BadRow(
            f"{self.name}, row {row}: {problem}.",
            hint=MEND,
            file=self.name,
            row=row,
            problem=problem,
        )

    def bad_column(self, column: str, problem: Word) -> BadColumn:
        column = _shown(column)
        return BadColumn(
            f"{self.name}, column {column!r}: {problem}.",
            hint="Mend the column, or choose another one.",
            file=self.name,
            column=column,
            problem=problem,
        )

    def bad_cell(self, row: int, column: str, problem: Word) -> BadCell:
        column = _shown(column)
        return BadCell(
            f"{self.name}, row {row}, column {column!r}: {problem}.",
            hint=MEND,
            file=self.name,
            row=row,
            column=column,
            problem=problem,
        )

    def too_large(self, most: int, what: Word) -> FileTooLarge:
        return FileTooLarge(
            f"{self.name} holds more than {most:,} {what}.",
            hint="Split the file, or keep only the rows that you need.",
            file=self.name,
            most=f"{most:,}",
            what=what,
        )

    def check_size(self, *, rows: int = 0, columns: int = 0, unpacked_bytes: int = 0) -> None:
        """Raise FileTooLarge where one of these, or rows times columns, is over its limit."""
        limits = self.limits
        if rows > limits.rows:
            raise self.too_large(limits.rows, Word.ROWS)
        if columns > limits.columns:
            raise self.too_large(limits.columns, Word.COLUMNS)
        if rows * columns > limits.cells:
            raise self.too_large(limits.cells, Word.CELLS)
        if unpacked_bytes > limits.unpacked_bytes:
            raise self.too_large(limits.unpacked_bytes // MEGABYTE, Word.UNPACKED_MEGABYTES)


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """What a decoder gives: cells as they were written, vectors not yet checked.

    ``vectors`` is of any numeric dtype, shape (rows, dim).
    """

    kind: FileKind
    columns: Mapping[str, Sequence[str]]
    rows: int
    vectors: np.ndarray | None = None
    encoding: str = ""
    delimiter: str = ""


def checked_names(source: Source, names: Sequence[str]) -> list[str]:
    """Return the columns' names, trimmed, the nameless as "column_3". Raises BadColumn."""
    named = [name.strip() or f"column_{at}" for at, name in enumerate(names, start=1)]
    source.check_size(columns=len(named))
    seen: set[str] = set()
    for name in named:
        fault = Word.TOO_LONG if len(name) > LONGEST_NAME else text_fault(name)
        if fault or name in seen:
            raise source.bad_column(name, fault or Word.TWO_COLUMNS)
        seen.add(name)
    return named


def check_texts(source: Source, columns: Mapping[str, Sequence[str]]) -> None:
    """Raise BadCell at the first cell that is no text, FileTooLarge if they are too much."""
    total = 0
    for name, cells in columns.items():
        total += sum(map(len, cells))
        if total > source.limits.text_characters:
            most = source.limits.text_characters // MEGABYTE
            raise source.too_large(most, Word.UNPACKED_MEGABYTES)
        if text_fault("".join(cells)) or max(map(len, cells), default=0) > _longest(source):
            _raise_at(source, name, cells)


def text_fault(text: str) -> Word | None:
    """Return what no tokenizer, file or page takes: a NUL or half of a character."""
    if "\0" in text:
        return Word.NUL
    if text.isascii():
        return None
    try:
        text.encode()
    except UnicodeEncodeError:
        return Word.HALF_CHARACTER
    return None


def _raise_at(source: Source, name: str, cells: Sequence[str]) -> NoReturn:
    for row, cell in enumerate(cells, start=1):
        if len(cell) > _longest(source):
            raise source.bad_cell(row, name, Word.TOO_LONG)
        if fault := text_fault(cell):
            raise source.bad_cell(row, name, fault)
    raise AssertionError(name)


def _shown(column: str) -> str:
    """Return the name as a message can hold it."""
    cut = column if len(column) <= SHOWN else column[: SHOWN - 1] + "…"
    return cut.encode("utf-8", "backslashreplace").decode()


def _longest(source: Source) -> int:
    return source.limits.line_characters
