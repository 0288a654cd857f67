"""What tells points of different kinds apart, and the legend that says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pages._ui import colours
from pages._ui.charts import labels
from pages._ui.charts.base import CAMERA_HEIGHT, SYMBOLS, escaped, shortened

# Each mark, and the sign that stands for it in the legend.
SIGNS = tuple(
    zip([*SYMBOLS, *(f"{symbol}-open" for symbol in SYMBOLS)], "●◆■▲✕★○◇□△✕☆", strict=True)
)
MOST_COLUMNS = 30
SPACE = "\u2003"
FONT_SIZE = 12
GAP, LINE = 28.0, 18  # in pixels: an entry's sign and the space after it; a line's height
SIDE, WIDTH = 6, 320.0  # in pixels: at each side of the chart, and of the legend's lines


@dataclass(frozen=True, kw_only=True)
class Marks:
    """How points look: Plotly's settings of their marker, and the legend's entries.

    An entry is a sign in its colour and the name, not escaped yet, that it stands for.
    """

    marker: dict[str, Any]
    legend: tuple[tuple[str, str], ...] = ()


def marks_of(categories: Sequence[str] | None, values: np.ndarray | None, *, flat: bool) -> Marks:
    """Return the marks of points that have a category each, or a value, or neither.

    Those in three dimensions, which are not ``flat``, are told apart by colour alone.
    """
    if categories is None:
        colour = values.astype(np.float32) if values is not None else colours.of_item(0)
        return Marks(marker={"color": colour})
    numbers = {name: number for number, name in enumerate(dict.fromkeys(categories))}
    codes = np.array([numbers[each] for each in categories], dtype=np.int32)
    own = [colours.of_item(number) for number in range(len(numbers))]
    signs = [SIGNS[number % len(SIGNS)] if flat else SIGNS[0] for number in range(len(numbers))]
    # All categories are one trace, coloured by their numbers: for eight traces, each with an entry
    # in Plotly's own legend, the browser takes half as long again.
    steps = [[(n + end) / len(own), colour] for n, colour in enumerate(own) for end in (0, 1)]
    marker: dict[str, Any] = {
        "color": codes,
        "cmin": -0.5,
        "cmax": len(own) - 0.5,
        "colorscale": steps,
        "showscale": False,
    }
    if flat:
        marker["symbol"] = [signs[code][0] for code in codes.tolist()]
    entries = zip(numbers, own, signs, strict=True)
    return Marks(
        marker=marker,
        legend=tuple(
            (f'<span style="color:{colour}">{sign}</span>', shortened(name, MOST_COLUMNS))
            for name, colour, (_, sign) in entries
        ),
    )


def with_legend(marks: Marks, *, ticks: int = 0) -> dict[str, Any]:
    """Return the layout's margin, and the legend as a text below the chart.

    Its lines are no wider than a phone's chart; ``ticks`` pixels of the axis stand above it.
    """
    margin = {"l": SIDE, "r": SIDE, "t": CAMERA_HEIGHT}
    if not marks.legend:
        return {"margin": {**margin, "b": SIDE}}
    lines = _lines(marks.legend)
    legend = {
        "text": "<br>".join(SPACE.join(line) for line in lines),
        "x": 0.5,
        "xref": "paper",
        "xanchor": "center",
        "y": 0,
        "yref": "paper",
        "yanchor": "top",
        "yshift": -ticks,
        "showarrow": False,
        "font": {"size": FONT_SIZE},
    }
    return {"margin": {**margin, "b": LINE * len(lines) + ticks + SIDE}, "annotations": [legend]}


def _lines(legend: Sequence[tuple[str, str]]) -> list[list[str]]:
    lines: list[list[str]] = [[]]
    used = 0.0
    for sign, name in legend:
        needed = labels.size_of(name)[0] * FONT_SIZE / labels.FONT_SIZE + GAP
        if lines[-1] and used + needed > WIDTH:
            lines.append([])
            used = 0.0
        used += needed
        lines[-1].append(f"{sign} {escaped(name, MOST_COLUMNS)}")
    return lines
