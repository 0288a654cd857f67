"""Intervals and paired comparisons that hold what they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import spearmanr

from core.quality.labelled.uncertainty import estimates, mean_of, spearman_of


def test_the_interval_of_a_mean_is_the_known_one() -> None:
    values = np.random.default_rng(0).standard_normal(400)
    found, pairs = estimates({"a": mean_of(values)}, 400)
    error = values.std() / 20
    assert found["a"].score == pytest.approx(values.mean())
    assert found["a"].low == pytest.approx(values.mean() - 1.96 * error, abs=0.15 * error)
    assert found["a"].high == pytest.approx(values.mean() + 1.96 * error, abs=0.15 * error)
    assert pairs == ()


def test_intervals_hold_the_true_mean_in_about_95_of_100_samples() -> None:
    generator = np.random.default_rng(1)
    held = 0
    for _ in range(200):
        found, _ = estimates({"a": mean_of(generator.standard_normal(100))}, 100, resamples=300)
        held += found["a"].low <= 0 <= found["a"].high
    assert 178 <= held <= 199  # binomial(200, 0.95), with room for the bootstrap's own error


def test_a_small_steady_lead_is_seen_because_items_are_paired() -> None:
    generator = np.random.default_rng(2)
    hard = generator.standard_normal(300)
    better = hard + 0.05 + 0.02 * generator.standard_normal(300)
    found, (pair,) = estimates({"a": mean_of(better), "b": mean_of(hard)}, 300)
    assert found["a"].low < found["b"].high  # the intervals alone would not tell
    assert pair.separated
    assert pair.difference == pytest.approx(0.05, abs=0.005)
    assert 0 < pair.low < pair.difference < pair.high
    assert pair.more_items is None


def test_models_that_do_not_differ_are_separated_in_about_5_of_100_samples() -> None:
    generator = np.random.default_rng(3)
    wrong = 0
    for _ in range(200):
        one, other = generator.standard_normal((2, 80))
        _, (pair,) = estimates({"a": mean_of(one), "b": mean_of(other)}, 80, resamples=200)
        wrong += pair.separated
    assert wrong <= 21


def test_so_many_more_items_would_separate_them_in_most_samples() -> None:
    generator = np.random.default_rng(4)
    one = generator.standard_normal(60) + 0.2
    other = generator.standard_normal(60)
    _, (pair,) = estimates({"a": mean_of(one), "b": mean_of(other)}, 60)
    assert not pair.separated
    assert pair.more_items is not None
    assert pair.more_items > 0
    none = mean_of(np.ones(60))
    _, (same,) = estimates({"a": none, "b": none}, 60)
    assert (same.p_value, same.more_items) == (1, None)


def test_many_models_can_still_be_separated() -> None:
    models = {str(i): mean_of(np.full(50, float(i))) for i in range(12)}
    _, pairs = estimates(models, 50, resamples=100)
    assert len(pairs) == 66
    assert all(pair.separated for pair in pairs)


def test_spearman_is_scipy_s() -> None:
    generator = np.random.default_rng(5)
    predicted, grades = generator.standard_normal(50), generator.integers(0, 5, 50)
    statistic = spearman_of(predicted.tolist(), grades.tolist())
    assert statistic(np.arange(50)) == pytest.approx(spearmanr(predicted, grades).statistic)
    assert math.isnan(statistic(np.zeros(50, dtype=np.int64)))
