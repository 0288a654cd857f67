"""Arrays of numbers: their headers are read and measured before anything is allocated."""

from __future__ import annotations

import json
import math
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from core.errors import Word
from core.sets.decoding.source import Decoded, Source
from core.sets.decoding.views import as_file
from core.sets.user_file import FileKind

FLOAT32_BYTES = 4
NUMBERS = "fiu"
TEXTS = "US"
HEADERS = {
    (1, 0): npy.read_array_header_1_0,
    (2, 0): npy.read_array_header_2_0,
    (3, 0): npy.read_array_header_2_0,  # as 2.0, in UTF-8
}
# numpy takes a header for Python and, where it doesn't parse, looks at its tokens.
HEADER_FAULTS = (
    ValueError,
    KeyError,
    TypeError,
    SyntaxError,
    MemoryError,
    RecursionError,
    tokenize.TokenError,
)
ARCHIVE_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
)
NAMES = ("vectors", "vector", "embeddings", "embedding", "vecs", "emb", "features", "x")
# What this project writes beside vectors: JSON, a list of texts and lists of other cells by name.
OWN_TEXTS, OWN_COLUMNS = "texts", "columns"


def decode_npy(source: Source) -> Decoded:
    """Return the array of shape (rows, dim). Raises BadFile."""
    size = len(source.data)
    vectors = _read(source, as_file(source.data), size)
    _check_vectors(source, vectors)
    return Decoded(kind=FileKind.NPY, columns={}, rows=len(vectors), vectors=vectors)


def decode_npz(source: Source) -> Decoded:
    """Return the array named "vectors", or the only one, with the texts of the same length."""
    arrays: dict[str, np.ndarray] = {}
    try:
        with zipfile.ZipFile(as_file(source.data)) as archive:
            for member in archive.infolist():
                with archive.open(member) as file:
                    name = member.filename.removesuffix(".npy")
                    arrays[name] = _read(source, file, member.file_size)
    except ARCHIVE_FAULTS as error:
        raise source.bad_file(Word.DAMAGED) from error
    vectors = chosen(source, arrays)
    rows = len(vectors)
    return Decoded(
        kind=FileKind.NPZ, columns=_texts(source, arrays, rows), rows=rows, vectors=vectors
    )


def _read(source: Source, file: IO[bytes], size: int) -> np.ndarray:
    """Return the array of ``size`` bytes with its header. Raises BadFile, FileTooLarge."""
    try:
        version = npy.read_magic(file)
        shape, is_fortran, dtype = HEADERS[version](file)
    except HEADER_FAULTS as error:
        raise source.bad_file(Word.DAMAGED) from error
    if dtype.hasobject:
        raise source.bad_file(Word.PICKLED)
    claimed = math.prod(shape) * dtype.itemsize
    is_nothing = not dtype.itemsize and math.prod(shape)
    if min(shape, default=0) < 0 or claimed > size or is_nothing:
        raise source.bad_file(Word.CLAIMS_MORE)
    source.check_size(unpacked_bytes=claimed)
    raw = file.read(claimed)
    if len(raw) < claimed:
        raise source.bad_file(Word.CLAIMS_MORE)
    array = np.frombuffer(raw, dtype=dtype) if claimed else np.empty(shape, dtype)
    return array.reshape(shape, order="F" if is_fortran else "C")


def chosen(source: Source, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the array that is the vectors; its checks are those of one that came alone."""
    found = {name: array for name, array in arrays.items() if _is_matrix(array)}
    known = {name.lower(): array for name, array in reversed(found.items())}
    named = next((known[name] for name in NAMES if name in known), None)
    if named is None and len(found) > 1:
        raise source.bad_file(Word.SEVERAL_ARRAYS)
    if named is None and not found:
        raise source.bad_file(Word.NO_VECTORS)
    vectors = named if named is not None else next(iter(found.values()))
    _check_vectors(source, vectors)
    return vectors


def _is_matrix(array: np.ndarray) -> bool:
    return array.ndim == 2 and array.dtype.kind in NUMBERS


def _check_vectors(source: Source, vectors: np.ndarray) -> None:
    if not _is_matrix(vectors) or not vectors.shape[1]:
        raise source.bad_file(Word.NO_VECTORS)
    source.check_size(rows=len(vectors), unpacked_bytes=vectors.size * FLOAT32_BYTES)


def _texts(source: Source, arrays: Mapping[str, np.ndarray], rows: int) -> dict[str, list[str]]:
    columns: dict[str, list[str]] = {}
    for name, array in arrays.items():
        if array.dtype.kind not in TEXTS:
            continue
        try:
            if array.ndim == 1 and len(array) == rows:
                columns[name] = [_text(value) for value in array.tolist()]
        except ValueError as error:
            raise source.bad_column(name, Word.NOT_TEXT) from error
    own = {
        name: array.item()
        for name, array in arrays.items()
        if name in (OWN_TEXTS, OWN_COLUMNS) and array.ndim == 0 and array.dtype.kind in TEXTS
    }
    columns = {**own_columns(source, own, rows), **columns}
    source.check_size(columns=len(columns))
    return columns


def own_columns(
    source: Source, written: Mapping[str, str | bytes], rows: int
) -> dict[str, list[str]]:
    """Return the texts and other columns that this project wrote as JSON. Raises BadColumn."""
    columns: dict[str, list[str]] = {}
    for part in (OWN_TEXTS, OWN_COLUMNS):
        try:
            whole: Any = json.loads(written[part]) if part in written else {}
            cells = {"text": whole} if part == OWN_TEXTS and part in written else whole
            columns |= {str(name): _own_cells(each, rows) for name, each in cells.items()}
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise source.bad_column(part, Word.NOT_TEXT) from error
    return columns


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()


def _own_cells(cells: Any, rows: int) -> list[str]:
    if not isinstance(cells, list) or len(cells) != rows:
        raise ValueError("not a cell for each row")
    return [str(cell) for cell in cells]
