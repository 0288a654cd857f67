"""The child process that decodes one file: started by ``core.sets.watching``."""

from __future__ import annotations

import mmap
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np

from core.errors import ExplorerError, Word
from core.sets.decoding.kinds import kind_of
from core.sets.decoding.outcome import INPUT, read_request, write_decoded, write_error
from core.sets.decoding.source import Decoded, Source, check_texts
from core.sets.user_file import FileKind
from core.work.guard import end_with_parent

# Imported when needed: a table of text is read without pyarrow.
DECODERS: dict[FileKind, str] = {
    FileKind.TXT: "lines:decode_txt",
    FileKind.CSV: "delimited:decode_delimited",
    FileKind.TSV: "delimited:decode_delimited",
    FileKind.JSONL: "lines:decode_jsonl",
    FileKind.PARQUET: "parquet:decode_parquet",
    FileKind.XLSX: "workbook:decode_workbook",
    FileKind.NPY: "arrays:decode_npy",
    FileKind.NPZ: "arrays:decode_npz",
    FileKind.SAFETENSORS: "tensors:decode_tensors",
}
BLOCK_ROWS = 4096


def main(path: str) -> None:
    """Decode the folder's input and leave there what became of it."""
    folder = Path(path)
    name, limits, parent = read_request(folder)
    end_with_parent(parent)
    _limit_memory(limits.memory_bytes)
    with (folder / INPUT).open("rb") as file:
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        source = Source(name=name, data=data, limits=limits)
        try:
            decoded, zero_vectors = decode(source)
        except ExplorerError as error:
            write_error(folder, error)
        else:
            write_decoded(folder, decoded, zero_vectors)


def decode(source: Source) -> tuple[Decoded, int]:
    """Return what the file holds, checked, and the number of zero vectors."""
    decoded = decoder(kind_of(source))(source)
    source.check_size(rows=decoded.rows, columns=len(decoded.columns))
    if not decoded.rows:
        raise source.bad_file(Word.NO_ROWS)
    check_texts(source, decoded.columns)
    if decoded.vectors is None:
        return decoded, 0
    vectors = _float32(source, decoded.vectors)
    zeros = int((~vectors.any(axis=1)).sum())
    return replace(decoded, vectors=vectors), zeros


def decoder(kind: FileKind) -> Callable[[Source], Decoded]:
    module, _, function = DECODERS[kind].partition(":")
    return getattr(import_module(f"core.sets.decoding.{module}"), function)


def _float32(source: Source, given: np.ndarray) -> np.ndarray:
    """Return the vectors as float32. Raises BadCell at the first value that is not finite."""
    vectors = np.empty(given.shape, dtype=np.float32)
    for start in range(0, len(given), BLOCK_ROWS):
        block = vectors[start : start + BLOCK_ROWS]
        with np.errstate(over="ignore", invalid="ignore"):
            block[:] = given[start : start + BLOCK_ROWS]
        finite = np.isfinite(block)
        if not finite.all():
            row, column = np.argwhere(~finite)[0]
            raise source.bad_cell(start + int(row) + 1, str(int(column) + 1), Word.NOT_FINITE)
    return vectors


def _limit_memory(most: int) -> None:
    """Have the system refuse more, where it can (not on Windows)."""
    try:
        import resource
    except ImportError:
        return
    # What it may write to: the address space also counts libraries and reserved space.
    for kind, value in ((resource.RLIMIT_DATA, most), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(kind)
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(kind, (allowed, allowed))
        except (ValueError, OSError):  # macOS knows the name and refuses
            continue


if __name__ == "__main__":
    main(sys.argv[1])
