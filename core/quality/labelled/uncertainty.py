"""How sure a score is, and whether two models differ on the same items."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

import numpy as np

from core.compare.statistics import holm

RESAMPLES = 2000
SEED = 20_251_127
LEVEL = 0.05
Z_POWER = 0.841621  # the normal distribution's 80 %

# From the places of resampled items, int64 (n_items,), to the score of those items.
Statistic: TypeAlias = Callable[[np.ndarray], float]


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A score with its 95 % bootstrap interval over items (percentile method, Efron 1979)."""

    score: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Paired:
    """The difference of two models on the same resampled items.

    ``p_value`` is two-sided; ``p_adjusted`` is corrected for all pairs of the evaluation (Holm,
    1979). ``more_items`` estimates how many items more would show a difference of this size in four
    of five samples; None where it is shown already, or there is none.
    """

    first: str
    second: str
    difference: float
    low: float
    high: float
    p_value: float
    p_adjusted: float
    more_items: int | None

    @property
    def separated(self) -> bool:
        return self.p_adjusted < LEVEL


def estimates(
    statistics: dict[str, Statistic], count: int, *, resamples: int = RESAMPLES, seed: int = SEED
) -> tuple[dict[str, Estimate], tuple[Paired, ...]]:
    """Return each model's estimate, and a comparison of each pair of models.

    Every model sees the same resamples of the ``count`` items, so that differences are paired.
    """
    generator = np.random.default_rng(seed)
    whole = np.arange(count)
    scores = {name: statistic(whole) for name, statistic in statistics.items()}
    drawn: dict[str, list[float]] = {name: [] for name in statistics}
    for _ in range(resamples):
        places = generator.integers(0, count, count)
        for name, statistic in statistics.items():
            drawn[name].append(statistic(places))
    samples = {name: np.array(values) for name, values in drawn.items()}
    found = {
        name: Estimate(score=scores[name], **_span(values)) for name, values in samples.items()
    }
    return found, _pairs(scores, samples, count)


def _pairs(
    scores: dict[str, float], samples: dict[str, np.ndarray], count: int
) -> tuple[Paired, ...]:
    pairs = list(combinations(scores, 2))
    spreads = [samples[first] - samples[second] for first, second in pairs]
    leads = [scores[first] - scores[second] for first, second in pairs]
    errors = [float(np.nanstd(spread)) for spread in spreads]
    p_values = [_p_value(lead, error) for lead, error in zip(leads, errors, strict=True)]
    adjusted = holm(p_values) if p_values else []
    return tuple(
        Paired(
            first=first,
            second=second,
            difference=lead,
            **_span(spread),
            p_value=p_value,
            p_adjusted=corrected,
            more_items=None
            if corrected < LEVEL
            else _more_items(lead, error, count, LEVEL / len(pairs)),
        )
        for (first, second), lead, error, spread, p_value, corrected in zip(
            pairs, leads, errors, spreads, p_values, adjusted, strict=True
        )
    )


def _span(values: np.ndarray) -> dict[str, float]:
    finite = values[np.isfinite(values)]
    if not len(finite):
        return {"low": math.nan, "high": math.nan}
    low, high = np.quantile(finite, [LEVEL / 2, 1 - LEVEL / 2])
    return {"low": float(low), "high": float(high)}


def _p_value(difference: float, error: float) -> float:
    """Return the two-sided p-value of a normal test with the bootstrap's standard error.

    Not the share of resamples beyond zero: its smallest value, one in the number of resamples, is
    too coarse once it is corrected for many pairs.
    """
    from scipy.stats import norm

    if not math.isfinite(difference) or not math.isfinite(error):
        return math.nan
    if not error:
        return 1.0 if not difference else 0.0
    return float(2 * norm.sf(abs(difference) / error))


def _more_items(difference: float, error: float, count: int, level: float) -> int | None:
    """The standard error falls with the square root of the number of items."""
    from scipy.stats import norm

    if not difference or not math.isfinite(difference) or not error:
        return None
    needed = count * ((norm.isf(level / 2) + Z_POWER) * error / abs(difference)) ** 2
    return max(1, math.ceil(needed) - count)


def mean_of(items: Sequence[float] | np.ndarray) -> Statistic:
    """Return the statistic that is a mean of the items' own scores."""
    values = np.asarray(items, dtype=np.float64)
    return lambda places: float(values[places].mean())


def spearman_of(predicted: Sequence[float], grades: Sequence[float]) -> Statistic:
    """Return the statistic that is Spearman's rank correlation with the grades."""
    from scipy.stats import rankdata

    first, second = np.asarray(predicted), np.asarray(grades)

    def statistic(places: np.ndarray) -> float:
        a, b = rankdata(first[places]), rankdata(second[places])
        if np.ptp(a) == 0 or np.ptp(b) == 0:
            return math.nan
        return float(np.corrcoef(a, b)[0, 1])

    return statistic


def average_precision_of(predicted: Sequence[float], labels: Sequence[float]) -> Statistic:
    """Return the statistic that is the average precision of the labels 0 and 1."""
    from sklearn.metrics import average_precision_score

    first, second = np.asarray(predicted), np.asarray(labels)

    def statistic(places: np.ndarray) -> float:
        if second[places].min() == second[places].max():
            return math.nan
        return float(average_precision_score(second[places], first[places]))

    return statistic
