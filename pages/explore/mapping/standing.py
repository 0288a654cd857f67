"""A chart in which a lasso was drawn goes on standing: it shows the selection by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import plotly.graph_objects as go
import streamlit as st

from pages._ui import cached, charts
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


def draw(
    drawing: Callable[[tuple[int, ...], int], go.Figure],
    selected: tuple[int, ...],
    *,
    named: object,
    title: str,
    key: str,
    file_name: str,
    alt: str,
) -> Plot:
    """Draw the chart, in which texts can be selected, or let it stand where nothing of it differs.

    ``drawing`` makes it of what is selected and of a revision; ``named`` says all else that it shows,
    which is not gone through at each rerun: with many texts that takes long.
    """
    stands = _settle(key, digest((key, named)), selected)
    figure = cached.known_figure(
        f"{stands.look} {stands.selected} {stands.revision}",
        lambda: drawing(stands.selected, stands.revision),
    )
    st.plotly_chart(
        figure,
        config=charts.config(file_name, select=True),
        key=key,
        on_select=lambda: picked.from_chart(key),
        selection_mode=("points", "box", "lasso"),
        alt=alt,
    )
    return Plot(title=title, figure=figure, by_lasso=selected if stands.is_own else ())


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
