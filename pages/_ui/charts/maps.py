"""Embeddings and places as points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from pages._ui import colours
from pages._ui.charts import labels as names
from pages._ui.charts.base import CAMERA_HEIGHT, MOST_SVG_POINTS, MUTED, SYMBOLS, escaped, shortened
from pages._ui.charts.marks import Marks, marks_of, with_legend

RING_COLOUR = "#d9372b"
MOST_RINGS = 200  # of more selected points, the others fade instead
FADED = 0.15
# The least room that the points' names have, in pixels: three charts side by side, or a phone's width.
PANEL_ROOM = (320.0, 330.0)
GROUND_ROOM = (460.0, 500.0)
MOST_TAG_COLUMNS = 30
TICKS_HEIGHT = 22


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
    ids: np.ndarray,
    labels: Sequence[str],
    categories: Sequence[str] | None,
    values: np.ndarray | None,
    selected: Sequence[int],
    lines: Sequence[tuple[int, int]],
    scale: Scale | None = None,
    revision: int = 0,
) -> go.Figure:
    """Draw points, shape (n, 2 or 3), coloured by category or by value on the scale.

    ``ids`` (n,) come back in a selection; ``labels`` are empty where there are too many to be read,
    and are drawn where they find room. The selected ones have a ring, or where they are many the
    others fade; ``lines`` join points. Both go by the points' places. A chart of another
    ``revision`` is another one, whose reader has selected nothing in it.
    """
    flat = points.shape[1] == 2
    hover = "%{hovertext}<extra></extra>" if labels else "#%{customdata}<extra></extra>"
    tags = _tags(points, labels, room=PANEL_ROOM)
    marks = marks_of(categories, values, flat=flat)
    trace = _points(points, marks, ids, tags, scale, hover)
    traces = [trace, *(_line(points[[start, end]]) for start, end in lines)]
    traces += _marked(trace, points, selected)
    axis = {"visible": False}
    axes = (
        {"xaxis": axis, "yaxis": {**axis, "scaleanchor": "x"}}
        if flat
        else {"scene": {"xaxis": axis, "yaxis": axis, "zaxis": axis}}
    )
    layout = {
        "height": 460,
        "dragmode": "lasso" if flat else "orbit",
        "uirevision": f"kept {revision}",
        **with_legend(marks),
        **axes,
    }
    # Handed over at once: Plotly looks at all traces again for each that is added.
    return go.Figure(traces, layout)


def ground(
    *,
    places: np.ndarray,
    labels: Sequence[str],
    categories: Sequence[str] | None,
    selected: Sequence[int],
    values: np.ndarray | None = None,
    scale: Scale | None = None,
    revision: int = 0,
) -> go.Figure:
    """Draw places (latitude, longitude in degrees) in true proportions on a plain graticule.

    ``labels`` are empty where there are too many to be read.
    """
    here = places[:, ::-1].astype(np.float32)  # longitude is across
    hover = f"{'%{hovertext}<br>' if labels else ''}%{{y:.3f}}°, %{{x:.3f}}°<extra></extra>"
    ids = np.arange(len(here), dtype=np.int32)
    aspect = float(1 / np.cos(np.radians(places[:, 0].mean())))
    tags = _tags(here, labels, room=GROUND_ROOM, aspect=aspect)
    marks = marks_of(categories, values, flat=True)
    trace = _points(here, marks, ids, tags, scale, hover)
    traces = [trace, *_marked(trace, here, selected)]
    axis = {"dtick": 2, "ticksuffix": "°", "showgrid": True, "zeroline": False}
    layout = {
        "height": 620,
        "dragmode": "lasso",
        "uirevision": f"kept {revision}",
        **with_legend(marks, ticks=TICKS_HEIGHT),
        "xaxis": axis,
        "yaxis": {**axis, "scaleanchor": "x", "scaleratio": aspect},
    }
    return go.Figure(traces, layout)


def faded(figure: go.Figure, selected: Sequence[int]) -> go.Figure:
    """Return a picture of points with those faded that are not selected."""
    found = go.Figure(figure)
    found.data[0].selectedpoints = np.array(selected, dtype=np.int32)
    return found


def shares_by_k(
    series: Sequence[tuple[str, np.ndarray]], *, chance_label: str, names: tuple[str, str]
) -> go.Figure:
    """Draw each model's shares for k from 1 up, before what chance gives: k of all others."""
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
    own_colours = colours.of_models([model for model, _ in series])
    for place, ((title, shares), colour) in enumerate(zip(series, own_colours, strict=True)):
        figure.add_scatter(
            x=ks,
            y=shares.astype(np.float32),
            mode="lines+markers",
            name=escaped(title, 40),
            line={"color": colour, "width": 2},
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


@dataclass(frozen=True, kw_only=True)
class _Tags:
    """The points' names, safe in a chart, and where each is drawn: nowhere where it has no room."""

    names: list[str]
    positions: list[str]


def _tags(
    points: np.ndarray, labels: Sequence[str], *, room: tuple[float, float], aspect: float = 1.0
) -> _Tags | None:
    if not labels:
        return None
    if points.shape[1] == 3:  # they turn, and lie over each other only at times
        positions = ["top center"] * len(points)
    else:
        width, height = room
        short = [shortened(label, MOST_TAG_COLUMNS) for label in labels]
        positions = names.places(points, short, width=width, height=height, aspect=aspect)
    return _Tags(names=[escaped(label, MOST_TAG_COLUMNS) for label in labels], positions=positions)


def _points(
    points: np.ndarray,
    marks: Marks,
    ids: np.ndarray,
    tags: _Tags | None,
    scale: Scale | None,
    hover: str,
) -> dict[str, Any]:
    return _trace(
        points,
        # Flat and of four bytes: a list for each of 20,000 points takes the browser seconds.
        customdata=ids.astype(np.int32),
        mode="markers+text" if tags else "markers",
        showlegend=False,
        **(_named(tags, flat=points.shape[1] == 2) if tags else {}),
        hovertemplate=hover,
        **({"unselected": {"marker": {"opacity": FADED}}} if points.shape[1] == 2 else {}),
        marker={
            "size": 9 if len(points) <= 500 else 5,
            **marks.marker,
            **(_value_scale(scale) if scale is not None else {}),
        },
    )


def _named(tags: _Tags, *, flat: bool) -> dict[str, Any]:
    placed = zip(tags.names, tags.positions, strict=True)
    return {
        "hovertext": tags.names,
        "text": [name if position else "" for name, position in placed],
        "textposition": [position or "top center" for position in tags.positions],
        "textfont": {"size": names.FONT_SIZE},
        **({"cliponaxis": False} if flat else {}),
    }


def _line(ends: np.ndarray) -> dict[str, Any]:
    line = {"color": MUTED, "width": 1.5}
    return _trace(ends, mode="lines", line=line, hoverinfo="skip", showlegend=False)


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


def _trace(points: np.ndarray, **settings: Any) -> dict[str, Any]:
    """Return a trace of points of two or three dimensions; many are drawn by the GPU."""
    if points.shape[1] == 3:
        x, y, z = points.astype(np.float32).T
        return {"type": "scatter3d", "x": x, "y": y, "z": z, **settings}
    x, y = points.astype(np.float32).T
    kind = "scattergl" if len(points) > MOST_SVG_POINTS else "scatter"
    return {"type": kind, "x": x, "y": y, **settings}


def _marked(
    trace: dict[str, Any], points: np.ndarray, selected: Sequence[int]
) -> list[dict[str, Any]]:
    """Fade what is not selected in the points' trace, or return the rings of a few."""
    if not selected:
        return []
    if len(selected) > MOST_RINGS and points.shape[1] == 2:
        trace["selectedpoints"] = np.array(selected, dtype=np.int32)
        return []
    marker = {
        "size": 17,
        "symbol": "circle-open",
        "color": RING_COLOUR,
        "line": {"width": 3 if points.shape[1] == 2 else 1, "color": RING_COLOUR},
    }
    ring = _trace(
        points[list(selected)], mode="markers", hoverinfo="skip", showlegend=False, marker=marker
    )
    return [ring]
