"""Vectors kept on disk under their whole key."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
from filelock import FileLock

from core.errors import StoreFault

SCHEMA_VERSION = 1
LOCK_SECONDS = 30.0
POLL_SECONDS = 0.005
KEYS_PER_QUERY = 500
CHECK_BYTES = 8
# Releases of SQLite whose write-ahead log is free of the reset fault of 2025
# (https://sqlite.org/wal.html#walresetbug); elsewhere the rollback journal serves.
WAL_SAFE = ((3, 44, 6), (3, 50, 7), (3, 51, 3))

_ENDINGS = ("", "-wal", "-shm", "-journal")
_CREATE = (
    "CREATE TABLE vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL, checksum BLOB NOT NULL)"
)


class VectorStore:
    """One SQLite file of one scope, safe to use from several threads and processes at once.

    Rows carry a checksum over key and vector, so that a damaged row is a missing one and never a
    wrong vector. ``set_aside`` names the damaged files that were moved out of the way.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.set_aside: list[Path] = []
        self._discarded = False
        self._lock = _locks.setdefault(path.absolute(), threading.Lock())

    def get(self, keys: Sequence[bytes]) -> dict[bytes, np.ndarray]:
        """Return what is there: float32 vectors, shape (dim,), by key. Raises StoreFault."""
        found: dict[bytes, np.ndarray] = {}
        with self._faults():
            if self.path.exists():
                self._attempt(lambda: self._read(list(dict.fromkeys(keys)), found))
        return found

    def put(self, vectors: Mapping[bytes, np.ndarray]) -> None:
        """Keep the vectors, all or none of them. Raises StoreFault (a full disk, a lock)."""
        rows = {
            key: np.asarray(vector, dtype=np.float32).tobytes() for key, vector in vectors.items()
        }
        if self._discarded:
            return  # its session has ended: a call that was still at work must not bring it back
        with self._faults():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._attempt(lambda: self._write(rows))

    def remove(self) -> None:
        """Delete the store with everything in it, and what was set aside."""
        if not self.path.parent.is_dir():
            return
        damaged = self.path.parent.glob(f"{self.path.name}.damaged-*")
        for path in [*map(self._beside, _ENDINGS), *damaged, self._beside(".lock")]:
            path.unlink(missing_ok=True)

    def discard(self) -> None:
        """Delete the store and keep nothing from now on."""
        with self._lock:
            self._discarded = True
            self.remove()
        _locks.pop(self.path.absolute(), None)

    def _attempt(self, action: Callable[[], None]) -> None:
        """Do it, a second time with a new file where the first one is damaged."""
        # One at a time in all threads and processes: neither a file nor its journal must be taken
        # away under an open connection. Threads have a lock of their own, which needs no polling.
        alone = FileLock(self._beside(".lock"), LOCK_SECONDS, poll_interval=POLL_SECONDS)
        with self._lock, alone:
            if self._discarded:
                return
            try:
                action()
            except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
                if not self._is_damage(error):
                    raise
                self._move_aside()
                action()

    def _read(self, keys: Sequence[bytes], found: dict[bytes, np.ndarray]) -> None:
        with self._connected() as connection:
            for key, vector in _whole_rows(connection, keys):
                found[key] = np.frombuffer(vector, dtype=np.float32)

    def _write(self, rows: Mapping[bytes, bytes]) -> None:
        with self._connected() as connection, connection:
            connection.executemany(
                "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)",
                [(key, vector, _checksum(key, vector)) for key, vector in rows.items()],
            )
            # A damaged index takes rows in and does not find them again.
            if dict(_whole_rows(connection, list(rows))) != rows:
                raise sqlite3.DatabaseError("what was written can't be read back")

    @contextmanager
    def _connected(self) -> Generator[sqlite3.Connection]:
        # A connection for each call: it costs 0.1 ms and belongs to no thread.
        with closing(sqlite3.connect(self.path, timeout=LOCK_SECONDS)) as connection:
            connection.text_factory = bytes  # a damaged column may hold text that is none
            is_new = _is_new(connection)
            _choose_journal(connection)
            if is_new:
                with connection:
                    connection.execute("BEGIN IMMEDIATE")
                    connection.execute(_CREATE)
                    connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
            yield connection

    def _is_damage(self, error: Exception) -> bool:
        """Say whether the file itself is no store of ours; a full disk or a lock passes."""
        if not isinstance(error, sqlite3.OperationalError):
            return True
        code = getattr(error, "sqlite_errorcode", None)
        if code == sqlite3.SQLITE_READONLY:
            # A file that may be written, but says in its header that it must not be.
            return os.access(self.path, os.W_OK)
        # SQLITE_ERROR: the schema can't be read, or is another one.
        return code == sqlite3.SQLITE_ERROR

    def _move_aside(self) -> None:
        damaged = self._beside(f".damaged-{time.time_ns()}")
        for ending in _ENDINGS:
            if self._beside(ending).exists():
                self._beside(ending).rename(damaged.with_name(damaged.name + ending))
        self.set_aside.append(damaged)

    def _beside(self, ending: str) -> Path:
        return self.path.with_name(self.path.name + ending)

    @contextmanager
    def _faults(self) -> Generator[None]:
        try:
            yield
        except (OSError, sqlite3.DatabaseError, UnicodeDecodeError) as error:
            raise StoreFault(
                f"The vector store {self.path.name} could not be used: {error}.",
                hint="The result is right, but it was not kept. Check the disk's free space, the "
                "folder's permissions, and other programs that use the file.",
                path=self.path.name,
                reason=str(error),
            ) from error


# One for each file, however many stores are opened on it.
_locks: dict[Path, threading.Lock] = {}


def _checksum(key: bytes, vector: bytes) -> bytes:
    return hashlib.blake2b(vector, key=key, digest_size=CHECK_BYTES).digest()


def _whole_rows(
    connection: sqlite3.Connection, keys: Sequence[bytes]
) -> Iterator[tuple[bytes, bytes]]:
    """Yield key and vector of the rows that are there and whole."""
    wanted = set(keys)
    for start in range(0, len(keys), KEYS_PER_QUERY):
        part = keys[start : start + KEYS_PER_QUERY]
        marks = ",".join("?" * len(part))
        rows = connection.execute(
            f"SELECT key, vector, checksum FROM vectors WHERE key IN ({marks})", part
        )
        for key, vector, checksum in rows:
            # A damaged index may lead to another key's row.
            if key in wanted and isinstance(vector, bytes) and checksum == _checksum(key, vector):
                yield key, vector


def _is_new(connection: sqlite3.Connection) -> bool:
    """Say whether the file is empty. Raises DatabaseError if someone else wrote it."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL")
    schema = [sql for (sql,) in rows]
    if (version, schema) not in ((0, []), (SCHEMA_VERSION, [_CREATE.encode()])):
        raise sqlite3.DatabaseError(f"written by another program or version: {version}, {schema}")
    return not schema


def _wal_is_safe(version: tuple[int, ...]) -> bool:
    return version >= WAL_SAFE[-1] or any(
        version[:2] == safe[:2] and version >= safe for safe in WAL_SAFE
    )


def _choose_journal(connection: sqlite3.Connection) -> None:
    # Asked each time: a file remembers its journal, and an older SQLite may open it next.
    mode = "WAL" if _wal_is_safe(sqlite3.sqlite_version_info) else "DELETE"
    try:
        connection.execute(f"PRAGMA journal_mode={mode}")
    except sqlite3.OperationalError as error:
        # SQLite waits for no lock here; the journal that the file has serves as well.
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
