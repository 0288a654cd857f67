"""Plotly figures from plain values. Every text in them is escaped here."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from pages._ui import colours, pictures

CAMERA_HEIGHT = 30  # in pixels, above the chart
PICTURE_SCALE = 2  # so that a picture is sharp in print and on slides
MARKER_SIZE = 26
ROW_HEIGHT = 66
SCORE_OFFSET = 0.2  # of a row, so that the score stands clear below its marker
SNIPPET = 90
# Light enough throughout for one dark text colour, in both themes.
SCALE = ((0.0, "#f4f6fb"), (0.5, "#b9cdf6"), (1.0, "#6f97ee"))
SCALE_TEXT = "#0f1626"
UNRELATED_COLOUR = "rgba(128, 138, 158, 0.55)"
UNRELATED_BINS = 40
LOG_OF_2 = 0.30103
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "star")
UNRELATED_ROWS = 5
LABEL_LENGTH = 18
LABEL_WIDTH = 125


def config(name: str) -> dict[str, Any]:
    """Return the settings of a chart whose camera saves a picture of this name."""
    picture = {"format": pictures.chosen(), "filename": name, "scale": PICTURE_SCALE}
    return {
        "displaylogo": False,
        "displayModeBar": True,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": picture,
        "scrollZoom": False,
        "responsive": True,
    }


def shortened(text: str, width: int = SNIPPET) -> str:
    """Return the text on one line, cut to ``width`` columns; a Japanese character takes two."""
    flat = " ".join(text.split())
    columns = 0
    for i, character in enumerate(flat):
        columns += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if columns > width:
            return flat[:i].rstrip() + "…"
    return flat


def escaped(text: str, width: int = SNIPPET) -> str:
    """Return the shortened text, safe in a chart's label."""
    # Plotly reads HTML and, between dollar signs, TeX; a zero-width space breaks up the latter.
    return html.escape(shortened(text, width)).replace("$", "$\u200b")


def ranks(
    *,
    models: Sequence[str],
    documents: Sequence[str],
    order: np.ndarray,
    scores: np.ndarray,
    rank_label: str,
) -> go.Figure:
    """Draw each document's place in each model as a line; lines cross where places change.

    ``order`` (n_models, n_documents) holds document indices from best to worst, ``scores`` the
    same shape by document index; ``documents`` are indexed alike. Only documents in ``order`` of
    the first model are drawn.
    """
    figure = go.Figure()
    columns = list(range(len(models)))
    shown = sorted(order[0].tolist())
    for document in shown:
        colour = colours.of_item(document)
        places = _places(order, document)
        labels = [f"{scores[m, document]:.4f}" for m in columns]
        figure.add_scatter(
            x=columns,
            y=places.tolist(),
            mode="lines+markers+text",
            text=[str(document + 1)] * len(columns),
            textfont={"color": "#ffffff", "size": 13},
            line={"color": colour, "width": 3},
            marker={"color": colour, "size": MARKER_SIZE},
            customdata=labels,
            hovertemplate=f"{escaped(documents[document])}<br>{rank_label} %{{y}}, %{{customdata}}<extra></extra>",
            name=str(document + 1),
            cliponaxis=False,
            showlegend=False,
        )
        figure.add_scatter(
            x=columns,
            y=(places + SCORE_OFFSET).tolist(),
            mode="text",
            text=labels,
            textposition="bottom center",
            textfont={"size": 12},
            hoverinfo="skip",
            cliponaxis=False,
            showlegend=False,
        )
    last = columns[-1]
    for document in shown:
        figure.add_annotation(
            x=last,
            y=int(_places(order, document)[last]),
            text=escaped(documents[document], LABEL_LENGTH),
            xanchor="left",
            xshift=MARKER_SIZE * 0.75,
            showarrow=False,
            font={"size": 12},
        )
    figure.update_layout(
        height=80 + ROW_HEIGHT * max(len(shown), 2),
        margin={"l": 30, "r": LABEL_WIDTH, "t": 34, "b": 6},
        xaxis={
            "tickvals": list(range(len(models))),
            "ticktext": [escaped(model, 24) for model in models],
            "tickfont": {"size": 14},
            "side": "top",
            "range": [-0.25, len(models) - 0.95],
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
        },
        yaxis={
            "range": [len(shown) + 0.6, 0.5],
            "dtick": 1,
            "showgrid": False,
            "zeroline": False,
            "fixedrange": True,
        },
    )
    return figure


def _places(order: np.ndarray, document: int) -> np.ndarray:
    """Return the document's place in each row, from 1."""
    return np.argmax(order == document, axis=1) + 1


def heatmap(
    *, scores: np.ndarray, queries: Sequence[str], documents: Sequence[str], names: tuple[str, str]
) -> go.Figure:
    """Draw scores, shape (n_queries, n_documents), on the model's own colour scale."""
    labels = [[f"{value:.2f}" for value in row] for row in scores]
    hover = [
        [f"{escaped(q)}<br>{escaped(d)}<br>{scores[i, j]:.4f}" for j, d in enumerate(documents)]
        for i, q in enumerate(queries)
    ]
    figure = go.Figure(
        go.Heatmap(
            z=scores.astype(np.float32),
            x=[str(j + 1) for j in range(len(documents))],
            y=[str(i + 1) for i in range(len(queries))],
            text=labels if len(documents) <= 12 else None,
            texttemplate="%{text}" if len(documents) <= 12 else None,
            hovertext=hover,
            hovertemplate="%{hovertext}<extra></extra>",
            colorscale=SCALE,
            textfont={"color": SCALE_TEXT},
            showscale=False,
            xgap=1,
            ygap=1,
        )
    )
    figure.update_layout(
        height=94 + 34 * len(queries),
        margin={"l": 40, "r": 6, "t": CAMERA_HEIGHT, "b": 40},
        xaxis={"title": names[1], "type": "category", "fixedrange": True},
        yaxis={"title": names[0], "type": "category", "autorange": "reversed", "fixedrange": True},
    )
    return figure


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
    figure = go.Figure(
        go.Heatmap(
            z=values.astype(np.float32),
            x=[escaped(column, 24) for column in columns],
            y=[escaped(row, 24) for row in rows],
            text=[list(row) for row in texts],
            texttemplate="%{text}",
            customdata=[list(row) for row in hover],
            hovertemplate="%{customdata}<br>%{text}<extra></extra>",
            colorscale=SCALE,
            textfont={"color": SCALE_TEXT},
            showscale=False,
            xgap=1,
            ygap=1,
        )
    )
    figure.update_layout(
        height=150 + 38 * len(rows),
        margin={"l": 10, "r": 6, "t": CAMERA_HEIGHT, "b": 10},
        xaxis={
            "title": names[1],
            "type": "category",
            "fixedrange": True,
            "automargin": True,
        },
        yaxis={
            "title": names[0],
            "type": "category",
            "autorange": "reversed",
            "fixedrange": True,
            "automargin": True,
        },
    )
    return figure


def trade_off(
    *,
    series: Sequence[tuple[str, Sequence[tuple[int, float, int, bool]]]],
    limit: tuple[float, str],
    names: tuple[str, str],
) -> go.Figure:
    """Draw (bytes, share kept, dimension, trained) of each series; hollow where not trained."""
    figure = go.Figure()
    for place, (title, points) in enumerate(series):
        sizes, kept, dimensions, trained = zip(*points, strict=True)
        symbol = SYMBOLS[place % len(SYMBOLS)]
        figure.add_scatter(
            x=sizes,
            y=np.array(kept, dtype=np.float32),
            mode="lines+markers+text",
            name=escaped(title, 40),
            text=[str(dimension) for dimension in dimensions],
            textposition="top center",
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
    figure.add_hline(y=value, line={"dash": "dot", "width": 1.5, "color": UNRELATED_COLOUR})
    figure.add_annotation(
        x=1, xref="paper", xanchor="right", y=value, yanchor="bottom", text=label, showarrow=False
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
    """Draw (share, low, high) of each series in each row, before a line of reference."""
    figure = go.Figure()
    spread = 0.6 / max(len(series), 1)
    for place, (title, found) in enumerate(series):
        share, low, high = np.array(found, dtype=np.float32).T
        figure.add_scatter(
            x=share,
            y=np.arange(len(rows)) + (place - (len(series) - 1) / 2) * spread,
            error_x={
                "type": "data",
                "symmetric": False,
                "array": high - share,
                "arrayminus": share - low,
                "thickness": 2,
                "width": 4,
            },
            mode="markers",
            name=escaped(title, 40),
            marker={
                "color": colours.of_item(place),
                "symbol": SYMBOLS[place % len(SYMBOLS)],
                "size": 11,
            },
            customdata=np.stack([low, high], axis=1),
            hovertemplate=(
                f"{escaped(title, 40)}<br>%{{x:.0%}} (%{{customdata[0]:.0%}}–%{{customdata[1]:.0%}})"
                "<extra></extra>"
            ),
        )
    value, label = reference
    figure.add_vline(x=value, line={"dash": "dot", "width": 1.5, "color": UNRELATED_COLOUR})
    figure.add_annotation(x=value, y=0, yref="paper", yanchor="bottom", text=label, showarrow=False)
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
            "range": [len(rows) - 0.5, -0.5],
            "fixedrange": True,
            "automargin": True,
            "zeroline": False,
        },
    )
    return figure


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
        figure.add_scatter(
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
            text=[escaped(text) for text in texts] * n_rows,
            hovertemplate=f"%{{text}}<br>{name} %{{x:.4f}}<extra></extra>",
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


def before_unrelated(
    *,
    scores: np.ndarray,
    numbers: Sequence[int],
    labels: Sequence[str],
    percentiles: np.ndarray,
    unrelated: np.ndarray,
    names: tuple[str, str],
) -> go.Figure:
    """Draw numbered scores above the histogram of unrelated scores.

    ``names`` are the words for score and percentile.
    """
    counts, edges = np.histogram(unrelated, bins=UNRELATED_BINS)
    figure = go.Figure(
        go.Bar(
            x=((edges[:-1] + edges[1:]) / 2).astype(np.float32),
            y=counts / counts.max(),
            width=float(edges[1] - edges[0]),
            marker={"color": UNRELATED_COLOUR, "line": {"width": 0}},
            hoverinfo="skip",
            showlegend=False,
        )
    )
    # Each on a row of its own, or near scores would hide one another.
    heights = [1.12 + 0.17 * (i % UNRELATED_ROWS) for i in range(len(numbers))]
    hover = [
        f"{escaped(label)}<br>{names[0]} {score:.4f}<br>{names[1]} {percentile:.1f}"
        for label, score, percentile in zip(labels, scores, percentiles, strict=True)
    ]
    figure.add_trace(
        go.Scatter(
            x=scores.astype(np.float32),
            y=heights,
            mode="markers+text",
            text=[str(number) for number in numbers],
            textfont={"color": "#ffffff", "size": 11},
            marker={"color": [colours.of_item(n - 1) for n in numbers], "size": 20},
            hovertext=hover,
            hovertemplate="%{hovertext}<extra></extra>",
            cliponaxis=False,
            showlegend=False,
        )
    )
    for score, height, number in zip(scores, heights, numbers, strict=True):
        figure.add_shape(
            type="line",
            x0=float(score),
            x1=float(score),
            y0=0,
            y1=height,
            line={"color": colours.of_item(number - 1), "width": 1.5},
            layer="below",
        )
    figure.update_layout(
        height=230,
        bargap=0,
        margin={"l": 12, "r": 12, "t": CAMERA_HEIGHT, "b": 36},
        xaxis={"title": names[0], "fixedrange": True, "zeroline": False},
        yaxis={"visible": False, "fixedrange": True, "range": [0, max(heights) + 0.15]},
    )
    return figure


def grouped_scores(
    series: Sequence[tuple[str, Sequence[float], str]], documents: Sequence[str]
) -> go.Figure:
    """Draw named series of scores by document as grouped bars; each has its own colour."""
    figure = go.Figure()
    for name, scores, colour in series:
        figure.add_trace(
            go.Bar(
                x=[escaped(document, LABEL_LENGTH) for document in documents],
                y=list(scores),
                name=escaped(name, 60),
                marker={"color": colour},
                text=[f"{score:.3f}" for score in scores],
                textposition="outside",
                cliponaxis=False,
                hovertemplate="%{y:.4f}<extra></extra>",
            )
        )
    figure.update_layout(
        height=320,
        barmode="group",
        margin={"l": 40, "r": 6, "t": CAMERA_HEIGHT, "b": 30},
        legend={"orientation": "h", "y": -0.18},
        xaxis={"type": "category", "fixedrange": True},
        yaxis={"fixedrange": True, "rangemode": "tozero"},
    )
    return figure
