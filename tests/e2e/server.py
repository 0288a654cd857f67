"""The real server, `streamlit run app.py`, with everything it writes in a folder of the test's."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psutil

from core.settings import ROOT

HEAVY = ("torch", "transformers", "sentence_transformers", "umap", "numba", "sklearn", "mteb")
# Python runs this when it starts. On SIGUSR1 a process then tells which modules it has; on SIGUSR2
# every comparison fails as nobody expects, until the next one.
SITECUSTOMIZE = """
import os, signal, sys

def tell_modules(*_):
    path = os.path.join(os.environ["UMEKOMI_TEST_MODULES"], str(os.getpid()))
    with open(path + ".part", "w", encoding="utf-8") as file:
        file.write("\\n".join(sorted(sys.modules)))
    os.replace(path + ".part", path)

def fail(*_, **__):
    raise RuntimeError("{SECRET}")

def break_or_mend(*_):
    global fail
    package = sys.modules["core.compare"]
    package.compare, fail = fail, package.compare

signal.signal(signal.SIGUSR1, tell_modules)
signal.signal(signal.SIGUSR2, break_or_mend)
"""
SECRET = "what no visitor may read"


def wait_for(condition: Callable[[], bool], what: str, *, seconds: float = 60.0) -> None:
    """Return once ``condition`` holds; fail with ``what`` if it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"Waited {seconds} s in vain: {what}"
        time.sleep(0.05)


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server that runs. ``folder`` holds its log, its data and what it tells about itself."""

    url: str
    process: psutil.Process
    folder: Path

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def family(self) -> list[psutil.Process]:
        """Return every process that this server started, and those that they started."""
        return self.process.children(recursive=True)

    def servers(self) -> list[psutil.Process]:
        """Return the processes that serve pages: this one, or those that core/serve.py started."""
        return [each for each in self.process.children() if "app.py" in each.cmdline()] or [
            self.process
        ]

    def models_worker(self) -> psutil.Process:
        """Return the worker that has torch, as soon as there is one."""
        return self._worker_with("libtorch_cpu")

    def compute_worker(self) -> psutil.Process:
        """Return the worker that has UMAP's compiler, as soon as there is one."""
        return self._worker_with("llvmlite")

    def _worker_with(self, library: str) -> psutil.Process:
        found: list[psutil.Process] = []

        def look() -> bool:
            found[:] = [process for process in self.family() if _has(process, library)]
            return bool(found)

        wait_for(look, f"a worker has loaded {library}")
        (worker,) = found
        return worker

    def modules(self) -> set[str]:
        """Return the modules that the server's own process has loaded."""
        told = self.folder / "modules" / str(self.process.pid)
        told.unlink(missing_ok=True)
        self.process.send_signal(signal.SIGUSR1)
        wait_for(told.exists, "the server has told its modules")
        return set(told.read_text(encoding="utf-8").splitlines())

    @contextmanager
    def broken(self) -> Iterator[None]:
        """Have every comparison fail by a bug."""
        self.process.send_signal(signal.SIGUSR2)
        yield
        self.process.send_signal(signal.SIGUSR2)


def is_running(process: psutil.Process) -> bool:
    """Say whether the process is there and no zombie, which only waits to be noticed."""
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


@contextmanager
def running(
    folder: Path, script: str = "app.py", *, processes: int = 0, **variables: str
) -> Iterator[Server]:
    """Start a server of its own and wait until it answers; afterwards nothing of it is left.

    With ``processes``, so many servers behind nginx.
    """
    for name in ("hooks", "modules"):
        (folder / name).mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "data" / "welcome-closed").touch()  # a visitor who has been here
    hook = SITECUSTOMIZE.replace("{SECRET}", SECRET)
    (folder / "hooks" / "sitecustomize.py").write_text(hook, encoding="utf-8")
    port = free_port(following=processes)
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port)]
    if processes:
        command = [sys.executable, "-m", "core.serve"]
        variables |= {"UMEKOMI_PROCESSES": str(processes), "STREAMLIT_SERVER_PORT": str(port)}
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=_environment(folder) | variables,
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as started,
    ):
        server = Server(
            url=f"http://localhost:{port}", process=psutil.Process(started.pid), folder=folder
        )
        try:
            for each in range(port, port + processes + 1):
                wait_for(lambda port=each: _answers(server, port), f"the server at {each} answers")
            yield server
        finally:
            end(server)


def end(server: Server) -> None:
    """Kill the server and all that it started."""
    family: list[psutil.Process] = []
    with suppress(psutil.NoSuchProcess):
        family = [server.process, *server.family()]
    for process in family:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def free_port(*, following: int = 0) -> int:
    """Return a free port after which so many others are free, too."""
    while True:
        with ExitStack() as stack:
            probe = stack.enter_context(socket.socket())
            probe.bind(("localhost", 0))
            port = probe.getsockname()[1]
            with suppress(OSError, OverflowError):
                for each in range(port + 1, port + 1 + following):
                    stack.enter_context(socket.socket()).bind(("localhost", each))
                return port


def _environment(folder: Path) -> dict[str, str]:
    # Nobody's own settings, and no models of a hub's cache: what is here is the same everywhere.
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("STREAMLIT_", "UMEKOMI_"))
    }
    return {
        **inherited,
        "HF_HOME": str(folder / "hub"),
        "HOME": str(folder),
        "PYTHONPATH": str(folder / "hooks"),
        "UMEKOMI_DATA_DIR": str(folder / "data"),
        "UMEKOMI_OPENVINO": "off",  # an export would take the machine from the tests
        "UMEKOMI_TEST_MODULES": str(folder / "modules"),
    }


def _answers(server: Server, port: int) -> bool:
    assert is_running(server.process), f"The server has ended:\n{server.log}"
    try:
        return httpx2.get(f"http://localhost:{port}/_stcore/health").text == "ok"
    except httpx2.TransportError:
        return False


def _has(process: psutil.Process, library: str) -> bool:
    try:
        return any(library in part.path for part in process.memory_maps())
    except psutil.Error:
        return False  # it has just ended
