"""The pictures of the models side by side, aligned, and how far each can be trusted."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.maps.fidelity import Fidelity
from core.maps.neighbours import nearest
from core.maps.projection import Method, Projection, ProjectionRequest, aligned
from core.sets import TextSet
from pages._ui import cached, charts, words
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.explore.mapping import picked
from pages.explore.mapping.embedded import Embedded

LABELLED = 60  # as many points can bear their texts
TRUE_NEIGHBOURS = 5


def draw(text_set: TextSet, embedded: list[Embedded], asked: ProjectionRequest) -> None:
    """Draw a panel for each model."""
    drawn = [_projection(each, asked) for each in embedded]
    reference = drawn[0].points
    columns = st.columns(len(embedded), gap="small")
    for place, (column, each, found) in enumerate(zip(columns, embedded, drawn, strict=True)):
        points = found.points if place == 0 else aligned(found.points, reference)
        trust = cached.fidelity(each.key, found.request, each.vectors, found.points)
        with column:
            st.markdown(f"**{words.plain(each.model)}**")
            _panel(text_set, each, points, trust, asked)
            _trust(each, found, trust)
    st.caption(t("map.panels_about"))


def _projection(each: Embedded, asked: ProjectionRequest) -> Projection:
    with st.spinner(t("map.projecting", model=each.model), show_time=True):
        return cached.projection(each.key, asked, each.vectors)


def _panel(
    text_set: TextSet,
    each: Embedded,
    points: np.ndarray,
    trust: Fidelity,
    asked: ProjectionRequest,
) -> None:
    by_region = st.session_state[Key.MAP_COLOUR] == "region"
    selected = [place for place in picked.places() if place < len(text_set)]
    figure = charts.points(
        points=points,
        labels=[text_set.texts[i] for i in range(len(text_set))],
        show_labels=len(text_set) <= LABELLED,
        categories=picked.categories(text_set) if by_region else None,
        values=None if by_region else trust.kept,
        selected=selected,
        lines=_true_neighbours(each, selected, asked),
        value_name=t("map.colour_kept"),
    )
    key = f"{Key.MAP_PANEL}_{each.model}"
    st.plotly_chart(
        figure,
        config=charts.config(f"map-{each.model}", select=True),
        key=key,
        on_select=lambda: _from_panel(key),
        selection_mode=("points", "box", "lasso"),
        alt=t("map.panel_alt", model=each.model, count=len(text_set)),
    )


def _true_neighbours(
    each: Embedded, selected: list[int], asked: ProjectionRequest
) -> list[tuple[int, int]]:
    """Return lines from the one selected text to its true nearest neighbours."""
    if len(selected) != 1:
        return []
    places, _ = nearest(each.vectors, TRUE_NEIGHBOURS, asked.metric)
    return [(selected[0], int(place)) for place in places[selected[0]]]


def _from_panel(key: str) -> None:
    found = st.session_state[key]["selection"]["points"]
    places = [int(point["customdata"][0]) for point in found if point.get("customdata")]
    if places:
        picked.pick(places)


def _trust(each: Embedded, found: Projection, trust: Fidelity) -> None:
    parts = [t("map.kept", k=trust.k, share=f"{trust.kept.mean():.0%}")]
    if trust.trustworthiness is not None and trust.continuity is not None:
        parts.append(t("map.trustworthiness", value=f"{trust.trustworthiness:.2f}"))
        parts.append(t("map.continuity", value=f"{trust.continuity:.2f}"))
    if found.explained:
        parts.append(t("map.explained", share=f"{sum(found.explained):.0%}"))
    st.caption(" · ".join(parts), help=t("map.trust_help"))
    if found.request.method is Method.PCA:
        return
    key = f"{Key.MAP_MOVEMENT}_{each.model}"
    if st.button(t("map.movement"), key=key, help=t("map.movement_help"), type="tertiary"):
        with st.spinner(t("map.projecting", model=each.model), show_time=True):
            moved = cached.movement(each.key, found.request, each.vectors)
        st.text(
            t("map.moved", middle=f"{np.median(moved):.2f}", most=f"{np.percentile(moved, 90):.2f}")
        )
