"""What the evaluation gave: scores with intervals, verdicts, and the items behind them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.compare.export import csv_text
from core.errors import ExplorerError
from core.quality.labelled.data import Classes, Kind, Labelled, Pairs
from core.quality.labelled.evaluation import (
    Evaluated,
    Evaluation,
    hardest,
    label,
    most_disputed,
)
from core.quality.labelled.recognise import published_for
from core.quality.labelled.uncertainty import Paired
from pages._ui import cached, charts, downloads, errors, pictures, words
from pages._ui.keys import Key
from pages._ui.texts import t

SHOWN_ITEMS = 20


def draw() -> None:
    """Draw the kept result."""
    found: Evaluation | ExplorerError | None = st.session_state.get(Key.LABELLED_RESULT)
    if found is None:
        return
    if isinstance(found, ExplorerError):
        errors.show(found)
        return
    for failed in found.failures:
        errors.show(failed.error, about=label(failed.model))
    if not found.results:
        return
    best = sorted(found.results, key=lambda each: -each.score)
    data = found.request.data
    metric = best[0].main_score
    st.header(t("labelled.heading", metric=metric), anchor=False, help=t(f"metric.{metric}"))
    for pair in found.pairs:
        st.text(_verdict(pair))
    _chart(data, best)
    _table(data, best)
    if data.kind is not Kind.CLUSTERING:
        _items(data, best)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        downloads.table(
            t("labelled.export"),
            lambda: _csv(data, best),
            file_name="evaluated-items.csv",
            key="export_labelled",
        )
        pictures.pick_format()


def _verdict(pair: Paired) -> str:
    ahead = pair.difference >= 0
    better, worse = (pair.first, pair.second) if ahead else (pair.second, pair.first)
    low, high = sorted((abs(pair.low), abs(pair.high)))
    values = {
        "better": better,
        "worse": worse,
        "difference": f"{abs(pair.difference):.4f}",
        "p": f"{pair.p_adjusted:.3f}",
    }
    if pair.separated:
        return t("labelled.separated", **values, low=f"{low:.4f}", high=f"{high:.4f}")
    if pair.more_items is None:
        return t("labelled.not_separated", **values)
    return t("labelled.not_separated_more", **values, more=f"{pair.more_items:,}")


def _chart(data: Labelled, best: list[Evaluated]) -> None:
    clusters = data.kind is Kind.CLUSTERING
    st.plotly_chart(
        cached.figure(
            charts.forest,
            [
                (label(each.model), each.score, each.estimate.low, each.estimate.high)
                for each in best
            ],
            name=best[0].main_score,
        ),
        config=charts.config("evaluation"),
        key="labelled_chart",
        alt=t("labelled.chart_alt", best=label(best[0].model), score=f"{best[0].score:.4f}"),
    )
    st.caption(t("labelled.chart_clusters" if clusters else "labelled.chart_about"))


def _table(data: Labelled, best: list[Evaluated]) -> None:
    published = [published_for(data, each.model) for each in best]
    table = pd.DataFrame(
        {
            "model": [label(each.model) for each in best],
            "score": [each.score for each in best],
            "low": [each.estimate.low for each in best],
            "high": [each.estimate.high for each in best],
            "published": [each.score if each else None for each in published],
            "prompt": [", ".join(sorted({p for p in each.prompts.values() if p})) for each in best],
        }
    )
    numbers = ("score", "low", "high", "published")
    st.dataframe(
        table,
        hide_index=True,
        key="labelled_table",
        alt=t("labelled.heading", metric=best[0].main_score),
        placeholder="–",
        column_config={
            "model": st.column_config.TextColumn(t("result.model")),
            "prompt": st.column_config.TextColumn(t("labelled.prompt")),
            **{
                name: st.column_config.NumberColumn(t(f"labelled.{name}"), format="%.4f")
                for name in numbers
            },
        },
    )
    known = next((each for each in published if each), None)
    if known is not None:
        st.caption(t("labelled.known", task=known.task))


def _items(data: Labelled, best: list[Evaluated]) -> None:
    by_label = {label(each.model): each for each in best}
    st.header(t("labelled.items"), anchor=False, help=t("labelled.items_help"))
    left, right = st.columns(2, gap="medium")
    with left:
        first = st.selectbox(t("result.model"), list(by_label), key=Key.LABELLED_FIRST)
    others = [None, *(name for name in by_label if name != first)]
    with right:
        if st.session_state.get(Key.LABELLED_SECOND) not in others:
            st.session_state[Key.LABELLED_SECOND] = None
        second = st.selectbox(
            t("labelled.against"),
            others,
            format_func=lambda name: name or t("labelled.against_none"),
            key=Key.LABELLED_SECOND,
        )
    one = by_label[first]
    chosen = [one] if second is None else [one, by_label[second]]
    places = (
        hardest(data, one, SHOWN_ITEMS)
        if second is None
        else most_disputed(data, one, by_label[second], SHOWN_ITEMS)
    )
    columns = _texts(data, places)
    for each in chosen:
        columns[label(each.model)] = [f"{value:.4f}" for value in each.items[places]]
    st.dataframe(
        pd.DataFrame(columns), hide_index=True, key="labelled_items", alt=t("labelled.items")
    )


def _texts(data: Labelled, places: np.ndarray) -> dict[str, list[str]]:
    def cells(values: list[str] | tuple[str, ...]) -> list[str]:
        return [words.for_table(values[i]) for i in places.tolist()]

    if isinstance(data, Pairs):
        grades = [f"{data.grades[i]:g}" for i in places.tolist()]
        return {
            t("labelled.text_1"): cells(data.first),
            t("labelled.text_2"): cells(data.second),
            t("labelled.grade"): grades,
        }
    if isinstance(data, Classes):
        return {t("map.text"): cells(data.texts), t("labelled.class"): cells(data.labels)}
    return {t("labelled.query"): cells(list(data.queries.values()))}


def _csv(data: Labelled, best: list[Evaluated]) -> str:
    if data.kind is Kind.CLUSTERING:
        rows = zip(range(1, len(best[0].items) + 1), *(each.items for each in best), strict=True)
        return csv_text(["draw", *(label(each.model) for each in best)], rows)
    if isinstance(data, Pairs):
        head, texts = ["text1", "text2", "label"], (data.first, data.second, data.grades)
    elif isinstance(data, Classes):
        head, texts = ["text", "label"], (data.texts, data.labels)
    else:
        head, texts = ["id", "query"], (tuple(data.queries), tuple(data.queries.values()))
    rows = zip(*texts, *(each.items.tolist() for each in best), strict=True)
    return csv_text([*head, *(label(each.model) for each in best)], rows)
