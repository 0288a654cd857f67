"""The process that reads is ended where it must, and sees and leaves nothing."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psutil
import pytest

from core.errors import (
    ReadingStopped,
    Word,
)
from core.sets.reading import Limits, guess, to_set
from tests.hostile import files
from tests.hostile.conftest import Watched, told

# What the reader may take


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        (Limits(file_bytes=1000, rows=10, seconds=0.01), Word.TOOK_TOO_LONG),
        (Limits(file_bytes=1000, rows=10, memory_bytes=1_000_000), Word.TOOK_TOO_MUCH),
    ],
    ids=["time", "memory"],
)
def test_a_reader_over_its_limits_is_ended_and_leaves_nothing(
    watched: Watched,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    limits: Limits,
    problem: Word,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = psutil.Process().children()  # other tests have workers of their own
    error = watched.refused("a.csv", b"a\n1\n", limits)
    assert told(error, ReadingStopped) == {"problem": problem}
    assert list(tmp_path.iterdir()) == []
    assert psutil.Process().children() == before
    assert watched.whole("a.csv", b"a\n1\n").rows == 1


def test_a_reader_that_crashes_is_told(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.sets.watching.START", "import os; os.abort()")
    error = watched.refused("a.csv", b"a\n1\n")
    assert told(error, ReadingStopped) == {"problem": Word.READER_ENDED}


def test_the_reader_sees_no_tokens(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    seen: list[dict[str, str]] = []
    popen = subprocess.Popen

    def spy(*args: object, **kwargs: object) -> subprocess.Popen[bytes]:
        seen.append(dict(kwargs["env"]))  # type: ignore[arg-type]
        return popen(*args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", spy)
    watched.whole("a.csv", b"a\n1\n")
    assert "HF_TOKEN" not in seen[0]


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\a\\b.csv", "a\nb.csv", "x" * 5000])
def test_a_name_is_only_shown(watched: Watched, name: str) -> None:
    read = watched.whole(name, b"a,b\nx,y\n")
    assert to_set(read, guess(read)).text_set.texts


def test_memory_that_the_system_refuses_is_told(watched: Watched) -> None:
    data = files.delta_parquet(groups=4, rows=1_000, value_bytes=100_000)
    limits = Limits(file_bytes=1_000_000, rows=200_000, memory_bytes=150_000_000)
    error = watched.refused("a.parquet", data, limits)
    assert told(error, ReadingStopped) == {"problem": Word.TOOK_TOO_MUCH}
