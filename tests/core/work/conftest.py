"""A lane and a folder of jobs of its own for each test: most of them end what works there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.work import Lane, jobs


@pytest.fixture
def lane() -> Iterator[Lane]:
    lane = Lane("test")
    yield lane
    lane.shutdown(wait=False, cancel_futures=True)


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """A folder of jobs; whatever still runs there at the end is ended."""
    root = tmp_path / "jobs"
    yield root
    for job in jobs.active(root):
        jobs.cancel(root, job.id, grace_seconds=0)


@pytest.fixture
def started(tmp_path: Path) -> Path:
    """A held call creates this file when it begins."""
    return tmp_path / "started"


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A held call ends when this file is there."""
    return tmp_path / "release"
