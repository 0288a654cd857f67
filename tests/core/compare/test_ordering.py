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


@pytest.mark.parametrize("k", [1, 10, 3000])
def test_many_columns_without_ties(k: int) -> None:
    values = np.random.default_rng(0).normal(size=(20, 3000))
    assert smallest(values, k).tolist() == np.argsort(values, axis=1)[:, :k].tolist()
