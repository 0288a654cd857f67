"""Where the pages' jobs are, and how far one is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from core.settings import settings
from core.work import jobs
from core.work.job import Job
from core.work.turn import WAITING
from pages._ui.texts import t

POLL_SECONDS = 0.5


def job_folder() -> Path:
    """Return the folder of the jobs."""
    return settings().data_dir / "jobs"


def latest(kind: str) -> Job | None:
    """Return the newest job of this kind, None where there is none."""
    return next((job for job in jobs.jobs(job_folder()) if job.kind == kind), None)


@st.fragment(run_every=POLL_SECONDS)
def follow(job_id: str, said: Callable[[Job], str]) -> None:
    """Draw how far the job is until it ends, then start the page again."""
    job = jobs.read(job_folder(), job_id)
    if not job.state.active:
        st.rerun()
    bar(job, "" if _waits(job) else said(job))


def bar(job: Job, text: str) -> None:
    """Draw how far a job is, with a way to stop it; its progress is unknown while it has no total.

    One that waits for another says so in place of ``text``.
    """
    said = t("job.waiting") if _waits(job) else text
    st.progress(min(job.done / job.total, 1.0) if job.total else 0.0, text=said)
    if st.button(t("compare.cancel"), disabled=job.cancelling, key=f"cancel_{job.id}"):
        jobs.cancel(job_folder(), job.id)


def _waits(job: Job) -> bool:
    return job.message is not None and job.message.key == WAITING
