"""What is read of a user's file, and how much of it at most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

MEGABYTE = 1_000_000
SHOWN_NAME = 100


class FileKind(StrEnum):
    """How a file is written."""

    TXT = "txt"  # a line each
    CSV = "csv"
    TSV = "tsv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    XLSX = "xlsx"
    NPY = "npy"
    NPZ = "npz"
    SAFETENSORS = "safetensors"


SUFFIXES: Mapping[str, FileKind] = {
    **{f".{kind}": kind for kind in FileKind},
    ".text": FileKind.TXT,
    ".md": FileKind.TXT,
    ".tab": FileKind.TSV,
    ".ndjson": FileKind.JSONL,
    ".json": FileKind.JSONL,
    ".pq": FileKind.PARQUET,
    ".xlsm": FileKind.XLSX,
}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much of a file is read, and what reading may take.

    ``unpacked_bytes`` bounds what an archive, a Parquet file or an array may unpack to,
    ``text_characters`` all cells together, ``line_characters`` one cell or one line.
    """

    file_bytes: int
    rows: int
    columns: int = 1_000
    cells: int = 4_000_000
    line_characters: int = 1_000_000
    text_characters: int = 50_000_000
    unpacked_bytes: int = 256_000_000
    seconds: float = 20.0
    memory_bytes: int = 1 << 30


@dataclass(frozen=True, kw_only=True)
class ReadFile:
    """A file as it was read.

    ``kind`` is what the content is, whatever the name says. ``columns`` are texts as they were
    written (``NA`` and ``007`` stay), empty where there was nothing, a value a row each.
    ``vectors`` is float32, shape (rows, dim), finite, read-only; ``zero_vectors`` counts those
    without a direction. ``encoding`` and ``delimiter`` are empty where the kind has none.
    """

    name: str
    kind: FileKind
    columns: Mapping[str, tuple[str, ...]]
    vectors: np.ndarray | None = None
    encoding: str = ""
    delimiter: str = ""
    rows: int
    zero_vectors: int = 0


def kind_of_name(name: str) -> FileKind | None:
    """Return what the name's ending says the file is, None where it says nothing known."""
    return SUFFIXES.get(PurePath(name).suffix.lower())


def shown_name(name: str) -> str:
    """Return the name as messages show it: without folders, on one line, not too long."""
    base = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter if letter.isprintable() else "�" for letter in base)[-SHOWN_NAME:]
