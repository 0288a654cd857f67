"""Tables of cells with something between them, and tables of numbers without a header."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice

import numpy as np

from core.errors import Word
from core.sets.decoding.source import Decoded, Source, checked_names
from core.sets.decoding.text import LineFault, Text, opened
from core.sets.user_file import FileKind

DELIMITERS = ",;\t|"
NONE = "\x1f"  # between the cells of one column: in no text
SAMPLE_LINES = 50
LEAST_NUMBERS = 2
# A name and two numbers are a place, of a table that lacks its header.
LEAST_NUMBERS_BESIDE_LABELS = 4


def decode_delimited(source: Source) -> Decoded:
    """Return the columns that the header names, or vectors and their labels without a header.

    Raises BadRow where a row has more or fewer cells than the header.
    """
    text = opened(source)
    vectors = decode_headerless(text)
    if vectors is not None:
        return vectors
    delimiter = find_delimiter(text)
    try:
        names, rows = _table(text, delimiter, is_quoted=True)
    except _BadQuote as fault:
        if delimiter != "\t":
            raise source.bad_row(fault.row, Word.OPEN_QUOTE) from fault
        # Many programs write TSV without quoting, as the Embedding Projector's.
        names, rows = _table(text, delimiter, is_quoted=False)
    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    return Decoded(
        kind=FileKind.TSV if delimiter == "\t" else FileKind.CSV,
        columns=dict(zip(names, columns, strict=True)),
        rows=len(rows),
        encoding=text.encoding,
        delimiter="" if delimiter == NONE else delimiter,
    )


def decode_headerless(text: Text, least: int = LEAST_NUMBERS) -> Decoded | None:
    """Return the vectors where the first row is ``least`` numbers, after labels or without."""
    try:
        first = next((line for line in text.lines() if line.strip()), "")
    except LineFault:
        return None
    for delimiter in ("\t", ",", ";", " "):
        cells = first.strip("\r\n ").split(delimiter)
        numbers = _trailing_numbers(cells)
        labels = len(cells) - numbers
        fits = numbers >= least and (delimiter != " " or labels <= 1)
        if fits and _is_vector(cells, labels):
            return _vectors(text, delimiter, labels)
    return None


def find_delimiter(text: Text) -> str:
    """Return what stands between the cells of the first rows, NONE where there is one column."""
    sample: list[str] = []
    with suppress(LineFault):  # told when the row is read
        sample.extend(islice((line for line in text.lines() if line.strip()), SAMPLE_LINES))
    best, delimiter = (False, 0.0, 0), NONE
    for candidate in DELIMITERS:
        counts = _counts(sample, candidate)
        alike = sum(count == counts[0] for count in counts) / len(counts) if counts else 0.0
        rank = (bool(counts) and counts[0] > 1, alike, counts[0] if counts else 0)
        if rank > best and rank[0]:
            best, delimiter = rank, candidate
    return delimiter


class _BadQuote(Exception):
    def __init__(self, row: int) -> None:
        super().__init__(row)
        self.row = row


def _table(text: Text, delimiter: str, *, is_quoted: bool) -> tuple[list[str], list[list[str]]]:
    source = text.source
    records = _records(text, delimiter, is_quoted=is_quoted)
    header = next(records, None)
    if header is None:
        raise source.bad_file(Word.EMPTY)
    names = checked_names(source, header)
    rows: list[list[str]] = []
    for cells in records:
        if len(cells) != len(names):
            more = len(cells) > len(names)
            raise source.bad_row(len(rows) + 1, Word.EXTRA_CELL if more else Word.FEWER_CELLS)
        rows.append(cells)
        source.check_size(rows=len(rows), columns=len(names))
    while rows and not any(rows[-1]):
        rows.pop()
    return names, rows


def _records(text: Text, delimiter: str, *, is_quoted: bool) -> Iterator[list[str]]:
    """Yield the header and each row; a blank line is a row only where there is one column."""
    csv.field_size_limit(text.source.limits.line_characters)
    # Strict: a quote without its end would make one cell of all that follows it.
    quoting = csv.QUOTE_MINIMAL if is_quoted else csv.QUOTE_NONE
    reader = csv.reader(text.lines(), delimiter=delimiter, quoting=quoting, strict=is_quoted)
    row = 0
    try:
        for cells in reader:
            if cells or (delimiter == NONE and row):
                yield cells or [""]
                row += 1
    except LineFault as fault:
        raise text.source.bad_row(row, fault.problem) from fault
    except csv.Error as error:
        if "field limit" in str(error):
            raise text.source.bad_row(row, Word.TOO_LONG) from error
        raise _BadQuote(row) from error


def _counts(sample: Sequence[str], delimiter: str) -> list[int]:
    try:
        return [len(cells) for cells in csv.reader(sample, delimiter=delimiter) if cells]
    except csv.Error:
        return []


def _vectors(text: Text, delimiter: str, labels: int) -> Decoded:
    source = text.source
    rows: list[np.ndarray] = []
    named: list[list[str]] = [[] for _ in range(labels)]
    width = 0
    try:
        for line in text.lines():
            if line.strip():
                cells = line.strip("\r\n ").split(delimiter)
                width = width or len(cells)
                if len(cells) != width:
                    raise source.bad_row(len(rows) + 1, Word.OTHER_DIMENSION)
                for column, cell in zip(named, cells, strict=False):
                    column.append(cell)
                rows.append(_numbers(source, cells, labels, len(rows) + 1))
                source.check_size(rows=len(rows), unpacked_bytes=len(rows) * width * 4)
    except LineFault as fault:
        raise source.bad_row(len(rows) + 1, fault.problem) from fault
    if len(rows) > 1 and np.array_equal(rows[0], np.arange(width)):
        del rows[0]  # the header that pandas writes over nameless columns
    return Decoded(
        kind=FileKind.TSV if delimiter == "\t" else FileKind.CSV,
        columns={f"column_{at}": cells for at, cells in enumerate(named, start=1)},
        rows=len(rows),
        vectors=np.stack(rows),
        encoding=text.encoding,
        delimiter=delimiter,
    )


def _numbers(source: Source, cells: Sequence[str], labels: int, row: int) -> np.ndarray:
    """Return float32, shape (dim,), finite. Raises BadCell; columns count from 1."""
    try:
        with np.errstate(over="ignore"):  # what is too large for float32 is told as not finite
            numbers = np.array([float(cell) for cell in cells[labels:]]).astype(np.float32)
    except ValueError as error:
        column = next(at for at in range(labels, len(cells)) if not _is_number(cells[at]))
        raise source.bad_cell(row, str(column + 1), Word.NOT_A_NUMBER) from error
    finite = np.isfinite(numbers)
    if not finite.all():
        column = labels + int(np.argmin(finite))
        raise source.bad_cell(row, str(column + 1), Word.NOT_FINITE)
    return numbers


def _trailing_numbers(cells: Sequence[str]) -> int:
    count = 0
    for cell in reversed(cells):
        if not _is_number(cell):
            break
        count += 1
    return count


def _is_vector(cells: Sequence[str], labels: int) -> bool:
    numbers = cells[labels:]
    if labels == 0:
        return True
    # The names of a header may be numbers, as years are; those of a vector are fractions.
    has_fraction = any(not cell.strip().lstrip("+-").isdigit() for cell in numbers)
    return len(numbers) >= LEAST_NUMBERS_BESIDE_LABELS and has_fraction


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell  # Python's own way to group digits
