"""Where the chosen models stand on the whole benchmark."""

from __future__ import annotations

import pyarrow as pa
import streamlit as st

from core.compare.export import csv_text
from core.quality.published import Leaderboard, Standing, model_facts, sources
from pages._ui import cached, charts, downloads, pictures, recorded, tables
from pages._ui.texts import t


def draw(found: Leaderboard) -> None:
    """Draw the sentence, the chart by size, and the table."""
    shown = [found.benchmark, *(standing.model for standing in found.standings)]
    table = cached.table(shown, lambda: _table(found))
    recorded.drawn(_draw, found, table, key=shown)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        downloads.table(
            t("benchmarks.export"),
            lambda: csv_text(table.column_names, zip(*table.to_pydict().values(), strict=True)),
            file_name="benchmark.csv",
            key="export_benchmark",
        )
        pictures.pick_format()


def _draw(found: Leaderboard, table: pa.Table) -> None:
    st.text(_headline(found))
    _by_size(found)
    types = sorted({kind for standing in found.standings for kind in standing.by_type})
    score = {"format": "%.2f"}
    st.dataframe(
        table,
        hide_index=True,
        key="leaderboard",
        alt=t("benchmarks.table_alt", benchmark=found.benchmark),
        placeholder="–",
        column_config={
            "model": st.column_config.TextColumn(t("result.model"), pinned=True),
            "tasks": st.column_config.TextColumn(
                t("benchmarks.tasks"), help=t("benchmarks.tasks_help")
            ),
            "mean": st.column_config.NumberColumn(
                t("benchmarks.mean"), help=t("benchmarks.mean_help"), **score
            ),
            "mean_by_type": st.column_config.NumberColumn(
                t("benchmarks.mean_by_type"), help=t("benchmarks.mean_by_type_help"), **score
            ),
            "common": st.column_config.NumberColumn(
                t("benchmarks.common", count=len(found.common)),
                help=t("benchmarks.common_help"),
                **score,
            ),
            "parameters": st.column_config.NumberColumn(t("models.parameters"), format="localized"),
            "dimension": st.column_config.NumberColumn(t("model.dimension")),
            "licence": st.column_config.TextColumn(t("model.licence")),
            **{kind: st.column_config.NumberColumn(kind, **score) for kind in types},
        },
    )
    st.caption(t("benchmarks.scores_about"))
    st.caption(t("model.source", source="; ".join(sources())))
    if any(standing.provisional for standing in found.standings):
        st.caption(f":orange[:material/edit_note:] {t('benchmarks.provisional')}")


def ordered(found: Leaderboard) -> list[Standing]:
    """Return the standings, best first: by the benchmark's mean, else by the common tasks."""

    def rank(each: Standing) -> float:
        value = shown_mean(found, each)
        return -value if value is not None else 1.0

    return sorted(found.standings, key=rank)


def is_whole(found: Leaderboard) -> bool:
    """Say whether every model has every task, so that the benchmark's own mean compares them."""
    return len(found.common) == len(found.tasks)


def shown_mean(found: Leaderboard, each: Standing) -> float | None:
    return each.mean if is_whole(found) else each.common_mean


def _headline(found: Leaderboard) -> str:
    best = ordered(found)[0]
    value = shown_mean(found, best)
    if value is None:
        return t("benchmarks.nothing_common", count=len(found.standings))
    whole = sum(each.mean is not None for each in found.standings)
    key = "benchmarks.headline_whole" if is_whole(found) else "benchmarks.headline_common"
    return t(
        key,
        model=best.model,
        score=f"{100 * value:.2f}",
        common=len(found.common),
        tasks=len(found.tasks),
        whole=whole,
        models=len(found.standings),
    )


def _by_size(found: Leaderboard) -> None:
    points = [
        (each.model, facts.parameters / 1e6, 100 * value)
        for each in ordered(found)
        if (facts := model_facts()[each.model]).parameters
        and (value := shown_mean(found, each)) is not None
    ]
    if not points:
        return
    title = (
        t("benchmarks.mean") if is_whole(found) else t("benchmarks.common", count=len(found.common))
    )
    st.plotly_chart(
        cached.figure(
            charts.scatter_by_size, points, names=(t("benchmarks.parameters_axis"), title)
        ),
        config=charts.config("benchmark"),
        key="benchmark_chart",
        alt=_headline(found),
    )


def _table(found: Leaderboard) -> pa.Table:
    def percent(value: float | None) -> float | None:
        return None if value is None else 100 * value

    rows = ordered(found)
    facts = [model_facts()[each.model] for each in rows]
    millions = [each.parameters and round(each.parameters / 1e6, 1) for each in facts]
    types = dict.fromkeys(kind for each in rows for kind in each.by_type)
    return tables.arrow(
        {
            "model": [f"{each.model} *" if each.provisional else each.model for each in rows],
            "tasks": [f"{each.tasks}/{len(found.tasks)}" for each in rows],
            "mean": [percent(each.mean) for each in rows],
            "mean_by_type": [percent(each.mean_by_type) for each in rows],
            "common": [percent(each.common_mean) for each in rows],
            "parameters": millions,
            "dimension": [each.dimension for each in facts],
            "licence": [each.licence for each in facts],
            **{kind: [percent(each.by_type.get(kind)) for each in rows] for kind in types},
        }
    )
