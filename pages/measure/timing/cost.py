"""Quality against cost: what a better score costs, and which models nothing beats on both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import pandas as pd
import streamlit as st

from core.compare.export import csv_text
from core.models import find
from core.models.device import Precision
from core.quality.local.current import changed_by_facts
from core.quality.local.results import LocalScore, read
from core.quality.local.run import cache_folder
from core.quality.published import Benchmark, leaderboard, models_of
from core.settings import settings
from core.speed.cost import PROTOCOL_OF, Cost, Standing, cost_of, standings, vector_bytes
from core.speed.records import Record
from pages._ui import cached, charts, downloads, pickers, profile
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.measure.timing import kept

LOCAL = "local:"  # before the name of a task that was run here
EXACT, FULL = str(Precision.EXACT), "full"
MEGA = 1e6
LEAST_SHARE = 0.75  # of a benchmark's tasks; a model with fewer would leave few that all have


class _Priced(NamedTuple):
    label: str
    model: str  # as the user calls it
    model_id: str  # as MTEB does
    dimension: int
    cost: float


def draw() -> None:
    """Draw the choice of both axes, and the models between them."""
    local = _local()
    cost, quality = _choice(local)
    measured = None if cost is Cost.BYTES else kept.of(PROTOCOL_OF[cost])
    if measured is not None:
        kept.tell_none(measured)
    priced = tuple(_sized() if measured is None else _priced(cost, measured.records))
    if not priced:
        return
    scores, tasks = _scores(quality, priced, local)
    found = standings(
        [
            (each.label, each.cost, 100 * scores[each.model])
            for each in priced
            if each.model in scores
        ]
    )
    if not found:
        st.info(t("speed.cost_unscored"), icon=":material/leaderboard:")
        return
    _show(found, cost, _quality_name(quality), tasks)
    without = [each.label for each in priced if each.model not in scores]
    if without:
        st.caption(t("speed.cost_without", models=", ".join(without)))
    if measured is not None:
        kept.draw_machines(measured.records)


def _choice(local: Sequence[LocalScore]) -> tuple[Cost, str]:
    state = st.session_state
    tasks = dict.fromkeys(each.task for each in local)
    qualities = [*(str(each) for each in Benchmark), *(f"{LOCAL}{task}" for task in tasks)]
    if Key.SPEED_COST not in state:
        state[Key.SPEED_COST] = str(Cost.LATENCY if kept.own() else Cost.BYTES)
    if state.get(Key.SPEED_QUALITY) not in qualities:
        state[Key.SPEED_QUALITY] = str(Benchmark.MULTILINGUAL)
    left, right = st.columns(2, gap="medium")
    with left:
        st.selectbox(
            t("speed.cost"),
            [str(each) for each in Cost],
            format_func=lambda each: t(f"speed.cost_{each}"),
            key=Key.SPEED_COST,
            help=t("speed.cost_help"),
            persist_state="session",
        )
    with right:
        st.selectbox(
            t("speed.quality"),
            qualities,
            format_func=_quality_name,
            key=Key.SPEED_QUALITY,
            help=t("speed.quality_help"),
            persist_state="session",
        )
    return Cost(state[Key.SPEED_COST]), state[Key.SPEED_QUALITY]


def _quality_name(quality: str) -> str:
    if quality.startswith(LOCAL):
        return t("speed.quality_local", task=quality.removeprefix(LOCAL))
    return t("speed.quality_published", benchmark=quality)


def _sized() -> Iterator[_Priced]:
    """Yield every model with the bytes of its vectors."""
    for card in map(find, pickers.names()):
        if card.dimension:
            size = vector_bytes(card.dimension)
            yield _Priced(card.name, card.name, card.id, card.dimension, size)


def _priced(cost: Cost, records: Sequence[Record]) -> Iterator[_Priced]:
    """Yield what was measured of this cost."""
    for record in records:
        if (found := cost_of(record, cost)) is not None:
            found /= MEGA if cost is Cost.MEMORY else 1
            label = f"{record.model} · {record.precision}"
            yield _Priced(label, record.model, record.model_id, record.dimension, found)


def _scores(
    quality: str, priced: tuple[_Priced, ...], local: Sequence[LocalScore]
) -> tuple[Mapping[str, float], int]:
    """Return each model's score, 0 to 1, and over how many tasks, the same ones for all."""
    if quality.startswith(LOCAL):
        task = quality.removeprefix(LOCAL)
        return {
            each.model: score.score
            for each in priced
            for score in local
            if score.task == task and _is_of(score, each)
        }, 1
    benchmark = Benchmark(quality)
    names = {each.model_id: each.model for each in priced}
    scored = [model_id for model_id in models_of(benchmark) if model_id in names]
    if not scored:
        return {}, 0
    every = leaderboard(benchmark, scored)
    enough = LEAST_SHARE * len(every.tasks)
    scored = [each.model for each in every.standings if each.tasks >= enough]
    if not scored:
        return {}, 0
    board = leaderboard(benchmark, scored)
    return {
        names[each.model]: each.common_mean
        for each in board.standings
        if each.common_mean is not None
    }, len(board.common)


def _is_of(score: LocalScore, priced: _Priced) -> bool:
    """Say whether it is this model's score, with nothing saved at the score's expense."""
    setting = score.setting
    return (
        score.name in (priced.model, priced.model_id)
        and setting["precision"] == EXACT
        and setting["dimension"] in (FULL, str(priced.dimension))
    )


def _local() -> list[LocalScore]:
    """Return what was measured on this machine and would be measured so again."""
    if not profile.is_local():
        return []
    engine = cached.engine()
    found = read(cache_folder(settings().data_dir))
    return [score for score in found if not changed_by_facts(score, engine)]


def _show(found: tuple[Standing, ...], cost: Cost, quality: str, tasks: int) -> None:
    best = [each.model for each in sorted(found, key=lambda each: each.cost) if each.front]
    names = (t(f"speed.cost_{cost}"), quality, t("speed.cost_front"), t("speed.cost_beaten"))
    st.plotly_chart(
        cached.figure(
            charts.front, [(e.model, e.cost, e.quality, e.front) for e in found], names=names
        ),
        config=charts.config("quality-against-cost"),
        key="speed_cost_chart",
        alt=t("speed.cost_alt", models=", ".join(best)),
    )
    st.caption(t("speed.cost_about", models=", ".join(best), tasks=tasks))
    rows = sorted(found, key=lambda each: -each.quality)
    frame = pd.DataFrame(
        {
            t("result.model"): [each.model for each in rows],
            names[1]: [each.quality for each in rows],
            names[0]: [each.cost for each in rows],
            names[2]: [each.front for each in rows],
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        key="speed_cost_table",
        alt=t("speed.tab_cost"),
        column_config={
            names[1]: st.column_config.NumberColumn(format="%.2f"),
            names[0]: st.column_config.NumberColumn(format="localized"),
        },
    )
    downloads.table(
        t("speed.cost_export"),
        lambda: csv_text(list(frame.columns), frame.itertuples(index=False, name=None)),
        file_name="quality-against-cost.csv",
        key="export_cost",
    )
