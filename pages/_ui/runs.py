"""Long work that a button starts: progress, cancel, and its result kept for later reruns."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import ExplorerError
from pages._ui import errors
from pages._ui.keys import Key
from pages._ui.texts import t

# (share done, what is being done)
Show = Callable[[float, str], object]


@contextmanager
def progress() -> Generator[Show]:
    """Give what shows progress: a bar that comes with the first sign of it, and goes at the end."""
    place = st.empty()
    bars: list[DeltaGenerator] = []

    def show(share: float, text: str) -> None:
        if not bars:
            bars.append(place.progress(share, text=text))
        bars[0].progress(share, text=text)

    try:
        yield show
    finally:
        place.empty()


def run(result_key: Key, error_key: Key, work: Callable[[Show], Any]) -> None:
    """Do the work and keep its result, or its expected failure, in the session's state.

    Cancel is any rerun: Streamlit ends the script at the next sign of progress.
    """
    place = st.empty()
    with place.container():
        bar = st.progress(0.0, text=t("compare.waiting"))
        st.button(t("compare.cancel"), key=f"{result_key}_cancel")
    st.session_state.pop(error_key, None)
    try:
        st.session_state[result_key] = work(
            lambda share, text: bar.progress(share, text=text) and None
        )
    except ExplorerError as error:
        st.session_state[error_key] = error
    place.empty()


def show_error(error_key: Key) -> None:
    """Draw the failure of the last run, if it failed."""
    error: ExplorerError | None = st.session_state.get(error_key)
    if error is not None:
        errors.show(error)


def show_stale(text: str) -> None:
    """Say that the form has changed since the result that is shown."""
    st.caption(f":orange[:material/history:] {text}")


def encoding(show: Show, model: str) -> Callable[[int, int], None]:
    """Return a callback that shows how many of a model's texts are encoded."""
    return lambda done, total: show(
        done / total, t("compare.encoding", model=model, done=f"{done:,}", total=f"{total:,}")
    )
