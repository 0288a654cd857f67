"""The format of the pictures that a chart's camera saves."""

from __future__ import annotations

import streamlit as st

from pages._ui.keys import Key
from pages._ui.texts import t

FORMATS = ("png", "svg")


def chosen() -> str:
    """Return the format that the user chose, PNG at first."""
    kept = st.session_state.get(Key.PICTURE_FORMAT)
    return kept if kept in FORMATS else FORMATS[0]


def pick_format() -> None:
    """Draw the choice."""
    st.session_state.setdefault(Key.PICTURE_FORMAT, FORMATS[0])
    st.segmented_control(
        t("pictures.format"),
        FORMATS,
        format_func=str.upper,
        key=Key.PICTURE_FORMAT,
        required=True,
        help=t("pictures.help"),
        persist_state="session",
    )
