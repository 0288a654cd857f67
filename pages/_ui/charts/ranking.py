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
    shown = sorted(order[0].tolist())
    traces: list[dict[str, Any]] = []
    names: list[dict[str, Any]] = []
    for document in shown:
        places = _places(order, document)
        hover = (
            f"{escaped(documents[document])}<br>{rank_label} %{{y}}, %{{customdata}}<extra></extra>"
        )
        traces += _course(document, places, scores[:, document], hover)
        names.append(_end(places, escaped(documents[document], LABEL_LENGTH)))
    figure = go.Figure(traces)  # at once: Plotly looks at all traces again for each that is added
    plain = {"showgrid": False, "zeroline": False, "fixedrange": True}
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
            **plain,
        },
        yaxis={"range": [len(shown) + 0.6, 0.5], "dtick": 1, **plain},
    )
    return figure


def _course(
    document: int, places: np.ndarray, scores: np.ndarray, hover: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the line of a document through its place in each model, and the scores below it."""
    colour = colours.of_item(document)
    labels = [f"{score:.4f}" for score in scores]
    columns = list(range(len(places)))
    common = {"type": "scatter", "x": columns, "cliponaxis": False, "showlegend": False}
    line = {
        **common,
        "y": places.tolist(),
        "mode": "lines+markers+text",
        "text": [str(document + 1)] * len(columns),
        "textfont": {"color": "#ffffff", "size": 13},
        "line": {"color": colour, "width": 3},
        "marker": {"color": colour, "size": MARKER_SIZE},
        "customdata": labels,
        "hovertemplate": hover,
        "name": str(document + 1),
    }
    below = {
        **common,
        "y": (places + SCORE_OFFSET).tolist(),
        "mode": "text",
        "text": labels,
        "textposition": "bottom center",
        "textfont": {"size": 12},
        "hoverinfo": "skip",
    }
    return line, below


def _end(places: np.ndarray, text: str) -> dict[str, Any]:
    """Return the name at the end of a document's line."""
    return {
        "x": len(places) - 1,
        "y": int(places[-1]),
        "text": text,
        "xanchor": "left",
        "xshift": MARKER_SIZE * 0.75,
        "showarrow": False,
        "font": {"size": 12},
    }


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
    # Each on a row of its own, or near scores would hide one another.
    heights = [1.12 + UNRELATED_STEP * (i % UNRELATED_ROWS) for i in range(len(numbers))]
    figure = go.Figure(_backdrop(unrelated))
    figure.add_trace(
        go.Scatter(
            x=scores.astype(np.float32),
            y=heights,
            mode="markers+text",
            text=[str(number) for number in numbers],
            textfont={"color": "#ffffff", "size": 11},
            marker={"color": [colours.of_item(n - 1) for n in numbers], "size": 18},
            hovertext=[
                f"{escaped(label)}<br>{names[0]} {score:.4f}<br>{names[1]} {percentile:.1f}"
                for label, score, percentile in zip(labels, scores, percentiles, strict=True)
            ],
            hovertemplate="%{hovertext}<extra></extra>",
            cliponaxis=False,
            showlegend=False,
        )
    )
    figure.update_layout(
        shapes=list(map(_stem, scores, heights, numbers)),
        height=255,
        bargap=0,
        margin={"l": 12, "r": 12, "t": CAMERA_HEIGHT, "b": 36},
        xaxis={"title": names[0], "fixedrange": True, "zeroline": False},
        yaxis={"visible": False, "fixedrange": True, "range": [0, max(heights) + 0.15]},
    )
    return figure


def _backdrop(unrelated: np.ndarray) -> go.Bar:
    """Return the histogram of the unrelated scores, its highest bar 1."""
    counts, edges = np.histogram(unrelated, bins=UNRELATED_BINS)
    return go.Bar(
        x=((edges[:-1] + edges[1:]) / 2).astype(np.float32),
        y=counts / counts.max(),
        width=float(edges[1] - edges[0]),
        marker={"color": MUTED, "line": {"width": 0}},
        hoverinfo="skip",
        showlegend=False,
    )


def _stem(score: float, height: float, number: int) -> dict[str, Any]:
    """Return the line from a numbered score down to the axis."""
    return {
        "type": "line",
        "x0": float(score),
        "x1": float(score),
        "y0": 0,
        "y1": height,
        "line": {"color": colours.of_item(number - 1), "width": 1.5},
        "layer": "below",
    }


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
