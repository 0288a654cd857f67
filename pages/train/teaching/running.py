"""A model while it is taught: how far it is, and what it can do by now."""

from __future__ import annotations

import streamlit as st

from core.training.job import folder_of, from_params
from core.training.record import read_marks
from core.work import jobs
from pages._ui import job_progress
from pages._ui.texts import t
from pages.train.teaching import curves

POLL_SECONDS = 1.0
LOADING = "tune.loading"  # what the job says of itself


@st.fragment(run_every=POLL_SECONDS)
def draw(job_id: str) -> None:
    """Draw the bar, and the measures of the checkpoints so far."""
    job = jobs.read(job_progress.job_folder(), job_id)
    if not job.state.active:
        st.rerun()
    request = from_params(job.params)
    if job.total:
        left = (job.updated_at - job.started_at).total_seconds() * (
            job.total / max(job.done, 1) - 1
        )
        said = t("tune.step", done=job.done, total=job.total, left=f"{left:.0f}")
    else:
        said = t(LOADING, model=request.model)
    job_progress.bar(job, said)
    st.caption(t("tune.cancel_about"))
    marks = read_marks(folder_of(request.name))
    if len(marks) > 1:
        curves.draw(marks, key="tune_live")
