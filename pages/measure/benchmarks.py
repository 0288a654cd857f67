"""The Benchmarks page: published scores, and which of them may be compared."""

from __future__ import annotations

import streamlit as st

from core.quality.published import leaderboard
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.measure.benchmarking import by_task, cards, form, local, notes, overview, pair, tasks

TABS = {
    "overview": overview.draw,
    "by_task": by_task.draw,
    "pair": pair.draw,
    "cards": cards.draw,
    "local": local.draw,
    "notes": notes.draw,
    "tasks": tasks.draw,
}

form.prepare()
st.caption(t("benchmarks.about"))
form.draw()
form.write_link()
if not form.models():
    st.info(t("benchmarks.empty"), icon=":material/touch_app:")
else:
    found = leaderboard(form.benchmark(), form.models())
    names = [t(f"benchmarks.tab_{name}") for name in TABS]
    tabs = st.tabs(names, key=Key.BENCHMARKS_TABS, on_change="rerun")
    for tab, draw in zip(tabs, TABS.values(), strict=True):
        if tab.open:
            with tab:
                draw(found)
