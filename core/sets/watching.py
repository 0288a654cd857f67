"""Running the process that decodes a file, and ending it when it takes too much."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

from core.errors import ReadingStopped, Word
from core.sets.decoding.outcome import (
    INPUT,
    BrokenOutcome,
    read_outcome,
    write_request,
)
from core.sets.user_file import Limits, ReadFile, shown_name
from core.settings import ROOT

LOOK_SECONDS = 0.02
AT_ONCE = 2  # a reading may take the limits' whole memory
# Isolated: nothing of the folder it is started in, or of the user's own packages, is imported.
START = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from core.sets.decoding import child; child.main(sys.argv[2])"
)
# The child is given no tokens: it decodes what others wrote.
KEPT = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
# A thread's stack and arena count as memory, and there is nothing for more than one to do.
SINGLE = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ARROW_IO_THREADS")

_slots = threading.BoundedSemaphore(AT_ONCE)


def decode_apart(name: str, data: bytes | memoryview, limits: Limits) -> ReadFile:
    """Return what a child process decodes of the bytes.

    Raises what the child raises, and ReadingStopped where it goes over the limits or crashes.
    """
    with (
        _slots,
        tempfile.TemporaryDirectory(prefix="umekomi-", ignore_cleanup_errors=True) as made,
    ):
        folder = Path(made)
        (folder / INPUT).write_bytes(data)
        write_request(folder, name=shown_name(name), limits=limits, parent=os.getpid())
        child = _start(folder)
        try:
            fault = _watch(child, limits)
        finally:
            _kill(child)
        if fault is None and child.returncode != 0:
            fault = _why_it_ended(folder)
        if fault is not None:
            raise _stopped(name, fault)
        try:
            return read_outcome(folder, name)
        except BrokenOutcome as error:
            raise _stopped(name, Word.READER_ENDED) from error


def _start(folder: Path) -> subprocess.Popen[bytes]:
    environment = {name: value for name in KEPT if (value := os.environ.get(name))}
    environment |= dict.fromkeys(SINGLE, "1") | {"ARROW_DEFAULT_MEMORY_POOL": "system"}
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-I", "-X", "utf8", "-c", START, str(ROOT), str(folder)],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )


def _watch(child: subprocess.Popen[bytes], limits: Limits) -> Word | None:
    """Wait for the child's end; return why it must end sooner."""
    end = time.monotonic() + limits.seconds
    while child.poll() is None:
        if time.monotonic() > end:
            return Word.TOOK_TOO_LONG
        if _resident_bytes(child.pid) > limits.memory_bytes:
            return Word.TOOK_TOO_MUCH
        try:
            child.wait(LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    return None


def _resident_bytes(pid: int) -> int:
    """Return the memory of the process and of those it started.

    In a Windows virtual environment the launched process is not the one that works.
    """
    return sum(_memory_of(process) for process in _family(pid))


def _family(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        # Elsewhere the launched one is it, and asking for children looks at every process.
        return [process, *(process.children(recursive=True) if os.name == "nt" else [])]
    except psutil.NoSuchProcess:
        return []


def _memory_of(process: psutil.Process) -> int:
    try:
        memory = process.memory_info()
        return memory.rss - getattr(memory, "shared", 0)  # the input is mapped, not held
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0


def _kill(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        for process in reversed(_family(child.pid)):
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
    child.wait()


def _why_it_ended(folder: Path) -> Word:
    """Return why the child ended by itself; an outcome is not looked at, it may be half of one."""
    log = (folder / "log").read_text(encoding="utf-8", errors="replace")
    refused = any(
        sign in log for sign in ("MemoryError", "bad_alloc", "OutOfMemory", "memory allocation")
    )
    return Word.TOOK_TOO_MUCH if refused else Word.READER_ENDED


def _stopped(name: str, problem: Word) -> ReadingStopped:
    shown = shown_name(name)
    return ReadingStopped(
        f"{shown} was not read: {problem}.",
        hint="Make the file smaller, or save it again in a plain format such as CSV.",
        file=shown,
        problem=problem,
    )
