"""The pictures of the models side by side, aligned, and how far each can be trusted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.errors import ExplorerError
from core.maps.fidelity import Fidelity
from core.maps.projection import Method, Projection, ProjectionRequest, aligned
from core.sets import TextSet
from core.sets.search import like
from pages._ui import cached, charts, errors, words
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.explore.gathering.chosen import Embedded
from pages.explore.mapping import picked

LABELLED = 60  # as many points can bear their texts
TRUE_NEIGHBOURS = 5
MOST_DRAWN = 20_000  # a lasso on more takes many seconds in the browser


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One model's picture of the texts ``ids``, and how far it can be trusted."""

    embedded: Embedded
    ids: np.ndarray
    vectors: np.ndarray
    found: Projection
    trust: Fidelity


def draw(text_set: TextSet, embedded: list[Embedded], asked: ProjectionRequest) -> None:
    """Draw a panel for each model."""
    ids = _drawn(len(text_set))
    panels: list[Panel] = []
    for each in embedded:
        try:
            panels.append(_projected(each, ids, asked))
        except ExplorerError as error:
            errors.show(error, about=each.model)
    if not panels:
        return
    reference = panels[0].found.points
    columns = st.columns(len(panels), gap="small")
    for place, (column, panel) in enumerate(zip(columns, panels, strict=True)):
        own = panel.found.points
        points = own if place == 0 else aligned(own, reference)
        with column:
            st.markdown(f"**{words.plain(panel.embedded.model)}**")
            _panel(text_set, panel, points)
            _trust(panel)
    if len(ids) < len(text_set):
        st.caption(t("map.sampled", shown=f"{len(ids):,}", total=f"{len(text_set):,}"))
    st.caption(t("map.panels_about"))


def _drawn(count: int) -> np.ndarray:
    """Return the texts that are drawn: all, or a sample that is always the same."""
    if count <= MOST_DRAWN:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, MOST_DRAWN, replace=False))


def _projected(each: Embedded, ids: np.ndarray, asked: ProjectionRequest) -> Panel:
    vectors = each.vectors if len(ids) == len(each.vectors) else each.vectors[ids]
    with st.spinner(t("map.projecting", model=each.model), show_time=True):
        built_in = each.text_set.is_built_in
        found = cached.projection(each.key, asked.normalised(), vectors, built_in=built_in)
        trust = cached.fidelity(each.key, found, vectors, built_in=built_in)
    return Panel(embedded=each, ids=ids, vectors=vectors, found=found, trust=trust)


def _panel(text_set: TextSet, panel: Panel, points: np.ndarray) -> None:
    categories = picked.categories(text_set)
    places = {int(id): place for place, id in enumerate(panel.ids)}
    selected = [places[id] for id in picked.places() if id in places]
    figure = charts.points(
        points=points,
        ids=panel.ids.tolist(),
        labels=text_set.texts if len(text_set) <= LABELLED else (),
        categories=[categories[id] for id in panel.ids] if categories is not None else None,
        values=panel.trust.kept if categories is None else None,
        selected=selected,
        lines=[
            (places[a], places[b])
            for a, b in _true_neighbours(panel)
            if a in places and b in places
        ],
        value_name=t("map.colour_kept"),
    )
    key = f"{Key.MAP_PANEL}_{panel.embedded.model}"
    st.plotly_chart(
        figure,
        config=charts.config(f"map-{panel.embedded.model}", select=True),
        key=key,
        on_select=lambda: from_chart(key),
        selection_mode=("points", "box", "lasso"),
        alt=t("map.panel_alt", model=panel.embedded.model, count=len(panel.ids)),
    )


def _true_neighbours(panel: Panel) -> list[tuple[int, int]]:
    """Return lines from the one selected text to its true nearest neighbours, by their ids."""
    selected = picked.places()
    if len(selected) != 1 or selected[0] >= len(panel.embedded.vectors):
        return []
    metric = panel.found.request.metric
    found = like(panel.embedded.vectors, selected[0], TRUE_NEIGHBOURS, metric)
    return [(selected[0], int(place)) for place in found.places[0]]


def from_chart(key: str) -> None:
    """Take a chart's selection as everybody's."""
    found = st.session_state[key]["selection"]["points"]
    places = [int(point["customdata"][0]) for point in found if point.get("customdata")]
    if places:
        picked.pick(places)


def _trust(panel: Panel) -> None:
    found, trust = panel.found, panel.trust
    parts = [t("map.kept", k=trust.k, share=f"{trust.kept.mean():.0%}")]
    if trust.trustworthiness is not None and trust.continuity is not None:
        parts.append(t("map.trustworthiness", value=f"{trust.trustworthiness:.2f}"))
        parts.append(t("map.continuity", value=f"{trust.continuity:.2f}"))
    if found.explained:
        parts.append(t("map.explained", share=f"{sum(found.explained):.0%}"))
    st.caption(" · ".join(parts), help=t("map.trust_help"))
    if found.request.method is Method.PCA:
        return
    key = f"{Key.MAP_MOVEMENT}_{panel.embedded.model}"
    if st.button(t("map.movement"), key=key, help=t("map.movement_help"), type="tertiary"):
        try:
            _movement(panel)
        except ExplorerError as error:
            errors.show(error)


def _movement(panel: Panel) -> None:
    """Say how far points move between seeds. Raises what the compute lane raises."""
    each = panel.embedded
    with st.spinner(t("map.projecting", model=each.model), show_time=True):
        moved = cached.movement(
            each.key,
            panel.found.request.normalised(any_seed=True),
            panel.vectors,
            built_in=each.text_set.is_built_in,
        )
    st.text(
        t("map.moved", middle=f"{np.median(moved):.2f}", most=f"{np.percentile(moved, 90):.2f}")
    )
