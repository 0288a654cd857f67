"""The row of settings below the Compare page's texts: tasks, dimension, similarity, precision."""

from __future__ import annotations

import streamlit as st

from core.compare import Similarity
from core.models import Task, find
from pages._ui import pickers
from pages._ui.keys import Key
from pages._ui.texts import t

DIMENSIONS = (0, 1024, 768, 512, 384, 256, 128, 64, 32)  # 0: each model's full output
MOST_DIMENSIONS = 8192
OWN = "own"  # each model's own similarity
SIMILARITIES = (OWN, *Similarity)


TYPED = {
    "query": (Key.COMPARE_QUERY_TASK, Key.COMPARE_QUERY_PROMPT),
    "document": (Key.COMPARE_DOCUMENT_TASK, Key.COMPARE_DOCUMENT_PROMPT),
}


def draw() -> None:
    """Draw the row, and below it what is typed for one of its choices."""
    with st.container():  # what is typed comes and goes: nothing below is drawn anew for it
        with st.container(horizontal=True, gap="small"):
            for side, (task_key, _) in TYPED.items():
                pickers.task(t(f"compare.{side}_task"), task_key, t(f"compare.{side}_task_help"))
            _dimension()
            st.selectbox(
                t("compare.similarity"),
                [str(s) for s in SIMILARITIES],
                format_func=lambda s: t(f"similarity.{s}"),
                key=Key.COMPARE_SIMILARITY,
                help=t("compare.similarity_help"),
                persist_state="session",
            )
            pickers.precision(Key.COMPARE_PRECISION)
        _instruction()
        for side, (task_key, prompt_key) in TYPED.items():
            if st.session_state[task_key] == Task.CUSTOM:
                st.text_input(
                    t(f"compare.{side}_prompt"),
                    key=prompt_key,
                    help=t("compare.prompt_help"),
                    persist_state="session",
                )


def _instruction() -> None:
    documented = documented_instruction()
    if documented:
        st.text_input(
            t("compare.instruction"),
            key=Key.COMPARE_INSTRUCTION,
            placeholder=documented,
            help=t("compare.instruction_help"),
            persist_state="session",
        )


def _dimension() -> None:
    chosen = st.session_state[Key.COMPARE_DIMENSION]  # a file or link may hold another one
    st.selectbox(
        t("compare.dimension"),
        DIMENSIONS if chosen in DIMENSIONS else (*DIMENSIONS, chosen),
        format_func=lambda d: str(d) if d else t("compare.dimension_full"),
        key=Key.COMPARE_DIMENSION,
        help=t("compare.dimension_help"),
        persist_state="session",
    )


def documented_instruction() -> str:
    """Return the documented instruction of a chosen model that has an instruction template."""
    task = st.session_state[Key.COMPARE_QUERY_TASK]
    entries = (
        entry
        for name in st.session_state[Key.COMPARE_MODELS]
        for entry in find(name).prompts
        if task in entry.tasks
    )
    return next((entry.instruction for entry in entries if entry.instruction), "")
