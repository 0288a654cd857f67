"""Which jobs wait for which: one that measures the machine has it to itself."""

from __future__ import annotations

import time

from core.work import jobs
from core.work.job import Job, JobState
from core.work.report import Report

WAITING = "job.waiting"  # what a job says of itself meanwhile
WAIT_SECONDS = 0.5


def wait_for_turn(report: Report) -> None:
    """Return when the job may begin. Raises JobCancelled.

    One that runs ``alone`` waits for every earlier job, and every other for the earlier ones that
    do: of two that must not be beside one another the earlier always goes first.
    """
    root, waited = report.folder.parent, False
    own = jobs.read(root, report.folder.name)
    while before := [job for job in jobs.active(root) if _goes_first(job, own)]:
        report.say(WAITING, kind=before[0].kind)
        waited = True
        time.sleep(WAIT_SECONDS)
    if waited:
        report.state(JobState.RUNNING, message=None)


def _goes_first(job: Job, own: Job) -> bool:
    earlier = (job.started_at, job.id) < (own.started_at, own.id)
    return earlier and (job.alone or own.alone)
