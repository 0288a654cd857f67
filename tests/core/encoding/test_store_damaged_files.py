"""Damaged files of each class: no wrong vector, the file set aside, and work goes on.

What is damaged is a copy of one of two stores: many small rows, where the index is a large part of
the file, and a few large ones, which fill pages of their own. CI takes a few files of each class;
`make test-slow` takes a hundred and prints the figures.
"""

from __future__ import annotations

import gzip
import random
import sqlite3
import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from core.encoding import VectorStore
from core.encoding import store as store_module

HOW_MANY = pytest.mark.parametrize("files", [16, pytest.param(100, marks=pytest.mark.slow)])
PAGE_BYTES = 4096
HEADER_BYTES = 100
VERSION_AT = 60  # https://sqlite.org/fileformat.html#user_version_number

Vectors = dict[bytes, np.ndarray]
Damage = Callable[[random.Random, bytes], bytes]
JOURNAL = {False: "rollback journal", True: "write-ahead log"}


@dataclass(frozen=True)
class Sample:
    """The bytes of a whole store, and what is in it."""

    vectors: Vectors
    whole: bytes


@dataclass
class Figures:
    """What became of the files of one class."""

    files: int = 0
    set_aside: int = 0
    asked: int = 0
    read: int = 0
    wrong: int = 0

    def __str__(self) -> str:
        return (
            f"{self.files} files, {self.set_aside} set aside, {self.read} of {self.asked} vectors"
            f" still read, {self.wrong} wrong"
        )


def some_vectors(count: int, dimension: int, *, start: int = 1) -> Vectors:
    """Return vectors that follow from a number, under keys in no order, as hashes are."""
    numbers = range(start, start + count)
    return {random.Random(i).randbytes(32): np.full(dimension, i, np.float32) for i in numbers}


NEW = some_vectors(60, 64, start=1000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in memory where there is one: a disk would have to be waited for each time."""
    memory = Path("/dev/shm")
    parent = memory if memory.is_dir() else tmp_path_factory.mktemp("damaged")
    with TemporaryDirectory(dir=parent) as name:
        yield Path(name)


@pytest.fixture
def store(folder: Path) -> Iterator[VectorStore]:
    store = VectorStore(folder / "vectors.sqlite")
    yield store
    store.remove()


@pytest.fixture(params=list(JOURNAL), ids=list(JOURNAL.values()))
def wal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(store_module, "_wal_is_safe", lambda _: request.param)
    return request.param


@pytest.fixture
def samples(folder: Path, wal: bool) -> list[Sample]:
    return [sample(folder, some_vectors(300, 8)), sample(folder, some_vectors(40, 1024))]


def sample(folder: Path, vectors: Vectors) -> Sample:
    store = VectorStore(folder / "sample.sqlite")
    for start in range(10):
        store.put(dict(list(vectors.items())[start::10]))
    whole = store.path.read_bytes()
    store.remove()
    return Sample(vectors, whole)


def cut(chance: random.Random, whole: bytes) -> bytes:
    at_a_page = chance.random() < 0.3
    step = PAGE_BYTES if at_a_page and len(whole) > PAGE_BYTES else 1
    return whole[: chance.randrange(step, len(whole), step)]


def flip_bits(chance: random.Random, whole: bytes) -> bytes:
    damaged = bytearray(whole)
    for _ in range(chance.randint(1, 64)):
        damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def zero(chance: random.Random, whole: bytes) -> bytes:
    start = chance.randrange(len(whole))
    stop = min(start + 2 ** chance.randint(0, 15), len(whole))
    return whole[:start] + bytes(stop - start) + whole[stop:]


def other_version(chance: random.Random, whole: bytes) -> bytes:
    version = chance.choice([0, 2, -1, chance.randint(3, 2**31 - 1), chance.randint(-(2**31), -2)])
    return whole[:VERSION_AT] + struct.pack(">i", version) + whole[VERSION_AT + 4 :]


def not_sqlite(chance: random.Random, whole: bytes) -> bytes:
    noise = chance.randbytes(chance.randint(1, 50_000))
    text = "My notes, not a database. 覚え書き。" * chance.randint(1, 1000)
    return chance.choice([noise, text.encode(), gzip.compress(whole)])


SCHEMAS = [
    "CREATE TABLE notes (text)",
    "CREATE TABLE vectors (key, vector)",
    "CREATE TABLE vectors (key BLOB PRIMARY KEY, vector BLOB, checksum BLOB, model TEXT)",
    "CREATE VIEW vectors AS SELECT 1 AS key, 2 AS vector, 3 AS checksum",
]


def other_schema(chance: random.Random, whole: bytes) -> bytes:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(chance.choice(SCHEMAS))
        connection.execute(f"PRAGMA user_version={chance.choice([0, 1])}")
        return connection.serialize()


def work_on(store: VectorStore, vectors: Vectors, figures: Figures, *, read_first: bool) -> None:
    """Read and write, and check what the store promises; the damage may be met by either."""
    damaged, is_alone = store.path.read_bytes(), len(list(store.path.parent.iterdir())) == 1
    found = store.get(list(vectors)) if read_first else {}
    store.put(NEW)
    if store.set_aside and is_alone:
        assert store.set_aside[0].read_bytes() == damaged
    assert_same(store.get(list(NEW)), NEW)
    found = found if read_first else store.get(list(vectors))
    store.put(vectors | NEW)  # the engine computes again what was not found
    assert_same(store.get([*vectors, *NEW]), vectors | NEW)
    assert found.keys() <= vectors.keys()
    assert all(aside.exists() for aside in store.set_aside)
    figures.files += 1
    figures.set_aside += len(store.set_aside)
    figures.asked += len(vectors)
    figures.read += len(found)
    figures.wrong += sum(not np.array_equal(vectors[key], found[key]) for key in found)


def assert_same(found: Vectors, wanted: Vectors) -> None:
    assert found.keys() == wanted.keys()
    assert [key for key in wanted if not np.array_equal(found[key], wanted[key])] == []


@HOW_MANY
@pytest.mark.parametrize("damage", [cut, flip_bits, zero, not_sqlite, other_schema, other_version])
def test_work_goes_on_with_damaged_files(
    store: VectorStore, samples: list[Sample], wal: bool, damage: Damage, files: int
) -> None:
    chance, figures = random.Random(damage.__name__), Figures()
    for number in range(files):
        sample = samples[number % 2]
        store = opened_on(store.path, damage(chance, sample.whole))
        work_on(store, sample.vectors, figures, read_first=number % 4 < 2)
    print(f"{damage.__name__}, {JOURNAL[wal]}: {figures}")
    assert figures.wrong == 0
    if damage in (not_sqlite, other_schema, other_version):
        assert figures.set_aside == files


def opened_on(path: Path, content: bytes) -> VectorStore:
    store = VectorStore(path)
    store.remove()
    path.write_bytes(content)
    return store


def test_work_goes_on_whichever_byte_of_the_header_is_damaged(
    store: VectorStore, samples: list[Sample], wal: bool
) -> None:
    figures = Figures()
    for offset in range(HEADER_BYTES):
        sample = samples[offset % 2]
        damaged = bytearray(sample.whole)
        damaged[offset] ^= 1 << offset % 8
        store = opened_on(store.path, bytes(damaged))
        work_on(store, sample.vectors, figures, read_first=offset % 4 < 2)
    print(f"one bit of each byte of the header, {JOURNAL[wal]}: {figures}")
    assert figures.wrong == 0


@pytest.mark.parametrize("value", [0x00, 0xFF])
def test_what_is_put_is_kept_whichever_key_of_the_index_is_damaged(
    store: VectorStore, folder: Path, value: int
) -> None:
    vectors = some_vectors(30, 8)
    whole = sample(folder, vectors).whole
    figures = Figures()
    for key in vectors:
        damaged = bytearray(whole)
        damaged[whole.rindex(key)] = value
        store = opened_on(store.path, bytes(damaged))
        work_on(store, vectors, figures, read_first=True)
    print(f"first byte of each key in the index {value:#04x}: {figures}")
    assert figures.wrong == 0


@HOW_MANY
@pytest.mark.parametrize("damage", [cut, flip_bits, zero, not_sqlite])
def test_work_goes_on_where_the_journal_of_a_killed_process_is_damaged(
    store: VectorStore, folder: Path, wal: bool, damage: Damage, files: int
) -> None:
    vectors = some_vectors(300, 64)
    whole, journal = left_by_a_kill(folder, vectors)
    journal_path = store.path.with_name(store.path.name + ("-wal" if wal else "-journal"))
    chance, figures = random.Random(damage.__name__), Figures()
    for number in range(files):
        store = opened_on(store.path, whole)
        # The first is whole, to show that everything is in it.
        journal_path.write_bytes(damage(chance, journal) if number else journal)
        work_on(store, vectors, figures, read_first=number % 2 == 0)
        assert number or figures.read == len(vectors)
    print(f"a killed process's {JOURNAL[wal]}, {damage.__name__}: {figures}")
    assert figures.wrong == 0


def left_by_a_kill(folder: Path, vectors: Vectors) -> tuple[bytes, bytes]:
    """Return a file and its journal as they lie there in the middle of a write."""
    store = VectorStore(folder / "killed.sqlite")
    store.put(dict(list(vectors.items())[::2]))
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("PRAGMA cache_size=1")
        other.execute("SELECT count(*) FROM vectors")  # as long as it is open, the log stays
        store.put(dict(list(vectors.items())[1::2]))
        other.execute("BEGIN")
        other.execute("UPDATE vectors SET vector = zeroblob(256)")
        (journal,) = [*folder.glob("killed.sqlite-wal"), *folder.glob("killed.sqlite-journal")]
        content = store.path.read_bytes(), journal.read_bytes()
    store.remove()
    return content
