"""Near-duplicates: pairs of texts above a similarity."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.sets.duplicates import Duplicates, pairs_above
from pages._ui import runs, words
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.explore.gathering.chosen import Embedded

DEFAULT = 0.9
MOST_SHOWN = 1000


def draw(embedded: list[Embedded]) -> None:
    """Draw the threshold, the button, and the pairs of each model."""
    st.session_state.setdefault(Key.SETS_THRESHOLD, DEFAULT)
    threshold = st.slider(
        t("sets.threshold"),
        0.5,
        1.0,
        step=0.01,
        key=Key.SETS_THRESHOLD,
        help=t("sets.threshold_help"),
        persist_state="session",
    )
    asked = (threshold, tuple(each.key for each in embedded))
    if st.button(t("sets.find_duplicates"), key="find_duplicates", icon=":material/content_copy:"):

        def work(show: runs.Show) -> tuple[object, dict[str, Duplicates]]:
            return asked, {
                each.key: pairs_above(
                    each.vectors,
                    threshold,
                    on_progress=lambda done, total: show(done / total, t("sets.comparing")),
                )
                for each in embedded
            }

        runs.run(Key.SETS_DUPLICATES, Key.SETS_ERROR, work)
    kept = st.session_state.get(Key.SETS_DUPLICATES)
    known = [each for each in embedded if kept is not None and each.key in kept[1]]
    if kept is None or not known:
        st.info(t("sets.duplicates_empty"), icon=":material/content_copy:")
        return
    if kept[0] != asked:
        runs.show_stale(t("sets.stale"))
    for each in known:
        _pairs(each, kept[1][each.key])


def _pairs(each: Embedded, found: Duplicates) -> None:
    shown = min(len(found.first), MOST_SHOWN)
    st.markdown(f"**{words.plain(each.model)}**")
    st.text(t("sets.duplicates_found", total=f"{found.total:,}", shown=f"{shown:,}"))
    texts = each.text_set.texts
    table = pd.DataFrame(
        {
            t("result.score"): found.scores[:shown].astype(float),
            t("sets.first"): [words.for_table(texts[i]) for i in found.first[:shown]],
            t("sets.second"): [words.for_table(texts[i]) for i in found.second[:shown]],
            t("sets.row_first"): found.first[:shown] + 1,
            t("sets.row_second"): found.second[:shown] + 1,
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        key=f"duplicates_{each.model}",
        alt=t("sets.duplicates_alt"),
        column_config={t("result.score"): st.column_config.NumberColumn(format="%.4f")},
    )
