"""Ranks, order and margins of one model's scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tests.core.compare.fakes import scored

# Quarters, so that ties are common and differences exact.
SCORES = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 4), st.integers(1, 7)),
    elements=st.integers(-4, 4).map(lambda n: n / 4),
)


def test_the_best_score_has_rank_one() -> None:
    found = scored([[0.1, 0.9, 0.5], [-0.1, -0.9, -0.5]])
    assert found.ranks.tolist() == [[3, 1, 2], [1, 3, 2]]
    assert found.order.tolist() == [[1, 2, 0], [0, 2, 1]]
    assert found.margins == pytest.approx([0.4, 0.4])


def test_equal_scores_share_a_rank_and_the_next_rank_is_left_out() -> None:
    found = scored([[0.5, 0.9, 0.5, 0.1, 0.9]])
    assert found.ranks.tolist() == [[3, 1, 3, 5, 1]]
    assert found.order.tolist() == [[1, 4, 0, 2, 3]]
    assert found.margins.tolist() == [0]


def test_with_one_document_there_is_no_margin() -> None:
    found = scored([[0.5], [0.7]])
    assert found.ranks.tolist() == [[1], [1]]
    assert found.margins.shape == (2,)
    assert np.isnan(found.margins).all()


def test_places_and_ranks_take_four_bytes_each() -> None:
    found = scored([[0.1, 0.9, 0.5]])
    assert found.ranks.dtype == found.order.dtype == np.int32


@given(SCORES)
def test_ranks_are_those_of_a_competition(scores: np.ndarray) -> None:
    """Against the definition: one more than the number of better scores in the row."""
    expected = [[1 + sum(other > score for other in row) for score in row] for row in scores]
    assert scored(scores).ranks.tolist() == expected


@given(SCORES)
def test_order_goes_from_best_to_worst_and_keeps_the_given_order_of_ties(
    scores: np.ndarray,
) -> None:
    expected = [sorted(range(len(row)), key=lambda i, row=row: -row[i]) for row in scores]
    assert scored(scores).order.tolist() == expected


@given(SCORES)
def test_the_margin_is_first_minus_second(scores: np.ndarray) -> None:
    margins = scored(scores).margins
    for row, margin in zip(scores, margins, strict=True):
        best = sorted(row.tolist(), reverse=True)
        assert np.isnan(margin) if len(best) == 1 else margin == best[0] - best[1]
