"""How a job says how far it is, and learns that it should end."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import psutil

from core.whole_files import write_json
from core.work.job import (
    CANCEL,
    JSON,
    STATE,
    JobState,
    Message,
    describe_process,
)

WRITE_SECONDS = 0.2


class JobCancelled(KeyboardInterrupt):
    """Raised in a job that was asked to end; libraries let it through as they do Ctrl-C."""


class Report:
    """What a job is given to say how far it is: ``report(done, total)``, at least every second.

    Any call may raise JobCancelled. ``folder`` is for the job's own files.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._state: dict[str, object] = {
            "state": JobState.RUNNING,
            "process": describe_process(psutil.Process()),
        }
        self._written = 0.0

    def __call__(self, done: int, total: int) -> None:
        self.raise_if_cancelled()
        with self._lock:
            self._state |= {"done": done, "total": total}
            if done == total or time.monotonic() - self._written >= WRITE_SECONDS:
                self._write()

    def say(self, key: str, **values: JSON) -> None:
        """Say what is being done now, as the key of a text and its values."""
        self.raise_if_cancelled()
        with self._lock:
            self._state["message"] = vars(Message(key=key, values=values))
            self._write()

    def raise_if_cancelled(self) -> None:
        if (self.folder / CANCEL).exists():
            raise JobCancelled

    def state(self, state: JobState, **fields: object) -> None:
        with self._lock:
            self._state |= {"state": state, **fields}
            self._write()

    def _write(self) -> None:
        write_json(self.folder / STATE, {**self._state, "updated_at": time.time()})
        self._written = time.monotonic()
