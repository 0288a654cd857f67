"""The pictures of the models side by side, aligned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import ExplorerError
from core.maps.pictures import FEW, Picture
from core.maps.projection import Method, ProjectionRequest, aligned
from core.sets import TextSet
from pages._ui import cached, errors
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.explore.gathering.chosen import Embedded
from pages.explore.mapping import colouring, form
from pages.explore.mapping.colouring import Colouring
from pages.explore.mapping.panel import (
    Panel,
    draw_panel,
    draw_preview,
    panel_of,
    show_movement,
    vectors_of,
)
from pages.explore.mapping.standing import Plot

QUICK = FEW  # so few texts are drawn at once by any method
MOST_DRAWN = 20_000  # a lasso on more takes many seconds in the browser

Pictures = Sequence[Picture | ExplorerError]  # each, or why there is none


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What is on the page: each model's picture, and the colours of the first one."""

    panels: tuple[Panel, ...] = ()
    plots: tuple[Plot, ...] = ()
    colours: Colouring = field(default_factory=Colouring)


def at_once(embedded: list[Embedded], asked: ProjectionRequest) -> Pictures | None:
    """Return the pictures of small sets, to be had before anything is drawn; None of large ones.

    All panels then come to the browser together: drawing one of them takes it the time and the core
    that the next picture needs.
    """
    if not _are_quick(embedded):
        return None
    try:
        return _made(embedded, _whole(embedded), asked)
    except ExplorerError as error:  # the worker was lost, and all pictures with it
        return [error] * len(embedded)


def foresee_next(embedded: list[Embedded], asked: ProjectionRequest) -> None:
    """Have the next pictures made where a slider was moved by a step, should it be moved on."""
    before: ProjectionRequest | None = st.session_state.get(Key.MAP_ASKED)
    st.session_state[Key.MAP_ASKED] = asked
    following = form.a_step_on(before, asked) if before is not None else None
    if following is not None and _are_quick(embedded):
        cached.foresee_pictures(following.normalised(), _whole(embedded))


def draw(
    text_set: TextSet, embedded: list[Embedded], asked: ProjectionRequest, at_once: Pictures | None
) -> Drawn:
    """Draw a panel for each model; PCA, which is there at once, until another method's picture is."""
    ids = _sampled(len(text_set))
    columns = st.columns(len(embedded), gap="small")
    if asked.method is not Method.PCA and not at_once and not _were_drawn(embedded, asked):
        places = [column.empty() for column in columns]
        preview = replace(asked, method=Method.PCA)
        with st.spinner(t("map.preview"), show_time=True):
            _draw_all(text_set, embedded, ids, preview, _emptied(places), key="preview")
            drawn = _draw_all(text_set, embedded, ids, asked, _emptied(places))
        _remember(embedded, asked)
    else:  # without an empty place, which would take the charts away to have them drawn anew
        drawn = _draw_all(text_set, embedded, ids, asked, columns, at_once=at_once)
    if len(ids) < len(text_set):
        st.caption(t("map.sampled", shown=f"{len(ids):,}", total=f"{len(text_set):,}"))
    st.caption(t("map.panels_about"))
    if asked.method is not Method.PCA:
        _offer_movement(drawn.panels)
    return drawn


def _draw_all(
    text_set: TextSet,
    embedded: list[Embedded],
    ids: np.ndarray,
    asked: ProjectionRequest,
    columns: Iterable[DeltaGenerator],
    *,
    at_once: Pictures | None = None,
    key: str = "",
) -> Drawn:
    panels: list[Panel] = []
    plots: list[Plot] = []
    for place, (each, column) in enumerate(zip(embedded, columns, strict=True)):
        with column:
            try:
                made = at_once[place] if at_once else _made_alone(each, ids, asked)
                panel = panel_of(text_set, each, ids, made, asked)
            except ExplorerError as error:
                errors.show(error, about=each.model)
                continue
            points = panel.found.points
            if not at_once and panels:
                points = aligned(points, panels[0].found.points)
            if key:
                plots.append(draw_preview(text_set, panel, points, key=key))
            else:
                plots.append(draw_panel(text_set, panel, points, place=column))
            panels.append(panel)
    first = panels[0].colours if panels else colouring.of_column(text_set)
    return Drawn(panels=tuple(panels), plots=tuple(plots), colours=first)


def _emptied(places: Iterable[DeltaGenerator]) -> Iterator[DeltaGenerator]:
    """Give each place, emptied when it is its turn: until then it shows what it did."""
    return (place.container() for place in places)


def _were_drawn(embedded: list[Embedded], asked: ProjectionRequest) -> bool:
    """Say whether the pictures were drawn in this session, so that they are there at once."""
    seen: set[object] = st.session_state.get(Key.MAP_SEEN, set())
    return all((each.key, asked.normalised()) in seen for each in embedded)


def _remember(embedded: list[Embedded], asked: ProjectionRequest) -> None:
    seen: set[object] = st.session_state.setdefault(Key.MAP_SEEN, set())
    seen.update((each.key, asked.normalised()) for each in embedded)


def _sampled(count: int) -> np.ndarray:
    """Return the texts that are drawn: all, or a sample that is always the same."""
    if count <= MOST_DRAWN:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, MOST_DRAWN, replace=False))


def _are_quick(embedded: list[Embedded]) -> bool:
    return all(len(each.vectors) <= QUICK for each in embedded)


def _made(
    embedded: list[Embedded], several: list[np.ndarray], asked: ProjectionRequest
) -> Pictures:
    keys = tuple(each.key for each in embedded)
    built_in = all(each.text_set.is_built_in for each in embedded)
    return cached.pictures(keys, asked.normalised(), several, built_in=built_in)


def _made_alone(
    each: Embedded, ids: np.ndarray, asked: ProjectionRequest
) -> Picture | ExplorerError:
    with st.spinner(t("map.projecting", model=each.model), show_time=True):
        (made,) = _made([each], [vectors_of(each, ids)], asked)
    return made


def _whole(embedded: list[Embedded]) -> list[np.ndarray]:
    return [each.vectors for each in embedded]


def _offer_movement(panels: Sequence[Panel]) -> None:
    """Draw the button that has the pictures drawn with other seeds, and what came of it."""
    if not st.button(
        t("map.movement"),
        key=Key.MAP_MOVEMENT,
        icon=":material/casino:",
        help=t("map.movement_help"),
        type="tertiary",
    ):
        return
    for panel in panels:
        try:
            show_movement(panel)
        except ExplorerError as error:
            errors.show(error, about=panel.model)
