"""Whether near prefectures are near each other as embeddings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.compare.statistics import holm
from core.errors import ExplorerError
from core.maps.geography import prefecture_distances
from core.maps.proximity import Proximity
from core.sets import TextSet
from core.sets.neighbours import Metric
from pages._ui import cached, charts, errors, recorded, words
from pages._ui.cached import ProximityRequest
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.explore.gathering.chosen import Embedded
from pages.explore.mapping import picked

LEVEL = 0.05
Found = dict[tuple[str, Metric], Proximity]


def draw(text_set: TextSet, embedded: list[Embedded], order: np.ndarray) -> None:
    """Draw the shares; ``order`` is each text's place in the table of prefectures."""
    metric = Metric(st.session_state[Key.MAP_METRIC])
    selected = tuple(place for place in picked.places() if place < len(text_set))
    named = (text_set.id, [(each.key, each.model) for each in embedded], order, metric, selected)
    try:
        recorded.drawn(_draw, text_set, embedded, order, metric, selected, key=named)
    except ExplorerError as error:
        errors.show(error)


def _draw(
    text_set: TextSet,
    embedded: list[Embedded],
    order: np.ndarray,
    metric: Metric,
    selected: tuple[int, ...],
) -> None:
    st.header(t("map.proximity"), anchor=False, help=t("map.proximity_help"))
    k = st.slider(
        t("map.k"),
        1,
        len(text_set) - 1,
        key=Key.MAP_K,
        persist_state="session",
        help=t("map.k_help"),
    )
    asked = ([(each.key, each.model) for each in embedded], order, k, metric)
    recorded.drawn(_shares, embedded, order, k, metric, key=asked)
    if len(selected) == 1:
        found = _found(embedded, order, k)
        _one_place(text_set, embedded, found, order, metric, selected[0])
    else:
        st.caption(t("map.pick_one"))


def _shares(embedded: list[Embedded], order: np.ndarray, k: int, metric: Metric) -> None:
    found = _found(embedded, order, k)
    st.text(_sentence(found, k))
    _table(found)
    _by_k(embedded, found, k, metric)


def _found(embedded: list[Embedded], order: np.ndarray, k: int) -> Found:
    places = tuple(order.tolist())
    return {
        (each.model, metric): cached.prefecture_proximity(
            each.key,
            ProximityRequest(order=places, k=k, metric=metric),
            each.vectors,
            built_in=each.text_set.is_built_in,
        )
        for each in embedded
        for metric in Metric
    }


def _table(found: Found) -> None:
    rows = [
        {
            "model": model,
            "metric": t(f"map.metric_{metric}"),
            "share": proximity.share,
            "p": proximity.p_value,
            "mantel": proximity.mantel,
            "mantel_p": proximity.mantel_p_value,
        }
        for (model, metric), proximity in found.items()
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        key="proximity",
        alt=t("map.proximity"),
        column_config={
            "model": st.column_config.TextColumn(t("result.model")),
            "metric": st.column_config.TextColumn(t("map.metric")),
            "share": st.column_config.NumberColumn(t("map.share"), format="percent"),
            "p": st.column_config.NumberColumn(t("probes.p"), format="%.3f", help=t("map.p_help")),
            "mantel": st.column_config.NumberColumn(
                t("map.mantel"), format="%.3f", help=t("map.mantel_help")
            ),
            "mantel_p": st.column_config.NumberColumn(t("map.mantel_p"), format="%.3f"),
        },
    )


def _by_k(embedded: list[Embedded], found: Found, k: int, metric: Metric) -> None:
    figure = cached.figure(
        charts.shares_by_k,
        [(each.model, found[each.model, metric].share_by_k) for each in embedded],
        chance_label=t("map.chance"),
        names=("k", t("map.share")),
    )
    st.plotly_chart(
        figure,
        config=charts.config("proximity"),
        key="proximity_chart",
        alt=_sentence(found, k),
    )


def _sentence(found: Found, k: int) -> str:
    """Say which model and metric come closest, and whether that is more than chance gives.

    The p-value is corrected for having looked at all of them.
    """
    corrected = dict(zip(found, holm([each.p_value for each in found.values()]), strict=True))
    best = max(found, key=lambda each: found[each].share)
    chance = found[best].chance
    return t(
        "map.beyond_chance" if corrected[best] < LEVEL else "map.within_chance",
        model=best[0],
        metric=t(f"map.metric_{best[1]}"),
        share=f"{found[best].share:.1%}",
        chance=f"{chance:.1%}",
        k=k,
        p="–" if np.isnan(corrected[best]) else f"{corrected[best]:.3f}",
    )


def _one_place(
    text_set: TextSet,
    embedded: list[Embedded],
    found: Found,
    order: np.ndarray,
    metric: Metric,
    place: int,
) -> None:
    st.markdown(f"**{t('map.near', place=words.plain(text_set.texts[place]))}**")
    ground = next(iter(found.values())).on_ground[place]
    kilometres = prefecture_distances()[order[place], order[ground]]
    table: dict[str, object] = {
        t("map.text"): [text_set.texts[other] for other in ground],
        t("map.kilometres"): np.round(kilometres, 1),
        t("map.rank_ground"): np.arange(1, len(ground) + 1),
    }
    for each in embedded:
        ranks = np.empty(len(text_set), dtype=np.int64)
        ranks[found[each.model, metric].by_embedding[place]] = np.arange(1, len(ground) + 1)
        table[each.model] = ranks[ground]
    st.dataframe(
        pd.DataFrame(table), hide_index=True, key="near", height=250, alt=t("map.near_alt")
    )
