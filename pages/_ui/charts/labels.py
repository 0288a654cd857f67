"""Where the names of points find room, so that none lies over another."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np

FONT_SIZE = 10
# In parts of the font's size, of the app's font: measured in Chromium, with a little air.
WIDTH_OF_WIDE, WIDTH_OF_NARROW, HEIGHT = 1.0, 0.56, 1.2
MARKER = 9.0  # pixels across
GAP = 2.0  # between a mark and its name, as Plotly leaves it
CHART_ROOM = (640.0, 280.0)  # what a chart of full width has at least, but on a phone
EDGE = 18.0  # from the outermost marks to the chart's sides, at least
# Plotly's names for where the text is, with its centre's way from the mark's, in half sizes of both.
POSITIONS = {
    "top center": (0, 1),
    "bottom center": (0, -1),
    "middle right": (1, 0),
    "middle left": (-1, 0),
    "top right": (1, 1),
    "top left": (-1, 1),
    "bottom right": (1, -1),
    "bottom left": (-1, -1),
}
_WAYS = np.array(list(POSITIONS.values()), dtype=float)
_NAMES = tuple(POSITIONS)


def places(
    points: np.ndarray, texts: Sequence[str], *, width: float, height: float, aspect: float = 1.0
) -> list[str]:
    """Return where each point's text goes, in Plotly's words; empty where it finds no room.

    ``points``, shape (n, 2), fill a chart of ``width`` times ``height`` pixels whose upward unit is
    ``aspect`` times the one across. Wherever the chart is larger, there is more room, not less. The
    most crowded choose last.
    """
    at = _in_pixels(points, width, height, aspect)
    sizes = np.array([size_of(text) for text in texts], dtype=float)
    # Boxes as (left, bottom, right, top). Every mark is in the way of every name.
    marks = np.hstack([at - MARKER / 2, at + MARKER / 2])
    boxes = _candidates(at, sizes)
    inside = (boxes[..., 0] >= at[:, 0].min() - EDGE) & (boxes[..., 2] <= at[:, 0].max() + EDGE)
    possible = inside & ~_overlap(boxes, marks).any(axis=2)
    found = [""] * len(texts)
    taken = np.empty((0, 4))
    for point in np.argsort(_neighbours(at), kind="stable"):
        clear = possible[point] & ~_overlap(boxes[point], taken).any(axis=1)
        if clear.any():
            choice = int(clear.argmax())
            found[point] = _NAMES[choice]
            taken = np.vstack([taken, boxes[point, choice]])
    return found


def placed(x: Sequence[float] | np.ndarray, y: Sequence[float], texts: Sequence[str]) -> list[str]:
    """Return the same for a chart of full width whose axes have scales of their own."""
    if not texts:
        return []
    points = np.column_stack([x, y])
    across, up = (size if size > 0 else 1.0 for size in np.ptp(points, axis=0))
    width, height = CHART_ROOM
    aspect = (height / up) / (width / across)
    return places(points, texts, width=width, height=height, aspect=aspect)


def size_of(text: str) -> tuple[float, float]:
    """Return how wide and high a text is, in pixels."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    ems = WIDTH_OF_WIDE * wide + WIDTH_OF_NARROW * (len(text) - wide)
    return FONT_SIZE * ems, FONT_SIZE * HEIGHT


def _in_pixels(points: np.ndarray, width: float, height: float, aspect: float) -> np.ndarray:
    flat = points.astype(float) * (1.0, aspect)
    extent = np.ptp(flat, axis=0)
    scales = [room / size for room, size in zip((width, height), extent, strict=True) if size > 0]
    return flat * min(scales, default=1.0)


def _candidates(at: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return the boxes of each point's name in each position, shape (n, positions, 4)."""
    away = MARKER / 2 + GAP + sizes[:, None, :] / 2
    # A name over or under its mark stands close to it; in a corner it touches neither side.
    centres = at[:, None, :] + _WAYS[None] * away
    half = sizes[:, None, :] / 2
    return np.concatenate([centres - half, centres + half], axis=2)


def _neighbours(at: np.ndarray) -> np.ndarray:
    """Return how many other points are within a name's length of each."""
    apart = np.abs(at[:, None] - at[None])
    near = (apart[..., 0] < 6 * FONT_SIZE) & (apart[..., 1] < 2 * FONT_SIZE)
    return near.sum(axis=1)


def _overlap(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Say which boxes, shape (..., 4), lie over which others, shape (m, 4): shape (..., m)."""
    low, high = boxes[..., None, :2], boxes[..., None, 2:]
    return ((low < others[:, 2:]) & (high > others[:, :2])).all(axis=-1)
