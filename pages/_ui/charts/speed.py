"""What models cost."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from pages._ui import colours
from pages._ui.charts.base import CAMERA_HEIGHT, LOG_OF_2, MUTED, SYMBOLS, escaped

Points = Sequence[tuple[float, float]]


def cost_lines(
    *,
    series: Sequence[tuple[str, Points, tuple[float, float] | None]],
    names: tuple[str, str],
) -> go.Figure:
    """Draw each model's (lines, seconds), and its straight line (fixed seconds, seconds each)."""
    figure = go.Figure()
    most = max((x for _, points, _ in series for x, _ in points), default=1.0)
    own_colours = colours.of_models([model for model, *_ in series])
    for place, ((name, points, line), colour) in enumerate(zip(series, own_colours, strict=True)):
        figure.add_scatter(
            x=[x for x, _ in points],
            y=[y for _, y in points],
            mode="markers",
            name=escaped(name, 40),
            marker={"color": colour, "symbol": SYMBOLS[place % len(SYMBOLS)], "size": 9},
            hovertemplate=f"{escaped(name, 40)}<br>%{{x}}: %{{y:.3f}} s<extra></extra>",
        )
        if line is not None:
            figure.add_scatter(
                x=[0, most],
                y=[line[0], line[0] + line[1] * most],
                mode="lines",
                line={"color": colour, "width": 2},
                hoverinfo="skip",
                showlegend=False,
            )
    figure.update_layout(
        height=340,
        margin={"l": 10, "r": 20, "t": CAMERA_HEIGHT, "b": 10},
        legend={"orientation": "h", "y": -0.2, "yanchor": "top"},
        xaxis={"title": names[0], "rangemode": "tozero", "fixedrange": True},
        yaxis={"title": names[1], "rangemode": "tozero", "fixedrange": True, "automargin": True},
    )
    return figure


def front(
    points: Sequence[tuple[str, float, float, bool]], *, names: tuple[str, str, str, str]
) -> go.Figure:
    """Draw (name, cost, quality, on the Pareto front), costs on a logarithmic scale.

    Only those on the front are named in the chart; hovering names the others.

    ``names`` are of the axes, of the front and of the points that another beats on both.
    """
    figure = go.Figure()
    best = sorted((x, y) for _, x, y, is_best in points if is_best)
    figure.add_scatter(
        x=[x for x, _ in best],
        y=[y for _, y in best],
        mode="lines",
        line={"color": colours.of_item(0), "width": 1.5, "dash": "dot", "shape": "hv"},
        hoverinfo="skip",
        showlegend=False,
    )
    for is_best, symbol, name in ((True, "circle", names[2]), (False, "circle-open", names[3])):
        shown = [point for point in points if point[3] is is_best]
        figure.add_scatter(
            x=[x for _, x, _, _ in shown],
            y=[y for _, _, y, _ in shown],
            mode="markers+text" if is_best else "markers",
            name=name,
            text=[escaped(label.rpartition("/")[2], 30) for label, *_ in shown],
            textposition="top center",
            textfont={"size": 11},
            cliponaxis=False,
            marker={
                "size": 11,
                "symbol": symbol,
                "color": colours.of_item(0) if is_best else MUTED,
            },
            hovertemplate="%{text}<br>%{x:,.5~g}, %{y:.2f}<extra></extra>",
        )
    figure.update_layout(
        height=440,
        margin={"l": 10, "r": 20, "t": CAMERA_HEIGHT, "b": 10},
        legend={"orientation": "h", "y": -0.18, "yanchor": "top"},
        xaxis={
            "title": names[0],
            "type": "log",
            "dtick": LOG_OF_2,
            "tickformat": ",.5~g",
            "fixedrange": True,
        },
        yaxis={"title": names[1], "fixedrange": True, "automargin": True},
    )
    return figure
