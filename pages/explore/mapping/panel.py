"""One model's picture of the texts: its points with what is selected, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import ExplorerError
from core.maps.fidelity import Fidelity
from core.maps.pictures import Picture
from core.maps.projection import Projection, ProjectionRequest
from core.sets import TextSet
from core.sets.search import like
from pages._ui import cached, charts, words
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.explore.gathering.chosen import Embedded
from pages.explore.mapping import colouring, picked, standing
from pages.explore.mapping.colouring import Colouring
from pages.explore.mapping.standing import Chart, Plot

LABELLED = 60  # as many points can bear their texts
TRUE_NEIGHBOURS = 5

Drawing = Callable[[Sequence[int], int], go.Figure]  # of what is selected, and of a revision


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One model's picture of the texts ``ids``, and how far it can be trusted."""

    embedded: Embedded
    ids: np.ndarray
    vectors: np.ndarray
    found: Projection
    trust: Fidelity
    colours: Colouring

    @property
    def model(self) -> str:
        return self.embedded.model


def panel_of(
    text_set: TextSet,
    each: Embedded,
    ids: np.ndarray,
    made: Picture | ExplorerError,
    asked: ProjectionRequest,
) -> Panel:
    """Return the panel. Raises why there is no picture, and what the compute lane raises."""
    if isinstance(made, ExplorerError):
        raise made
    kept = np.full(len(each.vectors), np.nan, dtype=np.float32)
    kept[ids] = made.trust.kept
    return Panel(
        embedded=each,
        ids=ids,
        vectors=vectors_of(each, ids),
        found=made.found,
        trust=made.trust,
        colours=colouring.of_model(text_set, each, asked.metric, kept),
    )


def vectors_of(each: Embedded, ids: np.ndarray) -> np.ndarray:
    return each.vectors if len(ids) == len(each.vectors) else each.vectors[ids]


def draw_panel(
    text_set: TextSet, panel: Panel, points: np.ndarray, *, place: DeltaGenerator
) -> Plot:
    """Draw the head and the chart, (n, 2), in the place; what is selected on it is picked."""
    selected = picked.places()
    lines = _lines(panel, selected)
    colours = panel.colours.named
    return standing.draw(
        Chart(
            title=panel.model,
            key=f"{Key.MAP_PANEL}_{panel.model}",
            file_name=f"map-{panel.model}",
            alt=_alt(panel),
        ),
        _drawing(text_set, panel, points, lines),
        _places_of(selected, panel.ids),
        named=(panel.trust, panel.found.explained, colours, (text_set.id, points, lines)),
        above=lambda: _head(panel),
        place=place,
    )


def draw_preview(text_set: TextSet, panel: Panel, points: np.ndarray, *, key: str) -> Plot:
    """Draw the head, and the chart as a picture alone."""
    _head(panel)
    selected = picked.places()
    drawing = _drawing(text_set, panel, points, _lines(panel, selected))
    figure = charts.Sent(drawing(_places_of(selected, panel.ids), 0))
    st.plotly_chart(
        figure,
        config=charts.config(key),
        key=f"{Key.MAP_PANEL}_{key}_{panel.model}",
        alt=_alt(panel),
    )
    return Plot(title=panel.model, figure=figure)


def _alt(panel: Panel) -> str:
    return t("map.panel_alt", model=panel.model, count=len(panel.ids))


def _drawing(
    text_set: TextSet, panel: Panel, points: np.ndarray, lines: list[tuple[int, int]]
) -> Drawing:
    """Return what makes the chart of what is selected, and of a revision."""
    colours, ids = panel.colours, panel.ids

    def drawing(selected: Sequence[int], revision: int) -> go.Figure:
        return charts.points(
            points=points,
            ids=ids,
            labels=text_set.texts if len(text_set) <= LABELLED else (),
            categories=[colours.categories[id] for id in ids] if colours.categories else None,
            values=None if colours.values is None else colours.values[ids],
            scale=colours.scale,
            lines=lines,
            selected=selected,
            revision=revision,
        )

    return drawing


def _lines(panel: Panel, selected: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return lines from the one selected text to its true nearest neighbours, by their places."""
    joined = [_places_of(pair, panel.ids) for pair in _true_neighbours(panel, selected)]
    return [(pair[0], pair[1]) for pair in joined if len(pair) == 2]


def _places_of(wanted: Iterable[int], ids: np.ndarray) -> tuple[int, ...]:
    """Return the places in the picture of the texts that are in it; its ids ascend."""
    asked = np.array([*wanted], dtype=np.int64)
    if not len(asked):
        return ()
    found = np.searchsorted(ids, asked)
    there = found < len(ids)
    there[there] = ids[found[there]] == asked[there]
    return tuple(found[there].tolist())


def _true_neighbours(panel: Panel, selected: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return lines from the one selected text to its true nearest neighbours, by their ids."""
    if len(selected) != 1 or selected[0] >= len(panel.embedded.vectors):
        return []
    metric = panel.found.request.metric
    found = like(panel.embedded.vectors, selected[0], TRUE_NEIGHBOURS, metric)
    return [(selected[0], int(place)) for place in found.places[0]]


def _head(panel: Panel) -> None:
    """Draw the model's name, and how far its picture can be trusted."""
    found, trust = panel.found, panel.trust
    parts = [t("map.kept", k=trust.k, share=f"{trust.kept.mean():.0%}")]
    if trust.trustworthiness is not None and trust.continuity is not None:
        parts.append(t("map.trustworthiness", value=f"{trust.trustworthiness:.2f}"))
        parts.append(t("map.continuity", value=f"{trust.continuity:.2f}"))
    if found.explained:
        parts.append(t("map.explained", share=f"{sum(found.explained):.0%}"))
    st.markdown(
        f"**{words.plain(panel.model)}**  \n:small[{' · '.join(parts)}]",
        help=t("map.trust_help"),
    )


def show_movement(panel: Panel) -> None:
    """Say how far points move between seeds. Raises what the compute lane raises."""
    each = panel.embedded
    with st.spinner(t("map.projecting", model=each.model), show_time=True):
        moved = cached.movement(
            each.key,
            panel.found.request.normalised(any_seed=True),
            panel.vectors,
            built_in=each.text_set.is_built_in,
        )
    middle, most = np.percentile(moved, [50, 90])
    st.text(t("map.moved", model=each.model, middle=f"{middle:.2f}", most=f"{most:.2f}"))
