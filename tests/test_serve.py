"""The launcher of a public instance: what ends is started again, and all end together."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

pytest.register_assert_rewrite("tests.e2e.server")

from core import serve  # noqa: E402
from core.settings import settings  # noqa: E402
from tests.e2e.server import is_running, wait_for  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
# One that hears and one that does not, beside one that ends at once, again and again.
LAUNCHER = """
import sys
from core import serve

serve.END_SECONDS = 1.0
sleep = "import time; time.sleep(300)"
deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + sleep
commands = [[sys.executable, "-c", code, "mark"] for code in (sleep, deaf, "")]
serve.keep_running([serve.Program(command) for command in commands])
"""


@pytest.fixture
def launcher() -> Iterator[psutil.Process]:
    with subprocess.Popen([sys.executable, "-c", LAUNCHER], cwd=ROOT) as started:
        process = psutil.Process(started.pid)
        try:
            wait_for(lambda: len(sleepers(process)) == 2, "both run")
            yield process
        finally:
            if is_running(process):
                process.terminate()


def sleepers(launcher: psutil.Process) -> list[psutil.Process]:
    found = []
    for child in launcher.children():
        try:
            if "time.sleep" in " ".join(child.cmdline()):
                found.append(child)
        except psutil.NoSuchProcess:  # the one that ends at once
            continue
    return found


def test_what_is_killed_is_started_again_and_the_other_goes_on(launcher: psutil.Process) -> None:
    first, other = sorted(sleepers(launcher), key=lambda process: len(process.cmdline()[2]))
    first.kill()
    wait_for(lambda: not is_running(first), "it has ended")
    wait_for(lambda: len(sleepers(launcher)) == 2, "it was started again", seconds=10)
    assert is_running(other)
    assert first not in sleepers(launcher)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end_it_ends_them_all_deaf_ones_too(
    launcher: psutil.Process, number: signal.Signals
) -> None:
    family = sleepers(launcher)
    launcher.send_signal(number)
    assert launcher.wait(10) == 0
    wait_for(lambda: not any(map(is_running, family)), "all have ended", seconds=5)


@pytest.fixture
def three_processes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    variables = {
        "UMEKOMI_PROCESSES": "3",
        "UMEKOMI_SESSIONS": "301",
        "UMEKOMI_QUEUE": "2",
        "STREAMLIT_SERVER_ADDRESS": "0.0.0.0",
        "STREAMLIT_SERVER_PORT": "7860",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr("loky.cpu_count", lambda: 8)
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.usefixtures("three_processes")
def test_each_server_has_a_port_and_its_part_of_what_all_may_have(tmp_path: Path) -> None:
    nginx, *servers = serve.programs(tmp_path)
    assert [each.command[-1] for each in servers] == ["7861", "7862", "7863"]
    for each in servers:
        assert each.variables == {
            "UMEKOMI_SESSIONS": "100",
            "UMEKOMI_QUEUE": "1",  # not none
            "UMEKOMI_ALL_UPLOADS_MB": "666",
            "OMP_NUM_THREADS": "2",
        }
    written = Path(nginx.command[nginx.command.index("-c") + 1]).read_text(encoding="utf-8")
    assert "listen 0.0.0.0:7860;" in written
    assert [line.split()[1] for line in written.splitlines() if "max_fails=0" in line] == [
        f"127.0.0.1:{port}" for port in (7861, 7862, 7863)
    ]
    assert "@" not in written.replace("between @", "")


@pytest.mark.usefixtures("three_processes")
def test_each_computes_in_its_part_of_the_cores_and_as_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads = [serve.shares(count)["OMP_NUM_THREADS"] for count in (1, 2, 8, 9)]
    assert threads == ["8", "4", "1", "1"]
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    assert serve.shares(2)["OMP_NUM_THREADS"] == "5"
