"""What concerns all models: adding one, what is in memory, and the folders in use."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.encoding import Engine
from core.errors import ExplorerError
from core.models import adding
from core.models.anatomy import in_memory
from core.models.folders import Folder, FolderKind, empty, folders
from core.settings import settings
from pages._ui import errors, profile, words
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.models import servers


def draw(engine: Engine) -> None:
    """Draw the three sections; a stranger gets none, as all of them are about this machine."""
    if not profile.is_local():
        return
    st.divider()
    _add()
    servers.draw(engine)
    memory, kept = st.columns(2, gap="medium")
    with memory:
        _in_memory(engine)
    with kept:
        _folders()


def _add() -> None:
    st.header(t("add.heading"), anchor=False, help=t("add.help"))
    with (
        st.form("add_form", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        text = st.text_input(
            t("add.text"), key=Key.MODEL_ADD_TEXT, placeholder=t("add.placeholder")
        )
        pressed = st.form_submit_button(
            t("add.button"), icon=":material/add:", key=Key.MODEL_ADD_BUTTON
        )
    if pressed:
        st.session_state.pop(Key.MODEL_ADD_ERROR, None)
        try:
            with st.spinner(t("get.asking")):
                card = adding.add(text)
        except ExplorerError as error:
            st.session_state[Key.MODEL_ADD_ERROR] = error
        else:
            servers.show_added(card)
    if Key.MODEL_ADD_ERROR in st.session_state:
        errors.show(st.session_state[Key.MODEL_ADD_ERROR])


def _in_memory(engine: Engine) -> None:
    st.header(t("memory.heading"), anchor=False, help=t("memory.help"))
    try:
        held = engine.ask_if_free(in_memory)
    except ExplorerError as error:
        errors.show(error)
        return
    if held is None:
        st.caption(t("memory.busy"))
    elif not held:
        st.caption(t("memory.none"))
    else:
        table = pd.DataFrame(
            {
                t("models.name"): [model.name for model in held],
                t("memory.size"): [words.size(model.memory_bytes) for model in held],
                t("memory.device"): [f"{model.device}, {model.dtype}" for model in held],
            }
        )
        st.dataframe(table, hide_index=True, key="in_memory", alt=t("memory.heading"))


def _folders() -> None:
    st.header(t("folders.heading"), anchor=False, help=t("folders.help"))
    for folder in folders(settings().data_dir):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{t(f'folders.{folder.kind}')}** · {words.size(folder.size_bytes)}",
                width="stretch",
            )
            if folder.kind is FolderKind.HUB:
                st.caption(t("folders.hub_one_by_one"), width="content")
            elif st.button(
                t("folders.empty"),
                disabled=folder.size_bytes == 0,
                icon=":material/delete:",
                key=f"empty_{folder.kind}",
            ):
                confirm_empty(folder)
        st.caption(words.plain(str(folder.path)))


@st.dialog(" ")
def confirm_empty(folder: Folder) -> None:
    """Ask before emptying a folder."""
    st.text(t("folders.question", name=t(f"folders.{folder.kind}")))
    if st.button(t("folders.yes"), type="primary", key="empty_yes"):
        freed = empty(folder)
        st.toast(t("folders.freed", size=words.size(freed)))
        st.rerun()
