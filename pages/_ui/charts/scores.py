"""Scores of benchmarks: by size, as bars, and as differences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from pages._ui import colours
from pages._ui.charts import labels
from pages._ui.charts.base import CAMERA_HEIGHT, MUTED, SYMBOLS, escaped, shortened

BAR_HEIGHT = 24
# In millions of parameters. Plotly's own ticks between two powers of ten are bare digits.
SIZE_TICKS = [digit * 10.0**power for power in range(-1, 6) for digit in (1, 2, 5)]


def scatter_by_size(
    points: Sequence[tuple[str, float, float]], *, names: tuple[str, str]
) -> go.Figure:
    """Draw (model, millions of parameters, score), the sizes on a logarithmic scale."""
    figure = go.Figure()
    models = [model.rpartition("/")[2] for model, _, _ in points]
    sizes = [size for _, size, _ in points]
    scores = [score for _, _, score in points]
    positions = labels.placed(np.log10(sizes), scores, [shortened(each, 30) for each in models])
    figure.add_scatter(
        x=sizes,
        y=scores,
        mode="markers+text",
        text=[
            escaped(model, 30) if position else ""
            for model, position in zip(models, positions, strict=True)
        ],
        hovertext=[escaped(model, 60) for model in models],
        textposition=[position or "top center" for position in positions],
        textfont={"size": labels.FONT_SIZE},
        cliponaxis=False,
        marker={
            "size": 10,
            "color": colours.of_models([model for model, _, _ in points]),
            "symbol": SYMBOLS[0],
        },
        hovertemplate="%{hovertext}<br>%{x:,.0f} M, %{y:.2f}<extra></extra>",
    )
    figure.update_layout(
        height=420,
        margin={"l": 10, "r": 20, "t": CAMERA_HEIGHT, "b": 10},
        xaxis={
            "title": names[0],
            "type": "log",
            "tickvals": SIZE_TICKS,
            "tickformat": ",~g",
            "fixedrange": True,
        },
        yaxis={"title": names[1], "fixedrange": True, "automargin": True},
        showlegend=False,
    )
    return figure


def bars(
    values: Sequence[tuple[str, float]], *, models: Sequence[str], name: str, digits: int = 2
) -> go.Figure:
    """Draw (label, value), the first on top, each value written at its end.

    ``models`` names the model of each.
    """
    figure = go.Figure()
    figure.add_bar(
        x=[value for _, value in values],
        y=[escaped(label, 44) for label, _ in values],
        orientation="h",
        text=[f"{value:,.{digits}f}" for _, value in values],
        marker={"color": colours.of_models(models)},
        hovertemplate=f"%{{y}}: %{{x:,.{digits}f}}<extra></extra>",
    )
    _as_rows(figure, len(values), name)
    return figure


def differences(values: Sequence[tuple[str, float]], *, name: str) -> go.Figure:
    """Draw (label, difference) to both sides of zero, the first on top."""
    figure = go.Figure()
    figure.add_bar(
        x=[value for _, value in values],
        y=[escaped(label, 44) for label, _ in values],
        orientation="h",
        text=[f"{value:+.2f}" for _, value in values],
        marker={
            "color": [colours.of_item(0 if value >= 0 else 1) for _, value in values],
            "pattern": {"shape": ["" if value >= 0 else "/" for _, value in values]},
        },
        hovertemplate="%{y}: %{x:+.2f}<extra></extra>",
    )
    figure.add_vline(x=0, line={"width": 1.5, "color": MUTED})
    _as_rows(figure, len(values), name)
    return figure


def _as_rows(figure: go.Figure, count: int, name: str) -> None:
    figure.update_layout(
        height=CAMERA_HEIGHT + 60 + BAR_HEIGHT * count,
        margin={"l": 10, "r": 20, "t": CAMERA_HEIGHT, "b": 10},
        xaxis={"title": name, "fixedrange": True},
        yaxis={"autorange": "reversed", "fixedrange": True, "automargin": True},
        showlegend=False,
    )


def forest(rows: Sequence[tuple[str, float, float, float]], *, name: str) -> go.Figure:
    """Draw (model, score, low, high) as points with their intervals, the first on top."""
    models, scores, lows, highs = zip(*rows, strict=True)
    figure = go.Figure()
    figure.add_scatter(
        x=scores,
        y=[escaped(model, 44) for model in models],
        mode="markers+text",
        text=[f"{score:.4f}" for score in scores],
        textposition="top center",
        marker={"size": 11, "color": colours.of_models(models), "symbol": SYMBOLS[1]},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [high - score for score, high in zip(scores, highs, strict=True)],
            "arrayminus": [score - low for score, low in zip(scores, lows, strict=True)],
            "thickness": 2,
            "width": 5,
        },
        hovertemplate="%{y}: %{x:.4f}<extra></extra>",
    )
    _as_rows(figure, 2 * len(rows), name)
    # Room for the number over the topmost point.
    figure.update_layout(yaxis={"autorange": False, "range": [len(rows) - 0.5, -0.8]})
    return figure
