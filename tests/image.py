"""What the image would hold and run, held and run here: no container is needed."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.e2e.server import free_port, is_running, wait_for

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
NOBODY = 65534


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name} +(.+)$", DOCKERFILE, flags=re.MULTILINE)


def copied() -> list[str]:
    """Return what the image gets of the checkout."""
    return [source for line in instructions("COPY") for source in shlex.split(line)[:-1]]


@dataclass(frozen=True)
class Image:
    """What the image would run, run here."""

    port: int
    process: psutil.Process
    environment: dict[str, str]
    folder: Path

    def is_healthy(self) -> bool:
        (check,) = instructions("HEALTHCHECK")
        command = json.loads(check[check.index("[") :])
        done = subprocess.run(
            [sys.executable, *command[1:]], cwd=self.folder, env=self.environment, check=False
        )
        return done.returncode == 0

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def servers(self) -> dict[int, psutil.Process]:
        """Return the processes that serve pages, by their ports."""
        found = {}
        for child in self.process.children():
            command = child.cmdline()
            if "app.py" in command:
                found[int(command[-1])] = child
        return found


def nobody() -> dict[str, object]:
    """Return what makes a child run without rights; nothing where that user can't start Python."""
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    try:
        subprocess.run([sys.executable, "-c", ""], check=True, capture_output=True, **user)
    except (OSError, subprocess.CalledProcessError):
        return {}
    return user


@contextmanager
def started(folder: Path) -> Iterator[Image]:
    """Copy what the image would hold, and start it as the image would be started."""
    for source in copied():
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        copy(ROOT / source, folder / source)
    data = folder / "data"
    data.mkdir()
    port = free_port(following=2)
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("STREAMLIT_", "UMEKOMI_"))},
        **dict(line.split("=") for line in instructions("ENV")),
        "UMEKOMI_DATA_DIR": str(data),
        "STREAMLIT_SERVER_PORT": str(port),
        "HOME": str(data),
    }
    user = nobody()
    if user:
        os.chown(data, NOBODY, NOBODY)
        for parent in (folder, *folder.parents):
            if parent.owner() == "root" and parent != Path(parent.root):
                parent.chmod(parent.stat().st_mode | 0o055)
    command = json.loads(instructions("CMD")[-1])
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, *command[1:]],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            **user,
        )
    image = Image(port, psutil.Process(child.pid), environment, folder)
    try:
        wait_for(lambda: is_running(image.process) and image.is_healthy(), "the health check holds")
        yield image
    finally:
        for process in (image.process, *image.process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        child.wait()
