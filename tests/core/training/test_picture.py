"""The picture of a checkpoint is turned towards the map, never stretched."""

from __future__ import annotations

import numpy as np

from core.sets.places import PlaceSet
from core.training.picture import ground_truth, picture

NAMES = PlaceSet.PREFECTURES_EN


def test_a_model_that_has_learned_the_map_draws_the_map() -> None:
    truth = ground_truth(NAMES)
    turned = truth @ np.array([[0, -1], [-1, 0]], dtype=np.float32)
    # On a small patch of a sphere, angles are as distances in the plane.
    vectors = np.column_stack([np.full(47, 50.0), turned]).astype(np.float32)
    np.testing.assert_allclose(picture(lambda texts: vectors, NAMES), truth, atol=0.02)


def test_a_model_that_knows_nothing_of_it_is_as_large() -> None:
    noise = np.random.default_rng(0).standard_normal((47, 8)).astype(np.float32)
    found = picture(lambda texts: noise, NAMES)
    assert np.isclose((found**2).sum(axis=1).mean(), 1, atol=1e-5)
