"""Two models disagree about a text as far as its neighbours differ."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import BadRequest, TooFew
from core.sets.disagreement import disagreement

GENERATOR = np.random.default_rng(1)
A = GENERATOR.standard_normal((60, 8)).astype(np.float32)
B = GENERATOR.standard_normal((60, 5)).astype(np.float32)


def loop(vectors: np.ndarray, k: int) -> list[set[int]]:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    others = [
        sorted((j for j in range(len(unit)) if j != i), key=lambda j: -float(unit[i] @ unit[j]))
        for i in range(len(unit))
    ]
    return [set(near[:k]) for near in others]


def test_overlap_is_that_of_a_plain_loop() -> None:
    found = disagreement(A, B, 7)
    expected = [len(a & b) / 7 for a, b in zip(loop(A, 7), loop(B, 7), strict=True)]
    np.testing.assert_allclose(found.overlap, expected, rtol=1e-6)
    assert [set(row) for row in found.neighbours_a.tolist()] == loop(A, 7)
    assert [set(row) for row in found.neighbours_b.tolist()] == loop(B, 7)
    assert found.order.tolist() == sorted(range(60), key=lambda i: (expected[i], i))
    assert (found.overlap.dtype, found.k, found.chance) == (np.float32, 7, 7 / 59)


def test_a_model_agrees_with_itself_whatever_the_length_of_its_vectors() -> None:
    assert disagreement(A, A * 3).overlap.tolist() == [1.0] * 60


def test_of_few_texts_all_others_are_neighbours() -> None:
    found = disagreement(A[:4], B[:4], 10)
    assert found.k == 3
    assert found.overlap.tolist() == [1.0] * 4


def test_vectors_of_other_texts_are_refused() -> None:
    with pytest.raises(BadRequest, match="60 and 59"):
        disagreement(A, B[1:])
    with pytest.raises(BadRequest):
        disagreement(A, B, 0)
    with pytest.raises(TooFew):
        disagreement(A[:2], B[:2])
