"""Decoding in the tests' own process."""

from __future__ import annotations

from core.sets.decoding.child import decode
from core.sets.decoding.source import Decoded, Source
from core.sets.user_file import Limits

LIMITS = Limits(file_bytes=25_000_000, rows=200_000)


def decoded(name: str, data: bytes) -> Decoded:
    return decode(Source(name=name, data=memoryview(data), limits=LIMITS))[0]


def columns(read: Decoded) -> dict[str, list[str]]:
    return {name: list(cells) for name, cells in read.columns.items()}
