"""Two models task by task."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.compare.export import csv_text
from core.quality.published import Leaderboard, TaskDifference, head_to_head, share_won
from pages._ui import cached, charts, downloads
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.measure.benchmarking.overview import ordered


def draw(found: Leaderboard) -> None:
    """Draw the two pickers, the sentence, and the difference on each task."""
    models = [standing.model for standing in ordered(found)]
    if len(models) < 2:
        st.info(t("benchmarks.need_two"), icon=":material/touch_app:")
        return
    left, right = st.columns(2, gap="medium")
    for column, key, place in ((left, Key.BENCHMARKS_FIRST, 0), (right, Key.BENCHMARKS_SECOND, 1)):
        if st.session_state.get(key) not in models:
            st.session_state[key] = models[place]
        with column:
            st.selectbox(
                t("benchmarks.first" if place == 0 else "benchmarks.second"), models, key=key
            )
    first, second = st.session_state[Key.BENCHMARKS_FIRST], st.session_state[Key.BENCHMARKS_SECOND]
    if first == second:
        st.info(t("benchmarks.need_two"), icon=":material/touch_app:")
        return
    both = head_to_head(found.benchmark, first, second)
    if not both:
        st.info(t("benchmarks.nothing_common", count=2), icon=":material/search_off:")
        return
    said = t(
        "benchmarks.pair",
        first=first,
        second=second,
        count=len(both),
        won=f"{share_won(both):.0%}",
        mean=f"{100 * sum(each.difference for each in both) / len(both):+.2f}",
    )
    st.text(said)
    st.plotly_chart(
        cached.figure(
            charts.differences,
            [(each.task, 100 * each.difference) for each in both],
            name=t("benchmarks.difference", first=first, second=second),
        ),
        config=charts.config("two-models"),
        key="pair_chart",
        alt=said,
    )
    _table(both, first, second)


def _table(both: tuple[TaskDifference, ...], first: str, second: str) -> None:
    table = pd.DataFrame(
        {
            "task": [each.task for each in both],
            "type": [each.type for each in both],
            "first": [100 * each.first for each in both],
            "second": [100 * each.second for each in both],
            "difference": [100 * each.difference for each in both],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        key="pair_table",
        alt=t("benchmarks.difference", first=first, second=second),
        column_config={
            "task": st.column_config.TextColumn(t("benchmarks.task")),
            "type": st.column_config.TextColumn(t("benchmarks.type")),
            "first": st.column_config.NumberColumn(first, format="%.2f"),
            "second": st.column_config.NumberColumn(second, format="%.2f"),
            "difference": st.column_config.NumberColumn(
                t("benchmarks.difference_short"), format="%+.2f"
            ),
        },
    )
    downloads.table(
        t("benchmarks.export"),
        lambda: csv_text(list(table.columns), table.to_numpy().tolist()),
        file_name="two-models.csv",
        key="export_pair",
    )
