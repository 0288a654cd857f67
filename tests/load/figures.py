"""What a run of many visitors gives: seconds per action, failures, and the server's own costs."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil

from tests.e2e.server import Server

REST_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of a run, held against its limit where there is one."""

    name: str
    value: float
    unit: str
    most: float | None = None

    @property
    def holds(self) -> bool:
        return self.most is None or self.value <= self.most

    def __str__(self) -> str:
        said = f"{self.name}: {self.value:.4g} {self.unit}".rstrip()
        if self.most is None:
            return said
        return f"{said} (at most {self.most:g}: {'holds' if self.holds else 'DOES NOT HOLD'})"


def percentile_95(seconds: Sequence[float]) -> float:
    return statistics.quantiles(seconds, n=20, method="inclusive")[-1]


def cpu_seconds(server: Server) -> float:
    """Return what the processes that serve pages have used, their workers not counted."""
    return sum(_used_precisely(process.pid) for process in server.servers())


async def until_workers_rest(server: Server) -> None:
    """Return once the workers do next to nothing for a second; fail after two minutes.

    What they do meanwhile takes the cores' caches, and what is measured then costs half as much again.
    """
    deadline = time.monotonic() + REST_SECONDS
    while True:
        before = _workers_seconds(server)
        await asyncio.sleep(1)
        if _workers_seconds(server) - before < 0.05:
            return
        assert time.monotonic() < deadline, "The workers never rest."


def _workers_seconds(server: Server) -> float:
    serving = {process.pid for process in server.servers()}
    used = 0.0
    for process in server.family():
        with suppress(psutil.NoSuchProcess):
            used += used_seconds(process) if process.pid not in serving else 0.0
    return used


def used_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _used_precisely(pid: int) -> float:
    """Return the process's CPU seconds by Linux's own clock of it; psutil's go by hundredths."""
    return time.clock_gettime((~pid << 3) | 2)


def resident_bytes(server: Server) -> int:
    """Return what the processes that serve pages hold, their workers not counted."""
    return sum(process.memory_info().rss for process in server.servers())


def machine_speed() -> float:
    """Return the CPU seconds of a fixed loop: figures of a slow hour are told by it."""
    process = psutil.Process()
    before, total = process.cpu_times().user, 0
    for number in range(10**7):
        total += number * number
    return process.cpu_times().user - before
