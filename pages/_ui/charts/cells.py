"""Values in rows and columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from pages._ui.charts.base import CAMERA_HEIGHT, SCALE, SCALE_TEXT, escaped

MOST_WITH_TEXT = 12  # columns whose cells have room for a number


def heatmap(
    *, scores: np.ndarray, queries: Sequence[str], documents: Sequence[str], names: tuple[str, str]
) -> go.Figure:
    """Draw scores, shape (n_queries, n_documents), on the model's own colour scale."""
    labels = [[f"{value:.2f}" for value in row] for row in scores]
    shown = [escaped(document) for document in documents]
    hover = [
        [f"{query}<br>{d}<br>{score:.4f}" for d, score in zip(shown, row, strict=True)]
        for query, row in zip(map(escaped, queries), scores.tolist(), strict=True)
    ]
    readable = len(documents) <= MOST_WITH_TEXT
    figure = _cells(
        z=scores.astype(np.float32),
        x=[str(j + 1) for j in range(len(documents))],
        y=[str(i + 1) for i in range(len(queries))],
        text=labels if readable else None,
        texttemplate="%{text}" if readable else None,
        hovertext=hover,
        hovertemplate="%{hovertext}<extra></extra>",
    )
    _name_axes(figure, names)
    return figure.update_layout(
        height=94 + 34 * len(queries), margin={"l": 40, "r": 6, "t": CAMERA_HEIGHT, "b": 40}
    )


def matrix(
    *,
    values: np.ndarray,
    texts: Sequence[Sequence[str]],
    rows: Sequence[str],
    columns: Sequence[str],
    names: tuple[str, str],
    hover: Sequence[Sequence[str]],
) -> go.Figure:
    """Draw values, shape (n_rows, n_columns), with a text in each cell.

    ``hover`` is shown as it is: whoever calls has escaped it. ``names`` are those of the axes.
    """
    figure = _cells(
        z=np.nan_to_num(values.astype(np.float32)),  # Plotly would leave out the cell's text
        x=[escaped(column, 24) for column in columns],
        y=[escaped(row, 24) for row in rows],
        text=[list(row) for row in texts],
        texttemplate="%{text}",
        customdata=[list(row) for row in hover],
        hovertemplate="%{customdata}<br>%{text}<extra></extra>",
    )
    _name_axes(figure, names, automargin=True)
    return figure.update_layout(
        height=150 + 38 * len(rows), margin={"l": 10, "r": 6, "t": CAMERA_HEIGHT, "b": 10}
    )


def _cells(**settings: Any) -> go.Figure:
    return go.Figure(
        go.Heatmap(
            colorscale=SCALE,
            textfont={"color": SCALE_TEXT},
            showscale=False,
            xgap=1,
            ygap=1,
            **settings,
        )
    )


def _name_axes(figure: go.Figure, names: tuple[str, str], **settings: Any) -> None:
    """Name the axes, of rows and of columns; the first row is at the top."""
    common = {"type": "category", "fixedrange": True, **settings}
    figure.update_layout(
        xaxis={"title": names[1], **common},
        yaxis={"title": names[0], "autorange": "reversed", **common},
    )
