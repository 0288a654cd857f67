"""The Speed page: what models cost on this machine, and what others measured on theirs."""

from __future__ import annotations

import streamlit as st

from pages._ui.keys import Key
from pages._ui.texts import t
from pages.measure.timing import cost, lines, precise, running, table, words

TABS = {
    "lines": lines.draw,
    "words": words.draw,
    "cost": cost.draw,
    "precise": precise.draw,
    "all": table.draw,
    "run": running.draw,
}

st.caption(t("speed.about"))
tabs = st.tabs([t(f"speed.tab_{name}") for name in TABS], key=Key.SPEED_TABS, on_change="rerun")
for tab, draw in zip(tabs, TABS.values(), strict=True):
    if tab.open:
        with tab:
            draw()
