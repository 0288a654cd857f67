"""Parquet: its own counts are checked first, then a batch of rows at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq
import pyarrow.types as kinds

from core.errors import Word
from core.sets.decoding.arrays import FLOAT32_BYTES, NAMES
from core.sets.decoding.source import Decoded, Source, checked_names
from core.sets.user_file import FileKind

BATCH_ROWS = 4096
pc: Any = pyarrow.compute  # its functions are made at run time
LONG_VALUES = {"BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"}
DICTIONARIES = {"RLE_DICTIONARY", "PLAIN_DICTIONARY"}


def decode_parquet(source: Source) -> Decoded:
    """Return the columns as texts; lists of numbers of one length are the vectors."""
    try:
        return _Reading(source).decoded()
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, MemoryError):
            raise
        raise source.bad_file(Word.DAMAGED) from error


class _Reading:
    """One file on its way: ``unpacked`` counts the bytes of all texts so far."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.file = _opened(source)
        self.names = checked_names(source, self.file.schema_arrow.names)
        self.cells: list[list[str]] = [[] for _ in self.names]
        self.vectors: list[np.ndarray] = []
        self.vector_at: int | None = None
        self.rows = self.unpacked = 0

    def decoded(self) -> Decoded:
        for batch in self.file.iter_batches(BATCH_ROWS, use_threads=False):
            if not self.rows:
                self.vector_at = _vector_column(batch, self.names)
            for at, array in enumerate(batch.columns):
                if at == self.vector_at:
                    self._add_vectors(array)
                else:
                    self._add_texts(at, array)
            self.rows += len(batch)
            self.source.check_size(rows=self.rows, columns=len(self.names))
        named = zip(self.names, self.cells, strict=True)
        return Decoded(
            kind=FileKind.PARQUET,
            columns={name: cells for at, (name, cells) in enumerate(named) if at != self.vector_at},
            rows=self.rows,
            vectors=np.concatenate(self.vectors) if self.vectors else None,
        )

    def _add_texts(self, at: int, array: Any) -> None:
        self.unpacked += _unpacked_bytes(array)
        self.source.check_size(unpacked_bytes=self.unpacked)
        try:
            self.cells[at].extend(_texts(array))
        except UnicodeDecodeError as error:
            raise self.source.bad_column(self.names[at], Word.NOT_TEXT) from error

    def _add_vectors(self, array: Any) -> None:
        width = self.vectors[0].shape[1] if self.vectors else None
        lengths = _lengths(array)
        width = width or int(lengths[0])
        other = np.flatnonzero(lengths != width)
        if len(other):
            raise self.source.bad_row(self.rows + int(other[0]) + 1, Word.OTHER_DIMENSION)
        rows = self.rows + len(array)
        self.source.check_size(rows=rows, unpacked_bytes=rows * width * FLOAT32_BYTES)
        numbers = array.flatten().to_numpy(zero_copy_only=False)
        self.vectors.append(numbers.reshape(len(array), width))


def _opened(source: Source) -> pq.ParquetFile:
    """Return the file, its counts checked. Raises FileTooLarge."""
    buffer = pa.py_buffer(source.data)
    metadata = pq.read_metadata(pa.BufferReader(buffer))
    source.check_size(rows=metadata.num_rows, columns=metadata.num_columns)
    chunks = [
        metadata.row_group(group).column(column)
        for group in range(metadata.num_row_groups)
        for column in range(metadata.num_columns)
    ]
    values = sum(chunk.num_values for chunk in chunks)
    written = sum(chunk.total_uncompressed_size for chunk in chunks)
    source.check_size(unpacked_bytes=max(written, values * FLOAT32_BYTES))
    # Written once and repeated by number, a value may unpack to any size: kept as it is written.
    # Arrow can't keep those of other encodings; them it is the process's limits that bound.
    repeated = {chunk.path_in_schema for chunk in chunks if _is_repeated(chunk)}
    others = {chunk.path_in_schema for chunk in chunks if not _is_repeated(chunk)}
    return pq.ParquetFile(pa.BufferReader(buffer), read_dictionary=sorted(repeated - others))


def _is_repeated(chunk: Any) -> bool:
    return chunk.physical_type in LONG_VALUES and bool(DICTIONARIES & set(chunk.encodings))


def _vector_column(batch: Any, names: Sequence[str]) -> int | None:
    """Return which column is the vectors: one with a known name, else the only one that may be."""
    found = [at for at, array in enumerate(batch.columns) if _may_be_vectors(array)]
    known = [at for name in NAMES for at in found if names[at].lower() == name]
    return next(iter(known or (found if len(found) == 1 else [])), None)


def _may_be_vectors(array: Any) -> bool:
    if not _is_list(array.type) or not kinds.is_floating(array.type.value_type):
        return False
    lengths = _lengths(array)
    return len(lengths) > 0 and int(lengths[0]) > 1 and bool((lengths == lengths[0]).all())


def _is_list(kind: Any) -> bool:
    return kinds.is_list(kind) or kinds.is_large_list(kind) or kinds.is_fixed_size_list(kind)


def _lengths(array: Any) -> np.ndarray:
    return pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)


def _unpacked_bytes(array: Any) -> int:
    """Return the bytes of the values when each stands for itself."""
    if _is_list(array.type):
        return _unpacked_bytes(array.flatten())
    if not isinstance(array, pa.DictionaryArray):
        return array.nbytes
    lengths = pc.binary_length(array.dictionary)
    return pc.sum(pc.take(lengths, array.indices)).as_py() or 0


def _texts(array: Any) -> list[str]:
    if isinstance(array, pa.DictionaryArray):
        values = _texts(array.dictionary)
        return ["" if at is None else values[at] for at in array.indices.to_pylist()]
    kind = array.type
    if kinds.is_binary(kind) or kinds.is_large_binary(kind) or kinds.is_fixed_size_binary(kind):
        return ["" if value is None else value.decode() for value in array.to_pylist()]
    if kinds.is_integer(kind) or kinds.is_floating(kind):
        array = array.cast(pa.string())
    return [_text(value) for value in array.to_pylist()]


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list() | dict() | tuple():
            return json.dumps(value, ensure_ascii=False, default=str)
        case _:
            return str(value)
