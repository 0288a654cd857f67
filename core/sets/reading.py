"""Reading users' files: tables, lines and vectors, decoded where they can do no harm."""

from __future__ import annotations

from core.errors import BadFile, FileTooLarge, Word
from core.sets.choosing import ColumnChoice, guess
from core.sets.making import Made, to_set, with_metadata
from core.sets.user_file import (
    MEGABYTE,
    FileKind,
    Limits,
    ReadFile,
    kind_of_name,
    shown_name,
)
from core.sets.watching import decode_apart
from core.settings import settings

__all__ = [
    "ColumnChoice",
    "FileKind",
    "Limits",
    "Made",
    "ReadFile",
    "default_limits",
    "guess",
    "kind_of_name",
    "read_file",
    "to_set",
    "with_metadata",
]


def read_file(name: str, data: bytes | memoryview, *, limits: Limits | None = None) -> ReadFile:
    """Return what the file holds, decoded by a process of its own.

    The content decides what kind of file it is, and the name where the content leaves it open.
    Raises BadFile, BadRow, BadColumn, BadCell where something can't be used (rows count from 1,
    after a header), FileTooLarge, and ReadingStopped where decoding took more than the limits
    allow or crashed.
    """
    limits = limits or default_limits()
    shown = shown_name(name)
    if not len(data):
        raise BadFile(
            f"{shown} can't be read: {Word.EMPTY}.",
            hint="Choose another file.",
            file=shown,
            problem=Word.EMPTY,
        )
    if len(data) > limits.file_bytes:
        most = limits.file_bytes // MEGABYTE
        raise FileTooLarge(
            f"{shown} holds more than {most:,} {Word.MEGABYTES}.",
            hint="Split the file, or keep only the rows that you need.",
            file=shown,
            most=f"{most:,}",
            what=Word.MEGABYTES,
        )
    return decode_apart(name, data, limits)


def default_limits() -> Limits:
    """Return the limits that the settings give."""
    return Limits(file_bytes=settings().upload_mb * MEGABYTE, rows=settings().upload_rows)
