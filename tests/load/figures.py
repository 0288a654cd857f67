"""What a run of many visitors gives: seconds per action, failures, and the server's own costs."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from tests.e2e.server import Server


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
    return sum(map(used_seconds, server.servers()))


def used_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


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
