"""Measuring as a job, with nothing else of ours running."""

from __future__ import annotations

import streamlit as st

from core.models.device import Precision
from core.speed.records import Protocol
from core.speed.run import KIND, TARGET, SpeedRun, as_params
from core.work import jobs
from core.work.job import Job, JobError, JobState
from pages._ui import errors, job_progress, pickers, profile
from pages._ui.keys import Key
from pages._ui.texts import t

MOST_MODELS = 6
STEP = "speed.step"  # what the job says of itself
DEFAULT = (Protocol.WORDS, Protocol.LINES)


def draw() -> None:
    """Draw the form, or how far the run is."""
    if not profile.is_local():
        st.info(t("speed.not_here"), icon=":material/lock:")
        return
    latest = job_progress.latest(KIND)
    if latest is not None and latest.state.active:
        job_progress.follow(latest.id, _said)
        return
    _form()
    if latest is not None:
        _ended(latest)


def _form() -> None:
    state = st.session_state
    state.setdefault(Key.SPEED_MODELS, list(pickers.names()[:1]))
    state.setdefault(Key.SPEED_PROTOCOLS, [str(each) for each in DEFAULT])
    state.setdefault(Key.SPEED_PRECISION, Precision.EXACT.value)
    pickers.models(t("compare.models"), Key.SPEED_MODELS, most=MOST_MODELS)
    st.pills(
        t("speed.protocols"),
        [str(each) for each in Protocol],
        selection_mode="multi",
        format_func=lambda each: t(f"speed.protocol_{each}"),
        key=Key.SPEED_PROTOCOLS,
        help=t("speed.protocols_help"),
        persist_state="session",
    )
    pickers.precision(Key.SPEED_PRECISION)
    others = jobs.active(job_progress.job_folder())
    if others:
        st.warning(t("speed.others_run", count=len(others)), icon=":material/hourglass:")
    nothing = not state[Key.SPEED_MODELS] or not state[Key.SPEED_PROTOCOLS]
    if st.button(
        t("speed.run"),
        key=Key.SPEED_RUN_BUTTON,
        type="primary",
        icon=":material/timer:",
        disabled=bool(others) or nothing,
        help=t("speed.run_help"),
    ):
        request = SpeedRun(
            models=tuple(state[Key.SPEED_MODELS]),
            protocols=tuple(Protocol(each) for each in state[Key.SPEED_PROTOCOLS]),
            precision=Precision(state[Key.SPEED_PRECISION]),
        )
        jobs.start(job_progress.job_folder(), KIND, TARGET, as_params(request), alone=True)
        st.rerun()


def _said(job: Job) -> str:
    message = job.message
    if message is None:
        return t("speed.starting")
    values = {**message.values, "protocol": t(f"speed.protocol_{message.values['protocol']}")}
    return t(STEP, **values)


def _ended(job: Job) -> None:
    if job.error is not None:
        errors.show(job.error.as_error())
    elif job.state is JobState.CANCELLED:
        st.caption(t("speed.cancelled"))
    elif isinstance(job.result, dict):
        for model, protocol, why in job.result["skipped"]:
            said = t(f"speed.unfit_{why}")
            st.caption(f"{model} · {t(f'speed.protocol_{protocol}')}: {said}")
        for failure in job.result["failures"]:
            error = JobError(**failure["error"]).as_error()
            errors.show(error, about=f"{failure['model']} · {failure['protocol']}")
        if job.result["records"]:
            st.success(t("speed.done", count=len(job.result["records"])), icon=":material/done:")
