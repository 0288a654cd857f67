"""The prefectures as a taught model places them, turned towards the map."""

from __future__ import annotations

import numpy as np

from core.maps.projection import Method, ProjectionRequest, aligned, project
from core.sets.places import PlaceSet, place_set
from core.training.measures import Encode


def ground_truth(names: PlaceSet) -> np.ndarray:
    """Return where the places are, to the east and to the north, float32 (n, 2), unit mean square.

    Degrees of longitude are as long as they are in the middle of the country.
    """
    places = place_set(names).places
    assert places is not None
    middle = np.cos(np.radians(places[:, 0].mean()))
    return _scaled(np.stack([places[:, 1] * middle, places[:, 0]], axis=1))


def picture(encode: Encode, names: PlaceSet) -> np.ndarray:
    """Return the names' two principal components by cosine, float32 (n, 2), unit mean square.

    Only turned and mirrored towards the map (Procrustes), so that pictures can be compared.
    """
    found = project(encode(place_set(names).texts), ProjectionRequest(method=Method.PCA))
    return _scaled(aligned(found.points, ground_truth(names)))


def _scaled(points: np.ndarray) -> np.ndarray:
    centred = points - points.mean(axis=0)
    size = float(np.sqrt((centred**2).sum(axis=1).mean()))
    return (centred / size if size > 0 else centred).astype(np.float32)
