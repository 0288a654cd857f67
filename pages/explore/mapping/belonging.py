"""Whether places are nearest to the prefecture that they are in."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.errors import ExplorerError
from core.maps.membership import Membership
from core.sets.neighbours import Metric
from core.sets.places import PlaceSet, own_prefectures, place_set
from pages._ui import cached, charts, errors
from pages._ui.keys import Key
from pages._ui.texts import language, t
from pages.explore.gathering import chosen
from pages.explore.gathering.chosen import OWN_VECTORS, Embedded
from pages.explore.mapping import form, picked

# How the prefectures' own names are written where the places' are.
PREFECTURES = {
    PlaceSet.CAPITALS_JA: PlaceSet.PREFECTURES_JA,
    PlaceSet.CAPITALS_EN: PlaceSet.PREFECTURES_EN,
    PlaceSet.MUNICIPALITIES_JA: PlaceSet.PREFECTURES_JA,
}


def draw(which: PlaceSet, embedded: list[Embedded]) -> None:
    """Draw the share of places that each model puts nearest to their own prefecture."""
    st.header(t("map.belonging"), anchor=False, help=t("map.belonging_help"))
    metric = Metric(st.session_state[Key.MAP_METRIC])
    found: dict[str, Membership] = {}
    for each in embedded:
        try:
            found[each.model] = _found(which, each, metric)
        except ExplorerError as error:
            errors.show(error, about=each.model)
    if not found:
        return
    best = max(found, key=lambda model: found[model].accuracy.share)
    top = found[best]
    said = t(
        "map.belonging_best",
        model=best,
        share=f"{top.accuracy.share:.1%}",
        low=f"{top.accuracy.low:.1%}",
        high=f"{top.accuracy.high:.1%}",
        common=f"{top.most_common:.1%}",
        count=f"{len(top.own):,}",
    )
    st.text(said)
    st.plotly_chart(
        cached.figure(
            charts.intervals,
            rows=[t("map.belonging_share")],
            series=[(model, [tuple(each.accuracy)]) for model, each in found.items()],
            reference=(top.most_common, t("map.belonging_common")),
            name=t("map.belonging_share"),
        ),
        config=charts.config("belonging"),
        key="belonging_chart",
        alt=said,
    )
    _guesses(which, found)


def _found(which: PlaceSet, each: Embedded, metric: Metric) -> Membership:
    assert each.model != OWN_VECTORS  # a built-in set brings no vectors
    of_prefectures = chosen.embed(PREFECTURES[which], each.model, form.task(), form.precision())
    return cached.place_membership(
        f"{each.key}\0{of_prefectures.key}", which, metric, each.vectors, of_prefectures.vectors
    )


def _guesses(which: PlaceSet, found: dict[str, Membership]) -> None:
    """List where each place is, and where each model takes it to be."""
    names = place_set(PREFECTURES[which]).texts
    places = place_set(which)
    selected = picked.places() or range(len(places))
    own = own_prefectures(which)
    table: dict[str, list[str]] = {
        t("map.text"): [places.texts[i] for i in selected],
        t("place.prefecture_ja" if language() == "ja" else "map.own_prefecture"): [
            names[own[i]] for i in selected
        ],
    }
    for model, each in found.items():
        table[model] = [
            f"{names[each.guessed[i]]}{' ✓' if each.right[i] else ''}" for i in selected
        ]
    st.dataframe(
        pd.DataFrame(table), hide_index=True, key="belonging", height=250, alt=t("map.belonging")
    )
