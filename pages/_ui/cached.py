"""The only module with cache decorators."""

from __future__ import annotations

from concurrent.futures import Executor

import streamlit as st

from core.encoding import Engine, Scope, VectorStore
from core.encoding import worker as encoding_worker
from core.encoding.stores import session_store, shared_store
from core.models.verdicts import Verdicts
from core.settings import settings
from core.work.lanes import LaneName, lane


@st.cache_resource(
    max_entries=1000, show_spinner=False, scope="session", on_release=VectorStore.remove
)
def own_store() -> VectorStore:
    """Return the store of this session's texts, removed when the session ends."""
    return session_store(settings().data_dir)


@st.cache_resource(max_entries=1, show_spinner=False)
def warm_models_lane() -> None:
    """Have the libraries imported in the background, once, so that the first comparison is quick."""
    lane(LaneName.MODELS).submit(encoding_worker.warm)


@st.cache_resource(max_entries=1, show_spinner=False)
def shared_engine() -> Engine:
    """Return the engine of built-in texts."""
    data_dir = settings().data_dir
    return Engine(
        lane(LaneName.MODELS),
        {Scope.SHARED: shared_store(data_dir)},
        Verdicts(data_dir / "golden"),
    )


def compute() -> Executor:
    """Return the lane for statistics, projections and clusters."""
    return lane(LaneName.COMPUTE)


def engine() -> Engine:
    """Return this session's engine: the shared one, with a store of its own for its own texts."""
    return shared_engine().with_store(Scope.SESSION, own_store())
