"""What a job is, and the files of the folder that keeps it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias, TypeVar

import psutil

import core.errors
from core.errors import ExplorerError

T = TypeVar("T")
JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"

# The files of a job's folder. Each has one writer: the server the first two, the child its state.
REQUEST, PROCESS, STATE, CANCEL, LOG = (
    "request.json",
    "process.json",
    "state.json",
    "cancel",
    "job.log",
)
ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{8}")

# The boot time, to which a process's create time is added, is in whole seconds and may be set.
CREATE_TIME_SECONDS = 2.0


class JobState(StrEnum):
    """How far a job has come."""

    WAITING = "waiting"  # its process has not begun yet
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"  # its process is gone and left no result

    @property
    def active(self) -> bool:
        """Say whether it may still change."""
        return self in (JobState.WAITING, JobState.RUNNING)


@dataclass(frozen=True, kw_only=True)
class Message:
    """What a job is doing: the key of a text, and what is put into its places."""

    key: str
    values: Mapping[str, JSON]


@dataclass(frozen=True, kw_only=True)
class JobError:
    """An ExplorerError as a file can keep it; ``name`` is its class."""

    name: str
    message: str
    hint: str
    values: Mapping[str, JSON]

    @classmethod
    def of(cls, error: ExplorerError) -> JobError:
        values = {name: _plain(value) for name, value in error.values.items()}
        name = type(error).__name__
        return cls(name=name, message=error.message, hint=error.hint, values=values)

    def as_error(self) -> ExplorerError:
        """Return the error as it was raised, for whoever shows errors."""
        kind = getattr(core.errors, self.name, ExplorerError)
        return kind(self.message, self.hint, **self.values)


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job as it was when it was read.

    ``done`` of ``total`` is in the job's own unit (bytes, texts, steps); ``total`` 0 is unknown.
    ``alone``: none of the others runs beside it. ``cancelling``: it was asked to end, and will at
    its next progress report. ``folder`` is where it may keep files of its own; they go with it.
    """

    id: str
    folder: Path
    kind: str
    scope: str
    alone: bool
    target: str
    params: Mapping[str, JSON]
    state: JobState
    done: int
    total: int
    message: Message | None
    result: JSON
    error: JobError | None
    cancelling: bool
    started_at: datetime
    updated_at: datetime
    pid: int | None


def new_id() -> str:
    """Return an id that sorts by time and can't be guessed from another."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"


def describe_process(process: psutil.Process) -> dict[str, float]:
    """Return what tells this process from a later one with the same number."""
    return {"pid": process.pid, "created": process.create_time()}


def living(described: Mapping[str, float] | None) -> psutil.Process | None:
    """Return the described process, or None where it has ended (a zombie has)."""
    if described is None:
        return None
    try:
        process = psutil.Process(int(described["pid"]))
        created = process.create_time()
        same = abs(created - described["created"]) < CREATE_TIME_SECONDS
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.NoSuchProcess, psutil.AccessDenied):  # another user's is not ours
        return None


def _plain(value: object) -> JSON:
    return value if isinstance(value, (bool, int, float, str)) or value is None else str(value)
