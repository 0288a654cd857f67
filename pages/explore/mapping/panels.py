"""The pictures of the models side by side, aligned, and how far each can be trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import ExplorerError
from core.maps.fidelity import Fidelity
from core.maps.pictures import FEW, Picture
from core.maps.projection import Method, Projection, ProjectionRequest, aligned
from core.sets import TextSet
from core.sets.search import like
from pages._ui import cached, charts, errors, words
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.explore.gathering.chosen import Embedded
from pages.explore.mapping import colouring, form, picked, standing
from pages.explore.mapping.colouring import Colouring
from pages.explore.mapping.standing import Chart, Plot

LABELLED = 60  # as many points can bear their texts
TRUE_NEIGHBOURS = 5
QUICK = FEW  # so few texts are drawn at once by any method
MOST_DRAWN = 20_000  # a lasso on more takes many seconds in the browser

Drawing = Callable[[Sequence[int], int], go.Figure]  # of what is selected, and of a revision
Pictures = Sequence[Picture | ExplorerError]  # each, or why there is none


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
    selected = picked.places()
    panels: list[Panel] = []
    plots: list[Plot] = []
    for place, (each, column) in enumerate(zip(embedded, columns, strict=True)):
        with column:
            try:
                made = at_once[place] if at_once else _made_alone(each, ids, asked)
                panel = _panel(text_set, each, ids, made, asked)
            except ExplorerError as error:
                errors.show(error, about=each.model)
                continue
            points = panel.found.points
            if not at_once and panels:
                points = aligned(points, panels[0].found.points)
            lines = _lines(panel, selected)
            drawing = _drawing(text_set, panel, points, lines)
            if key:
                plots.append(_draw_preview(drawing, panel, selected, key=key))
            else:
                named = (text_set.id, points, lines)
                plots.append(_draw_panel(drawing, panel, selected, named=named, place=column))
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
        (made,) = _made([each], [_drawn_vectors(each, ids)], asked)
    return made


def _whole(embedded: list[Embedded]) -> list[np.ndarray]:
    return [each.vectors for each in embedded]


def _drawn_vectors(each: Embedded, ids: np.ndarray) -> np.ndarray:
    return each.vectors if len(ids) == len(each.vectors) else each.vectors[ids]


def _panel(
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
        vectors=_drawn_vectors(each, ids),
        found=made.found,
        trust=made.trust,
        colours=colouring.of_model(text_set, each, asked.metric, kept),
    )


def _draw_panel(
    drawing: Drawing,
    panel: Panel,
    selected: tuple[int, ...],
    *,
    named: object,
    place: DeltaGenerator,
) -> Plot:
    """Draw the head and the chart; ``named`` says all that it shows besides the panel's figures."""
    return standing.draw(
        Chart(
            title=panel.model,
            key=f"{Key.MAP_PANEL}_{panel.model}",
            file_name=f"map-{panel.model}",
            alt=_alt(panel),
        ),
        drawing,
        _places_of(selected, panel.ids),
        named=(panel.trust, panel.found.explained, panel.colours.named, named),
        above=lambda: _head(panel),
        place=place,
    )


def _draw_preview(drawing: Drawing, panel: Panel, selected: tuple[int, ...], *, key: str) -> Plot:
    """Draw the head, and the chart as a picture alone."""
    _head(panel)
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
            _movement(panel)
        except ExplorerError as error:
            errors.show(error, about=panel.model)


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
    middle, most = np.percentile(moved, [50, 90])
    st.text(t("map.moved", model=each.model, middle=f"{middle:.2f}", most=f"{most:.2f}"))
