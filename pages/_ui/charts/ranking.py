"""Documents by their ranks and scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from pages._ui import colours
from pages._ui.charts.base import CAMERA_HEIGHT, LABEL_LENGTH, MUTED, escaped

MARKER_SIZE = 26
ROW_HEIGHT = 66
SCORE_OFFSET = 0.2  # of a row, so that the score stands clear below its marker
UNRELATED_BINS = 40
UNRELATED_ROWS = 5
UNRELATED_STEP = 0.2  # between these rows: a marker's size, at the height of the chart
LABEL_WIDTH = 125


def ranks(
    *,
    models: Sequence[str],
    documents: Mapping[int, str],
    order: np.ndarray,
    scores: np.ndarray,
    rank_label: str,
) -> go.Figure:
    """Draw each document's place in each model as a line; lines cross where places change.

    ``order`` (n_models, n_documents) holds document indices from best to worst, ``scores`` the
    same shape by document index; ``documents`` are named by it. Only documents in ``order`` of the
    first model are drawn.
    """
    # Handed over at once: Plotly looks at all traces again for each that is added.
    traces: list[dict[str, Any]] = []
    columns = list(range(len(models)))
    shown = sorted(order[0].tolist())
    for document in shown:
        colour = colours.of_item(document)
        places = _places(order, document)
        labels = [f"{scores[m, document]:.4f}" for m in columns]
        common = {"type": "scatter", "x": columns, "cliponaxis": False, "showlegend": False}
        traces.append(
            {
                **common,
                "y": places.tolist(),
                "mode": "lines+markers+text",
                "text": [str(document + 1)] * len(columns),
                "textfont": {"color": "#ffffff", "size": 13},
                "line": {"color": colour, "width": 3},
                "marker": {"color": colour, "size": MARKER_SIZE},
                "customdata": labels,
                "hovertemplate": f"{escaped(documents[document])}<br>{rank_label} %{{y}}, %{{customdata}}<extra></extra>",
                "name": str(document + 1),
            }
        )
        traces.append(
            {
                **common,
                "y": (places + SCORE_OFFSET).tolist(),
                "mode": "text",
                "text": labels,
                "textposition": "bottom center",
                "textfont": {"size": 12},
                "hoverinfo": "skip",
            }
        )
    last = columns[-1]
    names = [
        {
            "x": last,
            "y": int(_places(order, document)[last]),
            "text": escaped(documents[document], LABEL_LENGTH),
            "xanchor": "left",
            "xshift": MARKER_SIZE * 0.75,
            "showarrow": False,
            "font": {"size": 12},
        }
        for document in shown
    ]
    figure = go.Figure(traces)
    figure.update_layout(
        annotations=names,
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
            marker={"color": MUTED, "line": {"width": 0}},
            hoverinfo="skip",
            showlegend=False,
        )
    )
    # Each on a row of its own, or near scores would hide one another.
    heights = [1.12 + UNRELATED_STEP * (i % UNRELATED_ROWS) for i in range(len(numbers))]
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
            marker={"color": [colours.of_item(n - 1) for n in numbers], "size": 18},
            hovertext=hover,
            hovertemplate="%{hovertext}<extra></extra>",
            cliponaxis=False,
            showlegend=False,
        )
    )
    stems = [
        {
            "type": "line",
            "x0": float(score),
            "x1": float(score),
            "y0": 0,
            "y1": height,
            "line": {"color": colours.of_item(number - 1), "width": 1.5},
            "layer": "below",
        }
        for score, height, number in zip(scores, heights, numbers, strict=True)
    ]
    figure.update_layout(
        shapes=stems,
        height=255,
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
