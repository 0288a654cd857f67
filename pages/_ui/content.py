"""A key for a cache: what a value holds, whatever objects hold it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Protocol

import numpy as np


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...


def digest(value: object) -> str:
    """Return a digest of all that the value holds: text, numbers, arrays, and collections
    and dataclasses of them.

    Raises TypeError for anything else: its content could change without its key.
    """
    found = hashlib.blake2b(digest_size=16)
    _feed(found, value)
    return found.hexdigest()


def _feed(found: _Hash, value: object) -> None:
    # The usual first: whether a value is a mapping or a dataclass takes long to find out.
    if isinstance(value, str):
        text = value.encode("utf-8", "surrogatepass")
        found.update(b"text %d %b" % (len(text), text))
    elif isinstance(value, (tuple, list)):
        _feed_each(found, value)
    elif value is None or isinstance(value, (bool, int, float, np.generic)):
        found.update(f"{type(value).__name__} {value!r} ".encode())
    elif isinstance(value, np.ndarray) and value.dtype != object:
        found.update(f"array {value.dtype.str} {value.shape} ".encode())
        found.update(np.ascontiguousarray(value).data.cast("B") if value.size else b"")
    elif isinstance(value, Mapping):
        found.update(b"mapping %d " % len(value))
        for pair in value.items():
            _feed(found, pair)
    elif isinstance(value, (Sequence, np.ndarray)):
        _feed_each(found, value)
    elif is_dataclass(value) and not isinstance(value, type):
        found.update(f"{type(value).__qualname__} ".encode())
        for each in fields(value):
            _feed(found, (each.name, getattr(value, each.name)))
    else:
        raise TypeError(f"{type(value).__name__} has no digest.")


def _feed_each(found: _Hash, values: Sequence[object] | np.ndarray) -> None:
    found.update(b"sequence %d " % len(values))
    for each in values:
        _feed(found, each)
