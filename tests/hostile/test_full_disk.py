"""A disk with no room left: the app goes on serving, leaves nothing half-written, and recovers."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

pytest.register_assert_rewrite("tests.e2e.server")

from core.errors import ExplorerError, NoRoom  # noqa: E402
from core.models.openvino.export import export  # noqa: E402
from core.models.openvino.exports import Exports, ExportState  # noqa: E402
from core.settings import ROOT  # noqa: E402
from core.speed.records import SHIPPED, keep, read_all  # noqa: E402
from core.work import jobs  # noqa: E402
from tests.e2e import server as servers  # noqa: E402
from tests.load.runs import compare_own, encode_set  # noqa: E402
from tests.load.visitor import visiting  # noqa: E402
from tests.models.tiny import Kind, build  # noqa: E402

SIZE = 4 * 2**20
COMMAND = (sys.executable, "-m", "core")
QUERY = "models=char-ngrams&models=wordllama"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("There is no mount here.")
    if done.returncode:
        pytest.skip(f"May not mount here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Leave not a byte; return what takes the room."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (2**16, 2**10, 1):
            while True:
                try:
                    if file.write(bytes(size)) < size:
                        break
                except OSError:
                    break
    assert os.statvfs(disk).f_bavail == 0
    return ballast


def kept(disk: Path) -> dict[str, int]:
    return {str(p.relative_to(disk)): p.stat().st_size for p in disk.rglob("*") if p.is_file()}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_visitors_are_served_while_the_disk_is_full_and_after(disk: Path, tmp_path: Path) -> None:
    with servers.running(
        tmp_path / "server", UMEKOMI_PROFILE="public", UMEKOMI_DATA_DIR=str(disk / "data")
    ) as server:

        async def go_through() -> None:
            async with visiting(server.url, query=QUERY) as early:
                await compare_own(early, "before")
                before = set(kept(disk))
                ballast = fill(disk)
                early.may_fail = True
                await compare_own(early, "with no room")  # whose result is right, and up
                assert "disk is full" in early.written()
                async with visiting(server.url, query=QUERY, may_fail=True) as late:
                    await compare_own(late, "new here")
                sets = visiting(server.url, "sets", query="sets_models=char-ngrams", may_fail=True)
                async with sets as other:
                    await encode_set(other, 1, 2000)
                assert httpx2.get(f"{server.url}/healthz", timeout=30).status_code == 200
                half_written = {name for name in kept(disk) if name.endswith((".part", ".tmp"))}
                assert half_written == set()
                assert before <= set(kept(disk))
                ballast.unlink()
                await compare_own(early, "with room again")
                assert "disk is full" not in early.written()
                async with visiting(server.url, query=QUERY) as again:
                    await compare_own(again, "after")

        asyncio.run(go_through())
        assert "Traceback" not in server.log


def test_a_job_that_finds_no_room_is_told_and_leaves_nothing(disk: Path) -> None:
    root = disk / "jobs"
    root.mkdir()
    before = set(kept(disk))
    ballast = fill(disk)
    with pytest.raises((OSError, ExplorerError)):
        jobs.start(root, "count", "tests.core.work.job_calls:count", {"steps": 1})
    assert set(kept(disk)) - before == {"ballast"}
    assert list(root.iterdir()) == []
    ballast.unlink()
    job = jobs.start(root, "count", "tests.core.work.job_calls:count", {"steps": 1})
    servers.wait_for(lambda: not jobs.read(root, job.id).state.active, "the job has ended")
    assert jobs.read(root, job.id).result == {"steps": 1, "word": "数えた"}


def test_an_export_that_finds_no_room_leaves_nothing_and_is_made_once_there_is_some(
    disk: Path, tmp_path: Path
) -> None:
    """OpenVINO's own word for it is a fault of a stream, which would be kept as the model's."""
    card = build(Kind.BERT, tmp_path / "bert")
    ballast = fill(disk)
    with ballast.open("r+b") as file:
        file.truncate(ballast.stat().st_size - 2**16)  # room for the record, not for the weights
    with pytest.raises(NoRoom, match="0 MB left"):
        export(card, disk / "exports", threads=1, bfloat16=False)
    assert list((disk / "exports").iterdir()) == []
    ballast.unlink()
    found = export(card, disk / "exports", threads=1, bfloat16=False)
    assert found.state is ExportState.READY
    assert Exports(disk / "exports").read(card) == found


@pytest.mark.slow
def test_a_command_that_finds_no_room_says_so_in_a_line_and_leaves_the_old_file(
    disk: Path, tmp_path: Path
) -> None:
    texts, out = tmp_path / "texts.txt", disk / "vectors.npz"

    def encode(count: int) -> subprocess.CompletedProcess[str]:
        texts.write_text("\n".join(f"Text {n}" for n in range(count)), encoding="utf-8")
        return subprocess.run(
            [*COMMAND, "encode", str(texts), "--model", "char-ngrams", "--out", str(out)],
            cwd=ROOT,
            env={**os.environ, "UMEKOMI_DATA_DIR": str(tmp_path / "data")},
            capture_output=True,
            text=True,
            check=False,
        )

    assert encode(3).returncode == 0
    old = out.read_bytes()
    ballast = fill(disk)
    refused = encode(500)
    assert refused.returncode != 0
    assert "No space left" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert out.read_bytes() == old
    assert set(kept(disk)) == {"ballast", "vectors.npz"}
    ballast.unlink()
    assert encode(500).returncode == 0
    assert len(out.read_bytes()) > len(old)


def test_a_record_of_speed_that_finds_no_room_leaves_the_old_one(disk: Path) -> None:
    (record, *_) = read_all(SHIPPED)
    path = keep(record, disk)
    ballast = fill(disk)
    with pytest.raises(NoRoom):
        keep(replace(record, measured_at="later"), disk)
    assert read_all(disk) == (record,)
    assert set(kept(disk)) == {"ballast", path.name}
    ballast.unlink()
    keep(replace(record, measured_at="later"), disk)
    assert read_all(disk)[0].measured_at == "later"
