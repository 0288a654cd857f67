"""What all charts have in common: labels, colours, and the camera."""

from __future__ import annotations

import html
import json
import unicodedata
from typing import Any

import plotly.graph_objects as go
from plotly.basedatatypes import BaseFigure

from pages._ui import pictures

CAMERA_HEIGHT = 30  # in pixels, above the chart
LOG_OF_2 = 0.30103
PICTURE_SCALE = 2  # so that a picture is sharp in print and on slides
SNIPPET = 90
# Light enough throughout for one dark text colour, in both themes.
SCALE = ((0.0, "#f4f6fb"), (0.5, "#b9cdf6"), (1.0, "#6f97ee"))
SCALE_TEXT = "#0f1626"
MUTED = "rgba(128, 138, 158, 0.55)"
MOST_SVG_POINTS = 5000
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "star")
LABEL_LENGTH = 18

_templates: dict[str, dict[str, Any]] = {}  # by what is in each


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


class Sent(BaseFigure):
    """A chart as it is sent, to be kept: it takes a sixth of its figure's memory."""

    def __init__(self, figure: go.Figure) -> None:
        self._sent = sendable(figure)

    def to_dict(self) -> dict[str, Any]:
        """Return it as it is, uncopied: that takes 2 ms at every rerun."""
        return dict(self._sent)

    def whole(self) -> go.Figure:
        """Return the figure again."""
        return go.Figure(self.to_dict())


def sendable(figure: go.Figure) -> dict[str, Any]:
    """Return the chart as it is sent: without what Streamlit's template says of other kinds of it.

    That is more than a third of a chart of 50 points. All of ours name their scales of colours.
    """
    found = figure.to_dict()
    template = found["layout"].get("template", {})
    kinds = {trace["type"] for trace in found["data"]}
    slim = {
        "data": {kind: look for kind, look in template.get("data", {}).items() if kind in kinds},
        "layout": {
            name: value
            for name, value in template.get("layout", {}).items()
            if name not in ("colorscale", "coloraxis")
        },
    }
    # Charts of one kind share what is the same in all of them.
    shared = _templates.setdefault(json.dumps(slim, sort_keys=True), slim)
    return {**found, "layout": {**found["layout"], "template": shared}}


def shortened(text: str, width: int = SNIPPET) -> str:
    """Return the text on one line, cut to ``width`` columns; a Japanese character takes two."""
    flat = " ".join(text.split())
    if 2 * len(flat) <= width:
        return flat
    columns = 0
    for i, character in enumerate(flat):
        columns += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if columns > width:
            return flat[:i].rstrip() + "…"
    return flat


def escaped(text: str, width: int = SNIPPET) -> str:
    """Return the shortened text, safe in a chart's label."""
    # Plotly reads HTML, TeX between dollar signs, and places as %{x}; a zero-width space breaks
    # up the last two. It leaves &quot; as it stands.
    safe = html.escape(shortened(text, width), quote=False)
    return safe.replace("$", "$\u200b").replace("%{", "%\u200b{")
