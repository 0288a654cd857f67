"""Buttons that save what is shown."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st


def table(label: str, make: Callable[[], str], *, file_name: str, key: str) -> None:
    """Draw the button that saves a table; its CSV is made when the button is pressed."""
    st.download_button(
        label,
        lambda: make().encode("utf-8-sig"),  # the mark that Excel looks for
        file_name=file_name,
        mime="text/csv",
        icon=":material/table:",
        key=key,
        on_click="ignore",  # a rerun takes the file away before it is made
    )
