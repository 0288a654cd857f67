"""The one selection that all panels share: by search, by lasso, or in the table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa
import streamlit as st

from core.sets import TextSet
from pages._ui import cached, charts, pickers, recorded, tables, words
from pages._ui.keys import Key
from pages._ui.texts import language, t
from pages.explore.gathering import chosen

MOST_CHIPS = 50
MOST_IN_SEARCH = 5000


def places() -> tuple[int, ...]:
    """Return the places of the selected texts."""
    return st.session_state.get(Key.MAP_SELECTED, ())


def pick(found: Iterable[int], *, origin: str = "") -> None:
    """Select these texts and no others; ``origin`` is the chart that shows them already."""
    st.session_state[Key.MAP_SELECTED] = tuple(dict.fromkeys(found))
    st.session_state[Key.MAP_ORIGIN] = origin


def origin() -> str:
    """Return the key of the chart that shows the selection by itself, empty if none does."""
    return st.session_state.get(Key.MAP_ORIGIN, "")


def from_chart(key: str) -> None:
    """Take a chart's selection as everybody's; it shows many points by itself, where it fades others."""
    found = st.session_state[key]["selection"]["points"]
    chosen = [int(point["customdata"]) for point in found if point.get("customdata") is not None]
    if chosen:
        pick(chosen, origin=key if len(chosen) > charts.MOST_RINGS else "")
    elif origin() == key:  # a double click there has undone it
        clear()


def draw(text_set: TextSet) -> None:
    """Draw the search box, which is also the way to select by keyboard."""
    count = len(places())
    many = count > MOST_CHIPS
    # Ten thousand more options would take seconds.
    selected = () if many else tuple(p for p in places() if p < len(text_set))
    recorded.drawn(_draw_search, text_set, selected, count, key=(text_set.id, selected, count))


def _draw_search(text_set: TextSet, selected: tuple[int, ...], count: int) -> None:
    pickers.choose(Key.MAP_SEARCH, [*selected])
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.multiselect(
            t("map.search"),
            sorted({*range(min(len(text_set), MOST_IN_SEARCH)), *selected}),
            format_func=lambda place: name(text_set, place),
            key=Key.MAP_SEARCH,
            on_change=lambda: pick(st.session_state[Key.MAP_SEARCH]),
            placeholder=t("map.search_placeholder"),
            help=t("map.search_help"),
        )
        st.button(
            t("map.clear"),
            key=Key.MAP_CLEAR,
            icon=":material/close:",
            disabled=not count,
            on_click=clear,
        )
        if count > MOST_CHIPS:  # last, so that nothing else is drawn anew for it
            st.text(t("map.many_selected", count=f"{count:,}"), width="content")


def clear() -> None:
    """Select nothing."""
    pick(())
    st.session_state[Key.MAP_TABLE_NUMBER] = st.session_state.get(Key.MAP_TABLE_NUMBER, 0) + 1


def name(text_set: TextSet, place: int) -> str:
    """Return the text with what tells it from others of the same name."""
    region = text_set.columns.get("prefecture_ja")
    return f"{text_set.texts[place]} ({region[place]})" if region else text_set.texts[place]


def draw_table(text_set: TextSet) -> None:
    """Draw the set as a table; its selection is the panels' too."""
    number = st.session_state.setdefault(Key.MAP_TABLE_NUMBER, 0)
    recorded.drawn(_draw_table, text_set, number, places(), key=(text_set.id, number, places()))


def _draw_table(text_set: TextSet, number: int, kept: tuple[int, ...]) -> None:
    st.header(t("map.table"), anchor=False, help=t("map.table_help"))
    rows = kept or range(len(text_set))
    key = f"{Key.MAP_TABLE}_{number}"
    st.dataframe(
        cached.table((text_set.id, kept, language()), lambda: _table(text_set, rows)),
        hide_index=True,
        key=key,
        on_select=lambda: _from_table(key, rows),
        selection_mode="multi-row",
        height=300,
        alt=t("map.table"),
    )
    if kept:
        st.caption(t("map.table_selected", count=len(kept), total=len(text_set)))


def _table(text_set: TextSet, rows: Sequence[int]) -> pa.Table:
    columns = {t("map.text"): [words.for_table(text_set.texts[i]) for i in rows]}
    for column, values in text_set.columns.items():
        label = chosen.column_label(text_set, column)
        while label in columns:  # a user's column may be named as ours
            label += "'"
        columns[label] = [words.for_table(values[i]) for i in rows]
    return tables.arrow(columns)


def _from_table(key: str, rows: Sequence[int]) -> None:
    found = st.session_state[key]["selection"]["rows"]
    if found:
        pick(rows[row] for row in found)
        st.session_state[Key.MAP_TABLE_NUMBER] += 1  # its rows are others now
