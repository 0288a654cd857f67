"""Bringing a model's files to this machine, and taking them away again."""

from __future__ import annotations

import streamlit as st

from core.encoding import Engine
from core.errors import ExplorerError
from core.models import ModelCard, Origin, added_models
from core.models.adding import remove
from core.models.card import Endpoint
from core.models.download_plan import DownloadPlan, plan
from core.models.files import is_here, locate
from core.models.folders import delete_model, model_folder, size_of
from core.models.loading import unload
from core.models.servers.keys import has_key, keys_file
from core.work import jobs
from core.work.job import Job, JobState
from pages._ui import cached, errors, job_progress, words
from pages._ui.keys import Key
from pages._ui.texts import t

POLL_SECONDS = 0.5
JOB_KIND = "download"


def draw(card: ModelCard, engine: Engine) -> None:
    """Draw where the files are, or how to get them; and how to delete them."""
    if is_here(card):
        _here(card)
    else:
        _absent(card)
    if card in added_models().cards() and st.button(
        t("get.remove"), icon=":material/playlist_remove:", key=Key.MODEL_REMOVE_BUTTON
    ):
        remove(card)
        st.rerun()


def _here(card: ModelCard) -> None:
    if card.endpoint is not None:
        _server(card.endpoint)
        return
    folder = locate(card)
    if folder is None:
        st.text(t("get.no_files"))
        return
    st.text(t("get.here", folder=folder))
    if card.origin is Origin.HUB and (kept := model_folder(card)) is not None:
        label = t("get.delete", size=words.size(size_of(kept)))
        if st.button(label, icon=":material/delete:", key=Key.MODEL_DELETE_BUTTON):
            confirm_delete(card)


def _server(endpoint: Endpoint) -> None:
    st.text(t("served.where", url=endpoint.url, name=endpoint.served_name))
    key = "served.key_kept" if has_key(endpoint.url) else "served.key_none"
    st.text(t(key, path=keys_file()))


@st.dialog(" ")
def confirm_delete(card: ModelCard) -> None:
    """Ask before deleting: a download may have taken an hour."""
    st.text(t("get.delete_question", model=card.name))
    if st.button(t("get.delete_yes"), type="primary", key=f"{Key.MODEL_DELETE_BUTTON}_yes"):
        cached.engine().ask(unload, card.name)
        delete_model(card)
        st.rerun()


def _absent(card: ModelCard) -> None:
    if card.remote_code:
        st.warning(t("get.remote_code"), icon=":material/code_off:")
    st.text(words.how_to_get(card))
    if card.origin is not Origin.HUB:
        return
    running = _latest_job(card)
    if running is not None and running.state.active:
        progress(running.id)
        return
    if running is not None:
        _ended(running)
    if st.button(t("get.size"), icon=":material/scale:", key=Key.MODEL_PLAN_BUTTON):
        with st.spinner(t("get.asking")):
            st.session_state[Key.MODEL_PLAN] = _ask(card)
    planned = st.session_state.get(Key.MODEL_PLAN)
    if isinstance(planned, ExplorerError):
        errors.show(planned)
    elif isinstance(planned, DownloadPlan) and planned.card.id == card.id:
        _offer(planned)


def _ask(card: ModelCard) -> DownloadPlan | ExplorerError:
    try:
        return plan(card)
    except ExplorerError as error:
        return error


def _offer(planned: DownloadPlan) -> None:
    st.text(
        t(
            "get.plan",
            total=words.size(planned.total_bytes),
            here=words.size(planned.here_bytes),
            free=words.size(planned.free_bytes),
        )
    )
    label = t("get.download", size=words.size(planned.missing_bytes))
    if st.button(label, icon=":material/download:", type="primary", key=Key.MODEL_DOWNLOAD_BUTTON):
        params = {"model": planned.card.name}
        jobs.start(job_progress.job_folder(), JOB_KIND, "core.models.download:run_download", params)
        del st.session_state[Key.MODEL_PLAN]
        st.rerun()


def _latest_job(card: ModelCard) -> Job | None:
    mine = (
        job
        for job in jobs.jobs(job_progress.job_folder())
        if job.kind == JOB_KIND and job.params.get("model") == card.name
    )
    return next(mine, None)


@st.fragment(run_every=POLL_SECONDS)
def progress(job_id: str) -> None:
    """Draw how far a download is, with a way to stop it."""
    job = jobs.read(job_progress.job_folder(), job_id)
    if not job.state.active:
        st.rerun()
    job_progress.bar(job, t("get.progress", done=words.size(job.done), total=words.size(job.total)))


def _ended(job: Job) -> None:
    if job.error is not None:
        errors.show(job.error.as_error())
    elif job.state is JobState.CANCELLED:
        st.caption(t("get.cancelled"))
