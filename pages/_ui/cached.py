"""The only module with cache decorators.

What is asked at every rerun is given by name: Streamlit looks the names of other arguments up by
Python's ``inspect``, which takes longer than the cache.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from threading import Timer
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

import numpy as np
import pyarrow as pa
import streamlit as st

from core.encoding import Engine, Scope, VectorStore
from core.encoding import worker as encoding_worker
from core.encoding.stores import session_store, shared_store
from core.errors import Busy, ExplorerError, Word
from core.maps import projection as projections
from core.maps.fidelity import movement as measure_movement
from core.maps.geography import prefecture_distances
from core.maps.membership import Membership, membership
from core.maps.pictures import Picture
from core.maps.pictures import pictures as make_pictures
from core.maps.projection import ProjectionRequest
from core.maps.proximity import Proximity, proximity
from core.models.openvino.serving import serving
from core.models.verdicts import Verdicts
from core.sets.clusters import ClusterRequest, Clusters
from core.sets.clusters import cluster as find_clusters
from core.sets.disagreement import Disagreement
from core.sets.disagreement import disagreement as find_disagreement
from core.sets.neighbours import Metric
from core.sets.places import PlaceSet, own_prefectures, place_set
from core.settings import settings
from core.speed.fits import Line, fit
from core.work import background, jobs
from core.work.lanes import LaneName, lane, rest
from core.work.quota import Quota
from pages._ui import charts
from pages._ui.content import digest

if TYPE_CHECKING:
    import plotly.graph_objects as go

DRAWN_SECONDS = 0.6  # so long a browser draws three pictures of few points

P = ParamSpec("P")
T = TypeVar("T")


@st.cache_resource(
    max_entries=1000, show_spinner=False, scope="session", on_release=VectorStore.discard
)
def own_store() -> VectorStore:
    """Return the store of this session's texts, removed when the session ends."""
    return session_store(settings().data_dir)


@st.cache_resource(max_entries=1, show_spinner=False)
def _seats() -> Quota:
    return Quota(Word.SESSIONS, settings().sessions)


@st.cache_resource(max_entries=1, show_spinner=False, scope="session", on_release=Quota.give_back)
def take_seat() -> Quota:
    """Have a place among the sessions until this one ends. Raises Busy where none is free."""
    _seats().take()
    return _seats()


@st.cache_resource(max_entries=1, show_spinner=False)
def follow_the_first_run() -> None:
    """Do, once, what the first visitor's page need not wait for."""
    # The libraries are imported in the background, so that the first comparison is quick.
    lane(LaneName.MODELS).submit(encoding_worker.warm)
    # What sessions of an earlier server left of their jobs holds their texts.
    jobs.remove_left(settings().data_dir / "jobs", Scope.SESSION)
    # Each collection would go through every imported module's objects, and no thread runs meanwhile.
    gc.collect()
    gc.freeze()


@st.cache_resource(max_entries=1, show_spinner=False)
def shared_engine() -> Engine:
    """Return the engine of built-in texts."""
    data_dir = settings().data_dir
    return Engine(
        lane(LaneName.MODELS),
        {Scope.SHARED: shared_store(data_dir)},
        Verdicts(data_dir / "golden"),
        servers=lane(LaneName.SERVERS),
        # An export leaves its worker with hundreds of megabytes that nothing needs any more.
        serving=serving(lane(LaneName.EXPORTS), lambda: rest(LaneName.EXPORTS)),
    )


def compute() -> Executor:
    """Return the lane for statistics, projections and clusters."""
    return lane(LaneName.COMPUTE)


@st.cache_resource(max_entries=1, show_spinner=False)
def warm_compute_lane() -> None:
    """Have UMAP compiled in the background, once."""
    compute().submit(projections.warm)


class _Kept(Generic[P, T]):
    """A function whose results are kept: for all visitors where the texts are built in, else for one.

    Streamlit keeps a function's results apart by their scope.
    """

    def __init__(self, function: Callable[P, T]) -> None:
        self._shared = st.cache_resource(function, max_entries=64, show_spinner=False)
        self._own = st.cache_resource(function, max_entries=12, show_spinner=False, scope="session")

    def where(self, built_in: bool) -> Callable[P, T]:
        """Return the function with the results of built-in texts, or of this session's."""
        return self._shared if built_in else self._own


def pictures(
    keys: tuple[str, ...],
    request: ProjectionRequest,
    several: Sequence[np.ndarray],
    *,
    built_in: bool,
) -> list[Picture | ExplorerError]:
    """Return each picture, turned to the first, or why there is none.

    ``keys`` name their texts, model and prompt.
    """
    key = digest((keys, request))
    return _pictures.where(built_in)(key=key, _request=request, _several=several)


def foresee_pictures(request: ProjectionRequest, several: Sequence[np.ndarray]) -> None:
    """Have pictures of few points made ahead, once the browser has drawn those that are shown.

    It would else share its core with them.
    """
    ahead = Timer(DRAWN_SECONDS, _make_ahead, (background(compute()), several, request))
    ahead.daemon = True
    ahead.start()


def _make_ahead(
    executor: Executor, several: Sequence[np.ndarray], request: ProjectionRequest
) -> None:
    with suppress(Busy, RuntimeError):  # the lane is full, or was closed meanwhile
        executor.submit(make_pictures, several, request)


def movement(
    key: str, request: ProjectionRequest, vectors: np.ndarray, *, built_in: bool
) -> np.ndarray:
    """Return how far each point moves between seeds."""
    return _movement.where(built_in)(key, request, vectors)


@_Kept
def _pictures(
    key: str, _request: ProjectionRequest, _several: Sequence[np.ndarray]
) -> list[Picture | ExplorerError]:
    found = compute().submit(make_pictures, _several, _request).result()
    for each in found:
        if isinstance(each, Picture):
            each.found.points.flags.writeable = False
    return found


@_Kept
def _movement(key: str, request: ProjectionRequest, _vectors: np.ndarray) -> np.ndarray:
    return compute().submit(measure_movement, _vectors, request).result()


def clusters(key: str, request: ClusterRequest, vectors: np.ndarray, *, built_in: bool) -> Clusters:
    """Return the groups in the full space."""
    return _clusters.where(built_in)(key, request, vectors)


@_Kept
def _clusters(key: str, request: ClusterRequest, _vectors: np.ndarray) -> Clusters:
    return compute().submit(find_clusters, _vectors, request).result()


@dataclass(frozen=True, kw_only=True)
class ProximityRequest:
    """``order`` is each vector's place in the table of prefectures."""

    order: tuple[int, ...]
    k: int
    metric: Metric


def prefecture_proximity(
    key: str, request: ProximityRequest, vectors: np.ndarray, *, built_in: bool
) -> Proximity:
    """Return how vectors of the prefectures agree with the ground."""
    return _proximity.where(built_in)(key, request, vectors)


@_Kept
def _proximity(key: str, request: ProximityRequest, _vectors: np.ndarray) -> Proximity:
    ground = prefecture_distances()[np.ix_(request.order, request.order)]
    asked = compute().submit(proximity, _vectors, ground, k=request.k, metric=request.metric)
    return asked.result()


@st.cache_resource(max_entries=64, show_spinner=False)
def place_membership(
    key: str, which: PlaceSet, metric: Metric, _vectors: np.ndarray, _prefectures: np.ndarray
) -> Membership:
    """Return which prefecture each place is nearest to; ``key`` names both sets of vectors."""
    own, names = own_prefectures(which), place_set(which).texts
    asked = compute().submit(membership, _vectors, _prefectures, own, names, metric=metric)
    return asked.result()


@st.cache_resource(max_entries=8, show_spinner=False, scope="session")
def disagreement(key: str, k: int, _first: np.ndarray, _second: np.ndarray) -> Disagreement:
    """Return where two models' neighbours differ; ``key`` names both sets of vectors."""
    return compute().submit(find_disagreement, _first, _second, k).result()


@st.cache_data(max_entries=64, show_spinner=False)
def line_through(points: tuple[tuple[float, float], ...]) -> Line | None:
    """Return the least-squares line of (lines, seconds), whose interval needs scipy."""
    asked = compute().submit(fit, [x for x, _ in points], [y for _, y in points])
    return asked.result()


def figure(draw: Callable[..., go.Figure], *values: Any, **named: Any) -> charts.Sent:
    """Return what ``draw`` draws of these values, once: Plotly takes 20 ms to check a chart."""
    key = digest((draw.__qualname__, values, named))
    return _figure(key=key, _make=lambda: draw(*values, **named))


@st.cache_resource(max_entries=16, show_spinner=False, scope="session")
def _figure(key: str, _make: Callable[[], go.Figure]) -> charts.Sent:
    return charts.Sent(_make())


def table(named: object, make: Callable[[], pa.Table]) -> pa.Table:
    """Return the table that ``make`` makes, once; the name says all that is in it."""
    return _table(key=digest(named), _make=make)


@st.cache_resource(max_entries=12, show_spinner=False, scope="session")
def _table(key: str, _make: Callable[[], pa.Table]) -> pa.Table:
    return _make()


def engine() -> Engine:
    """Return this session's engine: the shared one, with a store of its own for its own texts."""
    return shared_engine().with_store(Scope.SESSION, own_store())
