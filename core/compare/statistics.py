"""Intervals, tests and rank correlations; for the compute lane, because scipy takes its time.

Only plain values and arrays go in and come out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

CONFIDENCE = 0.95


class Interval(NamedTuple):
    """A share of successes with its confidence interval."""

    share: float
    low: float
    high: float


def wilson_intervals(counts: Sequence[tuple[int, int]]) -> list[Interval]:
    """Return the 95 % interval of each (successes, trials), trials above 0 (Wilson, 1927)."""
    from scipy.stats import binomtest

    found: list[Interval] = []
    for successes, trials in counts:
        interval = binomtest(successes, trials).proportion_ci(CONFIDENCE, method="wilson")
        found.append(Interval(successes / trials, float(interval.low), float(interval.high)))
    return found


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the exact two-sided p-value of McNemar's test from the two discordant counts.

    The binomial test of one half (McNemar, 1947); 1 where there is no discordant pair.
    """
    from scipy.stats import binomtest

    discordant = only_first + only_second
    return float(binomtest(only_first, discordant).pvalue) if discordant else 1.0


def mcnemar_p_values(counts: Sequence[tuple[int, int]]) -> list[float]:
    """Return the p-value of each (only first, only second)."""
    return [mcnemar(*count) for count in counts]


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values corrected for their number (Holm, 1979), in the order given.

    NaN stays NaN and counts for no test.
    """
    given = np.asarray(p_values, dtype=np.float64)
    tested = np.flatnonzero(~np.isnan(given))
    order = tested[np.argsort(given[tested], kind="stable")]
    steps = given[order] * np.arange(len(order), 0, -1)
    found = np.full(len(given), np.nan)
    found[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return found.tolist()


def rank_correlations(scores: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Return Kendall's tau-b of each row with the reference's row, float32, shape (..., n_rows).

    ``scores`` is (..., n_rows, n_columns), ``reference`` (n_rows, n_columns). NaN where a row has
    one value only.
    """
    from scipy import stats

    if reference.shape[-1] < 2:
        return np.full(scores.shape[:-1], np.nan, dtype=np.float32)

    def tau(row: np.ndarray, against: np.ndarray) -> float:
        found: Any = stats.kendalltau(row, against)
        return float(found.statistic)

    rows = scores.reshape(-1, *reference.shape)
    found = [
        [tau(row, against) for row, against in zip(each, reference, strict=True)] for each in rows
    ]
    return np.array(found, dtype=np.float32).reshape(scores.shape[:-1])
