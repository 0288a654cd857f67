"""Boxes that are folded at first; what is in one is drawn once it is opened."""

from __future__ import annotations

import streamlit as st
from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

from pages._ui.keys import Key


def folded(label: str, key: Key, icon: str, *, opened: bool = False) -> ExpanderContainer:
    """Draw the box, and return it; its ``open`` says whether to draw what is in it.

    ``opened`` is how it is on the first visit and back from another page.
    """
    # To Streamlit a box with another label is another one, and closed: after a change of language.
    st.session_state[key] = st.session_state.get(key, opened)
    return st.expander(label, icon=icon, key=key, on_change="rerun")
