"""Processes that are killed or that write at once: nothing acknowledged is lost, nothing is wrong."""

from __future__ import annotations

import contextlib
import random
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from multiprocessing import forkserver, get_all_start_methods, get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from filelock import FileLock

from core.encoding import VectorStore
from core.encoding import store as store_module
from core.errors import StoreFault
from core.settings import ROOT
from tests.core.encoding import store_calls as calls
from tests.core.encoding.store_calls import Vectors, batch, common_vectors, own_vectors

JOURNAL = {False: "rollback journal", True: "write-ahead log"}
# CI kills a few times; `make test-slow` kills a hundred times and prints the figures.
KILLS = pytest.mark.parametrize("kills", [15, pytest.param(100, marks=pytest.mark.slow)])
BOTH_JOURNALS = pytest.mark.parametrize("wal", list(JOURNAL), ids=list(JOURNAL.values()))


@pytest.fixture(autouse=True)
def no_main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new process runs the main module's file again, which after an AppTest is the app's."""
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Processes that start in milliseconds: the numbers of this module need hundreds."""
    if "forkserver" not in get_all_start_methods():
        pytest.skip("Only where processes can be forked.")
    context = get_context("forkserver")
    context.set_forkserver_preload([calls.__name__])
    with contextlib.chdir(ROOT):  # where the server finds what it imports
        forkserver.ensure_running()
    return context


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vectors.sqlite"


def assert_same(found: Vectors, wanted: Vectors) -> None:
    assert found.keys() == wanted.keys()
    assert [key for key in wanted if not np.array_equal(found[key], wanted[key])] == []


def killed_writer(
    processes: ForkServerContext, path: Path, wal: bool, first: int, moment: tuple[str, float]
) -> list[int]:
    """Kill a writer so many seconds after it is ready or has acknowledged; return what it did."""
    after, seconds = moment
    said, saying = processes.Pipe(duplex=False)
    writer = processes.Process(target=calls.write_on, args=(path, wal, first, saying))
    writer.start()
    saying.close()
    words = [said.recv()]
    if after == "acknowledged":
        words.append(said.recv())
    time.sleep(seconds)
    writer.kill()
    writer.join()
    with contextlib.suppress(EOFError):
        while True:
            words.append(said.recv())
    assert writer.exitcode == -signal.SIGKILL
    return words[1:]


@KILLS
@BOTH_JOURNALS
def test_kills_lose_no_acknowledged_batch(
    processes: ForkServerContext, path: Path, wal: bool, kills: int
) -> None:
    moments = random.Random(20250731)
    wanted: Vectors = {}
    count: Counter[str] = Counter()
    number = 0
    for _ in range(kills):
        moment = ("acknowledged", moments.uniform(0, 0.03))
        acknowledged = killed_writer(processes, path, wal, number, moment)
        for number in acknowledged:
            wanted |= batch(number)
        in_flight = number + 1
        count["left"] += any(journal.stat().st_size for journal in path.parent.glob("*-[jw]*"))
        store = VectorStore(path)
        found = store.get([*wanted, *own_vectors(in_flight)])
        if own_vectors(in_flight).keys() & found.keys():
            wanted |= batch(in_flight)  # whole, then, and from now on there
            count["whole"] += 1
        assert_same(found, wanted)
        assert store.set_aside == []
        count["acknowledged"] += len(acknowledged)
        number = in_flight + 1
    print(
        f"{kills} kills, {JOURNAL[wal]}: {count['acknowledged']} batches acknowledged, 0 lost;"
        f" {count['left']} kills left a journal; the batch in flight was whole"
        f" {count['whole']} times, else absent; {len(wanted)} vectors at the end, 0 wrong"
    )


@KILLS
@BOTH_JOURNALS
def test_a_kill_while_the_file_is_made_leaves_a_store_that_works(
    processes: ForkServerContext, tmp_path: Path, wal: bool, kills: int
) -> None:
    moments = random.Random(1)
    for round_ in range(kills):
        path = tmp_path / f"{round_}.sqlite"
        moment = ("ready", moments.uniform(0, 0.01))
        acknowledged = killed_writer(processes, path, wal, 0, moment)
        store = VectorStore(path)
        own = [own_vectors(number) for number in range(len(acknowledged) + 1)]
        found = store.get([key for vectors in own for key in vectors])
        assert_same(found, union(own[: max(len(found) // len(own[0]), len(acknowledged))]))
        store.put(batch(99))
        assert_same(store.get(list(batch(99))), batch(99))
        assert store.set_aside == []


def union(parts: Iterable[Vectors]) -> Vectors:
    return {key: vector for part in parts for key, vector in part.items()}


@BOTH_JOURNALS
@pytest.mark.parametrize(
    ("statement", "count"),
    [("INSERT", 1), ("INSERT", 6), ("INSERT", 12), ("COMMIT", 1)],
    ids=["first row", "half way", "last row", "commit"],
)
def test_a_batch_whose_writer_dies_in_it_leaves_nothing_of_itself(
    processes: ForkServerContext, path: Path, wal: bool, statement: str, count: int
) -> None:
    VectorStore(path).put(batch(1))
    writer = processes.Process(target=calls.die_writing, args=(path, wal, statement, count, 2))
    writer.start()
    writer.join()
    assert writer.exitcode == -signal.SIGKILL
    store = VectorStore(path)
    assert_same(store.get([*batch(1), *batch(2)]), batch(1))
    store.put(batch(2))
    assert_same(store.get([*batch(1), *batch(2)]), batch(1) | batch(2))
    assert store.set_aside == []


@BOTH_JOURNALS
@pytest.mark.parametrize("statement", ["CREATE", "PRAGMA user_version=", "COMMIT"])
def test_a_file_whose_maker_dies_in_making_it_is_an_empty_store(
    processes: ForkServerContext, path: Path, wal: bool, statement: str
) -> None:
    writer = processes.Process(target=calls.die_writing, args=(path, wal, statement, 1, 1))
    writer.start()
    writer.join()
    assert writer.exitcode == -signal.SIGKILL
    store = VectorStore(path)
    assert store.get(list(batch(1))) == {}
    store.put(batch(1))
    assert_same(store.get(list(batch(1))), batch(1))
    assert store.set_aside == []


@BOTH_JOURNALS
def test_two_that_write_and_one_that_reads_at_once_find_nothing_lost_or_wrong(
    processes: ForkServerContext, path: Path, wal: bool
) -> None:
    start = processes.Barrier(3)
    ours, theirs = processes.Pipe()
    numbers = [range(50), range(50, 100)]
    writers = [
        processes.Process(target=calls.write_batches, args=(path, wal, part, start))
        for part in numbers
    ]
    reader = processes.Process(target=calls.read_until, args=(path, wal, range(100), start, theirs))
    for process in (*writers, reader):
        process.start()
    theirs.close()
    for writer in writers:
        writer.join()
    ours.send("all is written")
    reads, seen, set_aside = ours.recv()
    reader.join()
    assert [process.exitcode for process in (*writers, reader)] == [0, 0, 0]
    wanted = union(own_vectors(number) for number in range(100))
    assert_same(VectorStore(path).get(list(wanted)), wanted)
    assert calls.is_one_batch(VectorStore(path).get(list(common_vectors(0))), range(100))
    assert (seen, set_aside) == (len(wanted), [])
    print(
        f"Two processes that write, one that reads, {JOURNAL[wal]}: 100 batches, {reads} reads of"
        f" all {len(wanted)} keys, 0 lost, 0 wrong, 0 errors"
    )


def test_a_process_that_comes_late_to_a_damaged_file_leaves_the_new_one_alone(
    processes: ForkServerContext, path: Path
) -> None:
    path.write_text("not a database " * 50, encoding="utf-8")
    opened, go_on = processes.Event(), processes.Event()
    late = processes.Process(target=calls.put_after, args=(path, opened, go_on))
    late.start()
    opened.wait()
    store = VectorStore(path)
    store.put(batch(1))
    go_on.set()
    late.join()
    assert late.exitcode == 0
    wanted = own_vectors(1) | own_vectors(2)
    assert_same(store.get(list(wanted)), wanted)
    assert len(list(path.parent.glob("*.damaged-*"))) == 1


@BOTH_JOURNALS
def test_processes_that_meet_at_a_damaged_file_all_go_on(
    processes: ForkServerContext, tmp_path: Path, wal: bool
) -> None:
    damaged = b"not a database " * 50
    for round_ in range(4):
        path = tmp_path / f"{round_}.sqlite"
        path.write_bytes(damaged)
        start = processes.Barrier(4)
        said, saying = processes.Pipe(duplex=False)
        parts = [range(first, first + 3) for first in range(0, 12, 3)]
        meeting = [
            processes.Process(target=calls.meet, args=(path, wal, part, start, saying))
            for part in parts
        ]
        for process in meeting:
            process.start()
        for process in meeting:
            process.join()
        assert [process.exitcode for process in meeting] == [0] * 4
        (aside,) = [file for _ in meeting for file in said.recv()]
        assert aside.read_bytes() == damaged
        wanted = union(own_vectors(number) for number in range(12))
        assert_same(VectorStore(path).get(list(wanted)), wanted)


@pytest.mark.parametrize("call", ["get", "put"])
def test_a_process_that_lets_no_other_at_the_file_is_a_store_fault(
    path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    store = VectorStore(path)
    store.put(batch(1))
    monkeypatch.setattr(store_module, "LOCK_SECONDS", 0.01)
    with FileLock(path.with_name(f"{path.name}.lock")), pytest.raises(StoreFault, match="lock"):
        store.get([b"key"]) if call == "get" else store.put(batch(2))
    assert_same(store.get(list(batch(1))), batch(1))
    assert store.set_aside == []


SAFE = [(3, 44, 6), (3, 44, 9), (3, 50, 7), (3, 51, 3), (3, 52, 0), (4, 0, 0)]
NOT_SAFE = [(3, 40, 1), (3, 44, 5), (3, 45, 0), (3, 49, 9), (3, 50, 6), (3, 51, 0), (3, 51, 2)]


def journal_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA journal_mode").fetchone()[0]


@pytest.mark.parametrize(
    ("version", "journal"),
    [*[(version, "wal") for version in SAFE], *[(version, "delete") for version in NOT_SAFE]],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else value,
)
def test_the_write_ahead_log_serves_only_where_sqlite_is_free_of_its_fault(
    path: Path, monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...], journal: str
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    VectorStore(path).put(batch(1))
    assert journal_of(path) == journal


@pytest.mark.parametrize(("before", "after"), [((3, 51, 3), (3, 51, 2)), ((3, 51, 2), (3, 51, 3))])
@pytest.mark.parametrize("call", ["get", "put"])
def test_a_file_that_another_sqlite_made_gets_the_journal_of_this_one(
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    before: tuple[int, ...],
    after: tuple[int, ...],
    call: str,
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", before)
    store = VectorStore(path)
    store.put(batch(1))
    monkeypatch.setattr(sqlite3, "sqlite_version_info", after)
    store.get([b"key"]) if call == "get" else store.put(batch(2))
    assert journal_of(path) == ("wal" if after == (3, 51, 3) else "delete")
    assert_same(store.get(list(own_vectors(1))), own_vectors(1))
