"""The evaluation as a job: its button, how far it is, and its result."""

from __future__ import annotations

import streamlit as st

from core.errors import JobFailed
from core.quality.labelled.evaluation import EvaluationRequest
from core.quality.labelled.job import KIND, TARGET, as_params, from_json
from core.work import jobs
from core.work.job import JobState
from pages._ui import job_progress
from pages._ui.keys import Key
from pages._ui.texts import t

POLL_SECONDS = 0.5
STEP = "labelled.step"  # what the job says of itself


def draw(asked: EvaluationRequest | None) -> None:
    """Draw the button, or the progress of this session's evaluation."""
    state = st.session_state
    job_id: str | None = state.get(Key.LABELLED_JOB)
    if job_id is not None:
        _progress(job_id)
    elif asked is not None and st.button(
        t("labelled.run"), key=Key.LABELLED_RUN_BUTTON, type="primary", icon=":material/grading:"
    ):
        job = jobs.start(job_progress.job_folder(), KIND, TARGET, as_params(asked), scope="session")
        state[Key.LABELLED_JOB], state[Key.LABELLED_ASKED] = job.id, asked
        state.pop(Key.LABELLED_RESULT, None)
        st.rerun()


@st.fragment(run_every=POLL_SECONDS)
def _progress(job_id: str) -> None:
    state = st.session_state
    job = jobs.read(job_progress.job_folder(), job_id)
    if job.state.active:
        said = t("labelled.starting")
        if job.message is not None and job.message.key == STEP:
            said = t(STEP, **job.message.values)
        job_progress.bar(job, said)
        return
    state.pop(Key.LABELLED_JOB, None)
    if job.error is not None:
        state[Key.LABELLED_RESULT] = job.error.as_error()
    elif job.state is JobState.DONE and isinstance(job.result, dict):
        state[Key.LABELLED_RESULT] = from_json(state[Key.LABELLED_ASKED], job.result)
    # The user's texts are in the job's files, and only the message of a bug points to its log.
    if job.error is None or job.error.name != JobFailed.__name__:
        jobs.remove(job_progress.job_folder(), job_id)
    st.rerun()
