"""What the tests of the lane have a worker do; a worker imports it by name."""

from __future__ import annotations

import os
import time
from pathlib import Path

from core.errors import ModelNotFound

_kept: list[bytearray] = []


def add(a: int, b: int = 0) -> int:
    return a + b


def hold(started: Path, release: Path) -> int:
    """Say that the call has begun, and stay in it until ``release`` is there."""
    started.touch()
    while not release.exists():
        time.sleep(0.005)
    return os.getpid()


def log_visit(log: Path) -> None:
    """Write a line on the way in and one on the way out."""
    for word in ("in", "out"):
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{word}\n")
        time.sleep(0.005)


def write_name(log: Path, name: str, *, seconds: float = 0.0) -> None:
    time.sleep(seconds)
    with log.open("a", encoding="utf-8") as file:
        file.write(f"{name}\n")


def die() -> None:
    os._exit(1)


def keep_memory(mebibytes: int) -> int:
    """Grow for good, as loading a model does."""
    _kept.append(bytearray(os.urandom(1024) * 1024 * mebibytes))
    return os.getpid()


def ask_for_too_much_memory() -> int:
    return len(bytearray(1 << 60))


def raise_model_not_found() -> None:
    raise ModelNotFound("No model is named 'x'.", hint="Try 'y'.", name="x", known="y, 模型")


def raise_foreign() -> None:
    from tests.core.work.foreign import NeedsKeyword

    raise NeedsKeyword(needed="this")


def raise_foreign_panic() -> None:
    from tests.core.work.foreign import Panic

    raise Panic("the Rust code panicked")


def raise_foreign_out_of_memory() -> None:
    from tests.core.work.foreign import OutOfMemoryError

    raise OutOfMemoryError("CUDA out of memory")
