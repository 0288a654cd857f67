"""Ways of doing one thing, run in turns on one machine, and how long each run took."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import psutil

T = TypeVar("T")

# Threads of the run before spin for some milliseconds; the next run must not pay for that.
REST_SECONDS = 0.1
LISTEN_SECONDS = 0.2
QUIET = 0.1  # the share of all cores that others may use in a quiet moment
# The system's counters go in steps of 0.01 s, which say little of a shorter run.
SHORTEST_HEARD_SECONDS = 0.5


class Unavailable(Exception):
    """What a benchmark needs is not on this machine; the message says what, and the remedy."""


class Run(NamedTuple):
    """Wall-clock seconds, and the CPU seconds of the processes that did the work.

    ``others`` is the share of all cores that other processes used meanwhile, 0 to 1; it is 0 for a
    run too short to tell.
    """

    seconds: float
    cpu_seconds: float
    others: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How a benchmark goes: whom it tells, and how long each round may wait for a quiet moment."""

    tell: Callable[[str], None]
    patience_seconds: float = 0.0

    def wait_for_quiet(self) -> float:
        """Return the share of all cores that others use now, 0 to 1."""
        end = time.monotonic() + self.patience_seconds
        while True:
            busy = psutil.cpu_percent(interval=LISTEN_SECONDS) / 100
            if busy <= QUIET or time.monotonic() >= end:
                return busy


class Turns(NamedTuple):
    """What each way gave in each round, by the way's name, and what others used before it."""

    found: dict[str, tuple]
    busy_before: tuple[float, ...]


def take_turns(
    ways: Mapping[str, Callable[[int], T]], pace: Pace, *, rounds: int, warmups: int = 1
) -> Turns:
    """Run every way once a round (A B A B ...); a way gets the round's number, from 0.

    The first ``warmups`` rounds are not kept.
    """
    found: dict[str, list[T]] = {name: [] for name in ways}
    busy: list[float] = []
    for number in range(warmups + rounds):
        kept = number >= warmups
        pace.tell(f"round {number - warmups + 1} of {rounds}" if kept else "warm-up")
        others = pace.wait_for_quiet()
        if kept:
            busy.append(others)
        for name, way in ways.items():
            time.sleep(REST_SECONDS)
            result = way(number)
            if kept:
                found[name].append(result)
    return Turns({name: tuple(results) for name, results in found.items()}, tuple(busy))


class Clock:
    """Runs from the moment it is made; CPU time is of this process and all its descendants.

    Those that have ended count where the system tells of them, which Windows does not.
    """

    def __init__(self) -> None:
        self._own_cpu = _cpu_seconds_of_descendants()
        self._machine_cpu = _cpu_seconds_of_machine()
        self._process_cpu = time.process_time()
        self._start = time.perf_counter()

    def read(self) -> Run:
        """Return the run until now."""
        seconds = time.perf_counter() - self._start
        process_cpu = time.process_time() - self._process_cpu
        machine_cpu = _cpu_seconds_of_machine() - self._machine_cpu
        cpu = process_cpu + _cpu_seconds_of_descendants() - self._own_cpu
        if seconds < SHORTEST_HEARD_SECONDS:
            return Run(seconds, cpu)
        share = (machine_cpu - cpu) / seconds / (psutil.cpu_count() or 1)
        return Run(seconds, cpu, max(0.0, share))


def timed(work: Callable[[], T]) -> tuple[Run, T]:
    """Return the run of ``work`` and its result."""
    clock = Clock()
    result = work()
    return clock.read(), result


def _cpu_seconds_of_descendants() -> float:
    ended = os.times()
    total = ended.children_user + ended.children_system
    for process in psutil.Process().children(recursive=True):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def _cpu_seconds_of_machine() -> float:
    times = psutil.cpu_times()._asdict()
    idle = times["idle"] + times.get("iowait", 0.0)
    guests = times.get("guest", 0.0) + times.get("guest_nice", 0.0)  # counted in user already
    return sum(times.values()) - idle - guests
