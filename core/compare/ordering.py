"""The best of many scores, equal ones in the order of their places, and what two choices share."""

from __future__ import annotations

import numpy as np


def smallest(values: np.ndarray, k: int) -> np.ndarray:
    """Return the places of each row's k smallest values, int64, shape (n_rows, k).

    Smallest first, equal ones by place: what a stable sort gives, without sorting whole rows.
    """
    if k < 1:
        return np.empty((len(values), 0), dtype=np.int64)
    found = np.argpartition(values, k - 1, axis=1)[:, :k]
    largest = np.take_along_axis(values, found[:, -1:], axis=1)
    # Of values equal to the k-th one, argpartition takes any.
    for row in np.flatnonzero((values <= largest).sum(axis=1) > k):
        candidates = np.flatnonzero(values[row] <= largest[row])
        found[row] = candidates[np.argsort(values[row, candidates], kind="stable")[:k]]
    order = np.lexsort((found, np.take_along_axis(values, found, axis=1)), axis=1)
    return np.take_along_axis(found, order, axis=1)


def shared(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return how many places each row of one has in common with the same row of the other.

    Both are int, shape (n_rows, k) with any k; a row has no place twice. The result is (n_rows,).
    """
    both = np.sort(np.concatenate([first, second], axis=1), axis=1)
    return (both[:, 1:] == both[:, :-1]).sum(axis=1)
