"""The workers' health, told within a second whatever they do."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.work import Lane, lanes
from core.work.health import LANES, Health, health
from core.work.lanes import LaneName
from tests.core.work import calls


@pytest.fixture
def threads() -> Iterator[dict[LaneName, ThreadPoolExecutor]]:
    """Put a thread in each lane's place."""
    made = {name: ThreadPoolExecutor(1) for name in LaneName}
    for name, executor in made.items():
        lanes.use(name, executor)
    yield made
    lanes.close()


def test_lanes_that_answer_are_ok(threads: dict[LaneName, ThreadPoolExecutor]) -> None:
    assert health() == dict.fromkeys(LANES, Health.OK)


def test_a_lane_at_work_is_busy_and_nothing_stays_in_its_queue(
    threads: dict[LaneName, ThreadPoolExecutor],
) -> None:
    done = threading.Event()
    threads[LaneName.MODELS].submit(done.wait)
    try:
        start = time.monotonic()
        found = health(seconds=0.1)
        assert time.monotonic() - start < 30  # it does not wait for the work
        assert found == {LaneName.MODELS: Health.BUSY, LaneName.COMPUTE: Health.OK}
    finally:
        done.set()
    assert health()[LaneName.MODELS] is Health.OK


def test_a_lane_that_takes_no_more_calls_is_busy(
    threads: dict[LaneName, ThreadPoolExecutor], tmp_path: Path
) -> None:
    with Lane("full", most_waiting=1) as full:
        lanes.use(LaneName.MODELS, full)
        full.submit(calls.hold, tmp_path / "started", tmp_path / "release")
        assert health()[LaneName.MODELS] is Health.BUSY
        (tmp_path / "release").touch()


def test_a_lane_that_was_shut_down_is_lost(
    threads: dict[LaneName, ThreadPoolExecutor],
) -> None:
    threads[LaneName.COMPUTE].shutdown()
    with pytest.raises(RuntimeError):
        threads[LaneName.COMPUTE].submit(int)
    assert health()[LaneName.COMPUTE] is Health.LOST
