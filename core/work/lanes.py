"""The lanes of this process, opened at first use and shut down together."""

from __future__ import annotations

import threading
from concurrent.futures import Executor
from enum import StrEnum

from core.settings import settings
from core.work.lane import Lane


class LaneName(StrEnum):
    MODELS = "models"  # owns the loaded models and encodes
    COMPUTE = "compute"  # projection, clustering, statistics
    SERVERS = "servers"  # asks models on servers, so that a slow one holds up no model here
    EXPORTS = "exports"  # has models exported while the models lane goes on answering


_lanes: dict[LaneName, Executor] = {}
_lock = threading.Lock()


def lane(name: LaneName) -> Executor:
    """Return the lane; nothing but the Executor interface may be assumed of it."""
    with _lock:
        if name not in _lanes:
            _lanes[name] = Lane(name, most_waiting=settings().queue)
        return _lanes[name]


def use(name: LaneName, executor: Executor) -> None:
    """Put another executor in a lane's place: a cluster's, or an inline one in tests."""
    with _lock:
        _lanes[name] = executor


def rest(name: LaneName) -> None:
    """Let a lane's worker end, and free its memory, until the next call."""
    with _lock:
        executor = _lanes.get(name)
    if isinstance(executor, Lane):
        executor.rest()


def close(*, wait: bool = False) -> None:
    """End every lane and its worker, by default without waiting for calls in flight."""
    with _lock:
        lanes = list(_lanes.values())
        _lanes.clear()
    for executor in lanes:
        executor.shutdown(wait=wait, cancel_futures=True)
