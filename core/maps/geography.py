"""Distances on the ground."""

from __future__ import annotations

from functools import cache

import numpy as np

from core.sets.places import prefectures


def ground_distances(places: np.ndarray, others: np.ndarray | None = None) -> np.ndarray:
    """Return kilometres on the WGS84 ellipsoid between degrees (n, 2) and (m, 2), shape (n, m).

    Karney's geodesic (https://doi.org/10.1007/s00190-012-0578-z), as geographiclib computes it.
    """
    from geographiclib.geodesic import Geodesic

    same = others is None
    targets = places if others is None else others
    found = np.zeros((len(places), len(targets)))
    for i, (lat, lon) in enumerate(places):
        for j in range(i + 1 if same else 0, len(targets)):
            there = targets[j]
            line = Geodesic.WGS84.Inverse(lat, lon, there[0], there[1], Geodesic.DISTANCE)
            found[i, j] = line["s12"] / 1000
            if same:
                found[j, i] = found[i, j]
    return found


@cache
def prefecture_distances() -> np.ndarray:
    """Return the distances between the 47 prefectural offices in kilometres, shape (47, 47)."""
    found = ground_distances(prefectures()[["lat", "lon"]].to_numpy(dtype=np.float64))
    found.flags.writeable = False
    return found
