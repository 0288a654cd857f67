"""Pickers that several pages have: models, task, precision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.encoding import Engine
from core.models import ModelCard, Task
from core.models.device import Precision
from core.models.files import is_here
from pages._ui import cached, profile, words
from pages._ui.keys import Key
from pages._ui.texts import t


def names() -> tuple[str, ...]:
    """Return the short names of the models that this visitor may use."""
    return tuple(card.name for card in profile.offered())


def labels() -> dict[str, str]:
    """Return by its name each model that this visitor may use, with a mark for what is known of it.

    Streamlit asks several times for each.
    """
    engine = cached.engine()
    return {card.name: _label(card, engine) for card in profile.offered()}


def _label(card: ModelCard, engine: Engine) -> str:
    if not is_here(card):
        return f"{card.name} ↓"
    return f"{card.name} {words.verdict_mark(engine.latest_verdict(card))}".rstrip()


def settled(key: Key) -> dict[str, str]:
    """Return the labels; a chosen model that is none of them, one of the user's own that has gone,
    is taken off the choice.
    """
    labelled = labels()
    choose(key, [name for name in st.session_state[key] if name in labelled])
    return labelled


def choose(key: str, values: list[Any]) -> None:
    """Have a box of several choices hold these.

    It is told where it holds others, and no more: it would forget what is being typed into it.
    """
    if st.session_state.get(key) != values:
        st.session_state[key] = values


def models(title: str, key: Key, *, most: int, labelled: Mapping[str, str] | None = None) -> None:
    """Draw the picker of several models, these or all; the names are in the session's state.

    ``labelled`` are what ``settled`` has returned.
    """
    labelled = labelled if labelled is not None else settled(key)
    st.multiselect(
        title,
        list(labelled),
        key=key,
        format_func=labelled.__getitem__,
        max_selections=most,
        help=t("compare.models_help", most=most),
        persist_state="session",
    )


def model(title: str, key: Key) -> str:
    """Draw the picker of one model; return its name."""
    labelled = labels()
    if st.session_state.get(key) not in labelled:
        st.session_state[key] = next(iter(labelled))
    return st.selectbox(
        title,
        list(labelled),
        key=key,
        format_func=labelled.__getitem__,
        help=t("pick.model_help"),
        persist_state="session",
    )


def task(title: str, key: Key, help: str, *, tasks: tuple[Task, ...] = tuple(Task)) -> None:
    """Draw the picker of a task."""
    st.selectbox(
        title,
        [each.value for each in tasks],
        format_func=lambda each: t(f"task.{each}"),
        key=key,
        help=help,
        persist_state="session",
    )


def precisions() -> tuple[str, ...]:
    """Return exact and fast, or exact alone where fast is not offered."""
    device = cached.engine().known_device()
    offered = device is None or device.native_bfloat16
    return tuple(p.value for p in Precision) if offered else (Precision.EXACT.value,)


def precision(key: Key) -> None:
    """Draw the picker of the precisions."""
    choices = precisions()
    if st.session_state[key] not in choices:
        st.session_state[key] = Precision.EXACT.value
    st.selectbox(
        t("compare.precision"),
        choices,
        format_func=lambda p: t(f"precision.{p}"),
        key=key,
        help=t("compare.precision_help" if len(choices) > 1 else "compare.precision_exact_only"),
        persist_state="session",
    )


def dimension(key: Key) -> int | None:
    """Draw the field for the dimension that vectors are cut to; None for all."""
    return st.number_input(
        t("local.dimension"),
        min_value=1,
        value=None,
        step=1,
        placeholder=t("local.dimension_all"),
        key=key,
        persist_state="session",
    )
