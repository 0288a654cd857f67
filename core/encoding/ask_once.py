"""A question whose answer stays the same, asked of a lane."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

from core.models.device import Device


class AskOnce:
    """A question to the lane whose answer doesn't change: asked again only after a failure."""

    def __init__(self, ask: Callable[[], Future[Device]]) -> None:
        self._ask = ask
        self._future: Future[Device] | None = None
        self._lock = threading.Lock()

    def wait(self) -> Device:
        return self._asked().result()

    def peek(self) -> Device | None:
        future = self._asked()
        answered = future.done() and not future.cancelled() and future.exception() is None
        return future.result() if answered else None

    def _asked(self) -> Future[Device]:
        with self._lock:
            future = self._future
            if future is None or (future.done() and (future.cancelled() or future.exception())):
                future = self._future = self._ask()
            return future
