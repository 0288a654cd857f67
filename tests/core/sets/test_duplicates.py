"""Near-duplicates are all the pairs that a plain loop finds, nearest first, and their groups."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from core.errors import BadRequest
from core.sets import duplicates
from core.sets.duplicates import Duplicates, groups, pairs_above, same_texts

GENERATOR = np.random.default_rng(3)
VECTORS = GENERATOR.standard_normal((150, 6)).astype(np.float32)


def loop(vectors: np.ndarray, threshold: float) -> list[tuple[float, int, int]]:
    unit = vectors.astype(np.float64)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    found = [(float(unit[i] @ unit[j]), i, j) for i, j in combinations(range(len(unit)), 2)]
    return sorted((-cosine, i, j) for cosine, i, j in found if cosine >= threshold)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "BLOCK", 32)


@pytest.mark.parametrize("threshold", [0.9, 0.5, 0.0, -1.0])
def test_the_pairs_are_those_of_a_plain_loop(threshold: float) -> None:
    found = pairs_above(VECTORS, threshold, most=20_000)
    expected = loop(VECTORS, threshold)
    assert found.total == len(found) == len(expected)
    pairs = set(zip(found.first.tolist(), found.second.tolist(), strict=True))
    assert pairs == {(i, j) for _, i, j in expected}
    np.testing.assert_allclose(found.scores, [-cosine for cosine, _, _ in expected], atol=1e-6)
    assert (np.diff(found.scores) <= 0).all()
    assert found.scores.dtype == np.float32


@pytest.mark.parametrize("most", [0, 1, 10, 500])
def test_all_are_counted_and_the_nearest_are_given(most: int) -> None:
    found = pairs_above(VECTORS, 0.2, most)
    expected = loop(VECTORS, 0.2)
    assert found.total == len(expected)
    given = list(zip(found.first.tolist(), found.second.tolist(), strict=True))
    assert given == [(i, j) for _, i, j in expected[:most]]


def test_of_equal_pairs_the_first_are_given() -> None:
    found = pairs_above(np.ones((100, 4), dtype=np.float32), 1.0, 120)
    assert found.total == 100 * 99 // 2
    assert found.first.tolist() == [0] * 99 + [1] * 21
    assert found.second.tolist() == [*range(1, 100), *range(2, 23)]
    assert (found.scores <= 1).all()


def test_a_threshold_of_one_finds_vectors_of_one_direction() -> None:
    vectors = np.concatenate([VECTORS[:40], VECTORS[:40] * 3])
    found = pairs_above(vectors, 1.0)
    assert sorted(zip(found.first.tolist(), found.second.tolist(), strict=True)) == [
        (i, i + 40) for i in range(40)
    ]


@pytest.mark.parametrize("count", [0, 1])
def test_one_text_has_no_pair(count: int) -> None:
    assert pairs_above(VECTORS[:count], 0.5).total == 0


@pytest.mark.parametrize("threshold", [1.1, -1.5, float("nan")])
def test_a_threshold_that_is_no_cosine_is_refused(threshold: float) -> None:
    with pytest.raises(BadRequest):
        pairs_above(VECTORS, threshold)


def test_progress_ends_with_every_pair() -> None:
    said: list[tuple[int, int]] = []
    pairs_above(VECTORS, 0.9, on_progress=lambda done, total: said.append((done, total)))
    assert said[-1] == (150 * 149 // 2,) * 2
    assert [done for done, _ in said] == sorted(done for done, _ in said)


def made(*pairs: tuple[int, int]) -> Duplicates:
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return Duplicates(
        threshold=0.9,
        first=table[:, 0],
        second=table[:, 1],
        scores=np.ones(len(table), dtype=np.float32),
        total=len(table),
    )


def test_groups_are_chains_of_pairs_the_largest_first() -> None:
    found = groups(made((8, 9), (1, 2), (2, 5), (0, 7)), 11)
    assert [group.tolist() for group in found] == [[1, 2, 5], [0, 7], [8, 9]]
    assert groups(made(), 3) == ()


def test_the_same_texts_are_those_of_the_same_characters() -> None:
    found = same_texts(["a", "b", "a", "A", "か\u3099", "が", "b", "a"])
    assert [group.tolist() for group in found] == [[0, 2, 7], [1, 6]]
    assert same_texts([]) == ()
