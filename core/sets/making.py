"""Making a set of texts of a file that was read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from core.errors import BadCell, BadColumn, BadFile, LengthsDiffer, Word
from core.sets.choosing import LATITUDE, LONGITUDE, ColumnChoice, coordinate
from core.sets.text_set import TextSet
from core.sets.user_file import FileKind, ReadFile, shown_name

FORMAT = 1  # of a set's id
TABLES = (FileKind.CSV, FileKind.TSV)
ONLY_COLUMN = "label"  # what the Embedding Projector calls a column without a header


@dataclass(frozen=True, kw_only=True)
class Made:
    """A set without the ``dropped`` rows, which had no text.

    ``vectors`` are those of the kept rows, float32, shape (n_texts, dim), read-only; None where the
    file had none.
    """

    text_set: TextSet
    dropped: int
    vectors: np.ndarray | None


def to_set(read: ReadFile, choice: ColumnChoice) -> Made:
    """Return the texts, with all other columns, under an id that content and choice decide.

    Raises BadColumn where a chosen column is missing or has no text at all, BadCell where a
    coordinate is none.
    """
    for name in asdict(choice).values():
        if name and name not in read.columns:
            raise _bad_column(read, name, Word.MISSING_COLUMN)
    texts = _texts(read, choice)
    kept = [row for row, text in enumerate(texts) if text.strip()]
    if not kept:
        raise _bad_column(read, choice.text, Word.NO_TEXTS)
    text_set = TextSet(
        id=_id(read, choice),
        texts=_rows(texts, kept),
        columns={
            name: _rows(cells, kept) for name, cells in read.columns.items() if name != choice.text
        },
        places=_places(read, choice, kept),
        labels=_rows(read.columns[choice.title], kept) if choice.title else (),
    )
    return Made(text_set=text_set, dropped=read.rows - len(kept), vectors=_kept(read.vectors, kept))


def with_metadata(vectors_file: ReadFile, metadata_file: ReadFile) -> ReadFile:
    """Return the vectors with the metadata's columns, as the Embedding Projector pairs them.

    Metadata of one column has no header there. Raises LengthsDiffer, BadColumn where both have a
    column of one name, BadFile where the first one has no vectors.
    """
    if vectors_file.vectors is None:
        file = shown_name(vectors_file.name)
        raise BadFile(
            f"{file} can't be read: {Word.NO_VECTORS}.",
            hint="Choose the file with the vectors.",
            file=file,
            problem=Word.NO_VECTORS,
        )
    columns = _metadata(metadata_file, vectors_file)
    for name in columns:
        if name in vectors_file.columns:
            raise _bad_column(metadata_file, name, Word.TWO_COLUMNS)
    return replace(vectors_file, columns={**vectors_file.columns, **columns})


def _metadata(read: ReadFile, vectors_file: ReadFile) -> Mapping[str, tuple[str, ...]]:
    rows = vectors_file.rows
    if read.rows == rows:
        return read.columns
    if read.rows == rows - 1 and len(read.columns) == 1 and read.kind in TABLES:
        ((first, others),) = read.columns.items()
        return {ONLY_COLUMN: (first, *others)}
    vectors, metadata = shown_name(vectors_file.name), shown_name(read.name)
    raise LengthsDiffer(
        f"{vectors} has {rows:,} rows, and {metadata} has {read.rows:,}.",
        hint="The metadata must have one row for each vector.",
        vectors_file=vectors,
        vectors=rows,
        metadata_file=metadata,
        rows=read.rows,
    )


def _texts(read: ReadFile, choice: ColumnChoice) -> Sequence[str]:
    if choice.text:
        return read.columns[choice.text]
    return [str(row) for row in range(1, read.rows + 1)]


def _rows(cells: Sequence[str], kept: Iterable[int]) -> tuple[str, ...]:
    return tuple(cells[row] for row in kept)


def _kept(vectors: np.ndarray | None, kept: Sequence[int]) -> np.ndarray | None:
    if vectors is None or len(kept) == len(vectors):
        return vectors
    rows = vectors[kept]
    rows.flags.writeable = False
    return rows


def _places(read: ReadFile, choice: ColumnChoice, kept: Sequence[int]) -> np.ndarray | None:
    """Return float64, shape (n_texts, 2), in degrees; None where no columns are chosen."""
    if not (choice.latitude and choice.longitude):
        return None
    places = np.empty((len(kept), 2))
    parts = (
        (choice.latitude, LATITUDE, Word.NOT_A_LATITUDE),
        (choice.longitude, LONGITUDE, Word.NOT_A_LONGITUDE),
    )
    for at, (name, most, problem) in enumerate(parts):
        cells = read.columns[name]
        for place, row in zip(places, kept, strict=True):
            degrees = coordinate(cells[row], most)
            if degrees is None:
                raise _bad_cell(read, row + 1, name, problem if cells[row].strip() else Word.EMPTY)
            place[at] = degrees
    return places


def _id(read: ReadFile, choice: ColumnChoice) -> str:
    """Return a SHA-256 of all cells, the vectors and the choice; the file's name is no part."""
    digest = hashlib.sha256()
    about = {"format": FORMAT, "choice": asdict(choice), "columns": list(read.columns)}
    digest.update(json.dumps({**about, "rows": read.rows}).encode() + b"\n")
    for cells in read.columns.values():
        # The lengths say where one ends: ("ab", "c") is not ("a", "bc").
        digest.update(np.fromiter(map(len, cells), dtype="<i8", count=len(cells)).tobytes())
        digest.update("".join(cells).encode())
    if read.vectors is not None:
        digest.update(json.dumps(read.vectors.shape).encode() + b"\n")
        digest.update(np.ascontiguousarray(read.vectors, dtype="<f4").data)
    return digest.hexdigest()


def _bad_column(read: ReadFile, column: str, problem: Word) -> BadColumn:
    file = shown_name(read.name)
    return BadColumn(
        f"{file}, column {column!r}: {problem}.",
        hint="Mend the column, or choose another one.",
        file=file,
        column=column,
        problem=problem,
    )


def _bad_cell(read: ReadFile, row: int, column: str, problem: Word) -> BadCell:
    file = shown_name(read.name)
    return BadCell(
        f"{file}, row {row}, column {column!r}: {problem}.",
        hint="Mend it and read the file again. Row 1 is the first one after the header.",
        file=file,
        row=row,
        column=column,
        problem=problem,
    )
