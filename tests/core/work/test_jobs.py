"""A job runs in a process of its own, and its folder says truly how far it is and how it ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.errors import BadRequest, Busy, JobNotFound, ModelNotFound
from core.settings import ROOT, settings
from core.whole_files import write_json
from core.work import jobs
from core.work.job import PROCESS, REQUEST, STATE, Job, JobState, describe_process
from tests.core.waiting import ended, wait_for

CALLS = "tests.core.work.job_calls"


def start(root: Path, call: str, **params: Any) -> Job:
    return jobs.start(root, "test", f"{CALLS}:{call}", params)


def held(root: Path, call: str = "hold") -> Job:
    """Return a job that is in the middle of its call."""
    folder = root.parent
    job = start(root, call, folder=str(folder))
    wait_for((folder / "started").exists, "the call has begun")
    return jobs.read(root, job.id)


def at_end(root: Path, job: Job) -> Job:
    wait_for(lambda: not jobs.read(root, job.id).state.active, "the job has ended")
    return jobs.read(root, job.id)


# How many run


def test_a_job_beyond_those_that_may_run_is_told_at_once_and_leaves_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UMEKOMI_JOBS", "1")
    settings.cache_clear()
    try:
        job = held(root)
        with pytest.raises(Busy, match="1 jobs at once"):
            start(root, "count", steps=1)
        assert [path.name for path in root.iterdir()] == [job.id]
        jobs.cancel(root, job.id, grace_seconds=0)
        at_end(root, job)
        assert at_end(root, start(root, "count", steps=1)).state is JobState.DONE
    finally:
        settings.cache_clear()


# How a job ends


def test_a_job_runs_and_leaves_its_result(root: Path) -> None:
    before = datetime.now(UTC)
    job = jobs.start(root, "count", f"{CALLS}:count", {"steps": 3}, scope="session")
    assert job.state in (JobState.WAITING, JobState.RUNNING)
    assert job.state.active
    assert (job.kind, job.scope, job.params) == ("count", "session", {"steps": 3})
    done = at_end(root, job)
    assert done.state is JobState.DONE
    assert done.result == {"steps": 3, "word": "数えた"}
    assert (done.done, done.total) == (3, 3)
    assert done.message is not None
    assert (done.message.key, done.message.values) == ("counting", {"step": 2, "word": "数"})
    assert done.error is None
    assert not done.cancelling
    assert done.pid not in (None, os.getpid())
    assert before - timedelta(seconds=1) < done.started_at < done.updated_at
    assert (done.id, done.folder) == (job.id, root / job.id)


def test_progress_is_seen_while_the_job_runs(root: Path) -> None:
    job = held(root)
    wait_for(lambda: jobs.read(root, job.id).done == 1, "progress is written")
    running = jobs.read(root, job.id)
    assert (running.state, running.done, running.total) == (JobState.RUNNING, 1, 2)
    assert running.pid is not None
    assert psutil.pid_exists(running.pid)
    (root.parent / "release").touch()
    assert at_end(root, job).result == "released"


def test_an_expected_failure_is_kept_as_it_was_raised(root: Path) -> None:
    job = at_end(root, start(root, "raise_expected"))
    assert job.state is JobState.FAILED
    assert (job.done, job.total) == (3, 10)
    assert job.error is not None
    error = job.error.as_error()
    assert type(error) is ModelNotFound
    assert (error.message, error.hint) == ("No model is named 'x'.", "Try 'y'.")
    assert error.values == {"name": "x", "known": "y, 模型"}


@pytest.mark.parametrize("call", ["raise_bug", "raise_panic", "return_no_json", "no_such_call"])
def test_a_bug_is_told_without_its_traceback_which_is_in_the_log(root: Path, call: str) -> None:
    job = at_end(root, start(root, call))
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert job.error.name == "JobFailed"
    assert "\n" not in str(job.error.as_error())
    assert "secret detail" not in (job.folder / STATE).read_text(encoding="utf-8")
    log = (job.folder / "job.log").read_text(encoding="utf-8")
    assert "Traceback" in log
    assert job.error.values["log"] == f"{job.id}/job.log"


def test_what_a_job_prints_is_in_its_log(root: Path) -> None:
    job = at_end(root, start(root, "say_hello"))
    assert job.state is JobState.DONE
    log = (job.folder / "job.log").read_text(encoding="utf-8")
    assert set(log.split()) == {"こんにちは", "careful"}


def test_a_job_keeps_its_files_in_its_folder(root: Path) -> None:
    job = at_end(root, start(root, "keep_a_file"))
    assert (job.folder / "kept.txt").read_text(encoding="utf-8") == "of the job's own"


# Cancelling


@pytest.mark.parametrize("call", ["hold", "hold_on_tightly"])
def test_a_job_that_is_cancelled_ends_at_its_next_report(root: Path, call: str) -> None:
    job = held(root, call)
    asked = jobs.cancel(root, job.id, grace_seconds=600)
    assert asked.cancelling
    cancelled = at_end(root, job)
    assert cancelled.state is JobState.CANCELLED
    assert (cancelled.error, cancelled.result) == (None, None)
    assert job.pid is not None
    wait_for(lambda: ended(job.pid or 0), "the process has ended")


def test_a_job_that_is_cancelled_before_it_began_does_not_begin(root: Path) -> None:
    job = start(root, "hold", folder=str(root.parent))
    jobs.cancel(root, job.id, grace_seconds=600)
    assert at_end(root, job).state is JobState.CANCELLED
    assert not (root.parent / "started").exists()


def test_a_job_that_does_not_hear_is_ended_after_the_grace_period(root: Path) -> None:
    job = held(root, "deaf")
    jobs.cancel(root, job.id, grace_seconds=0.1)
    assert at_end(root, job).state is JobState.CANCELLED


def test_cancelling_an_ended_job_changes_nothing(root: Path) -> None:
    job = at_end(root, start(root, "keep_a_file"))
    assert jobs.cancel(root, job.id) == job
    assert jobs.read(root, job.id) == job


# A process that is gone


@pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9.")
def test_a_killed_job_is_lost_and_stays_so(root: Path) -> None:
    job = held(root)
    assert job.pid is not None
    os.kill(job.pid, 9)
    lost = at_end(root, job)
    assert lost.state is JobState.LOST
    assert lost.error is not None
    assert lost.error.name == "JobLost"
    assert "again" in lost.error.hint
    assert jobs.read(root, job.id) == lost


def test_a_job_that_ends_without_a_word_is_lost(root: Path) -> None:
    assert at_end(root, start(root, "exit_at_once")).state is JobState.LOST


def test_a_job_ends_with_its_server_and_another_reads_it_as_lost(root: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from core.work import jobs\n"
        f"job = jobs.start(Path(sys.argv[1]), 'test', '{CALLS}:hold', {{'folder': sys.argv[2]}})\n"
        "print(job.id, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(root), str(root.parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as server:
        assert server.stdout is not None
        job_id = server.stdout.readline().strip()
        wait_for((root.parent / "started").exists, "the call has begun")
        job = jobs.read(root, job_id)  # another process reads it as it is
        assert job.state is JobState.RUNNING
        server.kill()
    assert at_end(root, job).state is JobState.LOST
    assert job.pid is not None
    assert ended(job.pid)


def laid(root: Path, state: dict[str, Any], process: dict[str, float] | None = None) -> str:
    """Lay down a job's folder as a server that is gone left it."""
    job_id = "20260101-000000-0123abcd"
    (root / job_id).mkdir(parents=True)
    request = {"kind": "test", "scope": "shared", "target": "x:y", "params": {}, "started_at": 0.0}
    gone = {"pid": os.getpid(), "created": 1.0}
    write_json(root / job_id / REQUEST, {**request, "server": gone})
    write_json(root / job_id / STATE, {"updated_at": 0.0, **state})
    if process is not None:
        write_json(root / job_id / PROCESS, process)
    return job_id


def test_another_process_with_the_job_s_number_is_not_the_job(root: Path) -> None:
    us = describe_process(psutil.Process())
    earlier = us | {"created": us["created"] - 3600}
    job_id = laid(root, {"state": "running", "process": earlier})
    assert jobs.read(root, job_id).state is JobState.LOST
    write_json(root / job_id / STATE, {"state": "running", "updated_at": 0.0, "process": us})
    assert jobs.read(root, job_id).state is JobState.RUNNING
    write_json(root / job_id / STATE, {"state": "done", "updated_at": 0.0})  # nobody may end us


def test_a_job_whose_process_never_began_is_lost_with_its_server(root: Path) -> None:
    job_id = laid(root, {"state": "waiting"})
    assert jobs.read(root, job_id).state is JobState.LOST


def test_a_job_whose_process_ended_before_its_first_word_is_lost(root: Path) -> None:
    job_id = laid(root, {"state": "waiting"}, {"pid": os.getpid(), "created": 1.0})
    assert jobs.read(root, job_id).state is JobState.LOST


# Reading


def test_another_process_reads_the_same(root: Path) -> None:
    job = at_end(root, start(root, "count", steps=2))
    code = (
        "import sys; from pathlib import Path; from core.work import jobs\n"
        "print(repr(jobs.jobs(Path(sys.argv[1]))))"
    )
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code, str(root)],
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        check=True,
    )
    assert done.stdout.strip() == repr((job,))


def test_a_state_is_read_whole_however_often_it_is_written(root: Path) -> None:
    job = start(root, "count", steps=300)
    faults: list[BaseException] = []
    seen: list[list[int]] = [[] for _ in range(4)]

    def keep_reading(done: list[int]) -> None:
        try:
            while (now := jobs.read(root, job.id)).state.active:
                assert now.message is None or now.message.values["word"] == "数"
                done.append(now.done)
            done.append(now.done)
        except BaseException as error:  # noqa: BLE001 - a thread's failure is the test's
            faults.append(error)

    readers = [threading.Thread(target=keep_reading, args=(done,)) for done in seen]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(60)
    assert faults == []
    assert all(done == sorted(done) and done[-1] == 300 for done in seen)
    assert len(set(seen[0])) > 3  # states in the middle were seen, not only the ends
    assert [path.name for path in job.folder.iterdir() if path.name.startswith(".")] == []


def test_progress_is_not_written_at_every_report(root: Path) -> None:
    job = at_end(root, start(root, "quick"))
    assert (job.state, job.done) == (JobState.DONE, 100_000)


def test_jobs_are_listed_newest_first_and_nothing_else_is(root: Path) -> None:
    assert jobs.jobs(root) == ()
    first, second = start(root, "keep_a_file"), start(root, "keep_a_file")
    (root / "notes").mkdir()
    (root / "20260101-000000-00000000").mkdir()  # empty, as after a power cut
    (root / "readme.txt").touch()
    assert [job.id for job in jobs.jobs(root)] == [second.id, first.id]


@pytest.mark.parametrize(
    "job_id", ["", "..", "../jobs", "20260101-000000-00000000", "20260101-000000-0000000\n", "a/b"]
)
def test_an_unknown_id_is_no_job_and_no_path(root: Path, job_id: str) -> None:
    root.mkdir()
    (root.parent / REQUEST).write_text("{}", encoding="utf-8")
    for act in (jobs.read, jobs.cancel, jobs.remove):
        with pytest.raises(JobNotFound):
            act(root, job_id)


def test_a_half_written_file_is_no_job(root: Path) -> None:
    job_id = laid(root, {"state": "done"})
    (root / job_id / STATE).write_text('{"state": "do', encoding="utf-8")
    with pytest.raises(JobNotFound):
        jobs.read(root, job_id)
    assert jobs.jobs(root) == ()


# Removing


def test_a_removed_job_is_gone_with_its_files(root: Path) -> None:
    job = at_end(root, start(root, "keep_a_file"))
    jobs.remove(root, job.id)
    assert list(root.iterdir()) == []
    with pytest.raises(JobNotFound):
        jobs.read(root, job.id)


def test_only_what_sessions_of_a_server_that_ended_left_is_removed(root: Path) -> None:
    kept, left = (
        at_end(root, jobs.start(root, "count", f"{CALLS}:count", {"steps": 1}, scope=scope))
        for scope in ("shared", "session")
    )
    assert jobs.remove_left(root, "session") == 0  # this process is their server
    for job in (kept, left):
        request = json.loads((job.folder / REQUEST).read_text(encoding="utf-8"))
        write_json(job.folder / REQUEST, {**request, "server": {"pid": 1, "created": 0.0}})
    assert jobs.remove_left(root, "session") == 1
    assert [job.id for job in jobs.jobs(root)] == [kept.id]


def test_servers_that_start_at_once_remove_what_is_left_together(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [
        at_end(root, jobs.start(root, "count", f"{CALLS}:count", {"steps": 1}, scope="session"))
        for _ in range(2)
    ]
    for job in left:
        request = json.loads((job.folder / REQUEST).read_text(encoding="utf-8"))
        write_json(job.folder / REQUEST, {**request, "server": {"pid": 1, "created": 0.0}})
    remove = jobs.remove

    def remove_after_another(root: Path, job_id: str) -> None:
        remove(root, job_id)
        remove(root, job_id)

    monkeypatch.setattr(jobs, "remove", remove_after_another)
    jobs.remove_left(root, "session")
    assert list(root.iterdir()) == []


def test_a_job_that_another_process_takes_away_meanwhile_is_not_found(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = at_end(root, start(root, "count", steps=1))
    read = jobs.read

    def read_and_lose(root: Path, job_id: str) -> Job:
        found = read(root, job_id)
        found.folder.rename(root / ".removed-by-another")
        return found

    monkeypatch.setattr(jobs, "read", read_and_lose)
    with pytest.raises(JobNotFound):
        jobs.remove(root, job.id)


def test_a_running_job_is_not_removed(root: Path) -> None:
    job = held(root)
    with pytest.raises(BadRequest, match="still running"):
        jobs.remove(root, job.id)
    assert jobs.read(root, job.id).state is JobState.RUNNING


def test_a_job_that_can_not_be_started_leaves_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(OSError, match="no/such"):
        start(root, "keep_a_file")
    assert list(root.iterdir()) == []


def test_parameters_that_are_no_json_leave_nothing(root: Path) -> None:
    with pytest.raises(TypeError):
        start(root, "keep_a_file", path=Path("x"))
    assert list(root.iterdir()) == []
