"""Commands as a shell runs them: exit codes, the two streams, and Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.settings import ROOT

CORE = (sys.executable, "-m", "core")
ONE = ("--model", "char-ngrams", "--query", "red planet", "--document", "火星")
LINES = 30_000

posix = pytest.mark.skipif(os.name != "posix", reason="Signals and terminals as POSIX has them.")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "UMEKOMI_DATA_DIR": str(tmp_path / "data")}


def run(environment: dict[str, str], *args: str | bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*CORE, *args], capture_output=True, env=environment, cwd=ROOT, timeout=120, check=False
    )


def test_results_go_to_standard_output_alone(environment: dict[str, str]) -> None:
    done = run(environment, "similarity", *ONE, "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["experiment"]["documents"] == [{"text": "火星"}]


def test_a_console_that_lacks_a_character_still_shows_the_table(
    environment: dict[str, str],
) -> None:
    environment["PYTHONIOENCODING"] = "ascii"
    done = run(environment, "similarity", *ONE)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"0.0000 | ??" in done.stdout
    assert "火星" in run(environment, "similarity", *ONE, "--csv").stdout.decode()


@posix
def test_an_invalid_byte_in_a_text_is_one_line(environment: dict[str, str]) -> None:
    done = run(environment, "similarity", *ONE, "--query", b"caf\xe9")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.count(b"\n") == 1
    assert done.stderr.startswith(b"Query 2 holds half of a character")


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("encode", "no.txt", "--model", "char-ngrams", "--out", "v.npz"), 1),
        (("encode", "no.txt", "--model", "char-ngrams", "--out", "v.txt"), 2),
        (("encode", "--model", "char-ngrams", "--out", "v.npz"), 2),
        (("similarity", "--model", "char-ngrams"), 2),
    ],
    ids=["missing file", "unknown suffix", "no file", "no texts"],
)
def test_failures_and_wrong_calls_have_codes_of_their_own(
    environment: dict[str, str], args: tuple[str, ...], code: int
) -> None:
    done = run(environment, *args)
    assert (done.returncode, done.stdout) == (code, b"")
    assert done.stderr
    assert code == 2 or done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("command", ["similarity", "encode"])
def test_help_goes_to_standard_output(environment: dict[str, str], command: str) -> None:
    done = run(environment, command, "--help")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"--precision" in done.stdout


@posix
@pytest.mark.parametrize(
    "to_all",
    [
        pytest.param(True, id="from a terminal"),
        pytest.param(False, id="to the command alone", marks=pytest.mark.slow),
    ],
)
def test_after_ctrl_c_a_second_call_encodes_what_is_missing(
    environment: dict[str, str], tmp_path: Path, to_all: bool
) -> None:
    texts, out = tmp_path / "texts.txt", tmp_path / "vectors.npz"
    texts.write_text("".join(f"number {i} of many\n" for i in range(LINES)), encoding="utf-8")
    args = ("encode", str(texts), "--model", "wordllama", "--out", str(out))
    process = subprocess.Popen(
        [*CORE, *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=ROOT,
        start_new_session=True,
    )
    assert process.stderr is not None
    while " of 30,000 texts" not in (line := process.stderr.readline()):
        assert line  # else the command has ended
    # A terminal sends Ctrl-C to the worker too.
    (os.killpg if to_all else os.kill)(process.pid, signal.SIGINT)
    left, told = process.communicate(timeout=60)
    assert (process.returncode, left) == (1, "")
    *shown, line = told.splitlines()
    # Where the machine is slow the next sign of progress comes before the end.
    assert [each for each in shown if " of 30,000 texts" not in each] == []
    assert line.startswith("Stopped: ")
    assert line.endswith(" of 30,000 texts are kept; run the same command again to go on.")
    kept = int(line.split()[1].replace(",", ""))
    assert 0 < kept < LINES
    assert not out.exists()

    done = run(environment, *args, "--json")
    assert done.returncode == 0
    summary = json.loads(done.stdout)
    assert (summary["encoded"], summary["from_store"]) == (LINES - kept, kept)
    with np.load(out) as found:
        assert found["vectors"].shape == (LINES, 256)


@posix
def test_a_bar_is_drawn_on_a_terminal_and_taken_away(
    environment: dict[str, str], tmp_path: Path
) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_text("".join(f"number {i}\n" for i in range(3000)), encoding="utf-8")
    terminal, end = os.openpty()
    args = ("encode", str(texts), "--model", "char-ngrams", "--out", str(tmp_path / "v.npz"))
    environment["TERM"] = "xterm"
    with subprocess.Popen(
        [*CORE, *args, "--json"], stdout=subprocess.PIPE, stderr=end, env=environment, cwd=ROOT
    ) as process:
        os.close(end)
        drawn = _read(terminal)
        assert process.stdout is not None
        summary = json.loads(process.stdout.read())
    assert process.returncode == 0
    assert summary["encoded"] == 3000
    assert "of 3,000 texts" in drawn
    assert drawn.rstrip().endswith("\x1b[2K")  # the last thing done is to clear the line


def _read(terminal: int) -> str:
    parts: list[bytes] = []
    with os.fdopen(terminal, "rb", buffering=0) as file:
        while True:
            try:
                part = file.read(65_536)
            except OSError:  # how Linux says that the other end is closed
                part = b""
            if not part:
                return b"".join(parts).decode()
            parts.append(part)
