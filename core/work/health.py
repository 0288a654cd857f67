"""Whether the workers answer."""

from __future__ import annotations

import os
import time
from concurrent.futures import Future
from enum import StrEnum

from core.errors import Busy, WorkerLost
from core.work.lanes import LaneName, lane

# Every visit needs these two. The servers lane opens with the first server, and is busy for as long
# as that is slow, which says nothing about this one.
LANES = (LaneName.MODELS, LaneName.COMPUTE)


class Health(StrEnum):
    """How a lane took a call that does nothing."""

    OK = "ok"
    BUSY = "busy"  # it works on something longer than we waited
    LOST = "lost"


def health(*, seconds: float = 1.0) -> dict[LaneName, Health]:
    """Return how each lane is, after no more than ``seconds``."""
    deadline = time.monotonic() + seconds
    asked = {name: _ask(name) for name in LANES}
    return {name: _answer(future, deadline) for name, future in asked.items()}


def _ask(name: LaneName) -> Future[int] | Health:
    try:
        return lane(name).submit(os.getpid)
    except Busy:
        return Health.BUSY
    except RuntimeError:  # an executor's word for being shut down
        return Health.LOST


def _answer(future: Future[int] | Health, deadline: float) -> Health:
    if isinstance(future, Health):
        return future
    try:
        future.result(timeout=max(0.0, deadline - time.monotonic()))
    except TimeoutError:
        future.cancel()
        return Health.BUSY
    except WorkerLost:
        return Health.LOST
    return Health.OK
