"""Every command line in both READMEs is run as it is written, in a fresh clone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^```sh\n(.*?)^```", re.S | re.M)
COMMENT = re.compile(r"\s+#.*$")
CORE = ".venv/bin/python -m core "

# By how a command begins, why it isn't run here. Whatever isn't named here is.
NOT_RUN = {
    "make run": "it serves until it is stopped; every test in tests/e2e starts the same server",
    "make test": "it would run this test again, and so on; CI's first step in a fresh clone is this",
    "python -m venv .venv": "it fetches gigabytes; `make test` in CI makes its .venv with these three",
    ".venv/bin/pip install -r requirements.txt": "as the line above",
    ".venv/bin/pip install -r requirements-dev.txt": "as the line above",
    ".venv/bin/streamlit run app.py": "as make run",
    ".venv/bin/python -m pytest": "as make test",
    "docker build": "needs docker; tests/test_hosting.py runs what the image starts, without docker",
    "docker run": "as the line above",
    CORE + "download": "needs a network; tests/core/models/test_download.py has a hub of its own",
    CORE + "add-server": "needs a server; tests/core/commands/test_servers.py starts one",
    CORE + "prompts-study --model embeddinggemma-300m": "needs a download with an account",
    CORE + "mteb": "needs a network once",
}
QUICK = (CORE + "models ", CORE + "prompts ")
TEXTS = (
    "A cat sleeps.",
    "The dog runs after a ball.",
    "She bakes bread.",
    "It rains.",
    "He reads.",
)
PAIRS = (
    ("A cat sleeps on the sofa.", "A cat is asleep on a couch.", 5.0),
    ("The dog runs after a ball.", "A dog chases a ball.", 4.5),
    ("She bakes bread.", "He flies to Paris.", 0.0),
    ("The train is late.", "The train has a delay.", 4.2),
    ("Horses graze in the field.", "The price of tea rose.", 0.2),
)


def commands() -> list[str]:
    """Return each command line of the two READMEs once, without its comment."""
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.ja.md")]
    blocks = [block for text in texts for block in FENCE.findall(text)]
    lines = [COMMENT.sub("", line) for block in blocks for line in block.splitlines()]
    return [line for line in dict.fromkeys(lines) if line]


def is_named(command: str) -> bool:
    return any(f"{command} ".startswith(f"{start} ") for start in NOT_RUN)


RUN = [command for command in commands() if not is_named(command)]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a fresh clone that has this environment, and the two files that commands name."""
    folder = tmp_path_factory.mktemp("clone") / "umekomi"
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(ROOT), str(folder)], check=True)
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "texts.txt").write_text("\n".join(TEXTS), encoding="utf-8")
    rows = ["sentence1\tsentence2\tscore", *("\t".join(map(str, pair)) for pair in PAIRS)]
    (folder / "pairs.tsv").write_text("\n".join(rows), encoding="utf-8")
    yield folder
    shutil.rmtree(folder)


def run(command: str, clone: Path) -> None:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("UMEKOMI_")}
    places = {"UMEKOMI_DATA_DIR": clone.parent / "data", "HF_HOME": clone.parent / "hub"}
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=clone,
        env=inherited | {name: str(path) for name, path in places.items()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_every_reason_is_for_a_command_that_is_there() -> None:
    assert [s for s in NOT_RUN if not any(f"{c} ".startswith(f"{s} ") for c in commands())] == []


@pytest.mark.parametrize("command", [c for c in RUN if f"{c} ".startswith(QUICK)])
def test_a_quick_command_runs_as_written(command: str, clone: Path) -> None:
    run(command, clone)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("command", [c for c in RUN if not f"{c} ".startswith(QUICK)])
def test_a_command_runs_as_written(command: str, clone: Path) -> None:
    run(command, clone)
