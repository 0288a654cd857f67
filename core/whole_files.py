"""Small files that are written whole or not at all, by one process while others read them."""

from __future__ import annotations

import errno
import json
import os
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from core.errors import NoRoom

T = TypeVar("T")

REPLACE_TRIES = 50
FULL = (errno.ENOSPC, errno.EDQUOT)


def write_json(
    path: Path,
    data: Mapping[str, Any],
    *,
    private: bool = False,
    folders: bool = False,
    any_number: bool = False,
) -> None:
    """Write beside and rename, so that a reader sees the old text or the new one, whole.

    A ``private`` file is never readable by others, not for a moment; missing ``folders`` are made
    on request: another process may have removed them on purpose. With ``any_number``, nan and the
    infinities are written as Python's json does, which read_json reads; without it they raise
    ValueError. Raises NoRoom, and leaves nothing then; OSError where the place can't be written at
    all.
    """
    text = json.dumps(data, allow_nan=any_number, ensure_ascii=False)
    beside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    rights = 0o600 if private else 0o666
    try:
        if folders:
            path.parent.mkdir(parents=True, exist_ok=True)
        # Made with its rights, not given them afterwards.
        opened = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, rights)
        with os.fdopen(opened, "w", encoding="utf-8") as file:
            file.write(text)
        patiently(lambda: beside.replace(path))
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise NoRoom(
            f"The disk is full: {path} could not be written.",
            hint="Make room and try again.",
            file=str(path),
        ) from error
    finally:
        with suppress(FileNotFoundError, NotADirectoryError):
            beside.unlink()


def read_json(path: Path) -> dict[str, Any] | None:
    """Return what the file holds; None where there is none, or a power cut left no whole one."""
    try:
        return json.loads(patiently(lambda: path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return None


def patiently(action: Callable[[], T]) -> T:
    """Try again while Windows refuses because another process has the file open."""
    for _ in range(REPLACE_TRIES):
        try:
            return action()
        except PermissionError:
            if os.name != "nt":
                raise
            time.sleep(0.01)
    return action()
