"""The pickers of a file's columns."""

from __future__ import annotations

import streamlit as st

from core.quality.labelled.columns import ROLES, Columns, Part, as_named, guess, missing
from core.sets.reading import ReadFile
from pages._ui import words
from pages._ui.keys import Key
from pages._ui.texts import t

ROLE_TEXTS = {
    "sentence1": "labelled.text_1",
    "sentence2": "labelled.text_2",
    "score": "labelled.grade",
    "text": "labelled.text",
    "label": "labelled.class",
    "id": "labelled.id",
    "title": "labelled.title",
    "query-id": "labelled.query_id",
    "corpus-id": "labelled.document_id",
}


def draw(name: str, read: ReadFile, part: Part) -> Columns | None:
    """Draw the pickers; return the columns under their roles' names, None where one is missing."""
    guessed = guess(list(read.columns), part)
    chosen: dict[str, str | None] = {}
    with st.expander(
        t("labelled.columns", name=words.plain(name)),
        expanded=bool(missing(guessed, part)),
        icon=":material/view_column:",
    ):
        boxes = st.columns(len(ROLES[part]), gap="small")
        for box, (role, likely) in zip(boxes, guessed.items(), strict=True):
            key = f"{Key.LABELLED_COLUMN}_{part}_{name}_{role}"
            st.session_state.setdefault(key, likely)
            with box:
                chosen[role] = st.selectbox(
                    t(ROLE_TEXTS[role]),
                    [None, *read.columns],
                    format_func=lambda each: t("sets.no_column") if each is None else each,
                    key=key,
                )
    return None if missing(chosen, part) else as_named(read.columns, chosen)


def forget() -> None:
    """Let the choices of earlier files go."""
    for key in [key for key in st.session_state if str(key).startswith(Key.LABELLED_COLUMN)]:
        del st.session_state[key]
