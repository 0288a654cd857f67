"""Reading texts from files, and writing results beside and then renaming."""

from __future__ import annotations

import codecs
import errno
import os
import sys
import uuid
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from core.errors import BadRequest, PathNotUsable

STANDARD_INPUT = Path("-")


def read_texts(path: Path) -> tuple[str, ...]:
    r"""Return the lines that hold something, as they are; only \n, \r\n and \r end a line.

    Raises PathNotUsable (also where a line is not UTF-8) and BadRequest where there is no text.
    """
    name = _name(path)
    lines = read(path).removeprefix(codecs.BOM_UTF8).splitlines()  # bytes know no other line ends
    decoded = (_decoded(line, number, name) for number, line in enumerate(lines, start=1))
    texts = tuple(text for text in decoded if text.strip())
    if not texts:
        raise BadRequest(f"There is no text in {name}.", hint="Write one text a line.")
    return texts


def read_text(path: Path) -> str:
    """Return the whole file, its line ends as they are. Raises PathNotUsable as ``read_texts``."""
    name = _name(path)
    lines = read(path).removeprefix(codecs.BOM_UTF8).splitlines(keepends=True)
    return "".join(_decoded(line, number, name) for number, line in enumerate(lines, start=1))


def read(path: Path) -> bytes:
    """Return the file's bytes, or standard input's for ``-``. Raises PathNotUsable."""
    try:
        return sys.stdin.buffer.read() if path == STANDARD_INPUT else path.read_bytes()
    except OSError as error:
        raise _not_usable(_name(path), "read", error) from error


def check_writable(path: Path) -> None:
    """Find out before the work whether ``writing`` can work. Raises PathNotUsable."""
    with _as_not_usable(path):
        target, beside = _places(path)
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        beside.touch(exist_ok=False)
        beside.unlink()


@contextmanager
def writing(path: Path) -> Generator[BinaryIO]:
    """Give a file that takes the place of ``path`` once it is whole. Raises PathNotUsable."""
    target, beside = _places(path)
    with _as_not_usable(path):
        try:
            with beside.open("xb") as file:
                yield file
            beside.replace(target)
        finally:
            with suppress(OSError):
                beside.unlink()


def _places(path: Path) -> tuple[Path, Path]:
    # A link stays a link: the file that it stands for is replaced.
    target = Path(os.path.realpath(path))
    return target, target.with_name(f".umekomi-{uuid.uuid4().hex}")


@contextmanager
def _as_not_usable(path: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise _not_usable(str(path), "written", error) from error


def _not_usable(name: str, what: str, error: OSError) -> PathNotUsable:
    reason = error.strerror or str(error)
    advice = {
        errno.ENOENT: "Check the name and its folder.",
        errno.ENOSPC: "Free some space, or choose a place on another disk.",
    }
    return PathNotUsable(
        f"{name} can't be {what}: {reason}.",
        hint=advice.get(error.errno or 0, "Choose another place, or get the right to use it."),
        path=name,
        reason=reason,
    )


def _decoded(line: bytes, number: int, name: str) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        place = error.start + 1
        reason = f"line {number} is not UTF-8 (byte 0x{line[error.start]:02X} at position {place})"
        raise PathNotUsable(
            f"{name} can't be read: {reason}.",
            hint="Save the file as UTF-8.",
            path=name,
            reason=reason,
        ) from error


def _name(path: Path) -> str:
    return "standard input" if path == STANDARD_INPUT else str(path)
