"""Shares, intervals and distributions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from pages._ui import colours
from pages._ui.charts.base import CAMERA_HEIGHT, LOG_OF_2, MOST_SVG_POINTS, MUTED, SYMBOLS, escaped


def trade_off(
    *,
    series: Sequence[tuple[str, Sequence[tuple[int, float, int, bool]]]],
    limit: tuple[float, str],
    names: tuple[str, str],
) -> go.Figure:
    """Draw (bytes, share kept, dimension, trained) of each series; hollow where not trained."""
    figure = go.Figure()
    widths = [[point[0] for point in points] for _, points in series]
    for place, (title, points) in enumerate(series):
        sizes, kept, dimensions, trained = zip(*points, strict=True)
        # Of two series of the same sizes, the first has its numbers below, clear of the second's.
        twin_follows = widths[place] in widths[place + 1 :]
        symbol = SYMBOLS[place % len(SYMBOLS)]
        figure.add_scatter(
            x=sizes,
            y=np.array(kept, dtype=np.float32),
            mode="lines+markers+text",
            name=escaped(title, 40),
            text=[str(dimension) for dimension in dimensions],
            textposition="bottom center" if twin_follows else "top center",
            textfont={"size": 10},
            line={"color": colours.of_item(place), "width": 2},
            marker={
                "color": colours.of_item(place),
                "size": 10,
                "symbol": [symbol if each else f"{symbol}-open" for each in trained],
            },
            hovertemplate=(
                f"{escaped(title, 40)}<br>%{{text}}: %{{x}} B, %{{y:.1%}}<extra></extra>"
            ),
        )
    value, label = limit
    figure.add_hline(y=value, line={"dash": "dot", "width": 1.5, "color": MUTED})
    figure.add_annotation(
        x=0, xref="paper", xanchor="left", y=value, yanchor="top", text=label, showarrow=False
    )
    figure.update_layout(
        height=420,
        margin={"l": 10, "r": 20, "t": CAMERA_HEIGHT, "b": 10},
        legend={"orientation": "h", "y": -0.18, "yanchor": "top"},
        xaxis={"title": names[0], "type": "log", "dtick": LOG_OF_2, "fixedrange": True},
        yaxis={"title": names[1], "tickformat": ".0%", "fixedrange": True, "automargin": True},
    )
    return figure


def intervals(
    *,
    rows: Sequence[str],
    series: Sequence[tuple[str, Sequence[tuple[float, float, float]]]],
    reference: tuple[float, str],
    name: str,
) -> go.Figure:
    """Draw each model's (share, low, high) in each row, before a line of reference."""
    figure = go.Figure()
    spread = 0.6 / max(len(series), 1)
    own_colours = colours.of_models([model for model, _ in series])
    for place, ((model, found), colour) in enumerate(zip(series, own_colours, strict=True)):
        shift = (place - (len(series) - 1) / 2) * spread
        look = {"color": colour, "symbol": SYMBOLS[place % len(SYMBOLS)], "size": 11}
        figure.add_trace(_with_ends(escaped(model, 40), found, look, shift))
    value, label = reference
    figure.add_vline(x=value, line={"dash": "dot", "width": 1.5, "color": MUTED})
    figure.add_annotation(
        x=value, xanchor="left", y=0, yref="paper", yanchor="bottom", text=label, showarrow=False
    )
    figure.update_layout(
        height=120 + (22 + 16 * len(series)) * len(rows),
        margin={"l": 10, "r": 20, "t": CAMERA_HEIGHT + 40, "b": 10},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom"},
        xaxis={
            "title": name,
            "range": [-0.02, 1.02],
            "tickformat": ".0%",
            "fixedrange": True,
            "side": "bottom",
            "zeroline": False,
        },
        yaxis={
            "tickvals": list(range(len(rows))),
            "ticktext": [escaped(row, 40) for row in rows],
            "range": [len(rows) - 0.3, -0.5],  # with room for the label below the last row
            "fixedrange": True,
            "automargin": True,
            "zeroline": False,
        },
    )
    return figure


def _with_ends(
    title: str, found: Sequence[tuple[float, float, float]], look: dict[str, Any], shift: float
) -> go.Scatter:
    """Return (share, low, high) of one series, a row each, ``shift`` below the row's middle."""
    share, low, high = np.array(found, dtype=np.float32).T
    return go.Scatter(
        x=share,
        y=np.arange(len(found)) + shift,
        error_x={
            "type": "data",
            "symmetric": False,
            "array": high - share,
            "arrayminus": share - low,
            "thickness": 2,
            "width": 4,
        },
        mode="markers",
        name=title,
        marker=look,
        customdata=np.stack([low, high], axis=1),
        hovertemplate=(
            f"{title}<br>%{{x:.0%}} (%{{customdata[0]:.0%}}–%{{customdata[1]:.0%}})<extra></extra>"
        ),
    )


def strips(
    *,
    rows: Sequence[str],
    series: Sequence[tuple[str, np.ndarray, Sequence[str]]],
    name: str,
) -> go.Figure:
    """Draw a dot for each value in the strip of its row.

    A series has a name, values of shape (n_rows, n_dots), and a text for each dot.
    """
    figure = go.Figure()
    labels = [escaped(row, 24) for row in rows]
    for place, (title, values, texts) in enumerate(series):
        n_rows, n_dots = values.shape
        many = n_rows * n_dots > MOST_SVG_POINTS
        draw = figure.add_scattergl if many else figure.add_scatter
        draw(
            x=values.astype(np.float32).ravel(),
            y=np.repeat(np.arange(n_rows) + (place - 0.5) * 0.3, n_dots),
            mode="markers",
            name=escaped(title, 30),
            marker={
                "color": colours.of_item(place),
                "symbol": ("circle", "diamond-open")[place % 2],
                "size": 9,
                "opacity": 0.8,
            },
            text=None if many else [escaped(text) for text in texts] * n_rows,
            hovertemplate=f"{'' if many else '%{text}<br>'}{name} %{{x:.4f}}<extra></extra>",
        )
    figure.update_layout(
        height=110 + 34 * len(rows),
        margin={"l": 10, "r": 10, "t": CAMERA_HEIGHT, "b": 10},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom"},
        xaxis={"title": name, "fixedrange": True, "zeroline": False},
        yaxis={
            "tickvals": list(range(len(rows))),
            "ticktext": labels,
            "range": [len(rows) - 0.5, -0.5],
            "fixedrange": True,
            "automargin": True,
            "zeroline": False,
        },
    )
    return figure


def histogram(values: np.ndarray, *, names: tuple[str, str], bins: int) -> go.Figure:
    """Draw how many values, from 0 to 1, are in each of the bins."""
    counts, edges = np.histogram(values, bins=bins, range=(0, 1))
    figure = go.Figure(
        go.Bar(
            x=((edges[:-1] + edges[1:]) / 2).astype(np.float32),
            y=counts,
            width=float(edges[1] - edges[0]) * 0.95,
            marker={"color": colours.of_item(0)},
            hovertemplate="%{y}<extra></extra>",
        )
    )
    figure.update_layout(
        height=200,
        margin={"l": 10, "r": 10, "t": CAMERA_HEIGHT, "b": 10},
        xaxis={"title": names[0], "tickformat": ".0%", "fixedrange": True},
        yaxis={"title": names[1], "fixedrange": True, "automargin": True},
    )
    return figure
