"""Seconds as a straight line of the number of texts: fixed overhead, and the cost of each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MIN_POINTS = 5  # fewer say too little about their spread for an interval
CONFIDENCE = 0.95


@dataclass(frozen=True, kw_only=True)
class Line:
    """Ordinary least squares of seconds on lines.

    ``fixed_half`` and ``per_line_half`` are half the widths of the 95 % intervals (Student's t with
    points - 2 degrees of freedom), None where there are fewer points than MIN_POINTS.
    """

    fixed_seconds: float
    per_line_seconds: float
    fixed_half: float | None
    per_line_half: float | None
    r2: float
    points: int

    def at(self, lines: float) -> float:
        """Return the seconds that the line gives."""
        return self.fixed_seconds + self.per_line_seconds * lines


def fit(lines: Sequence[float], seconds: Sequence[float]) -> Line | None:
    """Return the line through the points; None where they don't decide one."""
    x, y = np.asarray(lines, dtype=np.float64), np.asarray(seconds, dtype=np.float64)
    spread = float(((x - x.mean()) ** 2).sum()) if len(x) else 0.0
    if len(x) < 2 or spread == 0.0:
        return None
    slope = float(((x - x.mean()) * (y - y.mean())).sum()) / spread
    fixed = float(y.mean() - slope * x.mean())
    left = float(((y - fixed - slope * x) ** 2).sum())
    total = float(((y - y.mean()) ** 2).sum())
    fixed_half = slope_half = None
    if len(x) >= MIN_POINTS:
        variance = left / (len(x) - 2)
        t = _student(len(x) - 2)
        slope_half = t * math.sqrt(variance / spread)
        fixed_half = t * math.sqrt(variance * (1 / len(x) + float(x.mean()) ** 2 / spread))
    return Line(
        fixed_seconds=fixed,
        per_line_seconds=slope,
        fixed_half=fixed_half,
        per_line_half=slope_half,
        r2=1 - left / total if total else 1.0,
        points=len(x),
    )


def _student(degrees: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(degrees, (1 + CONFIDENCE) / 2))
