"""Vectors from safetensors; the library itself checks the header against the bytes."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from core.errors import Word
from core.sets.decoding.arrays import chosen, own_columns
from core.sets.decoding.source import Decoded, Source
from core.sets.user_file import FileKind

# As the format names them. BF16 is the upper half of a float32.
HEADER_SIZE_BYTES = 8
DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "u1",
}


def decode_tensors(source: Source) -> Decoded:
    """Return the tensor named "vectors", or the only one of shape (rows, dim), with the texts and
    columns that this project wrote beside it. Raises BadFile, BadColumn.
    """
    from safetensors import SafetensorError, deserialize

    # What it unpacks to is what it holds.
    source.check_size(unpacked_bytes=len(source.data))
    try:
        tensors = deserialize(bytes(source.data))
    except SafetensorError as error:
        raise source.bad_file(Word.DAMAGED) from error
    arrays = {
        name: _array(tensor["data"], tensor["dtype"], tensor["shape"])
        for name, tensor in tensors
        if tensor["dtype"] in DTYPES
    }
    vectors = chosen(source, arrays)
    rows = len(vectors)
    columns = own_columns(source, _metadata(bytes(source.data)), rows)
    source.check_size(columns=len(columns))
    return Decoded(kind=FileKind.SAFETENSORS, columns=columns, rows=rows, vectors=vectors)


def _metadata(data: bytes) -> dict[str, str]:
    """Return the header's free texts; that the header is whole was checked before."""
    size = int.from_bytes(data[:HEADER_SIZE_BYTES], "little")
    header: Any = json.loads(data[HEADER_SIZE_BYTES : HEADER_SIZE_BYTES + size])
    return header.get("__metadata__") or {}


def _array(data: bytearray, dtype: str, shape: list[int]) -> np.ndarray:
    if not math.prod(shape):
        return np.empty(shape, DTYPES[dtype])
    array = np.frombuffer(data, DTYPES[dtype]).reshape(shape)
    if dtype == "BF16":
        return (array.astype(np.uint32) << 16).view(np.float32)
    return array
