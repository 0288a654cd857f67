"""A key names all that a value holds, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from pages._ui.content import digest


@dataclass(frozen=True)
class Point:
    at: float
    name: str


@dataclass(frozen=True)
class Place:
    at: float
    name: str


VALUES = {
    "text": "ab",
    "another text": "ba",
    "lone surrogate": "\ud800",
    "nothing": None,
    "true": True,
    "one": 1,
    "one as a float": 1.0,
    "one as numpy has it": np.float32(1),
    "a list": ["ab", "c"],
    "the same letters": ["a", "bc"],
    "nested": [["ab"], "c"],
    "a mapping": {"ab": "c"},
    "empty": [],
    "numbers": np.arange(6, dtype=np.int64),
    "smaller numbers": np.arange(6, dtype=np.int32),
    "in rows": np.arange(6, dtype=np.int64).reshape(2, 3),
    "no rows": np.empty((0, 3)),
    "a dataclass": Point(1.0, "ab"),
    "another of the same fields": Place(1.0, "ab"),
    "another place": Point(1.0, "ba"),
    "objects": np.array(["ab", None], dtype=object),
}


def test_no_two_of_these_have_one_key() -> None:
    assert len({digest(value) for value in VALUES.values()}) == len(VALUES)


def test_what_holds_the_same_has_the_same_key() -> None:
    assert digest({"a": np.arange(6)[::2]}) == digest({"a": np.array([0, 2, 4])})
    assert digest(("a", "b")) == digest(["a", "b"])


@pytest.mark.parametrize("place", [0, 250_000, 999_999])
def test_every_element_of_a_large_array_counts(place: int) -> None:
    numbers = np.zeros(1_000_000, dtype=np.float32)
    before = digest(numbers)
    numbers[place] = 1e-30
    assert digest(numbers) != before


def test_what_could_change_behind_its_key_is_refused() -> None:
    with pytest.raises(TypeError, match="object has no digest"):
        digest({"a": [object()]})
