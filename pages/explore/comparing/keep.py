"""Keeping and sharing a comparison's inputs: a link, and a file that is opened again."""

from __future__ import annotations

import json

import streamlit as st

from core.compare import experiment as experiments
from core.compare import link
from core.errors import BadExperiment, ExplorerError
from pages._ui import errors, links, pickers
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.explore.comparing import form

MOST_FILE_MB = 25


def draw() -> None:
    """Draw the menu for sharing and the one for files."""
    menus = {
        Key.COMPARE_SHARE_MENU: ("keep.share", ":material/link:", _share),
        Key.COMPARE_FILE_MENU: ("keep.file", ":material/folder_open:", _file),
    }
    for key, (label, icon, fill) in menus.items():
        menu = st.popover(t(label), icon=icon, key=key, on_change="rerun")
        if menu.open:
            with menu:
                fill()


def draw_problems() -> None:
    """Say what of a file or link could not be restored."""
    error: ExplorerError | None = st.session_state.get(Key.COMPARE_OPEN_ERROR)
    problems = st.session_state.get(Key.COMPARE_PROBLEMS, ())
    place = st.empty()  # there without a problem too: else the form below is drawn anew
    if error is None and not problems:
        return
    with place.container():
        if error is not None:
            errors.show(error, about=t("keep.not_opened"))
        if problems:
            lines = "\n".join(t(f"problem.{p.kind}", value=p.value) for p in problems)
            with st.container(border=True):
                st.markdown(f":orange[:material/warning:] {t('keep.in_part')}")
                st.text(lines)


def _share() -> None:
    st.markdown(t("keep.share_about"))
    with_texts = st.checkbox(
        t("keep.with_texts"),
        key=Key.COMPARE_LINK_TEXTS,
        help=t("keep.with_texts_help"),
        persist_state="session",
    )
    params = links.params(form.link_defaults())
    params.pop(Key.COMPARE_TEXTS, None)
    if with_texts:
        params.pop(Key.COMPARE_EXAMPLE, None)
        params[Key.COMPARE_TEXTS.value] = link.pack(form.experiment())
    address = links.address(params)
    if not link.is_short(address):
        st.warning(
            t("keep.too_long", size=f"{len(address):,}", most=f"{link.MOST_LINK_BYTES:,}"),
            icon=":material/link_off:",
        )
        return
    st.code(address, language=None, wrap_lines=True)
    typed = form.request()
    if not with_texts and (typed.query_prompt.is_typed or typed.document_prompt.is_typed):
        st.caption(t("keep.prompts_left_out"))


def _file() -> None:
    st.markdown(t("keep.file_about"))
    found = form.experiment()  # read here: what makes the file has no session
    st.download_button(
        t("keep.save"),
        lambda: _as_json(found),
        file_name="experiment.json",
        mime="application/json",
        icon=":material/save:",
        key="save_experiment",
        on_click="ignore",
    )
    number = st.session_state.setdefault(Key.COMPARE_OPEN_NUMBER, 0)
    key = f"{Key.COMPARE_OPEN}_{number}"
    st.file_uploader(
        t("keep.open"),
        type=["json"],
        key=key,
        on_change=_open,
        args=(key,),
        max_upload_size=MOST_FILE_MB,
    )


def _as_json(experiment: experiments.Experiment) -> str:
    return json.dumps(experiments.to_dict(experiment), ensure_ascii=False, indent=2)


def _open(key: str) -> None:
    """Put an uploaded experiment into the form."""
    state = st.session_state
    file = state[key]
    if file is None:
        return
    state.pop(Key.COMPARE_OPEN_ERROR, None)
    state.pop(Key.COMPARE_PROBLEMS, None)
    state[Key.COMPARE_OPEN_NUMBER] += 1  # the same file may be opened again
    try:
        restored = experiments.from_json(_content(file.getvalue()), offered=pickers.names())
    except BadExperiment as error:
        state[Key.COMPARE_OPEN_ERROR] = error
        return
    form.put(restored.experiment)
    state[Key.COMPARE_PROBLEMS] = restored.problems


def _content(data: bytes) -> bytes:
    # The field's own limit holds in the browser only.
    if len(data) > MOST_FILE_MB * 2**20:
        raise BadExperiment(
            f"The file has {len(data):,} bytes; {MOST_FILE_MB} MB can be opened.",
            hint="Choose a file that was saved with 'Experiment as JSON'.",
            reason=f"{len(data):,} > {MOST_FILE_MB * 2**20:,}",
        )
    return data
