"""A damaged store costs a computation, never a wrong vector, and work goes on."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from core.encoding import VectorStore
from core.encoding import store as store_module
from core.errors import StoreFault
from core.settings import ROOT

VECTORS = {bytes([i]) * 32: np.full(8, i, dtype=np.float32) for i in range(1, 31)}
KEY, VECTOR = next(iter(VECTORS.items()))


@pytest.fixture
def store(tmp_path: Path) -> VectorStore:
    """A store with thirty vectors."""
    store = VectorStore(tmp_path / "vectors.sqlite")
    store.put(VECTORS)
    return store


def execute(store: VectorStore, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute(statement, values)


def assert_works(store: VectorStore) -> None:
    store.put({b"new": VECTOR})
    assert np.array_equal(store.get([b"new"])[b"new"], VECTOR)


@pytest.mark.parametrize("byte", range(0, 32, 5))
def test_a_flipped_byte_in_a_vector_makes_it_missing_and_no_other(
    store: VectorStore, byte: int
) -> None:
    whole = store.path.read_bytes()
    start = whole.index(VECTOR.tobytes())
    damaged = bytearray(whole)
    damaged[start + byte] ^= 0x01
    store.path.write_bytes(damaged)
    found = store.get(list(VECTORS))
    assert found.keys() == VECTORS.keys() - {KEY}
    store.put({KEY: VECTOR})
    assert np.array_equal(store.get([KEY])[KEY], VECTOR)


def test_a_vector_under_another_key_is_missing(store: VectorStore) -> None:
    execute(store, "UPDATE vectors SET key = ? WHERE key = ?", b"other", KEY)
    assert store.get([b"other", KEY]) == {}


@pytest.mark.parametrize("flip", [0xFF, 0x01], ids=["all bits", "one bit"])
def test_no_damaged_byte_anywhere_gives_a_wrong_vector(store: VectorStore, flip: int) -> None:
    whole = store.path.read_bytes()
    for offset in range(0, len(whole), 61):
        store.remove()
        damaged = bytearray(whole)
        damaged[offset] ^= flip
        store.path.write_bytes(damaged)
        for key, vector in store.get(list(VECTORS)).items():
            assert np.array_equal(vector, VECTORS[key]), f"byte {offset}"


def test_a_file_cut_short_gives_no_wrong_vector_and_work_goes_on(store: VectorStore) -> None:
    whole = store.path.read_bytes()
    for length in range(1, len(whole), 997):
        store.remove()
        store.path.write_bytes(whole[:length])
        for key, vector in store.get(list(VECTORS)).items():
            assert np.array_equal(vector, VECTORS[key])
        assert_works(store)


@pytest.mark.parametrize("first", ["get", "put"])
def test_a_file_that_is_not_sqlite_is_set_aside_named_and_kept(tmp_path: Path, first: str) -> None:
    path = tmp_path / "vectors.sqlite"
    path.write_text("these are my notes, not a database" * 10, encoding="utf-8")
    store = VectorStore(path)
    if first == "get":
        assert store.get([KEY]) == {}
    assert_works(store)
    (aside,) = store.set_aside
    assert aside.parent == tmp_path
    assert aside.read_text(encoding="utf-8").startswith("these are my notes")


@pytest.mark.parametrize("first", ["get", "put"])
@pytest.mark.parametrize("version", [2, 99, -1])
def test_a_store_of_another_schema_version_is_set_aside(
    store: VectorStore, version: int, first: str
) -> None:
    execute(store, f"PRAGMA user_version={version}")
    if first == "get":
        assert store.get(list(VECTORS)) == {}
    assert_works(store)
    assert store.get(list(VECTORS)) == {}
    (aside,) = store.set_aside
    with closing(sqlite3.connect(aside)) as connection:
        assert connection.execute("SELECT count(*) FROM vectors").fetchone() == (len(VECTORS),)


def test_an_empty_file_is_an_empty_store(tmp_path: Path) -> None:
    store = VectorStore(tmp_path / "vectors.sqlite")
    store.path.touch()
    assert store.get([KEY]) == {}
    assert_works(store)
    assert store.set_aside == []


@pytest.mark.parametrize(
    "change",
    [
        "checksum = 'text'",
        "vector = 'text'",
        "vector = CAST(x'ff' AS TEXT)",
    ],
)
def test_a_row_whose_column_became_text_is_missing_and_no_other(
    store: VectorStore, change: str
) -> None:
    execute(store, f"UPDATE vectors SET {change} WHERE key = ?", KEY)
    assert store.get(list(VECTORS)).keys() == VECTORS.keys() - {KEY}


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"CREATE TABLE vec", b"CRE\xffTE TABLE vec"), (b"checksum BLOB", b"checksun BLOB")],
    ids=["not UTF-8", "another column"],
)
def test_a_store_with_a_damaged_schema_is_set_aside(
    store: VectorStore, old: bytes, new: bytes
) -> None:
    store.path.write_bytes(store.path.read_bytes().replace(old, new[: len(old)]))
    assert store.get(list(VECTORS)) == {}
    assert_works(store)
    assert len(store.set_aside) == 1


def test_another_program_s_database_is_set_aside(tmp_path: Path) -> None:
    store = VectorStore(tmp_path / "vectors.sqlite")
    execute(store, "CREATE TABLE other (x)")
    execute(store, "PRAGMA user_version=1")
    assert store.get([KEY]) == {}
    assert_works(store)


def test_removing_a_store_removes_what_it_set_aside(store: VectorStore) -> None:
    execute(store, "PRAGMA user_version=2")
    store.get([KEY])
    store.remove()
    assert list(store.path.parent.iterdir()) == []


@pytest.mark.parametrize("call", ["get", "put"])
def test_a_lock_that_is_not_given_back_is_a_store_fault(
    store: VectorStore, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.setattr(store_module, "LOCK_SECONDS", 0.01)
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreFault, match="locked") as caught:
            store.get([KEY]) if call == "get" else store.put({KEY: VECTOR})
        other.execute("ROLLBACK")
    assert caught.value.values["path"] == "vectors.sqlite"
    assert np.array_equal(store.get([KEY])[KEY], VECTOR)
    assert store.set_aside == []


@pytest.mark.parametrize("call", ["get", "put"])
def test_a_folder_in_the_place_of_the_file_is_a_store_fault(tmp_path: Path, call: str) -> None:
    store = VectorStore(tmp_path)
    with pytest.raises(StoreFault):
        store.get([KEY]) if call == "get" else store.put({KEY: VECTOR})


def test_a_folder_that_can_not_be_made_is_a_store_fault(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreFault):
        VectorStore(tmp_path / "file" / "folder" / "vectors.sqlite").put({KEY: VECTOR})


MEET_AT_DAMAGE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
import numpy as np
from core.encoding import VectorStore, store

folder, wal = Path(sys.argv[1]), sys.argv[2] == "True"
store._wal_is_safe = lambda _: wal

def work(path, number, barrier):
    own = VectorStore(path)
    barrier.wait()
    if number % 2:
        own.get([b"key"])
    own.put({bytes([number]): np.ones(4)})

for trial in range(20):
    path = folder / f"{trial}.sqlite"
    path.write_text("not a database " * 50)
    barrier = Barrier(6)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: work(path, number, barrier), range(6)))
"""


@pytest.mark.parametrize("wal", [False, True], ids=["rollback journal", "write-ahead log"])
def test_threads_that_meet_at_a_damaged_file_all_go_on(tmp_path: Path, wal: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEET_AT_DAMAGE, tmp_path, str(wal)],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert (done.returncode, done.stderr) == (0, "")


# A file system of 256 kB in a mount namespace of its own: gone with the process.
IN_SMALL_FILE_SYSTEM = 'mount -t tmpfs -o size=256k tmpfs "$0" && exec "$@"'
FILL = """
import sys
from pathlib import Path
import numpy as np
from core.encoding import VectorStore
from core.errors import StoreFault

store = VectorStore(Path(sys.argv[1]) / "vectors.sqlite")
store.put({b"before": np.ones(64)})
large = {bytes([i]): np.ones(2048) for i in range(100)}
try:
    store.put(large)
except StoreFault as fault:
    print(fault.values["reason"])
print(store.get([b"before", *large]).keys() == {b"before"}, store.set_aside)
store.put({b"after": np.ones(64)})
print(len(store.get([b"before", b"after"])))
"""


FILL_AFTER_DAMAGE = """
import sys
from pathlib import Path
import numpy as np
from core.encoding import VectorStore
from core.errors import StoreFault

path = Path(sys.argv[1]) / "vectors.sqlite"
path.write_text("not a database " * 10_000)
try:
    VectorStore(path).put({bytes([i]): np.ones(2048) for i in range(100)})
except StoreFault as fault:
    print(fault.values["reason"])
"""


def in_small_file_system(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run the script with a small file system at ``folder``, where one can be mounted."""
    unshare = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", IN_SMALL_FILE_SYSTEM]
    try:
        subprocess.run([*unshare, folder, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"No small file system can be mounted here: {error}")
    return subprocess.run(
        [*unshare, folder, sys.executable, "-c", script, folder],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_a_full_disk_is_a_store_fault_and_costs_nothing_that_was_there(tmp_path: Path) -> None:
    done = in_small_file_system(tmp_path, FILL)
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["database or disk is full", "True []", "2"]


def test_a_disk_full_of_a_damaged_store_is_a_store_fault(tmp_path: Path) -> None:
    done = in_small_file_system(tmp_path, FILL_AFTER_DAMAGE)
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["database or disk is full"]
