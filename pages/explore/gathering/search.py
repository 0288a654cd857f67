"""Search by a typed query, or by a text of the set, with every model side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from core.errors import ExplorerError
from core.sets import TextSet
from core.sets.search import Found, like, search
from pages._ui import errors, words
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.explore.gathering import chosen, form, search_query
from pages.explore.gathering.chosen import Embedded

MOST_FOUND = 100
MOST_VALUES = 500
MOST_IN_LIKE = 2000


def draw(embedded: list[Embedded]) -> None:
    """Draw the query, the filter and what each model finds."""
    text_set = embedded[0].text_set
    query, like_this, count = st.columns([3, 3, 1], gap="small")
    with query:
        st.text_input(
            t("sets.query"),
            key=Key.SETS_QUERY,
            placeholder=t("sets.query_placeholder"),
            persist_state="session",
        )
    with like_this:
        _pick_like(text_set)
    with count:
        st.session_state.setdefault(Key.SETS_K, 10)
        st.number_input(t("sets.k"), 1, MOST_FOUND, key=Key.SETS_K, persist_state="session")
    rows = _filter(text_set)
    typed = (st.session_state.get(Key.SETS_QUERY) or "").strip()
    place = st.session_state.get(Key.SETS_LIKE)
    if not typed and place is None:
        st.info(t("sets.search_empty"), icon=":material/search:")
        return
    columns = st.columns(len(embedded), gap="small")
    for column, each in zip(columns, embedded, strict=True):
        with column:
            st.markdown(f"**{words.plain(each.model)}**")
            try:
                found = _search(each, typed, place, rows)
            except ExplorerError as error:
                errors.show(error)
                continue
            if found is None:
                st.caption(t("sets.no_query_vectors"))
            else:
                _table(text_set, each, found)


def _pick_like(text_set: TextSet) -> None:
    offered = range(min(len(text_set), MOST_IN_LIKE))
    if st.session_state.get(Key.SETS_LIKE) not in (None, *offered):
        st.session_state[Key.SETS_LIKE] = None
    st.selectbox(
        t("sets.like"),
        offered,
        index=None,
        format_func=lambda place: words.for_table(text_set.texts[place])[:120],
        key=Key.SETS_LIKE,
        placeholder=t("sets.like_placeholder"),
        help=t("sets.like_help", most=f"{MOST_IN_LIKE:,}"),
    )


def _filter(text_set: TextSet) -> np.ndarray | None:
    """Draw the filter by a column; return the rows that pass, None for all."""
    if not text_set.columns:
        return None
    left, right = st.columns([1, 3], gap="small")
    with left:
        column = st.selectbox(
            t("sets.filter"),
            [None, *text_set.columns],
            format_func=lambda name: (
                chosen.column_label(text_set, name) if name else t("sets.no_filter")
            ),
            key=Key.SETS_FILTER_COLUMN,
        )
    if column is None:
        return None
    values = text_set.columns[column]
    distinct = list(dict.fromkeys(values))[:MOST_VALUES]
    with right:
        wanted = st.multiselect(t("sets.values"), distinct, key=Key.SETS_FILTER_VALUES)
    if not wanted:
        return None
    kept = set(wanted)
    return np.array([i for i, value in enumerate(values) if value in kept], dtype=np.int64)


def _search(each: Embedded, typed: str, place: int | None, rows: np.ndarray | None) -> Found | None:
    k = st.session_state[Key.SETS_K]
    if not typed and place is not None:
        return like(each.vectors, place, k, rows=rows)
    if each.model not in form.models():
        return None  # vectors of a file: nothing here can encode a query for them
    return search(each.vectors, search_query.vector(each.model, typed), k, rows=rows)


def _table(text_set: TextSet, each: Embedded, found: Found) -> None:
    places: Sequence[int] = found.places[0].tolist()
    columns: dict[str, object] = {
        "score": found.scores[0].astype(float),
        "text": [words.for_table(text_set.texts[i]) for i in places],
    }
    shown = {
        "score": st.column_config.NumberColumn(t("result.score"), format="%.4f", width=70),
        "text": st.column_config.TextColumn(t("map.text"), width="large"),
    }
    for number, (name, values) in enumerate(text_set.columns.items()):
        column = f"column_{number}"  # a user's column may be named as ours
        columns[column] = [words.for_table(values[i]) for i in places]
        shown[column] = st.column_config.TextColumn(chosen.column_label(text_set, name))
    st.dataframe(
        pd.DataFrame(columns),
        hide_index=True,
        key=f"found_{each.model}",
        alt=t("sets.found_alt", model=each.model),
        column_config=shown,
    )
