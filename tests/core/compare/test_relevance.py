"""A model is judged by the documents marked as right, and a tie is no find."""

from __future__ import annotations

from itertools import pairwise, permutations
from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.compare.relevance import judge, ndcg_of_rows, rank_figures
from tests.core.compare.fakes import scored

TIED = st.lists(st.integers(0, 2).map(float), min_size=1, max_size=6)


def test_the_figures_of_two_queries_by_hand() -> None:
    found = judge(scored([[0.9, 0.5, 0.1, 0.3], [0.2, 0.8, 0.6, 0.4]]), [[0], [0, 2]])
    # The first finds its document at once; the second has its two in places 2 and 4.
    assert found.model == "char-ngrams"
    assert found.queries.tolist() == [0, 1]
    assert found.hits_at_1.tolist() == [1, 0]
    assert found.reciprocal_ranks.tolist() == [1, 1 / 2]
    second = (1 / log2(3) + 1 / log2(5)) / (1 / log2(2) + 1 / log2(3))
    assert found.ndcg_at_10 == pytest.approx([1, second])
    assert found.margins == pytest.approx([0.4, -0.2])
    assert found.means() == pytest.approx(
        {"hit@1": 0.5, "mrr": 0.75, "ndcg@10": (1 + second) / 2, "margin": 0.1}
    )


@pytest.mark.parametrize("place", range(1, 13))
def test_one_right_document_counts_by_its_place(place: int) -> None:
    scores = -np.arange(12.0)
    found = judge(scored([scores]), [[place - 1]])
    assert found.hits_at_1[0] == (place == 1)
    assert found.reciprocal_ranks[0] == 1 / place
    assert found.ndcg_at_10[0] == pytest.approx(1 / log2(1 + place) if place <= 10 else 0)


def test_more_right_documents_than_ten_can_all_be_found() -> None:
    found = judge(scored([-np.arange(15.0)]), [range(12)])
    assert found.ndcg_at_10.tolist() == [1]


@pytest.mark.parametrize("seed", range(10))
def test_ndcg_is_scikit_learn_s_where_no_scores_are_equal(seed: int) -> None:
    from sklearn.metrics import ndcg_score

    rng = np.random.default_rng(seed)
    scores = rng.permuted(np.arange(120.0).reshape(6, 20), axis=1)
    gains = rng.random(scores.shape) < 0.3
    gains[:, 0] = True
    found = judge(scored(scores), [np.flatnonzero(row).tolist() for row in gains])
    assert found.means()["ndcg@10"] == pytest.approx(ndcg_score(gains.astype(float), scores, k=10))
    for i, value in enumerate(found.ndcg_at_10):
        expected = ndcg_score(gains[i : i + 1].astype(float), scores[i : i + 1], k=10)
        assert value == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(3))
def test_the_reciprocal_rank_is_scikit_learn_s_with_one_right_document(seed: int) -> None:
    from sklearn.metrics import label_ranking_average_precision_score as mrr

    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(30, 12)).astype(np.float32)
    right = rng.integers(12, size=30)
    found = judge(scored(scores), [[int(i)] for i in right])
    assert found.means()["mrr"] == pytest.approx(mrr(np.eye(12)[right], scores))


def test_a_right_document_that_ties_with_a_wrong_one_is_not_found() -> None:
    for right in ([0], [1]):
        found = judge(scored([[0.5, 0.5, 0.1]]), [right])
        assert found.hits_at_1.tolist() == [0]
        assert found.reciprocal_ranks.tolist() == [1 / 2]
        assert found.ndcg_at_10 == pytest.approx([1 / log2(3)])
        assert found.margins.tolist() == [0]


def test_a_model_that_scores_all_alike_finds_nothing() -> None:
    found = judge(scored([[0.0] * 20]), [[3]])
    assert found.means() == {"hit@1": 0, "mrr": 1 / 20, "ndcg@10": 0, "margin": 0}


@given(TIED, st.data())
def test_equal_scores_stand_in_the_order_that_is_worst_for_the_model(
    scores: list[float], data: st.DataObject
) -> None:
    """Against every order that the scores allow."""
    places = range(len(scores))
    right = data.draw(st.sets(st.sampled_from(places), min_size=1))
    allowed = [
        order
        for order in permutations(places)
        if all(scores[a] >= scores[b] for a, b in pairwise(order))
    ]
    found = judge(scored([scores]), [sorted(right)])
    assert found.hits_at_1[0] == min(order[0] in right for order in allowed)
    assert found.reciprocal_ranks[0] == min(
        1 / (1 + next(i for i, d in enumerate(order) if d in right)) for order in allowed
    )
    ideal = sum(1 / log2(2 + i) for i in range(len(right)))
    worst = min(
        sum(1 / log2(2 + i) for i, d in enumerate(order) if d in right) for order in allowed
    )
    assert found.ndcg_at_10[0] == pytest.approx(worst / ideal)


def test_where_all_documents_are_right_there_is_no_margin() -> None:
    found = judge(scored([[0.1, 0.2]]), [[0, 1]])
    assert np.isnan(found.margins).tolist() == [True]
    assert found.means() == {"hit@1": 1, "mrr": 1, "ndcg@10": 1, "margin": None}


def test_a_query_without_a_margin_does_not_count_in_the_mean_of_margins() -> None:
    found = judge(scored([[0.1, 0.2], [0.5, 0.25]]), [[0, 1], [0]])
    assert found.means()["margin"] == 0.25


def test_a_single_document_is_right_and_first() -> None:
    found = judge(scored([[0.3]]), [[0]])
    assert found.means() == {"hit@1": 1, "mrr": 1, "ndcg@10": 1, "margin": None}


@pytest.mark.parametrize("relevant", [(), ((), ())])
def test_without_marks_there_is_nothing_to_average(relevant: tuple[tuple[int, ...], ...]) -> None:
    found = judge(scored([[0.1, 0.2], [0.3, 0.4]]), relevant)
    assert found.queries.size == found.hits_at_1.size == found.margins.size == 0
    assert found.means() == dict.fromkeys(("hit@1", "mrr", "ndcg@10", "margin"))


def test_only_queries_with_a_mark_count() -> None:
    scores = [[0.1, 0.2], [0.3, 0.4], [0.6, 0.5], [0.1, 0.0]]
    found = judge(scored(scores), [[], [0], [0]])  # the last query has no entry at all
    assert found.queries.tolist() == [1, 2]
    assert found.hits_at_1.tolist() == [0, 1]
    assert found.means()["hit@1"] == 0.5


def test_marks_for_queries_that_are_not_there_are_ignored() -> None:
    assert judge(scored([[0.1, 0.2]]), [[1], [0], [5]]).queries.tolist() == [0]


def test_a_mark_given_twice_counts_once() -> None:
    once, twice = (judge(scored([[0.1, 0.2, 0.3]]), [right]) for right in ([1], [1, 1]))
    assert once.means() == twice.means()


def test_negative_scores_are_ranked_like_any_other() -> None:
    found = judge(scored([[-3.0, -1.0, -2.0]]), [[1]])
    assert found.means() == {"hit@1": 1, "mrr": 1, "ndcg@10": 1, "margin": 1}


@given(st.integers(1, 14), st.integers(0, 2**32 - 1), st.data())
def test_ndcg_of_many_rows_is_that_of_each(count: int, seed: int, data: st.DataObject) -> None:
    right = data.draw(st.sets(st.integers(0, count - 1), min_size=1))
    scores = np.random.default_rng(seed).integers(0, 4, size=(5, count)).astype(np.float32)
    expected = [rank_figures(row, sorted(right)).ndcg for row in scores]
    assert ndcg_of_rows(scores, sorted(right)) == pytest.approx(expected, abs=1e-12)
