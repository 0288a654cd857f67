"""Long work: one child process each, its state in a folder that outlives the page that began it.

A job ends with the server that started it. It shares nothing with the lanes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from core.errors import BadRequest, JobLost, JobNotFound, Word
from core.settings import ROOT, settings
from core.whole_files import patiently, read_json, write_json
from core.work.job import (
    CANCEL,
    ID,
    JSON,
    LOG,
    PROCESS,
    REQUEST,
    STATE,
    Job,
    JobError,
    JobState,
    Message,
    describe_process,
    living,
    new_id,
)
from core.work.quota import busy

GRACE_SECONDS = 10.0
END_SECONDS = 3.0


def start(
    root: Path,
    kind: str,
    target: str,
    params: Mapping[str, JSON],
    *,
    scope: str = "shared",
    alone: bool = False,
) -> Job:
    """Run ``target`` ("module:function") in a process of its own: ``function(params, report)``.

    One that is to run ``alone`` begins when all earlier ones have ended, and later ones after it.

    ``report`` is a ``core.work.report.Report``; what the function returns must be JSON. Raises Busy
    where as many as the operator allows are running.
    """
    most = settings().jobs
    if len(active(root)) >= most:
        raise busy(Word.JOBS, most)
    job_id = new_id()
    folder, half_made = root / job_id, root / f".new-{job_id}"
    half_made.mkdir(parents=True)
    now = datetime.now(UTC).timestamp()
    request = {
        "kind": kind,
        "scope": scope,
        "alone": alone,
        "target": target,
        "params": params,
        "started_at": now,
    }
    try:
        write_json(half_made / REQUEST, {**request, "server": describe_process(psutil.Process())})
        write_json(half_made / STATE, {"state": JobState.WAITING, "updated_at": now})
        half_made.rename(folder)
        child = _spawn(folder)
    except BaseException:
        for path in (half_made, folder):
            shutil.rmtree(path, ignore_errors=True)
        raise
    try:
        write_json(folder / PROCESS, describe_process(psutil.Process(child.pid)))
    except psutil.NoSuchProcess:  # it has ended already
        write_json(folder / PROCESS, {"pid": child.pid, "created": 0.0})
    # Somebody must ask how the child ended, else it stays as a zombie.
    threading.Thread(target=child.wait, name=f"job-{job_id}", daemon=True).start()
    return read(root, job_id)


def read(root: Path, job_id: str) -> Job:
    """Return the job as it is now. Raises JobNotFound."""
    folder = root / job_id
    request = read_json(folder / REQUEST) if ID.fullmatch(job_id) else None
    state = _state(folder) if request is not None else None
    if request is None or state is None:
        raise _not_found(job_id)
    launched = read_json(folder / PROCESS)
    message, error = state.get("message"), state.get("error")
    return Job(
        id=job_id,
        folder=folder,
        kind=request["kind"],
        scope=request["scope"],
        alone=request.get("alone", False),
        target=request["target"],
        params=request["params"],
        state=JobState(state["state"]),
        done=state.get("done", 0),
        total=state.get("total", 0),
        message=Message(**message) if message else None,
        result=state.get("result"),
        error=JobError(**error) if error else None,
        cancelling=(folder / CANCEL).exists(),
        started_at=datetime.fromtimestamp(request["started_at"], UTC),
        updated_at=datetime.fromtimestamp(state["updated_at"], UTC),
        pid=(state.get("process") or launched or {}).get("pid"),
    )


def jobs(root: Path) -> tuple[Job, ...]:
    """Return every job of the folder, the newest first."""
    found: list[Job] = []
    names = [path.name for path in root.iterdir()] if root.is_dir() else []
    for name in filter(ID.fullmatch, names):
        try:
            found.append(read(root, name))
        except JobNotFound:  # removed in the meantime
            continue
    return tuple(sorted(found, key=lambda job: (job.started_at, job.id), reverse=True))


def active(root: Path) -> tuple[Job, ...]:
    """Return the jobs that have not ended, the newest first."""
    return tuple(job for job in jobs(root) if job.state.active)


def cancel(root: Path, job_id: str, *, grace_seconds: float = GRACE_SECONDS) -> Job:
    """Ask the job to end; it does at its next progress report, or is ended after the grace period.

    A job that has ended stays as it is. Raises JobNotFound.
    """
    job = read(root, job_id)
    if job.state.active:
        (job.folder / CANCEL).touch()
        threading.Thread(
            target=_end, args=(job.folder, grace_seconds), name=f"cancel-{job_id}", daemon=True
        ).start()
    return read(root, job_id)


def remove(root: Path, job_id: str) -> None:
    """Remove an ended job with all its files. Raises JobNotFound, BadRequest if it still runs."""
    job = read(root, job_id)
    if job.state.active:
        raise BadRequest(f"The job {job_id} is still running.", hint="Cancel it first.", job=job_id)
    # Renamed first, so that nobody reads a job of which half is gone.
    gone = root / f".removed-{job_id}"
    try:
        patiently(lambda: job.folder.rename(gone))
    except FileNotFoundError:
        raise _not_found(job_id) from None
    shutil.rmtree(gone)


def remove_left(root: Path, scope: str) -> int:
    """Remove the ended jobs of this scope whose server has ended, too; return how many there were.

    Nobody is left who could take their results, and those of a session hold a user's texts.
    """
    count = 0
    for job in jobs(root):
        server = (read_json(job.folder / REQUEST) or {}).get("server")
        if job.scope == scope and not job.state.active and living(server) is None:
            with suppress(JobNotFound):  # another server is starting, too, and was quicker
                remove(root, job.id)
                count += 1
    return count


def _not_found(job_id: str) -> JobNotFound:
    return JobNotFound(f"There is no job {job_id!r}.", hint="It may have been removed.", job=job_id)


def _spawn(folder: Path) -> subprocess.Popen[bytes]:
    with (folder / LOG).open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "core.work.run_job", str(folder.absolute())],
            cwd=ROOT,
            # A library that prints Japanese must not fail on a Windows code page.
            env={**os.environ, "PYTHONIOENCODING": "utf-8:backslashreplace"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Ctrl-C is for the server; the job ends because the server does.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )


def _state(folder: Path) -> dict[str, Any] | None:
    """Return what the child last wrote, and how it ended if it could not write that."""
    state = read_json(folder / STATE)
    if state is None or not JobState(state["state"]).active or _process(folder, state) is not None:
        return state
    # It may have written its result and ended between the two looks.
    state = read_json(folder / STATE)
    if state is None or not JobState(state["state"]).active:
        return state
    if (folder / CANCEL).exists():
        return {**state, "state": JobState.CANCELLED}
    lost = JobLost(
        "The job ended before it was done: its process is gone.",
        hint="Start it again. The server was stopped, or the machine ran out of memory.",
    )
    return {**state, "state": JobState.LOST, "error": vars(JobError.of(lost))}


def _process(folder: Path, state: Mapping[str, Any]) -> psutil.Process | None:
    """Return the process on which the job depends: its own, else the one that is to start it."""
    if "process" in state:
        return living(state["process"])
    launched = read_json(folder / PROCESS)
    if launched is not None:
        return living(launched)
    return living((read_json(folder / REQUEST) or {}).get("server"))


def _end(folder: Path, grace_seconds: float) -> None:
    # In a Windows virtual environment the launched process is not the one that works.
    described = [(read_json(folder / STATE) or {}).get("process"), read_json(folder / PROCESS)]
    roots = {process for one in described if (process := living(one)) is not None}
    _, left = psutil.wait_procs(roots, timeout=grace_seconds)
    family: set[psutil.Process] = set()
    for process in left:
        try:
            family |= {process, *process.children(recursive=True)}
        except psutil.NoSuchProcess:
            continue
    for end in (psutil.Process.terminate, psutil.Process.kill):
        for process in family:
            try:
                end(process)
            except psutil.NoSuchProcess:
                continue
        _, family_left = psutil.wait_procs(family, timeout=END_SECONDS)
        family = set(family_left)
