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
MOST_SVG_POINTS = 5000
RING_COLOUR = "#d9372b"
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "star")
UNRELATED_ROWS = 5
UNRELATED_STEP = 0.2  # between these rows: a marker's size, at the height of the chart
LABEL_LENGTH = 18
LABEL_WIDTH = 125


def config(name: str, *, select: bool = False) -> dict[str, Any]:
    """Return the settings of a chart whose camera saves a picture of this name.

    ``select`` offers lasso and box, and moving about, too.
    """
    tools = ["lasso2d", "select2d", "zoom2d", "pan2d", "resetScale2d"] if select else []
    picture = {"format": pictures.chosen(), "filename": name, "scale": PICTURE_SCALE}
    return {
        "displaylogo": False,
        "displayModeBar": True,
        "modeBarButtons": [["toImage", *tools]],
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
    # Plotly reads HTML, TeX between dollar signs, and places as %{x}; a zero-width space breaks
    # up the last two.
    safe = html.escape(shortened(text, width))
    return safe.replace("$", "$\u200b").replace("%{", "%\u200b{")


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
            z=np.nan_to_num(values.astype(np.float32)),  # Plotly would leave out the cell's text
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
    figure.add_hline(y=value, line={"dash": "dot", "width": 1.5, "color": UNRELATED_COLOUR})
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


def points(
    *,
    points: np.ndarray,
    ids: Sequence[int],
    labels: Sequence[str],
    categories: Sequence[str] | None,
    values: np.ndarray | None,
    selected: Sequence[int],
    lines: Sequence[tuple[int, int]],
    value_name: str,
) -> go.Figure:
    """Draw points, shape (n, 2 or 3), coloured by category or by value from 0 to 1.

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
                **(_value_scale(value_name) if values is not None else {}),
            },
        )
    for start, end in lines:
        _add_points(
            figure,
            points[[start, end]],
            mode="lines",
            line={"color": UNRELATED_COLOUR, "width": 1.5},
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
) -> go.Figure:
    """Draw places (latitude, longitude in degrees) in true proportions on a plain graticule.

    ``labels`` are empty where there are too many to be read.
    """
    figure = go.Figure()
    here = places[:, ::-1].astype(np.float32)  # longitude is across
    for name, members, colour, symbol in _groups(categories, None, len(here)):
        _add_points(
            figure,
            here[members],
            customdata=[[place] for place in members],
            text=[escaped(labels[place], 30) for place in members] if labels else None,
            mode="markers+text" if labels else "markers",
            name=name,
            textposition="top center",
            textfont={"size": 10},
            hovertemplate=f"{'%{text}<br>' if labels else ''}%{{y:.3f}}°, %{{x:.3f}}°<extra></extra>",
            marker={"size": 9 if len(here) <= 500 else 5, "color": colour, "symbol": symbol},
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
        line={"color": UNRELATED_COLOUR, "dash": "dot"},
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


def _value_scale(name: str) -> dict[str, Any]:
    return {
        "cmin": 0,
        "cmax": 1,
        "colorscale": "Viridis",
        "colorbar": {
            "title": {"text": name, "side": "right"},
            "thickness": 10,
            "tickformat": ".0%",
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
