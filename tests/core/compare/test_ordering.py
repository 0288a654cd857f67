"""The k smallest are those of a stable sort."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.compare.ordering import smallest

VALUES = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 5), st.integers(1, 40)),
    elements=st.integers(-3, 3).map(float) | st.just(float("inf")),
)


@given(VALUES, st.data())
def test_equal_values_are_taken_and_ordered_by_place(values: np.ndarray, data: st.DataObject):
    k = data.draw(st.integers(0, values.shape[1]))
    expected = np.argsort(values, axis=1, kind="stable")[:, :k]
    found = smallest(values, k)
    assert found.tolist() == expected.tolist()
    assert found.shape == (len(values), k)


@given(
    st.integers(1, 4),
    st.integers(100, 700),
    st.integers(1, 12),
    st.sampled_from([2, 30, 10_000]),
    st.floats(0, 1),
    st.integers(0, 2**31),
)
def test_many_values_equal_or_infinite_are_ordered_as_a_stable_sort_has_them(
    rows: int, columns: int, k: int, kinds: int, finite: float, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    values = generator.integers(-kinds, kinds, size=(rows, columns)).astype(np.float32)
    values[generator.random(values.shape) > finite] = np.inf
    expected = np.argsort(values, axis=1, kind="stable")[:, :k]
    assert smallest(values, k).tolist() == expected.tolist()
    assert smallest(np.asfortranarray(values), k).tolist() == expected.tolist()


def test_what_is_no_number_comes_last() -> None:
    values = np.random.default_rng(0).normal(size=(4, 3000)).astype(np.float32)
    for share in (0.001, 0.5, 0.99):
        values[np.random.default_rng(1).random(values.shape) < share] = np.nan
        expected = np.argsort(values, axis=1, kind="stable")[:, :10]
        assert smallest(values, 10).tolist() == expected.tolist()


@pytest.mark.parametrize("k", [1, 10, 3000])
def test_many_columns_without_ties(k: int) -> None:
    values = np.random.default_rng(0).normal(size=(20, 3000))
    assert smallest(values, k).tolist() == np.argsort(values, axis=1)[:, :k].tolist()
