"""Protocols whose rounds need a process that has done nothing yet: cold start, memory, threads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import WorkerLost
from core.models.device import Precision
from core.settings import ROOT
from core.speed.machine import usable_cores
from core.speed.records import Measured, Record, from_json
from core.speed.subject import OnRound
from core.whole_files import read_json
from core.work.job import JobError

POLL_SECONDS = 0.2
COLD_STARTS = 3


def cold_start(model: str, precision: Precision, on_round: OnRound) -> Record:
    """Return each step's seconds of three fresh processes; files are in the disk's cache."""
    runs: list[Record] = []
    for number in range(COLD_STARTS):
        tick = _ticking(on_round, number, COLD_STARTS)
        runs.append(_child("cold-start", model, precision, tick))
    on_round(COLD_STARTS, COLD_STARTS)
    steps = [
        replace(step, seconds=tuple(run.measured[i].seconds[0] for run in runs))
        for i, step in enumerate(runs[0].measured)
    ]
    return replace(runs[-1], measured=tuple(steps))


def memory(model: str, precision: Precision, on_round: OnRound) -> Record:
    """Return the bytes of a fresh process above what it had before the model's libraries."""
    found = _child("memory", model, precision, _ticking(on_round, 0, 1))
    on_round(1, 1)
    return found


def threads(model: str, precision: Precision, on_round: OnRound) -> Record:
    """Return the rounds with 1 to all cores, each number in a process held to so many."""
    cores = usable_cores()
    measured: list[Measured] = []
    found: Record | None = None
    for count in range(1, cores + 1):
        tick = _ticking(on_round, count - 1, cores)
        found = _child("threads", model, precision, tick, threads=count)
        measured.extend(found.measured)
    on_round(cores, cores)
    assert found is not None
    return replace(found, measured=tuple(measured), threads=cores)


def _ticking(on_round: OnRound, done: int, total: int) -> Any:
    def tick() -> None:
        on_round(done, total)

    return tick


def _child(what: str, model: str, precision: Precision, tick: Any, *, threads: int = 0) -> Record:
    """Run ``core.speed.child``; ``tick`` is called while it works, and ends it by raising."""
    with tempfile.TemporaryDirectory(prefix="umekomi-speed-") as folder:
        answer = Path(folder) / "answer.json"
        asked = {"what": what, "model": model, "precision": str(precision), "threads": threads}
        environment = dict(os.environ)
        if threads:
            environment |= {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
        process = subprocess.Popen(
            [sys.executable, "-m", "core.speed.child", json.dumps(asked), str(answer)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while process.poll() is None:
                tick()
                time.sleep(POLL_SECONDS)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        written = read_json(answer)
    if written is None:
        raise WorkerLost(
            "The process that measures ended before it was done.",
            hint="Try again. The machine may have run out of memory.",
            lane="speed",
        )
    if "error" in written:
        raise JobError(**written["error"]).as_error()
    return from_json(written["record"])
