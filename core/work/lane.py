"""A lane: one worker process behind the standard executor interface."""

from __future__ import annotations

import math
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, TypeVar

from core.errors import Word, WorkerLost
from core.work.guard import call_guarded, end_with_parent
from core.work.quota import Quota

if TYPE_CHECKING:
    from loky import ProcessPoolExecutor

P = ParamSpec("P")
T = TypeVar("T")

# loky takes a worker that grew by 300 MB for a leak and replaces it, loaded models and all.
WORKER_ENVIRONMENT = {"LOKY_MAX_MEMORY_LEAK_SIZE": "1e15"}
# So long other calls go before one in the background, which has its turn then: where they never
# end, work in parts of a quarter of a second still has a fifth of the lane.
MOST_OVERTAKEN_SECONDS = 1.0


class _Call(NamedTuple):
    future: Future[Any]
    fn: Callable[..., Any]
    args: tuple[object, ...]
    kwargs: dict[str, object]
    at: float  # by the monotonic clock


class Lane(Executor):
    """One call in flight at a time, in a worker of its own; the rest wait here, cancellable.

    loky takes calls from its queue before they run, and those can't be cancelled any more; it also
    never replaces a dead worker. So calls wait here, and a broken pool is dropped.
    """

    def __init__(self, name: str, *, most_waiting: int = 200) -> None:
        self.name = name
        self.background: Executor = _Background(self)
        self._waiting = Quota(Word.WAITING_CALLS, most_waiting)
        self._turns = ThreadPoolExecutor(1, thread_name_prefix=f"lane-{name}")
        self._calls: deque[_Call] = deque()
        self._background_calls: deque[_Call] = deque()
        self._background_end = -math.inf
        self._pool: ProcessPoolExecutor | None = None
        self._lock = threading.Lock()
        self._closed = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queue ``fn``; it and its arguments must be importable in a new process.

        The future raises WorkerLost when the worker ends in the middle; the next call works again.
        Raises Busy where too many wait.
        """
        return self._put(self._calls, fn, args, kwargs)

    def put_behind(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Queue ``fn`` as ``submit`` does, but let calls that come later go first.

        They do for MOST_OVERTAKEN_SECONDS, from when it came and the one before it ended.
        """
        return self._put(self._background_calls, fn, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the lane; a call in flight ends as WorkerLost unless ``wait`` lets it finish."""
        if cancel_futures:
            self._cancel_waiting()
        if wait:
            self._turns.shutdown(wait=True)
        with self._lock:
            self._closed = True
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=wait, kill_workers=not wait)
        self._cancel_waiting()
        self._turns.shutdown(wait=wait)

    def rest(self) -> None:
        """End the worker, and with it what its memory holds; the next call starts another."""
        self._drop_pool()

    def worker_pids(self) -> list[int]:
        """Return the process ids of the workers that run now (none before the first call)."""
        pool = self._pool
        # loky has no public way to ask.
        return list(pool._processes) if pool is not None else []  # pyright: ignore[reportPrivateUsage]

    def _put(
        self,
        calls: deque[_Call],
        fn: Callable[..., T],
        args: tuple[object, ...],
        kwargs: dict[str, object],
    ) -> Future[T]:
        self._waiting.take()
        future: Future[T] = Future()
        future.add_done_callback(lambda _: self._waiting.give_back())
        with self._lock:
            calls.append(_Call(future, fn, args, kwargs, time.monotonic()))
        try:
            self._turns.submit(self._take_turn)  # one turn for each call, whichever it runs
        except RuntimeError:
            future.cancel()
            raise
        return future

    def _take_turn(self) -> None:
        call, in_background = self._next()
        if not call.future.set_running_or_notify_cancel():
            return
        try:
            result = self._call(call.fn, call.args, call.kwargs)
        except BaseException as error:  # noqa: BLE001 - the future raises it
            finish = partial(call.future.set_exception, error)
        else:
            finish = partial(call.future.set_result, result)
        if in_background:
            self._background_end = time.monotonic()
        finish()

    def _next(self) -> tuple[_Call, bool]:
        """Return the call whose turn it is, and whether it is one in the background."""
        with self._lock:
            behind = self._background_calls
            if self._calls and not (behind and self._is_due(behind[0])):
                return self._calls.popleft(), False
            return behind.popleft(), True

    def _is_due(self, call: _Call) -> bool:
        since = max(call.at, self._background_end)
        return time.monotonic() - since >= MOST_OVERTAKEN_SECONDS

    def _cancel_waiting(self) -> None:
        with self._lock:
            waiting = [*self._calls, *self._background_calls]
        for call in waiting:
            call.future.cancel()

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


def background(executor: Executor) -> Executor:
    """Return the lane's background, or any other executor as it is."""
    return executor.background if isinstance(executor, Lane) else executor


class _Background(Executor):
    """The same lane for work in many parts, none of which someone waits for alone."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return self._lane.put_behind(fn, *args, **kwargs)
