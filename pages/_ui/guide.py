"""What a newcomer reads: a welcome at the app's own address, and on each page how to read it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import streamlit as st

from core.settings import settings
from pages._ui import profile
from pages._ui.keys import Key
from pages._ui.texts import t

# Pages that say all this themselves.
WITHOUT = frozenset({"keeps"})


def draw(page: str, *, welcomes: bool) -> None:
    """Draw the welcome, where there is one, and the page's guide, folded."""
    if welcomes:
        with st.container(border=True, key="welcome"):
            st.markdown(t("guide.welcome"))
            st.button(
                t("guide.close"),
                key=Key.WELCOME_CLOSE,
                icon=":material/close:",
                on_click=_close,
            )
    if page not in WITHOUT:
        parts = ("first", "number", "trust")
        told = [f"**{t(f'guide.{part}')}** {t(f'guide.{page}_{part}')}" for part in parts]
        with st.expander(t("guide.heading"), icon=":material/help:"):
            st.markdown("\n\n".join(told))


def mark() -> Path:
    """Return the file that says that the user of this machine has closed the welcome."""
    return settings().data_dir / "welcome-closed"


def is_closed() -> bool:
    """Say whether this visitor has closed the welcome."""
    if Key.WELCOME_CLOSED not in st.session_state:
        st.session_state[Key.WELCOME_CLOSED] = profile.is_local() and mark().exists()
    return st.session_state[Key.WELCOME_CLOSED]


def _close() -> None:
    st.session_state[Key.WELCOME_CLOSED] = True
    if profile.is_local():  # of a stranger nothing is kept
        with suppress(OSError):  # on a full disk it is closed for this session
            mark().parent.mkdir(parents=True, exist_ok=True)
            mark().touch()
