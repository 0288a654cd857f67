"""This session's comparisons: to go back to, and two of them side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import streamlit as st

from core.compare import Comparison
from core.compare.differences import changed_settings, moved_firsts
from pages._ui import charts, tables, words
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.explore.comparing import form, ranking

MOST_KEPT = 20
MOST_BYTES = 100_000_000  # what is older goes first
MOST_MOVED = 50


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A comparison, the form as it was then, and when."""

    comparison: Comparison
    form: Mapping[Key, Any]
    at: datetime

    @property
    def held_bytes(self) -> int:
        """Return what it keeps in memory: scores, ranks, order and percentiles are alike large."""
        return 4 * sum(result.scores.nbytes for result in self.comparison.results)


def remember(comparison: Comparison) -> None:
    """Keep a comparison that has just been made, in place of one that was the same in all."""
    before = [each for each in _entries() if not _same(each.comparison, comparison)]
    kept = [Entry(comparison=comparison, form=form.state(), at=datetime.now()), *before]
    while len(kept) > MOST_KEPT or sum(e.held_bytes for e in kept) > MOST_BYTES:
        if len(kept) == 1:
            break
        kept.pop()
    st.session_state[Key.COMPARE_HISTORY] = kept


def draw() -> None:
    """Draw the menu."""
    entries = _entries()
    if not entries:
        return
    menu = st.popover(
        t("history.heading"),
        icon=":material/history:",
        key=Key.COMPARE_HISTORY_MENU,
        on_change="rerun",
    )
    if not menu.open:
        return
    with menu:
        st.markdown(t("history.about"))
        picked = st.dataframe(
            _table(entries),
            hide_index=True,
            key=Key.COMPARE_HISTORY_TABLE,
            on_select="rerun",
            selection_mode="multi-row",
            alt=t("history.alt"),
        )
        rows = [row for row in picked["selection"]["rows"] if row < len(entries)]
        with st.container(horizontal=True):
            st.button(
                t("history.show"),
                key=Key.COMPARE_HISTORY_SHOW,
                icon=":material/undo:",
                disabled=len(rows) != 1,
                on_click=_show,
                args=(entries[rows[0]] if rows else None,),
            )
            st.button(
                t("history.beside"),
                key=Key.COMPARE_HISTORY_BESIDE,
                icon=":material/splitscreen_right:",
                disabled=len(rows) != 2,
                on_click=_put_beside,
                args=(tuple(entries[row] for row in sorted(rows, reverse=True)),),
            )


def draw_beside() -> bool:
    """Draw the two chosen comparisons; return whether there are any."""
    chosen: tuple[Entry, Entry] | None = st.session_state.get(Key.COMPARE_BESIDE)
    if chosen is None:
        return False
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.header(t("history.beside_heading"), anchor=False)
        st.button(
            t("history.close"),
            key=Key.COMPARE_BESIDE_CLOSE,
            icon=":material/close:",
            on_click=lambda: st.session_state.pop(Key.COMPARE_BESIDE, None),
        )
    before, after = (entry.comparison for entry in chosen)
    _differences(before, after)
    for number, (column, entry) in enumerate(zip(st.columns(2, gap="medium"), chosen, strict=True)):
        with column:
            _one_side(entry, number)
    return True


def _same(one: Comparison, other: Comparison) -> bool:
    if one.request != other.request or len(one.results) != len(other.results):
        return False
    pairs = zip(one.results, other.results, strict=True)
    return all(a.identity == b.identity and np.array_equal(a.scores, b.scores) for a, b in pairs)


def _entries() -> list[Entry]:
    return st.session_state.get(Key.COMPARE_HISTORY, [])


def _table(entries: list[Entry]) -> pa.Table:
    rows = [
        (
            f"{entry.at:%H:%M:%S}",
            charts.shortened(entry.comparison.request.queries[0], 40),
            f"{len(entry.comparison.request.queries)} × {len(entry.comparison.request.documents)}",
            ", ".join(entry.comparison.request.models),
            _settings(entry.comparison),
        )
        for entry in entries
    ]
    names = ("time", "first_query", "size", "models", "settings")
    columns = zip(*rows, strict=True)
    return tables.arrow({t(f"history.{n}"): c for n, c in zip(names, columns, strict=True)})


def _settings(comparison: Comparison) -> str:
    request = comparison.request
    parts = [
        t(f"task.{request.query_prompt.task}"),
        t(f"task.{request.document_prompt.task}"),
        str(request.dimension or t("compare.dimension_full")),
        t(f"similarity.{request.similarity or 'own'}"),
        t(f"precision.{request.precision}"),
    ]
    return " · ".join(parts)


def _show(entry: Entry | None) -> None:
    if entry is not None:
        # Marks go by a query's text: those made since are right for it too.
        marks = {**entry.form.get(Key.COMPARE_RIGHT, {}), **st.session_state[Key.COMPARE_RIGHT]}
        form.put_state({**entry.form, Key.COMPARE_RIGHT: marks})
        st.session_state[Key.COMPARE_RESULT] = entry.comparison
        st.session_state.pop(Key.COMPARE_ERROR, None)
        st.session_state.pop(Key.COMPARE_BESIDE, None)
        st.session_state[Key.COMPARE_HISTORY_MENU] = False


def _put_beside(entries: tuple[Entry, ...]) -> None:
    if len(entries) == 2:
        st.session_state[Key.COMPARE_BESIDE] = entries
        st.session_state[Key.COMPARE_HISTORY_MENU] = False


def _differences(before: Comparison, after: Comparison) -> None:
    changed = changed_settings(before, after)
    if changed:
        rows = [
            (t(f"field.{name}"), *(_value(name, value) for value in values))
            for name, values in changed.items()
        ]
        columns = [t("history.setting"), t("history.first"), t("history.second")]
        st.dataframe(
            pd.DataFrame(rows, columns=columns),
            hide_index=True,
            key="changed",
            alt=t("history.setting"),
        )
    else:
        st.text(t("history.same_settings"))
    moved = moved_firsts(before, after)
    if not moved:
        st.text(t("history.same_firsts"))
        return
    st.text(t("history.moved", count=len(moved)))
    names = ("result.model", "result.query", "history.first_before", "history.first_after")
    table = pd.DataFrame(
        [
            (m.model, *map(words.for_table, (m.query, m.before, m.after)))
            for m in moved[:MOST_MOVED]
        ],
        columns=[t(name) for name in names],
    )
    st.dataframe(table, hide_index=True, key="moved", alt=t("history.moved", count=len(moved)))


def _value(name: str, value: object) -> str:
    """Return a field's value as a reader knows it."""
    if value is None:
        return t("history.default")
    if name == "similarity":
        return t(f"similarity.{value}")
    if name == "precision":
        return t(f"precision.{value}")
    if isinstance(value, dict):
        texts = [str(v) for name, v in value.items() if v and name != "task"]
        return " · ".join([t(f"task.{value['task']}"), *texts]) if "task" in value else str(value)
    if isinstance(value, list):
        return charts.shortened("; ".join(_item(item) for item in value), 200)
    return str(value)


def _item(item: object) -> str:
    return str(item["text"]) if isinstance(item, dict) else str(item)


def _one_side(entry: Entry, number: int) -> None:
    request = entry.comparison.request
    st.markdown(f"**{t('history.side', number=number + 1)}** · {entry.at:%H:%M:%S}")
    st.caption(_settings(entry.comparison))
    query = 0
    if len(request.queries) > 1:
        query = st.selectbox(
            t("result.query"),
            range(len(request.queries)),
            format_func=lambda i: ranking.numbered(request.queries, i),
            key=f"{Key.COMPARE_BESIDE}_query_{number}",
        )
    for result in entry.comparison.results:
        key = f"beside_{number}_{result.model}"
        with st.container(border=True):
            ranking.draw_model(entry.comparison, result, query, key=key)
