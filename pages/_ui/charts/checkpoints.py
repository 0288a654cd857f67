"""What models can do at each checkpoint while they are taught."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import plotly.graph_objects as go

from pages._ui import colours
from pages._ui.charts.base import CAMERA_HEIGHT, MUTED, SYMBOLS, escaped

NAME_LENGTH = 60
APART = 0.6  # per cent by which curves stand apart, so that their intervals can be told


@dataclass(frozen=True, kw_only=True)
class Curve:
    """``points`` are (per cent of the steps, share); ``spans`` (low, high) of each, if it has any.

    ``look`` picks colour and symbol, ``dashed`` says that it is not measured here.
    """

    name: str
    points: Sequence[tuple[float, float]]
    spans: Sequence[tuple[float, float] | None] = field(default_factory=tuple)
    look: int = 0
    dashed: bool = False


def curves(
    series: Sequence[Curve], *, names: tuple[str, str], reference: tuple[float, str] | None = None
) -> go.Figure:
    """Draw each curve with its intervals, before a line of reference."""
    figure = go.Figure()
    for place, curve in enumerate(series):
        shift = APART * (place - (len(series) - 1) / 2)
        _add(figure, curve, shift if any(curve.spans) else 0)
    if reference is not None:
        value, label = reference
        figure.add_hline(y=value, line={"dash": "dot", "width": 1.5, "color": MUTED})
        figure.add_annotation(
            x=1,
            xref="paper",
            xanchor="right",
            y=value,
            yanchor="bottom",
            text=escaped(label, NAME_LENGTH),
            showarrow=False,
        )
    figure.update_layout(
        height=460,
        margin={"l": 10, "r": 20, "t": CAMERA_HEIGHT, "b": 10},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        xaxis={
            "title": names[0],
            "fixedrange": True,
            "tickvals": list(range(0, 101, 20)),
            "automargin": True,
        },
        yaxis={
            "title": names[1],
            "tickformat": ".0%",
            "range": [0, 1.02],
            "fixedrange": True,
            "automargin": True,
        },
    )
    return figure


def _add(figure: go.Figure, curve: Curve, shift: float) -> None:
    name, colour = escaped(curve.name, NAME_LENGTH), colours.of_item(curve.look)
    symbol = SYMBOLS[curve.look % len(SYMBOLS)]
    shares = [share for _, share in curve.points]
    spans = [
        span or (share, share)
        for share, span in zip(shares, curve.spans or [None] * len(shares), strict=True)
    ]
    said = [
        f": {share:.1%}" + (f" ({low:.1%} – {high:.1%})" if low < high else "")
        for share, (low, high) in zip(shares, spans, strict=True)
    ]
    figure.add_scatter(
        x=[percent + shift for percent, _ in curve.points],
        y=shares,
        error_y={
            "array": [high - share for share, (_, high) in zip(shares, spans, strict=True)],
            "arrayminus": [share - low for share, (low, _) in zip(shares, spans, strict=True)],
            "thickness": 1,
            "width": 2,
            "visible": any(curve.spans),
        },
        mode="lines+markers",
        name=name,
        line={"color": colour, "width": 2, "dash": "dash" if curve.dashed else "solid"},
        marker={"symbol": symbol + ("-open" if curve.dashed else ""), "size": 8},
        customdata=[
            f"{percent:g} %{text}" for (percent, _), text in zip(curve.points, said, strict=True)
        ],
        hovertemplate=f"{name}<br>%{{customdata}}<extra></extra>",
    )
