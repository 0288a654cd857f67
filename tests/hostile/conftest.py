"""Reading with a watch: what it takes is printed, and held against the limits."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import psutil
import pytest

from core.errors import ExplorerError
from core.sets import watching
from core.sets.reading import Limits, ReadFile, default_limits, read_file

MEGABYTE = 1_000_000
CHILD_MOST = 1_200 * MEGABYTE  # 1 GiB, and what it took between two looks
OWN_MOST = 300 * MEGABYTE
SLACK_SECONDS = 10.0  # starting and ending a process on a busy machine


@dataclass
class Watched:
    """Reads files as a page does, and measures the reader and this process."""

    lines: list[str] = field(default_factory=list)
    child_bytes: int = 0

    def read(
        self, name: str, data: bytes | memoryview, limits: Limits | None = None
    ) -> ReadFile | ExplorerError:
        self.child_bytes = 0
        own = psutil.Process()
        gc.collect()
        before = _held(own)
        with _Highest(own) as highest:
            start = time.monotonic()
            try:
                result: ReadFile | ExplorerError = read_file(name, data, limits=limits)
            except ExplorerError as error:
                result = error
            seconds = time.monotonic() - start
        grown = highest.value - before
        self.lines.append(
            f"{seconds:6.2f} s  reader {self.child_bytes / MEGABYTE:6.0f} MB  "
            f"own {grown / MEGABYTE:+5.0f} MB  {name}"
        )
        assert seconds < (limits or default_limits()).seconds + SLACK_SECONDS
        assert self.child_bytes < CHILD_MOST
        assert grown < OWN_MOST
        return result

    def refused(
        self, name: str, data: bytes | memoryview, limits: Limits | None = None
    ) -> ExplorerError:
        """Return the error; every one names the file."""
        error = self.read(name, data, limits)
        assert isinstance(error, ExplorerError), error
        assert name in error.message
        print(f"{self.lines[-1]}\n          {type(error).__name__}: {error.message}")
        return error

    def whole(self, name: str, data: bytes | memoryview) -> ReadFile:
        """Return what was read."""
        read = self.read(name, data)
        print(self.lines[-1])
        if isinstance(read, ExplorerError):
            raise read
        return read


def _held(process: psutil.Process) -> int:
    """Return the resident bytes without those of mapped files, as a sparse one's."""
    memory = process.memory_info()
    return memory.rss - getattr(memory, "shared", 0)


class _Highest:
    def __init__(self, process: psutil.Process) -> None:
        self.process, self.value = process, 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> _Highest:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self.value = max(self.value, _held(self.process))

    def _look(self) -> None:
        while not self._done.wait(0.02):
            self.value = max(self.value, _held(self.process))


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    watch = Watched()
    resident: Callable[[int], int] = watching._resident_bytes

    def measured(pid: int) -> int:
        size = resident(pid)
        watch.child_bytes = max(watch.child_bytes, size)
        return size

    monkeypatch.setattr(watching, "_resident_bytes", measured)
    return watch


def told(error: ExplorerError, kind: type[ExplorerError]) -> dict[str, object]:
    assert type(error) is kind, error
    return {name: value for name, value in error.values.items() if name != "file"}
