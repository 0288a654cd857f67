"""Seeded vectors, and turns of the plane and of space."""

from __future__ import annotations

import numpy as np


def vectors(count: int, dimension: int, *, seed: int = 0) -> np.ndarray:
    """Return float32 directions of no order, of any length."""
    return np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)


def turned(dimension: int, *, mirrored: bool = False, seed: int = 2) -> np.ndarray:
    """Return a rotation (dimension, dimension), or one with a reflection."""
    found, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(dimension, dimension)))
    if (np.linalg.det(found) < 0) != mirrored:
        found[:, 0] *= -1
    return found
