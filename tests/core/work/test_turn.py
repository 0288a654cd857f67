"""A job that measures the machine has it to itself, and none waits for ever."""

from __future__ import annotations

import itertools
from pathlib import Path

from core.work import jobs
from core.work.job import Job, JobState
from core.work.turn import WAITING
from tests.core.waiting import wait_for

HOLD = "tests.core.work.job_calls:hold"


class Held:
    """A job that runs until it is released."""

    numbers = itertools.count()

    def __init__(self, root: Path, *, alone: bool = False) -> None:
        self.root = root
        self.folder = root.parent / f"held-{next(self.numbers)}"
        self.folder.mkdir()
        params = {"folder": str(self.folder)}
        self.id = jobs.start(root, "test", HOLD, params, alone=alone).id

    @property
    def job(self) -> Job:
        return jobs.read(self.root, self.id)

    @property
    def has_begun(self) -> bool:
        return (self.folder / "started").exists()

    @property
    def waits(self) -> bool:
        return self.job.message is not None and self.job.message.key == WAITING

    def release(self) -> None:
        (self.folder / "release").touch()
        wait_for(lambda: self.job.state is JobState.DONE, "a released job has ended")


def test_jobs_run_beside_one_another(root: Path) -> None:
    both = (Held(root), Held(root))
    wait_for(lambda: all(each.has_begun for each in both), "both have begun")


def test_one_that_runs_alone_waits_for_earlier_ones_and_later_ones_for_it(root: Path) -> None:
    first = Held(root)
    wait_for(lambda: first.has_begun, "the first has begun")
    alone, last = Held(root, alone=True), Held(root)
    wait_for(lambda: alone.waits and last.waits, "both wait")
    assert not alone.has_begun
    assert not last.has_begun
    first.release()
    wait_for(lambda: alone.has_begun, "the one that runs alone has begun")
    assert alone.job.message is None
    assert not last.has_begun
    alone.release()
    wait_for(lambda: last.has_begun, "the last has begun")


def test_one_that_waits_can_be_cancelled_and_nobody_waits_for_it_then(root: Path) -> None:
    first = Held(root)
    wait_for(lambda: first.has_begun, "the first has begun")
    alone = Held(root, alone=True)
    wait_for(lambda: alone.waits, "it waits")
    last = Held(root)
    jobs.cancel(root, alone.id)
    wait_for(lambda: alone.job.state is JobState.CANCELLED, "it has ended")
    wait_for(lambda: last.has_begun, "the last has begun")
    assert not alone.has_begun


def test_two_that_run_alone_do_so_in_their_order(root: Path) -> None:
    first, second = Held(root, alone=True), Held(root, alone=True)
    wait_for(lambda: first.has_begun and second.waits, "the second waits for the first")
    first.release()
    wait_for(lambda: second.has_begun, "the second has begun")
