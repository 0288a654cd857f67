"""Where the stores are: one that all share, and one for each session that ends with it."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

import psutil

from core.encoding.request import Scope
from core.encoding.store import VectorStore
from core.work.job import describe_process, living

# Of a session's store: the server's number, and its create time, without which a later process of
# the same number would keep it (in a container numbers begin anew with each start).
SERVER = re.compile(r"(\d+)-(\d+)-")


def shared_store(data_dir: Path) -> VectorStore:
    """Return the store of built-in texts."""
    return VectorStore(data_dir / "stores" / f"{Scope.SHARED}.sqlite")


def session_store(data_dir: Path) -> VectorStore:
    """Return a new store for one session's texts; whoever opens it removes it at the end."""
    server = describe_process(psutil.Process())
    name = f"{server['pid']}-{server['created']:.0f}-{uuid.uuid4().hex}.sqlite"
    return VectorStore(_sessions(data_dir) / name)


def command_store(data_dir: Path) -> VectorStore:
    """Return the store of this user's commands, which stays: a later command goes on from it."""
    return VectorStore(data_dir / "stores" / "commands.sqlite")


def remove_orphans(data_dir: Path) -> None:
    """Remove the stores of sessions whose server was killed before it could."""
    for path in _sessions(data_dir).glob("*.sqlite*"):
        server = SERVER.match(path.name)
        if server is None or living({"pid": int(server[1]), "created": int(server[2])}) is None:
            path.unlink(missing_ok=True)


def _sessions(data_dir: Path) -> Path:
    return data_dir / "sessions"
