"""Vectors as points of a picture; for the compute lane, which compiles UMAP once and keeps it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

import numpy as np

from core.errors import AllAlike, BadRequest, TooFew
from core.sets.neighbours import Metric, nearest, prepared

LEAST_POINTS = 4
MOST_TSNE = 10_000
# UMAP's own are 500 up to 10,000 points and 200 above, so that 10,000 take twice as long as 10,001.
MOST_EPOCHS, LEAST_EPOCHS = 500, 200
EPOCHS_BY_POINTS = 1_250_000  # 500 up to 2,500 points, 200 from 6,250 on


class Method(StrEnum):
    """How vectors become points."""

    PCA = "pca"
    UMAP = "umap"
    TSNE = "t-sne"


@dataclass(frozen=True, kw_only=True)
class ProjectionRequest:
    """Everything that decides a picture of given vectors.

    ``neighbours`` is UMAP's n_neighbors and t-SNE's perplexity; ``min_dist`` is UMAP's alone. PCA
    knows neither, nor a seed. To PCA and t-SNE the dot product is as Euclidean: both place vectors
    by their differences.
    """

    method: Method = Method.UMAP
    components: int = 2
    metric: Metric = Metric.COSINE
    neighbours: int = 15
    min_dist: float = 0.1
    seed: int = 0

    def normalised(self, *, any_seed: bool = False) -> ProjectionRequest:
        """Return the request with what its method ignores at the defaults: one picture, one key.

        ``any_seed`` is for what does not depend on the seed either, as movement.
        """
        ignored = IGNORED[self.method] | ({"seed"} if any_seed else set())
        kept = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ignored}
        return ProjectionRequest(**kept)


IGNORED: dict[Method, frozenset[str]] = {
    Method.PCA: frozenset({"neighbours", "min_dist", "seed"}),
    Method.UMAP: frozenset(),
    Method.TSNE: frozenset({"min_dist"}),
}


@dataclass(frozen=True, kw_only=True)
class Projection:
    """Points, float32, shape (n, components), of unit mean square; ``explained`` is PCA's share of
    the variance along each axis, empty for the others.
    """

    request: ProjectionRequest
    points: np.ndarray
    explained: tuple[float, ...] = ()


def project(vectors: np.ndarray, request: ProjectionRequest) -> Projection:
    """Return the points of the vectors, float32 (n, dim). Raises TooFew, AllAlike, BadRequest."""
    if len(vectors) < LEAST_POINTS:
        raise TooFew(
            f"There are {len(vectors)} texts; a picture needs {LEAST_POINTS}.",
            hint="Add texts.",
            count=len(vectors),
            least=LEAST_POINTS,
        )
    if np.ptp(vectors, axis=0).max() == 0:  # scikit-learn's t-SNE does not survive it
        raise AllAlike(
            f"All {len(vectors)} texts have the same vector.",
            hint="Use texts that differ.",
            model="",
            count=len(vectors),
        )
    if request.components not in (2, 3):
        raise BadRequest(f"{request.components} components.", hint="Choose 2 or 3.")
    points, explained = METHODS[request.method](vectors, request)
    return Projection(request=request, points=_scaled(points), explained=explained)


def warm() -> None:
    """Have UMAP's code compiled, which takes about ten seconds once."""
    generator = np.random.default_rng(0)
    project(generator.standard_normal((20, 4)).astype(np.float32), ProjectionRequest(neighbours=5))


def epochs(points: int) -> int:
    """Return how many rounds UMAP makes, so that from 2,500 to 6,250 points all take as long.

    Measured against 500 rounds, with short texts as MiniLM reads them: 5,000 take 2.5 s instead of
    4.5, the trustworthiness is 0.970 instead of 0.972, and of the true 15 neighbours the picture
    keeps 0.429 instead of 0.438; 10,000: 5.3 s instead of 10.4, 0.976 and 0.978, 0.391 and 0.406.
    """
    return min(max(EPOCHS_BY_POINTS // points, LEAST_EPOCHS), MOST_EPOCHS)


def aligned(points: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Return the points turned, mirrored and scaled towards the reference, both (n, components).

    Procrustes analysis (Schönemann, 1966): the same text comes to the same place as far as
    a similarity can bring it there.
    """
    from scipy.linalg import orthogonal_procrustes

    centred, target = points - points.mean(axis=0), reference - reference.mean(axis=0)
    rotation, total = orthogonal_procrustes(centred, target)
    spread = float((centred**2).sum())
    scale = total / spread if spread else 1.0
    return (scale * centred @ rotation + reference.mean(axis=0)).astype(np.float32)


def _scaled(points: np.ndarray) -> np.ndarray:
    centred = points - points.mean(axis=0)
    size = float(np.sqrt((centred**2).sum(axis=1).mean()))
    return (centred / size if size > 0 else centred).astype(np.float32)


def _pca(vectors: np.ndarray, request: ProjectionRequest) -> tuple[np.ndarray, tuple[float, ...]]:
    from sklearn.decomposition import PCA

    rows = prepared(vectors, request.metric)
    components = min(request.components, *rows.shape)
    pca: Any = PCA(n_components=components, svd_solver="auto", random_state=0)
    points = pca.fit_transform(rows)
    missing = request.components - components
    explained = tuple(float(share) for share in np.nan_to_num(pca.explained_variance_ratio_))
    return np.pad(points, ((0, 0), (0, missing))), explained


def _umap(vectors: np.ndarray, request: ProjectionRequest) -> tuple[np.ndarray, tuple[float, ...]]:
    import umap

    rows = prepared(vectors, request.metric)
    k = min(request.neighbours, len(rows) - 1)
    places, distances = nearest(rows, k - 1, request.metric)
    if request.metric is Metric.DOT:
        distances = distances - distances.min()  # UMAP wants none below zero
    # Each row is its own first neighbour, as UMAP's own search has it.
    own = np.arange(len(rows))[:, None]
    known = (
        np.concatenate([own, places], axis=1),
        np.concatenate([np.zeros_like(own, dtype=np.float32), distances], axis=1),
        None,
    )
    model: Any = umap.UMAP(
        n_components=request.components,
        n_neighbors=k,
        min_dist=request.min_dist,
        n_epochs=epochs(len(rows)),
        metric="euclidean",
        random_state=request.seed,
        n_jobs=1,
        precomputed_knn=known,
        force_approximation_algorithm=True,  # or the neighbours would be ignored for small sets
        init="spectral" if len(rows) > 2 * request.components + 2 else "random",
    )
    with warnings.catch_warnings():
        # It can't place new texts without a search index; none are placed.
        warnings.filterwarnings("ignore", message="precomputed_knn")
        warnings.filterwarnings("ignore", message="n_jobs value")
        return np.asarray(model.fit_transform(rows)), ()


def _tsne(vectors: np.ndarray, request: ProjectionRequest) -> tuple[np.ndarray, tuple[float, ...]]:
    from sklearn.manifold import TSNE

    if len(vectors) > MOST_TSNE:
        raise BadRequest(
            f"t-SNE of {len(vectors):,} texts would take too long; {MOST_TSNE:,} are the most.",
            hint="Choose UMAP or PCA.",
        )
    rows = prepared(vectors, request.metric)
    model: Any = TSNE(
        n_components=request.components,
        perplexity=min(request.neighbours, (len(rows) - 1) / 3),
        init="pca" if min(rows.shape) >= request.components else "random",
        random_state=request.seed,
    )
    return np.asarray(model.fit_transform(rows)), ()


METHODS: dict[
    Method, Callable[[np.ndarray, ProjectionRequest], tuple[np.ndarray, tuple[float, ...]]]
] = {Method.PCA: _pca, Method.UMAP: _umap, Method.TSNE: _tsne}
