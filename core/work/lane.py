"""A lane: one worker process behind the standard executor interface."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from core.errors import Word, WorkerLost
from core.work.guard import call_guarded, end_with_parent
from core.work.quota import Quota

if TYPE_CHECKING:
    from loky import ProcessPoolExecutor

P = ParamSpec("P")
T = TypeVar("T")

# loky takes a worker that grew by 300 MB for a leak and replaces it, loaded models and all.
WORKER_ENVIRONMENT = {"LOKY_MAX_MEMORY_LEAK_SIZE": "1e15"}


class Lane(Executor):
    """One call in flight at a time, in a worker of its own; the rest wait here, cancellable.

    loky takes calls from its queue before they run, and those can't be cancelled any more; it also
    never replaces a dead worker. So calls wait in a thread's queue, and a broken pool is dropped.
    """

    def __init__(self, name: str, *, most_waiting: int = 200) -> None:
        self.name = name
        self._waiting = Quota(Word.WAITING_CALLS, most_waiting)
        self._queue = ThreadPoolExecutor(1, thread_name_prefix=f"lane-{name}")
        self._pool: ProcessPoolExecutor | None = None
        self._lock = threading.Lock()
        self._closed = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queue ``fn``; it and its arguments must be importable in a new process.

        The future raises WorkerLost when the worker ends in the middle; the next call works again.
        Raises Busy where too many wait.
        """
        self._waiting.take()
        try:
            future = self._queue.submit(self._call, fn, args, kwargs)
        except BaseException:
            self._waiting.give_back()
            raise
        future.add_done_callback(lambda _: self._waiting.give_back())
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the lane; a call in flight ends as WorkerLost unless ``wait`` lets it finish."""
        if wait:
            self._queue.shutdown(wait=True, cancel_futures=cancel_futures)
        with self._lock:
            self._closed = True
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=wait, kill_workers=not wait)
        self._queue.shutdown(wait=wait, cancel_futures=True)

    def rest(self) -> None:
        """End the worker, and with it what its memory holds; the next call starts another."""
        self._drop_pool()

    def worker_pids(self) -> list[int]:
        """Return the process ids of the workers that run now (none before the first call)."""
        pool = self._pool
        # loky has no public way to ask.
        return list(pool._processes) if pool is not None else []  # pyright: ignore[reportPrivateUsage]

    def _call(self, fn: Callable[..., T], args: tuple[object, ...], kwargs: dict[str, object]) -> T:
        try:
            return self._living_pool().submit(call_guarded, fn, args, kwargs).result()
        except BrokenProcessPool as error:
            self._drop_pool()
            raise self._lost() from error
        except RuntimeError as error:
            # loky raises a bare "shut down" error when the lane is closed under a waiting call.
            if self._closed:
                raise self._lost() from error
            raise

    def _living_pool(self) -> ProcessPoolExecutor:
        pool = self._open_pool()
        try:
            pool.submit(os.getpid).result()
        except BrokenProcessPool:
            # The worker ended between two calls, which costs no call. loky tells of it only by
            # losing one, hence the empty one (0.3 ms).
            self._drop_pool()
            return self._open_pool()
        return pool

    def _drop_pool(self) -> None:
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, kill_workers=True)

    def _lost(self) -> WorkerLost:
        return WorkerLost(
            f"The {self.name} worker ended in the middle of its work.",
            hint="Nothing you entered is lost. Try again: a new worker starts by itself.",
            lane=self.name,
        )

    def _open_pool(self) -> ProcessPoolExecutor:
        from loky import ProcessPoolExecutor

        with self._lock:
            if self._closed:
                raise RuntimeError(f"The {self.name} lane is shut down.")
            if self._pool is None:
                self._pool = ProcessPoolExecutor(
                    max_workers=1,
                    initializer=end_with_parent,
                    initargs=(os.getpid(),),
                    env=WORKER_ENVIRONMENT,
                )
            return self._pool
