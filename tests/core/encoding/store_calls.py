"""What the other processes of the store's tests do; a process imports it by name.

A batch has a number, from which its keys and vectors follow: eight keys of its own, and four that
every batch puts again.
"""

from __future__ import annotations

import itertools
import os
import signal
import sqlite3
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path

import numpy as np

from core.encoding import VectorStore
from core.encoding import store as store_module

DIMENSION = 256
OWN, COMMON = range(8), range(4)

Vectors = dict[bytes, np.ndarray]


def own_vectors(number: int) -> Vectors:
    ramp = np.arange(DIMENSION, dtype=np.float32)
    return {number.to_bytes(24, "big") + i.to_bytes(8, "big"): ramp + 8 * number + i for i in OWN}


def common_vectors(number: int) -> Vectors:
    return {b"common" + bytes([i]): np.full(DIMENSION, number + i / 8, np.float32) for i in COMMON}


def batch(number: int) -> Vectors:
    return own_vectors(number) | common_vectors(number)


def use_journal(*, wal: bool) -> None:
    store_module._wal_is_safe = lambda _: wal


def write_on(path: Path, wal: bool, first: int, said: Connection) -> None:
    """Put batch after batch until killed, and say each number once ``put`` has returned."""
    use_journal(wal=wal)
    store = VectorStore(path)
    said.send("ready")
    for number in itertools.count(first):
        store.put(batch(number))
        said.send(number)


def die_writing(path: Path, wal: bool, statement: str, count: int, number: int) -> None:
    """Die as the ``count``-th such statement begins, with pages of the batch already on the disk."""
    use_journal(wal=wal)
    begun = itertools.count(1)

    def trace(text: str) -> None:
        if text.startswith(statement) and next(begun) == count:
            os.kill(os.getpid(), signal.SIGKILL)

    class Dying(sqlite3.Connection):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.execute("PRAGMA cache_size=1")  # what does not fit is written at once
            self.set_trace_callback(trace)

    sqlite3.connect = partial(sqlite3.connect, factory=Dying)
    VectorStore(path).put(batch(number))


def write_batches(path: Path, wal: bool, numbers: range, start: Barrier) -> None:
    use_journal(wal=wal)
    store = VectorStore(path)
    start.wait()
    for number in numbers:
        store.put(batch(number))


def read_until(path: Path, wal: bool, numbers: range, start: Barrier, said: Connection) -> None:
    """Read all batches again and again, until a word comes; say what was seen.

    Fails where a vector is wrong, or was there and is not any more.
    """
    use_journal(wal=wal)
    store = VectorStore(path)
    own = {key: vector for number in numbers for key, vector in own_vectors(number).items()}
    seen: set[bytes] = set()
    start.wait()
    for reads in itertools.count(1):
        last = said.poll()
        found = store.get([*own, *common_vectors(0)])
        common = {key: found.pop(key) for key in common_vectors(0) if key in found}
        assert all(np.array_equal(vector, own[key]) for key, vector in found.items())
        assert seen <= found.keys()
        assert not common or is_one_batch(common, numbers)
        seen = set(found)
        if last:
            said.send((reads, len(seen), store.set_aside))
            return


def is_one_batch(common: Vectors, numbers: range) -> bool:
    """Say whether these are the common vectors of one of the numbers, all of the same one."""
    number = int(common[b"common\0"][0])
    wanted = common_vectors(number)
    return (
        number in numbers
        and common.keys() == wanted.keys()
        and all(np.array_equal(common[key], wanted[key]) for key in wanted)
    )


def put_after(path: Path, opened: Event, go_on: Event) -> None:
    """Put a batch, but wait between opening the file and reading from it."""
    connect = sqlite3.connect

    def slowly(*args, **kwargs):
        connection = connect(*args, **kwargs)
        if not opened.is_set():
            opened.set()
            go_on.wait(1)
        return connection

    sqlite3.connect = slowly
    VectorStore(path).put(batch(2))


def meet(path: Path, wal: bool, numbers: range, start: Barrier, said: Connection) -> None:
    """Read and write where others do at the same moment; say which files were set aside."""
    use_journal(wal=wal)
    store = VectorStore(path)
    start.wait()
    for number in numbers:
        store.get(list(batch(number)))
        store.put(batch(number))
    said.send(store.set_aside)
