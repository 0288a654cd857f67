"""Pictures and how far they can be trusted, found together; for the compute lane."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np

from core.errors import ExplorerError
from core.maps.fidelity import Fidelity, fidelity
from core.maps.projection import Projection, ProjectionRequest, aligned, project

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

FEW = 500  # points whose last pictures are kept
MOST_KEPT = 64


@dataclass(frozen=True, kw_only=True)
class Picture:
    """The points, and how far they can be trusted."""

    found: Projection
    trust: Fidelity


_kept: dict[tuple[bytes, tuple[int, ...], ProjectionRequest], Picture] = {}


def pictures(
    several: Sequence[np.ndarray], request: ProjectionRequest
) -> list[Picture | ExplorerError]:
    """Return the picture of each array of vectors, float32 (n, dim), or why there is none.

    That is TooFew, AllAlike or BadRequest. All are turned and scaled to the first of them. The last
    pictures of few points are kept: some may be asked for ahead.
    """
    found = [_picture(vectors, request) for vectors in several]
    first = next((each for each in found if isinstance(each, Picture)), None)
    return [_turned(each, first) if isinstance(each, Picture) and first else each for each in found]


def _turned(picture: Picture, first: Picture) -> Picture:
    if picture is first:
        return picture
    points = aligned(picture.found.points, first.found.points)
    return replace(picture, found=replace(picture.found, points=points))


def _picture(vectors: np.ndarray, request: ProjectionRequest) -> Picture | ExplorerError:
    try:
        return _kept_or_made(vectors, request) if len(vectors) <= FEW else _made(vectors, request)
    except ExplorerError as error:
        return error


def _kept_or_made(vectors: np.ndarray, request: ProjectionRequest) -> Picture:
    digest = hashlib.blake2b(np.ascontiguousarray(vectors).data, digest_size=16).digest()
    key = (digest, vectors.shape, request)
    made = _kept.pop(key, None) or _made(vectors, request)
    _kept[key] = made  # the last one asked for is the last to go
    while len(_kept) > MOST_KEPT:
        del _kept[next(iter(_kept))]
    return made


def _made(vectors: np.ndarray, request: ProjectionRequest) -> Picture:
    with _blas_threads(vectors):
        found = project(vectors, request)
        return Picture(found=found, trust=fidelity(vectors, found.points, request.metric))


def _blas_threads(vectors: np.ndarray) -> AbstractContextManager[object]:
    """Have one thread multiply matrices of few rows: a second one would only wait, at full load."""
    return _pools().limit(limits=1, user_api="blas") if len(vectors) <= FEW else nullcontext()


@cache
def _pools() -> ThreadpoolController:
    import_module("sklearn.manifold")  # it loads the libraries that there are to look for
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
