"""Where the stores are: sessions apart, and those of a killed server removed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.encoding import VectorStore
from core.encoding.stores import command_store, remove_orphans, session_store, shared_store

ONE = {b"key": np.ones(2, dtype=np.float32)}


def test_every_store_is_a_file_of_its_own_under_the_data_folder(tmp_path: Path) -> None:
    stores = [shared_store(tmp_path), command_store(tmp_path)]
    stores += [session_store(tmp_path) for _ in range(3)]
    assert len({store.path for store in stores}) == 5
    assert all(store.path.is_relative_to(tmp_path) for store in stores)


def test_the_shared_and_the_commands_store_are_found_again(tmp_path: Path) -> None:
    assert shared_store(tmp_path).path == shared_store(tmp_path).path
    assert command_store(tmp_path).path == command_store(tmp_path).path


@pytest.fixture
def ended_pid() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        return process.pid


def test_stores_of_an_ended_server_go_and_those_of_a_living_one_stay(
    tmp_path: Path, ended_pid: int
) -> None:
    living = session_store(tmp_path)
    name = living.path.name.replace(str(os.getpid()), str(ended_pid))
    orphan = VectorStore(living.path.with_name(name))
    shared = shared_store(tmp_path)
    for store in (living, orphan, shared):
        store.put(ONE)
    orphan.path.with_name(f"{name}-wal").touch()
    orphan.path.with_name(f"{name}.damaged-1").touch()
    remove_orphans(tmp_path)
    assert {path.name.partition("-")[0] for path in living.path.parent.iterdir()} == {
        str(os.getpid())
    }
    assert living.get([b"key"]).keys() == shared.get([b"key"]).keys() == ONE.keys()


def test_a_living_process_with_an_ended_server_s_number_keeps_nothing_of_it(tmp_path: Path) -> None:
    """In a container numbers begin anew with each start."""
    own = session_store(tmp_path)
    pid, created, rest = own.path.name.split("-")
    earlier = VectorStore(own.path.with_name(f"{pid}-{int(created) - 3600}-{rest}"))
    for store in (own, earlier):
        store.put(ONE)
    remove_orphans(tmp_path)
    assert own.get([b"key"]).keys() == ONE.keys()
    assert not earlier.path.exists()


def test_there_need_be_no_sessions(tmp_path: Path) -> None:
    remove_orphans(tmp_path / "nowhere")


def test_a_discarded_store_does_not_come_back_with_a_late_batch(tmp_path: Path) -> None:
    store = session_store(tmp_path)
    store.put({b"key": np.ones(4)})
    store.discard()
    store.put({b"late": np.ones(4)})
    assert store.get([b"key", b"late"]) == {}
    assert [path for path in store.path.parent.iterdir() if path.suffix == ".sqlite"] == []
