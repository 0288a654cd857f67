"""MTEB tasks on this machine: started as a job, kept, and beside the published scores."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.models import find
from core.models.device import Precision
from core.quality.encoder import EvaluatedModel
from core.quality.local.beside import reference
from core.quality.local.current import changed_by_facts
from core.quality.local.data import DEFAULT_TASKS
from core.quality.local.results import Difference, LocalScore, against, read
from core.quality.local.run import KIND, TARGET, LocalRun, as_params, cache_folder
from core.quality.published import Leaderboard, task_facts
from core.settings import settings
from core.work import jobs
from core.work.job import Job, JobError, JobState
from pages._ui import cached, errors, job_progress, pickers, profile
from pages._ui.keys import Key
from pages._ui.texts import t

MOST_MODELS = 6


def draw(_: Leaderboard) -> None:
    """Draw how to run tasks, how far a run is, and what runs have left."""
    st.caption(t("local.about"))
    if not profile.is_local():
        st.info(t("local.not_here"), icon=":material/lock:")
        return
    latest = job_progress.latest(KIND)
    if latest is not None and latest.state.active:
        job_progress.follow(latest.id, _said)
    else:
        _form()
        if latest is not None:
            _ended(latest)
    _results()


def _form() -> None:
    st.session_state.setdefault(Key.LOCAL_MODELS, list(pickers.names()[:1]))
    st.session_state.setdefault(Key.LOCAL_TASKS, list(DEFAULT_TASKS))
    st.session_state.setdefault(Key.LOCAL_PRECISION, Precision.EXACT.value)
    pickers.models(t("compare.models"), Key.LOCAL_MODELS, most=MOST_MODELS)
    st.multiselect(
        t("local.tasks"),
        sorted(task_facts()),
        key=Key.LOCAL_TASKS,
        help=t("local.tasks_help"),
        persist_state="session",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        pickers.precision(Key.LOCAL_PRECISION)
        dimension = pickers.dimension(Key.LOCAL_DIMENSION)
    if not st.button(t("local.run"), key=Key.LOCAL_RUN_BUTTON, type="primary"):
        return
    models, tasks = st.session_state[Key.LOCAL_MODELS], st.session_state[Key.LOCAL_TASKS]
    if not models or not tasks:
        st.warning(t("local.nothing"), icon=":material/edit:")
        return
    precision = Precision(st.session_state[Key.LOCAL_PRECISION])
    request = LocalRun(
        models=tuple(
            EvaluatedModel(model=model, dimension=dimension, precision=precision)
            for model in models
        ),
        tasks=tuple(tasks),
    )
    jobs.start(job_progress.job_folder(), KIND, TARGET, as_params(request))
    st.rerun()


def _said(job: Job) -> str:
    message = job.message
    return t("local.starting") if message is None else t(message.key, **message.values)


def _ended(job: Job) -> None:
    if job.error is not None:
        errors.show(job.error.as_error())
    elif job.state is JobState.CANCELLED:
        st.caption(t("local.cancelled"))
    elif isinstance(job.result, dict):
        for failure in job.result["failures"]:
            error = JobError(**failure["error"]).as_error()
            errors.show(error, about=f"{failure['model']} · {failure['task']}")


def _results() -> None:
    found = read(cache_folder(settings().data_dir))
    if not found:
        st.info(t("local.none"), icon=":material/touch_app:")
        return
    st.header(t("local.heading"), anchor=False)
    with st.spinner(t("local.checking")):
        rows = [_row(score) for score in found]
    numbers = {"score": "%.4f", "published": "%.4f", "difference": "%+.4f"}
    texts = ("model", "task", "why", "setting", "prompt")
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        key="local_scores",
        alt=t("local.alt"),
        placeholder="–",
        column_config={
            **{name: st.column_config.TextColumn(t(f"local.{name}")) for name in texts},
            **{
                name: st.column_config.NumberColumn(t(f"local.{name}"), format=digits)
                for name, digits in numbers.items()
            },
        },
    )
    st.caption(t("local.results_about"))


def _row(score: LocalScore) -> dict[str, object]:
    since = changed_by_facts(score, cached.engine())
    published = reference(score) if not since else None
    held = against(score, published, full_dimension=_dimension(score)) if published else None
    return {
        "model": score.model,
        "task": score.task,
        # A score of another state of things is not shown as if it were today's.
        "score": score.score if not since else None,
        "published": held.published.score if held and held.comparable else None,
        "difference": held.difference if held else None,
        "why": _why(since, held.differs if held else (), held.explained if held else None),
        "setting": f"{score.setting['dimension']} · {score.setting['precision']}",
        "prompt": ", ".join(sorted({p for p in score.prompts.values() if p})) or "–",
    }


def _why(
    since: tuple[Difference, ...], differs: tuple[Difference, ...], explained: bool | None
) -> str:
    if since:
        return t("local.out_of_date", what=_names(since))
    if Difference.DATA in differs:
        return t("local.other_data")
    if explained is None:
        return ""
    return t("local.explained", what=_names(differs)) if explained else t("local.unexplained")


def _names(differences: tuple[Difference, ...]) -> str:
    return t("local.and").join(t(f"local.differs_{each}") for each in differences)


def _dimension(score: LocalScore) -> int | None:
    return find(score.name).dimension
