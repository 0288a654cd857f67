"""A job as it is read back, for pages that show how one stands or ended."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.work.job import Job, JobState


def a_job(folder: Path, **given: Any) -> Job:
    """Return a finished job with these fields."""
    now = datetime.now(UTC)
    fields: dict[str, Any] = {
        "id": "20261127-000000-00000000",
        "kind": "",
        "scope": "shared",
        "alone": False,
        "target": "",
        "params": {},
        "state": JobState.DONE,
        "done": 1,
        "total": 1,
        "message": None,
        "result": None,
        "error": None,
        "cancelling": False,
        "started_at": now,
        "updated_at": now,
        "pid": None,
    }
    return Job(folder=folder, **fields | given)
