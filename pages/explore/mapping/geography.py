"""The places on the ground, and whether near places are near as embeddings."""

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
from core.sets.places import PlaceSet
from pages._ui import cached, charts, errors, pictures, words
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.explore.gathering.chosen import Embedded
from pages.explore.mapping import picked
from pages.explore.mapping.panels import LABELLED, from_chart

PREFECTURES = frozenset(
    {
        PlaceSet.PREFECTURES_JA,
        PlaceSet.PREFECTURES_KANA,
        PlaceSet.PREFECTURES_EN,
        PlaceSet.PREFECTURES_SENTENCE,
    }
)
LEVEL = 0.05


def draw(text_set: TextSet, embedded: list[Embedded]) -> None:
    """Draw the places at their coordinates, and the proximity of prefectures beside them."""
    if text_set.places is None:
        return
    left, right = st.columns([1, 1], gap="medium")
    with left:
        _ground(text_set)
    if text_set.id in PREFECTURES:
        with right:
            _proximity(text_set, embedded)


def _ground(text_set: TextSet) -> None:
    assert text_set.places is not None
    st.subheader(t("map.ground"), anchor=False)
    figure = charts.ground(
        places=text_set.places,
        labels=text_set.texts if len(text_set) <= LABELLED else (),
        categories=picked.categories(text_set),
        selected=[place for place in picked.places() if place < len(text_set)],
    )
    key = f"{Key.MAP_PANEL}_ground"
    st.plotly_chart(
        figure,
        config=charts.config("ground", select=True),
        key=key,
        on_select=lambda: from_chart(key),
        selection_mode=("points", "box", "lasso"),
        alt=t("map.ground_alt", count=len(text_set)),
    )
    st.caption(t("map.ground_about"))
    pictures.pick_format()


def _proximity(text_set: TextSet, embedded: list[Embedded]) -> None:
    st.subheader(t("map.proximity"), anchor=False, help=t("map.proximity_help"))
    k = st.slider(
        t("map.k"),
        1,
        len(text_set) - 1,
        key=Key.MAP_K,
        persist_state="session",
        help=t("map.k_help"),
    )
    try:
        found = {
            (each.model, metric): cached.prefecture_proximity(each.key, k, metric, each.vectors)
            for each in embedded
            for metric in Metric
        }
    except ExplorerError as error:
        errors.show(error)
        return
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
    chance = next(iter(found.values())).chance
    st.text(_sentence(found, chance, k))
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        key="proximity",
        alt=t("map.proximity"),
        column_config={
            "model": st.column_config.TextColumn(t("result.model")),
            "metric": st.column_config.TextColumn(t("map.metric")),
            "share": st.column_config.NumberColumn(t("map.share"), format="%.4f"),
            "p": st.column_config.NumberColumn(t("probes.p"), format="%.3f", help=t("map.p_help")),
            "mantel": st.column_config.NumberColumn(
                t("map.mantel"), format="%.3f", help=t("map.mantel_help")
            ),
            "mantel_p": st.column_config.NumberColumn(t("map.mantel_p"), format="%.3f"),
        },
    )
    metric = Metric(st.session_state[Key.MAP_METRIC])
    figure = charts.shares_by_k(
        [(each.model, found[each.model, metric].share_by_k) for each in embedded],
        chance_label=t("map.chance"),
        names=("k", t("map.share")),
    )
    st.plotly_chart(
        figure,
        config=charts.config("proximity"),
        key="proximity_chart",
        alt=_sentence(found, chance, k),
    )
    _one_place(text_set, embedded, found, metric)


def _sentence(found: dict[tuple[str, Metric], Proximity], chance: float, k: int) -> str:
    """Say which model and metric come closest, and whether that is more than chance gives.

    The p-value is corrected for having looked at all of them.
    """
    corrected = dict(zip(found, holm([each.p_value for each in found.values()]), strict=True))
    best = max(found, key=lambda each: found[each].share)
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
    found: dict[tuple[str, Metric], Proximity],
    metric: Metric,
) -> None:
    selected = [place for place in picked.places() if place < len(text_set)]
    if len(selected) != 1:
        st.caption(t("map.pick_one"))
        return
    (place,) = selected
    st.markdown(f"**{t('map.near', place=words.plain(text_set.texts[place]))}**")
    ground = next(iter(found.values())).on_ground[place]
    kilometres = prefecture_distances()[place]
    table: dict[str, object] = {
        t("map.text"): [text_set.texts[other] for other in ground],
        t("map.kilometres"): np.round(kilometres[ground], 1),
        t("map.rank_ground"): np.arange(1, len(ground) + 1),
    }
    for each in embedded:
        ranks = np.empty(len(text_set), dtype=np.int64)
        ranks[found[each.model, metric].by_embedding[place]] = np.arange(1, len(ground) + 1)
        table[each.model] = ranks[ground]
    st.dataframe(
        pd.DataFrame(table), hide_index=True, key="near", height=250, alt=t("map.near_alt")
    )
