"""What the benchmark's tasks are."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.quality.published import Leaderboard, TaskFacts, task_facts
from pages._ui.texts import t


def draw(found: Leaderboard) -> None:
    """Draw a table of the tasks."""
    facts = [task_facts()[task] for task in found.tasks]
    st.dataframe(
        pd.DataFrame(
            {
                t("benchmarks.task"): [each.name for each in facts],
                t("benchmarks.type"): [each.type for each in facts],
                t("benchmarks.metric"): [each.main_score for each in facts],
                t("benchmarks.samples"): [sum(each.samples.values()) for each in facts],
                t("model.languages"): [", ".join(each.languages) for each in facts],
                t("model.licence"): [each.licence for each in facts],
                t("benchmarks.data"): [each.dataset for each in facts],
                t("benchmarks.reference"): [each.reference for each in facts],
            }
        ),
        hide_index=True,
        key="tasks_table",
        alt=t("benchmarks.tab_tasks"),
        column_config={t("benchmarks.reference"): st.column_config.LinkColumn()},
    )
    st.caption(t("benchmarks.tasks_source"))


def one(name: str) -> None:
    """Say what a task is: what is embedded, how it is scored, on how much of which data."""
    facts = task_facts()[name]
    st.markdown(f"**{t(f'task_type.{facts.type}')}** {t(f'metric.{facts.main_score}')}")
    st.caption(_line(facts))


def _line(facts: TaskFacts) -> str:
    return t(
        "benchmarks.task_line",
        samples=f"{sum(facts.samples.values()):,}",
        splits=", ".join(facts.splits),
        languages=", ".join(facts.languages[:8]) + (" …" if len(facts.languages) > 8 else ""),
        licence=facts.licence or "–",
        data=facts.dataset,
        revision=facts.dataset_revision[:12],
    )
