"""What models cost, and how they change while they are taught."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from pages._ui import colours
from pages._ui.charts.base import CAMERA_HEIGHT, MUTED, SYMBOLS, escaped

Points = Sequence[tuple[float, float]]


def cost_lines(
    *,
    series: Sequence[tuple[str, Points, tuple[float, float] | None]],
    names: tuple[str, str],
) -> go.Figure:
    """Draw (lines, seconds) of each series, and its straight line (fixed seconds, seconds each)."""
    figure = go.Figure()
    most = max((x for _, points, _ in series for x, _ in points), default=1.0)
    for place, (name, points, line) in enumerate(series):
        colour = colours.of_item(place)
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


def curves(
    *,
    series: Sequence[tuple[str, Points]],
    reference: tuple[float, str],
    names: tuple[str, str],
) -> go.Figure:
    """Draw (per cent of the steps, share) of each series, before a line of reference."""
    figure = go.Figure()
    for place, (name, points) in enumerate(series):
        figure.add_scatter(
            x=[x for x, _ in points],
            y=[y for _, y in points],
            mode="lines+markers",
            name=escaped(name, 40),
            line={"color": colours.of_item(place), "width": 2},
            marker={"symbol": SYMBOLS[place % len(SYMBOLS)], "size": 8},
            hovertemplate=f"{escaped(name, 40)}<br>%{{x}} %: %{{y:.1%}}<extra></extra>",
        )
    value, label = reference
    figure.add_hline(y=value, line={"dash": "dot", "width": 1.5, "color": MUTED})
    figure.add_annotation(
        x=1, xref="paper", xanchor="right", y=value, yanchor="bottom", text=label, showarrow=False
    )
    figure.update_layout(
        height=380,
        margin={"l": 10, "r": 20, "t": CAMERA_HEIGHT, "b": 10},
        legend={"orientation": "h", "y": -0.2, "yanchor": "top"},
        xaxis={"title": names[0], "fixedrange": True, "dtick": 20},
        yaxis={
            "title": names[1],
            "tickformat": ".0%",
            "rangemode": "tozero",
            "fixedrange": True,
            "automargin": True,
        },
    )
    return figure
