"""Models agree on a query as far as they put the same documents first."""

from __future__ import annotations

import numpy as np
import pytest

from core.compare.agreement import DEPTH, agreement
from tests.core.compare.fakes import compared

UP = [1.0, 2, 3, 4]
DOWN = [4.0, 3, 2, 1]


def test_first_has_each_model_s_first_document() -> None:
    found = agreement(compared(one=[UP, DOWN], other=[UP, UP]))
    assert found.first.tolist() == [[3, 0], [3, 3]]


def test_a_query_is_disputed_when_two_models_put_different_documents_first() -> None:
    found = agreement(compared(one=[UP, DOWN, UP], other=[UP, UP, DOWN]))
    assert found.disputed.tolist() == [1, 2]


def test_models_that_agree_dispute_nothing() -> None:
    found = agreement(compared(one=[UP, DOWN], other=[UP, DOWN]))
    assert found.disputed.tolist() == []
    assert found.overlap.tolist() == [1, 1]


def test_the_least_overlap_is_disputed_first_and_equals_keep_their_order() -> None:
    half = [1.0, 2, 4, 3]  # another first document, the same two best
    found = agreement(compared(one=[UP, UP, UP, UP], other=[half, DOWN, half, DOWN]))
    assert found.depth == 2
    assert found.overlap.tolist() == [1, 0, 1, 0]
    assert found.disputed.tolist() == [1, 3, 0, 2]


def test_overlap_is_the_mean_over_all_pairs_of_models() -> None:
    found = agreement(compared(a=[UP], b=[DOWN], c=[[4.0, 1, 2, 3]]))  # best: 32, 01, 03
    assert found.overlap == pytest.approx([(0 + 1 / 2 + 1 / 2) / 3])


def test_the_order_within_the_best_documents_does_not_matter() -> None:
    found = agreement(compared(one=[[4.0, 3, 2, 1]], other=[[3.0, 4, 1, 2]]))
    assert found.overlap.tolist() == [1]


@pytest.mark.parametrize(
    ("n_documents", "depth"), [(1, 1), (2, 1), (3, 1), (4, 2), (19, 9), (20, 10), (500, 10)]
)
def test_at_most_half_of_the_documents_are_looked_at_up_to_ten(
    n_documents: int, depth: int
) -> None:
    assert DEPTH == 10
    scores = np.arange(n_documents, dtype=np.float64)
    found = agreement(compared(one=[scores], other=[-scores]))
    assert found.depth == depth
    assert found.overlap.tolist() == [1.0 if n_documents == 1 else 0.0]


def test_a_single_model_agrees_and_disagrees_with_nobody() -> None:
    found = agreement(compared(one=[UP, DOWN]))
    assert found.first.tolist() == [[3, 0]]
    assert np.isnan(found.overlap).tolist() == [True, True]
    assert found.disputed.tolist() == []


@pytest.mark.parametrize("seed", range(5))
def test_overlap_is_that_of_sets(seed: int) -> None:
    scores = np.random.default_rng(seed).normal(size=(2, 6, 24))
    found = agreement(compared(one=scores[0], other=scores[1]))
    for q in range(6):
        one, other = (set(np.argsort(-rows[q])[:10].tolist()) for rows in scores)
        assert found.overlap[q] == pytest.approx(len(one & other) / 10)
