"""A chart in which a lasso was drawn goes on standing: it shows the selection by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._ui import charts, recorded
from pages._ui.content import digest
from pages._ui.keys import Key
from pages.explore.mapping import picked


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What a chart is asked to show.

    Streamlit draws a chart wholly anew where anything of it differs, ``revision`` included, and
    leaves it as it is where nothing does. ``selected`` are places in the chart; ``is_own`` says that
    the reader's lasso in it stands for them.
    """

    look: str
    selected: tuple[int, ...]
    revision: int = 0
    is_own: bool = False


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A chart on the page; ``by_lasso`` are the selected places that only the reader's lasso shows."""

    title: str
    figure: charts.Sent
    by_lasso: tuple[int, ...] = ()

    def alone(self) -> go.Figure:
        """Return the chart as it is in a file, where no lasso stands."""
        whole = self.figure.whole()
        return charts.faded(whole, self.by_lasso) if self.by_lasso else whole


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart in which texts can be selected.

    ``key`` is the widget's, ``file_name`` the picture's that the camera saves, and ``alt`` is read out.
    """

    title: str
    key: str
    file_name: str
    alt: str


def draw(
    chart: Chart,
    drawing: Callable[[tuple[int, ...], int], go.Figure],
    selected: tuple[int, ...],
    *,
    named: object,
    above: Callable[[], object] | None = None,
    place: DeltaGenerator | None = None,
) -> Plot:
    """Draw the chart, or let it stand where nothing of it differs.

    ``drawing`` makes it of what is selected and of a revision, ``above`` draws its head; ``named``
    says all else that they show, which is not gone through at each rerun: with many texts that takes
    long.
    """
    stands = _settle(chart.key, digest((chart.key, named)), selected)
    key = f"{stands.look} {stands.selected} {stands.revision}"
    figure = recorded.drawn(_draw, chart, drawing, stands, above, key=key, place=place)
    return Plot(title=chart.title, figure=figure, by_lasso=selected if stands.is_own else ())


def _draw(
    chart: Chart,
    drawing: Callable[[tuple[int, ...], int], go.Figure],
    stands: Standing,
    above: Callable[[], object] | None,
) -> charts.Sent:
    if above is not None:
        above()
    figure = charts.Sent(drawing(stands.selected, stands.revision))
    st.plotly_chart(
        figure,
        config=charts.config(chart.file_name, select=True),
        key=chart.key,
        on_select=lambda: picked.from_chart(chart.key),
        selection_mode=("points", "box", "lasso"),
        alt=chart.alt,
    )
    return figure


def _settle(key: str, look: str, selected: tuple[int, ...]) -> Standing:
    """Return what the chart is to show: ``look`` stands for all but what is selected."""
    all_charts: dict[str, Standing] = st.session_state.setdefault(Key.MAP_STANDING, {})
    before = all_charts.get(key)
    if before is not None and picked.origin() == key and before.look == look:
        found = Standing(look=look, selected=before.selected, revision=before.revision, is_own=True)
    else:
        # A chart that would be as it was before the lasso must not keep the lasso.
        revision = before.revision + before.is_own if before is not None else 0
        found = Standing(look=look, selected=selected, revision=revision)
    all_charts[key] = found
    return found
