"""Several servers behind nginx on one port, each started again where it ends, for strangers.

One process serves pages with one core at most. A visitor is always at the same one, by what
assets/hosting/servers.conf says. ``python -m core.serve`` starts them, and ``python -m core.serve
check`` fails where one of them does not answer.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from core.settings import ASSETS, ROOT, settings

CONFIGURATION = ASSETS / "hosting" / "servers.conf"
# What all visitors together may have, each process its part; jobs are counted on the disk.
SHARED_OUT = ("sessions", "queue", "all_uploads_mb")
THREADS = "OMP_NUM_THREADS"  # what PyTorch computes with, and by it OpenVINO
LOOK_SECONDS = 0.2
AGAIN_SECONDS = 1.0
END_SECONDS = 8.0  # Docker kills after ten
CHECK_SECONDS = 8.0


@dataclass
class Program:
    """What is to run always."""

    command: list[str]
    variables: Mapping[str, str] = field(default_factory=dict)
    pid: int | None = None
    not_before: float = 0.0

    def start(self) -> None:
        """Start it; its variables come on top of this process's own."""
        # Not subprocess, which looks for ended children itself and would take them from reap.
        self.pid = os.posix_spawnp(self.command[0], self.command, {**os.environ, **self.variables})

    def ended(self) -> None:
        """Know that it has ended, and wait before it is started again: it may end at once."""
        self.pid, self.not_before = None, time.monotonic() + AGAIN_SECONDS


def ports() -> list[int]:
    """Return the port for all, and after it that of each server."""
    first = int(os.environ.get("STREAMLIT_SERVER_PORT", "7860"))
    return list(range(first, first + settings().processes + 1))


def programs(folder: Path) -> list[Program]:
    """Return the servers and nginx, which has its files in ``folder``."""
    port, *inner = ports()
    address = os.environ.get("STREAMLIT_SERVER_ADDRESS", "localhost")
    parts = {
        "@FOLDER@": str(folder),
        "@LISTEN@": f"{address}:{port}",
        "@SERVERS@": "\n".join(f"        server 127.0.0.1:{each} max_fails=0;" for each in inner),
    }
    text = CONFIGURATION.read_text(encoding="utf-8")
    for name, value in parts.items():
        text = text.replace(name, value)
    whole = folder / "nginx.conf"
    whole.write_text(text, encoding="utf-8")
    server = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.address", "127.0.0.1"]
    return [
        Program(["nginx", "-c", str(whole), "-p", str(folder), "-e", "stderr"]),
        *(Program([*server, "--server.port", str(each)], shares(len(inner))) for each in inner),
    ]


def shares(count: int) -> dict[str, str]:
    """Return the settings of one of so many servers: its part of what is meant for all visitors."""
    from loky import cpu_count  # here, since the health check is a process that needs none of it

    parts = {name: max(1, getattr(settings(), name) // count) for name in SHARED_OUT}
    # Models that compute in as many threads as there are cores, in several processes at once, wait
    # for each other in every layer: a call for five texts took 0.12 s (two processes, two cores).
    threads = os.environ.get(THREADS) or str(max(1, cpu_count() // count))
    return {THREADS: threads} | {f"UMEKOMI_{name.upper()}": str(n) for name, n in parts.items()}


def keep_running(wanted: Sequence[Program]) -> None:
    """Start what has ended again, until this process is told to end; then end them all."""
    told: list[int] = []

    def tell(number: int, _frame: FrameType | None) -> None:
        told.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, tell)
    while not told:
        reap(wanted)
        for program in wanted:
            if program.pid is None and time.monotonic() >= program.not_before:
                program.start()
        time.sleep(LOOK_SECONDS)
    deadline = time.monotonic() + END_SECONDS
    send(wanted, signal.SIGTERM)
    while reap(wanted) and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
    send(wanted, signal.SIGKILL)


def reap(wanted: Sequence[Program]) -> bool:
    """Take note of what has ended; say whether something still runs.

    A container's first process also gets the workers of a server that was killed.
    """
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            pid = 0
        if pid == 0:
            return any(program.pid for program in wanted)
        for program in wanted:
            if program.pid == pid:
                program.ended()


def send(wanted: Sequence[Program], number: signal.Signals) -> None:
    """Send the signal to all that run."""
    for program in wanted:
        if program.pid is not None:
            os.kill(program.pid, number)


def check() -> bool:
    """Say whether every server answers and has its workers, and nginx passes it on."""
    deadline = time.monotonic() + CHECK_SECONDS
    return all(answers(port, deadline - time.monotonic()) for port in ports())


def answers(port: int, seconds: float) -> bool:
    """Say whether what listens there is well."""
    try:
        address = f"http://127.0.0.1:{port}/healthz"
        with urllib.request.urlopen(address, timeout=max(0.1, seconds)) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def main() -> None:
    """Run what the command says."""
    if sys.argv[1:] == ["check"]:
        sys.exit(0 if check() else 1)
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory(prefix="umekomi-nginx-") as folder:
        keep_running(programs(Path(folder)))


if __name__ == "__main__":
    main()
