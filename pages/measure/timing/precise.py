"""What fast precision gains and costs on this machine, by one button."""

from __future__ import annotations

import streamlit as st

from core.speed.precision import KIND, TARGET, PrecisionCheck
from core.work import jobs
from core.work.job import Job, JobState
from pages._ui import cached, errors, job_progress, pickers, profile
from pages._ui.keys import Key
from pages._ui.texts import t

FIGURES = ("speed_up", "error", "mean_error", "cosine")


def draw() -> None:
    """Draw the button, or how far the check is, or what it found."""
    st.caption(t("speed.precise_about"))
    if not profile.is_local():
        st.info(t("speed.not_here"), icon=":material/lock:")
        return
    if not cached.engine().device().native_bfloat16:
        st.info(t("speed.precise_not_offered"), icon=":material/memory:")
        return
    latest = job_progress.latest(KIND)
    if latest is not None and latest.state.active:
        job_progress.follow(latest.id, lambda _: t("speed.precise_running"))
        return
    _form()
    if latest is not None:
        _ended(latest)


def _form() -> None:
    model = st.selectbox(t("result.model"), pickers.names(), key=Key.SPEED_PRECISE_MODEL)
    others = jobs.active(job_progress.job_folder())
    if others:
        st.warning(t("speed.others_run", count=len(others)), icon=":material/hourglass:")
    if st.button(
        t("speed.precise_run"),
        key=Key.SPEED_PRECISE_BUTTON,
        type="primary",
        icon=":material/balance:",
        disabled=bool(others),
        help=t("speed.run_help"),
    ):
        jobs.start(job_progress.job_folder(), KIND, TARGET, {"model": model}, alone=True)
        st.rerun()


def _ended(job: Job) -> None:
    if job.error is not None:
        errors.show(job.error.as_error())
    elif job.state is JobState.CANCELLED:
        st.caption(t("speed.cancelled"))
    elif isinstance(job.result, dict):
        _show(PrecisionCheck(**job.result))


def _show(found: PrecisionCheck) -> None:
    st.header(found.model, anchor=False)
    values = (
        f"{found.speed_up:.2f}×",
        f"{found.largest_score_error:.4f}",
        f"{found.mean_score_error:.5f}",
        f"{found.smallest_cosine:.5f}",
    )
    for column, name, value in zip(st.columns(len(FIGURES)), FIGURES, values, strict=True):
        column.metric(t(f"speed.precise_{name}"), value, help=t(f"speed.precise_{name}_help"))
    st.caption(
        t(
            "speed.precise_seconds",
            exact=f"{found.exact_seconds:.2f}",
            fast=f"{found.fast_seconds:.2f}",
            exact_golden=t(f"golden.{found.exact_golden}"),
            fast_golden=t(f"golden.{found.fast_golden}"),
        )
    )
