"""The command that measures, on real models."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.settings import ROOT
from core.speed.protocols import FRESH, HERE
from core.speed.records import Protocol, from_json


def command(tmp_path: Path, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "core", "speed", *arguments, "--json"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env={**os.environ, "UMEKOMI_DATA_DIR": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_command_measures_a_real_model(tmp_path: Path) -> None:
    names = [str(each) for each in HERE]
    asked = [part for name in names for part in ("--protocol", name)]
    found = command(tmp_path, "--model", "wordllama", *asked)
    assert (found["failures"], found["skipped"]) == ([], [])
    records = [from_json(each) for each in found["records"]]
    assert [str(each.protocol) for each in records] == names
    assert {path.name for path in (tmp_path / "speed").iterdir()} == {
        each.file_name for each in records
    }
    length = records[names.index(str(Protocol.LENGTH))]
    tokens = [each.at or 0 for each in length.measured]
    assert tokens[0] > 8
    assert all(15 << i <= 2 * each + 1 and each <= 16 << i for i, each in enumerate(tokens))
    for each in records:
        assert each.machine.versions["torch"]
        assert all(one.counts["tokens"] > 0 for one in each.measured if "tokens" in one.counts)


@pytest.mark.slow
def test_fresh_processes_measure_a_real_model(tmp_path: Path) -> None:
    asked = [part for each in FRESH for part in ("--protocol", str(each))]
    found = command(tmp_path, "--model", "char-ngrams", *asked)
    assert found["failures"] == []
    cold, memory, threads = (from_json(each) for each in found["records"])
    assert [each.name for each in cold.measured][:2] == ["import", "load"]
    assert all(len(each.seconds) == 3 for each in cold.measured)
    sizes = [each.bytes_used or 0 for each in memory.measured]
    assert 0 < sizes[0] <= sizes[1]
    assert [each.at for each in threads.measured] == list(range(1, len(threads.measured) + 1))
