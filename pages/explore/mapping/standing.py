"""A chart in which a lasso was drawn goes on standing: it shows the selection by itself."""

from __future__ import annotations

from dataclasses import dataclass

import plotly.graph_objects as go
import streamlit as st

from pages._ui import charts
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
    figure: go.Figure
    by_lasso: tuple[int, ...] = ()

    def alone(self) -> go.Figure:
        """Return the chart as it is in a file, where no lasso stands."""
        return charts.faded(self.figure, self.by_lasso) if self.by_lasso else self.figure


def settle(key: str, look: object, selected: tuple[int, ...]) -> Standing:
    """Return what the chart is to show: ``look`` is all that it does besides what is selected."""
    all_charts: dict[str, Standing] = st.session_state.setdefault(Key.MAP_STANDING, {})
    before = all_charts.get(key)
    now = digest(look)
    if before is not None and picked.origin() == key and before.look == now:
        found = Standing(look=now, selected=before.selected, revision=before.revision, is_own=True)
    else:
        # A chart that would be as it was before the lasso must not keep the lasso.
        revision = before.revision + before.is_own if before is not None else 0
        found = Standing(look=now, selected=selected, revision=revision)
    all_charts[key] = found
    return found
