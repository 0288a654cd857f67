"""The places on the ground, beside the pictures of their names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from core.sets import TextSet
from core.sets.places import PlaceSet, as_prefectures, prefectures
from pages._ui import charts
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.explore.gathering.chosen import Embedded
from pages.explore.mapping import belonging, near, picked, standing
from pages.explore.mapping.colouring import Colouring
from pages.explore.mapping.panel import LABELLED
from pages.explore.mapping.standing import Chart, Plot

IN_PREFECTURES = (PlaceSet.CAPITALS_JA, PlaceSet.CAPITALS_EN, PlaceSet.MUNICIPALITIES_JA)


def draw(text_set: TextSet, embedded: list[Embedded], colours: Colouring) -> Plot | None:
    """Draw the places, and beside them whether embeddings know where they are.

    Return the picture of the ground, None where the texts are no places.
    """
    order = as_prefectures(text_set.texts)
    places = text_set.places
    if places is None and order is not None:
        places = prefectures()[["lat", "lon"]].to_numpy(dtype=np.float64)[order]
    if places is None:
        return None
    left, right = st.columns([1, 1], gap="medium")
    with left:
        plot = _ground(text_set, places, colours)
    with right:
        if order is not None:
            near.draw(text_set, embedded, order)
        elif text_set.is_built_in and text_set.id in IN_PREFECTURES:
            belonging.draw(PlaceSet(text_set.id), embedded)
    return plot


def _ground(text_set: TextSet, places: np.ndarray, colours: Colouring) -> Plot:
    def drawing(selected: Sequence[int], revision: int) -> go.Figure:
        return charts.ground(
            places=places,
            labels=text_set.texts if len(text_set) <= LABELLED else (),
            categories=colours.categories,
            values=colours.values,
            scale=colours.scale,
            selected=selected,
            revision=revision,
        )

    plot = standing.draw(
        Chart(
            title=t("map.ground"),
            key=f"{Key.MAP_PANEL}_ground",
            file_name="ground",
            alt=t("map.ground_alt", count=len(text_set)),
        ),
        drawing,
        tuple(place for place in picked.places() if place < len(text_set)),
        named=(text_set.id, colours.named),
        above=lambda: st.header(t("map.ground"), anchor=False),
    )
    st.caption(t("map.ground_about"))
    return plot
