"""A lane runs one call at a time in a worker; what waits can be cancelled, a lost worker replaced."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import CancelledError
from pathlib import Path

import numpy as np
import pytest

from core.errors import Busy, WorkerLost
from core.work import InlineExecutor, Lane, background
from tests.core.waiting import ended, wait_for
from tests.core.work import calls


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: ended(pid), "the killed worker has ended")


def test_results_come_back_from_another_process(lane: Lane) -> None:
    assert lane.submit(calls.add, 1, b=2).result() == 3
    assert list(lane.map(calls.add, range(5))) == [0, 1, 2, 3, 4]
    assert lane.submit(os.getpid).result() != os.getpid()


def test_arrays_come_back_as_they_were(lane: Lane) -> None:
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
    back = lane.submit(np.negative, array).result()
    assert back.dtype == np.float32
    assert np.array_equal(back, -array)


def test_no_worker_runs_before_the_first_call_and_one_serves_all(lane: Lane) -> None:
    assert lane.worker_pids() == []
    pids = {lane.submit(os.getpid).result() for _ in range(3)}
    assert lane.worker_pids() == list(pids)


def test_two_lanes_have_two_workers(lane: Lane) -> None:
    with Lane("other") as other:
        assert lane.submit(os.getpid).result() != other.submit(os.getpid).result()


def test_a_call_beyond_those_that_may_wait_is_told_at_once_and_room_comes_again(
    started: Path, release: Path
) -> None:
    with Lane("small", most_waiting=2) as small:
        held = small.submit(calls.hold, started, release)
        waiting = small.submit(calls.add, 1)
        with pytest.raises(Busy, match="2 waiting calls at once"):
            small.submit(calls.add, 2)
        assert waiting.cancel()
        next_one = small.submit(calls.add, 3)
        release.touch()
        assert held.result() == small.worker_pids()[0]
        assert next_one.result() == 3
        assert [small.submit(calls.add, n).result() for n in range(4)] == [0, 1, 2, 3]


def test_calls_that_wait_can_be_cancelled(lane: Lane, started: Path, release: Path) -> None:
    held = lane.submit(calls.hold, started, release)
    waiting = [lane.submit(calls.add, i) for i in range(5)]
    wait_for(started.exists, "the first call has begun")
    cancelled = [future.cancel() for future in waiting[:4]]
    can_cancel_held = held.cancel()
    release.touch()
    assert cancelled == [True] * 4
    assert not can_cancel_held
    assert held.result() == lane.worker_pids()[0]
    assert waiting[4].result() == 4
    with pytest.raises(CancelledError):
        waiting[0].result()


def test_a_cancelled_call_never_runs(
    lane: Lane, started: Path, release: Path, tmp_path: Path
) -> None:
    lane.submit(calls.hold, started, release)
    log = tmp_path / "log"
    visit = lane.submit(calls.log_visit, log)
    wait_for(started.exists, "the first call has begun")
    visit.cancel()
    release.touch()
    lane.submit(calls.add, 1).result()
    assert not log.exists()


def order(
    lane: Lane, started: Path, release: Path, log: Path, names: list[str], *, seconds: float = 0.0
) -> list[str]:
    """Return the order in which calls run that all wait; those in the background begin with "b".

    Each takes so many seconds.
    """
    lane.submit(calls.hold, started, release)
    wait_for(started.exists, "the first call has begun")
    waiting = [
        (background(lane) if name.startswith("b") else lane).submit(
            calls.write_name, log, name, seconds=seconds
        )
        for name in names
    ]
    release.touch()
    for future in waiting:
        future.result()
    return log.read_text(encoding="utf-8").split()


def test_calls_in_the_background_wait_for_those_that_come_later(
    lane: Lane, started: Path, release: Path, tmp_path: Path
) -> None:
    found = order(lane, started, release, tmp_path / "log", ["b1", "b2", "a1", "a2"])
    assert found == ["a1", "a2", "b1", "b2"]


def test_what_is_in_the_background_has_its_turn(
    lane: Lane, started: Path, release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.work.lane.MOST_OVERTAKEN_SECONDS", 0.5)
    others = [f"a{n}" for n in range(12)]
    names = ["b1", "b2", *others]
    found = order(lane, started, release, tmp_path / "log", names, seconds=0.1)
    assert [name for name in found if name in others] == others
    first, second = found.index("b1"), found.index("b2")
    assert 1 <= first <= 6  # half a second after it came
    assert first + 2 <= second <= first + 7  # and half a second after the one before it


def test_calls_in_the_background_count_and_can_be_cancelled(started: Path, release: Path) -> None:
    with Lane("small", most_waiting=2) as small:
        held = small.submit(calls.hold, started, release)
        waiting = background(small).submit(calls.add, 1)
        with pytest.raises(Busy):
            background(small).submit(calls.add, 2)
        assert waiting.cancel()
        release.touch()
        assert held.result() == small.worker_pids()[0]
        assert background(small).submit(calls.add, 1, b=1).result() == 2


def test_another_executor_has_no_background() -> None:
    inline = InlineExecutor()
    assert background(inline) is inline


def test_one_call_is_in_flight_at_a_time(lane: Lane, tmp_path: Path) -> None:
    log = tmp_path / "log"
    for future in [lane.submit(calls.log_visit, log) for _ in range(8)]:
        future.result()
    assert log.read_text(encoding="utf-8").split() == ["in", "out"] * 8


def test_a_killed_worker_is_told_to_the_call_in_flight_and_the_next_call_works(
    lane: Lane, started: Path, release: Path
) -> None:
    held = lane.submit(calls.hold, started, release)
    waiting = lane.submit(os.getpid)
    wait_for(started.exists, "the call has begun")
    (pid,) = lane.worker_pids()
    kill(pid)
    with pytest.raises(WorkerLost, match="test worker") as caught:
        held.result()
    assert caught.value.values == {"lane": "test"}
    assert caught.value.hint
    assert waiting.result() != pid
    assert lane.submit(calls.add, 1).result() == 1


def test_a_worker_that_ends_itself_is_lost_too_again_and_again(lane: Lane) -> None:
    for _ in range(3):
        with pytest.raises(WorkerLost):
            lane.submit(calls.die).result()
        assert lane.submit(calls.add, 2).result() == 2


def test_a_worker_killed_between_calls_costs_no_call(lane: Lane) -> None:
    pid = lane.submit(os.getpid).result()
    kill(pid)
    assert lane.submit(os.getpid).result() != pid


def test_a_worker_that_grew_is_kept_with_its_models(lane: Lane) -> None:
    pid = lane.submit(os.getpid).result()
    time.sleep(1.1)  # loky looks at a worker's memory once a second at most
    assert lane.submit(calls.keep_memory, 450).result() == pid
    time.sleep(1.1)
    assert [lane.submit(os.getpid).result() for _ in range(3)] == [pid] * 3


def test_what_cannot_be_sent_or_sent_back_fails_alone(lane: Lane) -> None:
    pid = lane.submit(os.getpid).result()
    with pytest.raises(Exception, match="pickle"):
        lane.submit(id, threading.Lock()).result()
    with pytest.raises(Exception, match="pickle"):
        lane.submit(threading.Lock).result()
    assert lane.submit(os.getpid).result() == pid
