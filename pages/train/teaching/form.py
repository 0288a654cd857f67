"""What is taught, to which model, and how."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.errors import ExplorerError
from core.models import find
from core.training.defaults import default_settings
from core.training.job import KIND, TARGET, TeachingRequest, as_params, check_name
from core.training.recipes import Recipe
from core.training.settings import Loss, TrainingSettings
from core.work import jobs
from pages._ui import errors, job_progress, pickers
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.train.teaching import keeping, lessons


def draw() -> None:
    """Draw the form; the button starts the job."""
    state = st.session_state
    state.setdefault(Key.TUNE_MODEL, pickers.names()[0])
    left, right = st.columns(2, gap="medium")
    with left:
        st.selectbox(t("tune.model"), pickers.names(), key=Key.TUNE_MODEL, persist_state="session")
    try:
        suits = default_settings(find(state[Key.TUNE_MODEL]))
    except ExplorerError as error:
        errors.show(error)
        return
    with right:
        source = st.segmented_control(
            t("tune.source"),
            lessons.SOURCES,
            format_func=lambda each: t(f"tune.source_{each.replace('-', '_')}"),
            key=Key.TUNE_SOURCE,
            default=Recipe.PROXIMITY,
            required=True,
        )
    asked = TeachingRequest(model=state[Key.TUNE_MODEL], name="", settings=suits)
    if source == lessons.FILE:
        asked = lessons.file(asked)
    else:
        asked = lessons.recipe(replace(asked, recipe=Recipe(source)))
    if asked is None:
        return
    lessons.preview(asked.lesson)
    kept = keeping.draw(asked.lesson)
    if kept is None:
        return
    asked = replace(asked, kept=kept)
    _start(replace(asked, settings=_settings(suits)))


def _settings(suits: TrainingSettings) -> TrainingSettings:
    model = st.session_state[Key.TUNE_MODEL]
    with st.expander(t("tune.settings"), icon=":material/tune:"):
        columns = st.columns(5, gap="small")
        with columns[0]:
            epochs = st.number_input(
                t("tune.epochs"), 1, 100, suits.epochs, key=f"tune_epochs_{model}"
            )
        with columns[1]:
            batch = st.number_input(
                t("tune.batch"), 2, 512, suits.batch_size, key=f"tune_batch_{model}"
            )
        with columns[2]:
            rate = st.number_input(
                t("tune.rate"),
                1e-7,
                1.0,
                suits.learning_rate,
                format="%.1e",
                key=f"tune_rate_{model}",
                help=t("tune.rate_help"),
            )
        with columns[3]:
            loss = st.selectbox(
                t("tune.loss"),
                list(Loss),
                format_func=lambda each: t(f"tune.loss_{each}"),
                key="tune_loss",
                help=t("tune.loss_help"),
            )
        with columns[4]:
            seed = st.number_input(t("map.seed"), 0, 9999, suits.seed, key="tune_seed")
    return replace(suits, epochs=epochs, batch_size=batch, learning_rate=rate, loss=loss, seed=seed)


def _start(asked: TeachingRequest) -> None:
    what = asked.recipe if asked.own is None else asked.own.made
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            t("tune.name"),
            f"{asked.model}-{what}",
            key=f"tune_name_{asked.model}_{what}",
            help=t("tune.name_help"),
        )
        pressed = st.button(
            t("tune.start"), key=Key.TUNE_START, type="primary", icon=":material/school:"
        )
    if not pressed:
        return
    request = replace(asked, name=name.strip())
    try:
        check_name(request.name)
    except ExplorerError as error:
        errors.show(error)
        return
    scope = "session" if request.own is not None or request.kept else "shared"
    jobs.start(job_progress.job_folder(), KIND, TARGET, as_params(request), scope=scope)
    st.rerun()
