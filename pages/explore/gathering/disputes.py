"""Texts about whose neighbours two models disagree most."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.errors import ExplorerError
from core.sets.disagreement import Disagreement
from pages._ui import cached, charts, errors, words
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.explore.gathering.chosen import Embedded

NEIGHBOURS = 10
MOST_SHOWN = 200


def draw(embedded: list[Embedded]) -> None:
    """Draw the most disputed texts with both models' neighbours."""
    if len(embedded) < 2:
        st.info(t("sets.disputes_empty"), icon=":material/compare_arrows:")
        return
    first, second = _pair(embedded)
    try:
        found = cached.disagreement(
            f"{first.key}\0{second.key}", NEIGHBOURS, first.vectors, second.vectors
        )
    except ExplorerError as error:
        errors.show(error)
        return
    k = found.neighbours_a.shape[1]
    st.text(
        t(
            "sets.disputes_mean",
            share=f"{found.overlap.mean():.0%}",
            k=k,
            a=first.model,
            b=second.model,
        )
    )
    figure = cached.figure(
        charts.histogram,
        found.overlap,
        names=(t("sets.overlap", k=k), t("sets.texts_count")),
        bins=k + 1,
    )
    st.plotly_chart(
        figure,
        config=charts.config("disagreement"),
        key="disagreement_chart",
        alt=t(
            "sets.disputes_mean",
            share=f"{found.overlap.mean():.0%}",
            k=k,
            a=first.model,
            b=second.model,
        ),
    )
    _table(first, second, found)


def _pair(embedded: list[Embedded]) -> tuple[Embedded, Embedded]:
    pairs = [(a, b) for i, a in enumerate(embedded) for b in embedded[i + 1 :]]
    if len(pairs) == 1:
        return pairs[0]
    place = st.selectbox(
        t("probes.pair"),
        range(len(pairs)),
        format_func=lambda i: f"{pairs[i][0].model} ↔ {pairs[i][1].model}",
        key=Key.SETS_PAIR,
    )
    return pairs[place]


def _table(first: Embedded, second: Embedded, found: Disagreement) -> None:
    texts = first.text_set.texts
    places = found.order[:MOST_SHOWN].tolist()
    shown = [
        (
            words.for_table(texts[i]),
            float(found.overlap[i]),
            _names(first, found.neighbours_a[i].tolist()),
            _names(second, found.neighbours_b[i].tolist()),
        )
        for i in places
    ]
    columns = ["text", "overlap", "first", "second"]
    st.dataframe(
        pd.DataFrame(shown, columns=columns),
        hide_index=True,
        key="disputes",
        alt=t("sets.disputes_alt"),
        column_config={
            "text": st.column_config.TextColumn(t("map.text")),
            "overlap": st.column_config.NumberColumn(t("answers.overlap"), format="percent"),
            "first": st.column_config.TextColumn(first.model),
            "second": st.column_config.TextColumn(second.model),
        },
    )


def _names(each: Embedded, places: list[int]) -> str:
    return " / ".join(charts.shortened(each.text_set.texts[i], 40) for i in places)
