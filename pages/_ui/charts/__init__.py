"""Plotly figures from plain values. Every text in them is escaped here."""

from pages._ui.charts.base import Sent, config, escaped, sendable, shortened
from pages._ui.charts.cells import heatmap, matrix
from pages._ui.charts.checkpoints import Curve, curves
from pages._ui.charts.maps import MOST_RINGS, Scale, faded, ground, points, shares_by_k
from pages._ui.charts.ranking import before_unrelated, grouped_scores, ranks
from pages._ui.charts.scores import bars, differences, forest, scatter_by_size
from pages._ui.charts.speed import cost_lines, front
from pages._ui.charts.studies import histogram, intervals, strips, trade_off

__all__ = [
    "MOST_RINGS",
    "Curve",
    "Scale",
    "Sent",
    "bars",
    "before_unrelated",
    "config",
    "cost_lines",
    "curves",
    "differences",
    "escaped",
    "faded",
    "forest",
    "front",
    "ground",
    "grouped_scores",
    "heatmap",
    "histogram",
    "intervals",
    "matrix",
    "points",
    "ranks",
    "scatter_by_size",
    "sendable",
    "shares_by_k",
    "shortened",
    "strips",
    "trade_off",
]
