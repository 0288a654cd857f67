"""The notes' figures beside the published ones, with what is known about them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.quality.notes import notes_scores
from core.quality.published import Leaderboard
from pages._ui.texts import t


def draw(_: Leaderboard) -> None:
    """Draw the table; these figures stand in no ranking."""
    st.markdown(f":orange[:material/warning:] {t('benchmarks.notes_about')}")
    found = notes_scores()
    table = pd.DataFrame(
        {
            "model": [each.model for each in found],
            "task": [each.task for each in found],
            "notes": [100 * each.score for each in found],
            "published": [
                None if each.published is None else 100 * each.published for each in found
            ],
            "difference": [
                None if each.difference is None else 100 * each.difference for each in found
            ],
            "data": [
                "–"
                if each.published is None
                else t("benchmarks.same_data" if each.same_data else "benchmarks.not_same_data")
                for each in found
            ],
            "known": [
                t("benchmarks.notes_doubtful" if each.doubtful else "benchmarks.notes_near")
                for each in found
            ],
        }
    )
    numbers = {"notes": "benchmarks.tab_notes", "published": "benchmarks.published"}
    st.dataframe(
        table,
        hide_index=True,
        key="notes_table",
        alt=t("benchmarks.tab_notes"),
        placeholder="–",
        column_config={
            "model": st.column_config.TextColumn(t("result.model")),
            "task": st.column_config.TextColumn(t("benchmarks.task")),
            **{
                name: st.column_config.NumberColumn(t(key), format="%.2f")
                for name, key in numbers.items()
            },
            "difference": st.column_config.NumberColumn(
                t("benchmarks.difference_short"), format="%+.2f"
            ),
            "data": st.column_config.TextColumn(t("benchmarks.data_revision")),
            "known": st.column_config.TextColumn(t("benchmarks.known")),
        },
    )
    st.caption(t("benchmarks.notes_source", version=found[0].mteb_version))
