"""Embeddings and places as points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from pages._ui import colours
from pages._ui.charts.base import CAMERA_HEIGHT, MOST_SVG_POINTS, MUTED, SYMBOLS, escaped

RING_COLOUR = "#d9372b"


@dataclass(frozen=True, kw_only=True)
class Scale:
    """What the numbers that colour points are, and from where to where they go."""

    name: str
    low: float
    high: float
    is_share: bool = False


def points(
    *,
    points: np.ndarray,
    ids: Sequence[int],
    labels: Sequence[str],
    categories: Sequence[str] | None,
    values: np.ndarray | None,
    selected: Sequence[int],
    lines: Sequence[tuple[int, int]],
    scale: Scale | None = None,
) -> go.Figure:
    """Draw points, shape (n, 2 or 3), coloured by category or by value on the scale.

    ``ids`` come back in a selection; ``labels`` are empty where there are too many to be read. The
    selected ones have a ring, ``lines`` join points; both go by the points' places.
    """
    figure = go.Figure()
    flat = points.shape[1] == 2
    for name, members, colour, symbol in _groups(categories, values, len(points)):
        _add_points(
            figure,
            points[members],
            customdata=[[int(ids[place])] for place in members],
            text=[escaped(labels[place], 30) for place in members] if labels else None,
            mode="markers+text" if labels else "markers",
            name=name,
            showlegend=bool(name),
            textposition="top center",
            textfont={"size": 10},
            hovertemplate="%{text}<extra></extra>"
            if labels
            else "#%{customdata[0]}<extra></extra>",
            marker={
                "size": 9 if len(points) <= 500 else 5,
                "color": colour,
                "symbol": symbol if flat else "circle",
                **(_value_scale(scale) if scale is not None else {}),
            },
        )
    for start, end in lines:
        _add_points(
            figure,
            points[[start, end]],
            mode="lines",
            line={"color": MUTED, "width": 1.5},
            hoverinfo="skip",
            showlegend=False,
        )
    _add_rings(figure, points, selected)
    axis = {"visible": False}
    figure.update_layout(
        height=460,
        margin={"l": 6, "r": 6, "t": CAMERA_HEIGHT, "b": 6},
        legend={"orientation": "h", "y": 0, "yanchor": "top", "font": {"size": 10}},
        dragmode="lasso" if flat else "orbit",
        uirevision="kept",
        **(
            {"xaxis": axis, "yaxis": {**axis, "scaleanchor": "x"}}
            if flat
            else {"scene": {"xaxis": axis, "yaxis": axis, "zaxis": axis}}
        ),
    )
    return figure


def ground(
    *,
    places: np.ndarray,
    labels: Sequence[str],
    categories: Sequence[str] | None,
    selected: Sequence[int],
    values: np.ndarray | None = None,
    scale: Scale | None = None,
) -> go.Figure:
    """Draw places (latitude, longitude in degrees) in true proportions on a plain graticule.

    ``labels`` are empty where there are too many to be read.
    """
    figure = go.Figure()
    here = places[:, ::-1].astype(np.float32)  # longitude is across
    for name, members, colour, symbol in _groups(categories, values, len(here)):
        _add_points(
            figure,
            here[members],
            customdata=[[place] for place in members],
            text=[escaped(labels[place], 30) for place in members] if labels else None,
            mode="markers+text" if labels else "markers",
            name=name,
            showlegend=bool(name),
            textposition="top center",
            textfont={"size": 10},
            hovertemplate=f"{'%{text}<br>' if labels else ''}%{{y:.3f}}°, %{{x:.3f}}°<extra></extra>",
            marker={
                "size": 9 if len(here) <= 500 else 5,
                "color": colour,
                "symbol": symbol,
                **(_value_scale(scale) if scale is not None else {}),
            },
        )
    _add_rings(figure, here, selected)
    middle = float(np.radians(places[:, 0].mean()))
    figure.update_layout(
        height=620,
        margin={"l": 6, "r": 6, "t": CAMERA_HEIGHT, "b": 6},
        legend={"orientation": "h", "y": -0.06, "yanchor": "top", "font": {"size": 10}},
        dragmode="lasso",
        uirevision="kept",
        xaxis={"dtick": 2, "ticksuffix": "°", "showgrid": True, "zeroline": False},
        yaxis={
            "dtick": 2,
            "ticksuffix": "°",
            "showgrid": True,
            "zeroline": False,
            "scaleanchor": "x",
            "scaleratio": 1 / np.cos(middle),
        },
    )
    return figure


def shares_by_k(
    series: Sequence[tuple[str, np.ndarray]], *, chance_label: str, names: tuple[str, str]
) -> go.Figure:
    """Draw shares for k from 1 up, before what chance gives: k of all others."""
    figure = go.Figure()
    count = len(series[0][1])
    ks = np.arange(1, count + 1)
    figure.add_scatter(
        x=ks,
        y=(ks / count).astype(np.float32),
        mode="lines",
        name=chance_label,
        line={"color": MUTED, "dash": "dot"},
        hovertemplate="k %{x}: %{y:.1%}<extra></extra>",
    )
    for place, (title, shares) in enumerate(series):
        figure.add_scatter(
            x=ks,
            y=shares.astype(np.float32),
            mode="lines+markers",
            name=escaped(title, 40),
            line={"color": colours.of_item(place), "width": 2},
            marker={"symbol": SYMBOLS[place % len(SYMBOLS)], "size": 5},
            hovertemplate=f"{escaped(title, 40)}<br>k %{{x}}: %{{y:.1%}}<extra></extra>",
        )
    figure.update_layout(
        height=260,
        margin={"l": 10, "r": 10, "t": CAMERA_HEIGHT, "b": 10},
        legend={"orientation": "h", "y": -0.25, "yanchor": "top"},
        xaxis={"title": names[0], "fixedrange": True},
        yaxis={"title": names[1], "tickformat": ".0%", "fixedrange": True, "automargin": True},
    )
    return figure


def _groups(
    categories: Sequence[str] | None, values: np.ndarray | None, count: int
) -> list[tuple[str, list[int], Any, str]]:
    """Return (name, places, colour or values, symbol) of each group of points."""
    if categories is None:
        colour = values.astype(np.float32) if values is not None else colours.of_item(0)
        return [("", list(range(count)), colour, "circle")]
    names = list(dict.fromkeys(categories))
    symbols = [*SYMBOLS, *(f"{symbol}-open" for symbol in SYMBOLS)]
    return [
        (
            escaped(name, 30),
            [i for i, each in enumerate(categories) if each == name],
            colours.of_item(place),
            symbols[place % len(symbols)],
        )
        for place, name in enumerate(names)
    ]


def _value_scale(scale: Scale) -> dict[str, Any]:
    return {
        "cmin": scale.low,
        "cmax": scale.high,
        "colorscale": "Viridis",
        "colorbar": {
            "title": {"text": scale.name, "side": "right"},
            "thickness": 10,
            "tickformat": ".0%" if scale.is_share else ".2f",
        },
    }


def _add_points(figure: go.Figure, points: np.ndarray, **settings: Any) -> None:
    """Add a trace for points of two or three dimensions; many are drawn by the GPU."""
    if points.shape[1] == 3:
        x, y, z = points.astype(np.float32).T
        figure.add_trace(go.Scatter3d(x=x, y=y, z=z, **settings))
        return
    x, y = points.astype(np.float32).T
    kind = go.Scattergl if len(points) > MOST_SVG_POINTS else go.Scatter
    figure.add_trace(kind(x=x, y=y, **settings))


def _add_rings(figure: go.Figure, points: np.ndarray, selected: Sequence[int]) -> None:
    if not selected:
        return
    flat = points.shape[1] == 2
    _add_points(
        figure,
        points[list(selected)],
        mode="markers",
        hoverinfo="skip",
        showlegend=False,
        marker={
            "size": 17,
            "symbol": "circle-open",
            "color": RING_COLOUR,
            "line": {"width": 3 if flat else 1, "color": RING_COLOUR},
        },
    )
