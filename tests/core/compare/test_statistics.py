"""Intervals, McNemar's test and tau equal their definitions, and scipy where it has them."""

from __future__ import annotations

import warnings
from itertools import chain, combinations
from math import comb, sqrt

import numpy as np
import pytest
from scipy.stats import binomtest

from core.compare.statistics import (
    holm,
    mcnemar,
    mcnemar_p_values,
    rank_correlations,
    wilson_intervals,
)

Z = 1.959963984540054  # the normal's 97.5 % point


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The formula of Wilson (1927)."""
    share = successes / trials
    middle = (share + Z**2 / (2 * trials)) / (1 + Z**2 / trials)
    half = Z / (1 + Z**2 / trials) * sqrt(share * (1 - share) / trials + Z**2 / (4 * trials**2))
    return middle - half, middle + half


@pytest.mark.parametrize(
    ("successes", "trials"), [(0, 1), (1, 1), (8, 10), (0, 48), (24, 48), (48, 48), (30, 1000)]
)
def test_an_interval_is_wilson_s(successes: int, trials: int) -> None:
    (found,) = wilson_intervals([(successes, trials)])
    assert found.share == successes / trials
    assert (found.low, found.high) == pytest.approx(wilson(successes, trials), abs=1e-9)
    assert 0 <= found.low <= found.share <= found.high <= 1


def test_intervals_come_in_the_order_of_the_counts() -> None:
    assert [i.share for i in wilson_intervals([(1, 2), (0, 2), (2, 2)])] == [0.5, 0.0, 1.0]
    assert wilson_intervals([]) == []


@pytest.mark.parametrize(
    ("only_first", "only_second", "expected"),
    [
        (0, 0, 1.0),
        (1, 5, 2 * (comb(6, 0) + comb(6, 1)) / 2**6),  # 0.21875
        (0, 8, 2 / 2**8),
        (3, 3, 1.0),
    ],
)
def test_mcnemar_by_hand(only_first: int, only_second: int, expected: float) -> None:
    assert mcnemar(only_first, only_second) == pytest.approx(expected, abs=1e-12)
    assert mcnemar(only_second, only_first) == pytest.approx(expected, abs=1e-12)


def test_mcnemar_is_the_binomial_test_of_one_half() -> None:
    for first in range(12):
        for second in range(1, 12):
            expected = binomtest(first, first + second, 0.5).pvalue
            assert mcnemar(first, second) == pytest.approx(expected, abs=1e-12)


def test_p_values_come_in_the_order_of_the_counts() -> None:
    counts = [(1, 5), (0, 0), (0, 8)]
    assert mcnemar_p_values(counts) == [mcnemar(*count) for count in counts]
    assert mcnemar_p_values([]) == []


def closed(p_values: list[float]) -> list[float]:
    """Holm's correction from its definition, as the closed test of Bonferroni's: the largest of the
    corrected p-values of all families that the hypothesis is in.
    """
    places = range(len(p_values))
    families = list(chain.from_iterable(combinations(places, n + 1) for n in places))
    return [
        max(min(1.0, len(f) * min(p_values[j] for j in f)) for f in families if i in f)
        for i in places
    ]


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.02]) == [0.02]
    assert holm([0.5, 0.6]) == [1.0, 1.0]
    assert holm([]) == []


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("decimals", [1, 2, 12], ids=["many tied", "some tied", "none tied"])
def test_holm_is_the_closed_test_of_bonferroni_s(seed: int, decimals: int) -> None:
    p_values = (np.random.default_rng(seed).random(8) ** 3).round(decimals).tolist()
    assert holm(p_values) == pytest.approx(closed(p_values), abs=1e-12)


def test_what_was_not_tested_counts_for_no_test() -> None:
    nan = float("nan")
    found = holm([nan, 0.01, nan, 0.04])
    assert np.isnan([found[0], found[2]]).all()
    assert [found[1], found[3]] == pytest.approx([0.02, 0.04])
    assert np.isnan(holm([nan])).all()


def tau_b(first: np.ndarray, second: np.ndarray) -> float:
    """Kendall's tau-b by counting pairs."""
    agree = 0.0
    untied = [0, 0]
    for i, j in combinations(range(len(first)), 2):
        a, b = np.sign(first[i] - first[j]), np.sign(second[i] - second[j])
        agree += a * b
        untied[0] += a != 0
        untied[1] += b != 0
    product = untied[0] * untied[1]
    return agree / sqrt(product) if product else float("nan")


@pytest.mark.parametrize("seed", range(5))
def test_tau_is_counted_over_pairs_with_ties(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 5, size=(2, 3, 4, 7)).astype(np.float32)
    reference = rng.integers(0, 5, size=(4, 7)).astype(np.float32)
    found = rank_correlations(scores, reference)
    assert (found.shape, found.dtype) == ((2, 3, 4), np.float32)
    expected = [
        tau_b(scores[a, b, q], reference[q]) for a in range(2) for b in range(3) for q in range(4)
    ]
    np.testing.assert_allclose(found.reshape(-1), expected, atol=1e-6)


def test_tau_of_the_same_the_turned_and_the_constant_row() -> None:
    row = np.array([[3.0, 1.0, 2.0]])
    rows = np.stack([row, -row, np.ones_like(row)])
    found = rank_correlations(rows, row)[:, 0]
    assert found[:2].tolist() == [1, -1]
    assert np.isnan(found[2])


def test_a_single_column_is_no_ranking() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = rank_correlations(np.ones((2, 3, 1)), np.ones((3, 1)))
    assert found.shape == (2, 3)
    assert np.isnan(found).all()
