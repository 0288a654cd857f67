"""The chosen models on one task."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.quality.published import Leaderboard, rows_of
from pages._ui import cached, charts
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.measure.benchmarking import tasks


def draw(found: Leaderboard) -> None:
    """Draw the picker, the scores as bars, and from what release and data each is."""
    st.selectbox(t("benchmarks.task"), found.tasks, key=Key.BENCHMARKS_TASK)
    task = st.session_state[Key.BENCHMARKS_TASK]
    models = [standing.model for standing in found.standings]
    rows = sorted(rows_of(found.benchmark, task, models), key=lambda row: -row.score)
    tasks.one(task)
    if not rows:
        st.info(t("benchmarks.no_score"), icon=":material/search_off:")
        return
    st.plotly_chart(
        cached.figure(
            charts.bars,
            [(row.model, 100 * row.score) for row in rows],
            models=[row.model for row in rows],
            name=t("result.score"),
        ),
        config=charts.config(task),
        key="task_chart",
        alt=t(
            "benchmarks.task_alt", task=task, best=rows[0].model, score=f"{100 * rows[0].score:.2f}"
        ),
    )
    table = pd.DataFrame(
        {
            t("result.model"): [row.model for row in rows],
            t("result.score"): [100 * row.score for row in rows],
            t("benchmarks.metric"): [row.metric for row in rows],
            t("benchmarks.mteb_version"): [row.mteb_version for row in rows],
            t("model.revision"): [row.revision[:12] for row in rows],
            t("benchmarks.data_revision"): [row.dataset_revision[:12] for row in rows],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        key="task_table",
        alt=t("benchmarks.task"),
        column_config={
            t("result.score"): st.column_config.NumberColumn(format="%.2f"),
        },
    )
    if len({row.dataset_revision for row in rows}) > 1:
        st.caption(f":orange[:material/warning:] {t('benchmarks.other_data')}")
