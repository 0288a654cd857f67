"""The documents of the Compare page: lines to paste, or a table with titles."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.compare import Document
from pages._ui import editor
from pages._ui.keys import Key
from pages._ui.texts import t

INPUTS = ("lines", "table")
TABLE = editor.Table(
    editor=Key.COMPARE_TABLE,
    number=Key.COMPARE_TABLE_NUMBER,
    base=Key.COMPARE_TABLE_BASE,
    rows=Key.COMPARE_TABLE_ROWS,
    language=Key.COMPARE_TABLE_LANGUAGE,
)
LINE_BREAK = re.compile(r"\r\n|\r|\n")
TEXT_HEIGHT = 190
QUERIES_HEIGHT = TEXT_HEIGHT + 26  # ends where the documents do, below their higher heading


def draw() -> None:
    """Draw the field or the table."""
    as_table = st.session_state[Key.COMPARE_INPUT] == "table"
    with st.container(horizontal=True, horizontal_alignment="distribute", gap="small"):
        st.markdown(
            f":small[{t('compare.documents')}]", help=t("compare.documents_help"), width="content"
        )
        st.segmented_control(
            t("compare.documents"),
            INPUTS,
            format_func=lambda way: t(f"compare.as_{way}"),
            key=Key.COMPARE_INPUT,
            label_visibility="collapsed",
            required=True,
            on_change=_switch_input,
            persist_state="session",
        )
    if as_table:
        _table()
    else:
        st.text_area(
            t("compare.documents"),
            key=Key.COMPARE_DOCUMENTS,
            height=TEXT_HEIGHT - 22,
            placeholder=t("compare.documents_placeholder"),
            label_visibility="collapsed",
            persist_state="session",
        )


def _table() -> None:
    key, base = editor.key_and_base(TABLE)
    frame = pd.DataFrame(
        [(d.title, d.text) for d in base], columns=["title", "text"], dtype="string"
    )
    edited = st.data_editor(
        frame,
        key=key,
        num_rows="dynamic",
        height=TEXT_HEIGHT + 30,
        hide_index=True,
        alt=t("compare.table_alt"),
        column_config={
            "title": st.column_config.TextColumn(
                t("compare.column_title"), width="small", help=t("compare.table_help")
            ),
            "text": st.column_config.TextColumn(t("compare.column_text"), width="large"),
        },
    )
    rows = edited.fillna("").itertuples(index=False)
    entered_rows = tuple(Document(row.text, row.title) for row in rows)
    st.session_state[Key.COMPARE_TABLE_ROWS] = entered_rows


def _switch_input() -> None:
    """Carry the documents over to the other way of entering them."""
    state = st.session_state
    if state[Key.COMPARE_INPUT] == "lines":
        state[Key.COMPARE_DOCUMENTS] = as_lines(state[Key.COMPARE_TABLE_ROWS])
        return
    rows: defaultdict[str, deque[Document]] = defaultdict(deque)  # a text may stand there twice
    for row in state[Key.COMPARE_TABLE_ROWS]:
        rows[one_line(row.text)].append(row)
    texts = lines(state[Key.COMPARE_DOCUMENTS])
    put_rows([rows[text].popleft() if rows[text] else Document(text) for text in texts])


def entered() -> tuple[Document, ...]:
    if st.session_state[Key.COMPARE_INPUT] == "lines":
        return tuple(Document(text) for text in lines(st.session_state[Key.COMPARE_DOCUMENTS]))
    return tuple(d for d in st.session_state[Key.COMPARE_TABLE_ROWS] if d.text.strip())


def put_rows(rows: Sequence[Document]) -> None:
    """Show these documents in the table from now on."""
    editor.put(TABLE, tuple(rows))


def lines(text: str) -> list[str]:
    """Return the lines that hold something."""
    # splitlines would part a text at control characters that end no line in the field.
    return [line.strip() for line in LINE_BREAK.split(text or "") if line.strip()]


def as_lines(documents: Sequence[Document]) -> str:
    """Return a document a line; a document's own line breaks become spaces."""
    return "\n".join(one_line(document.text) for document in documents)


def one_line(text: str) -> str:
    """Return the text as a single line, which ``lines`` gives back as it is."""
    return " ".join(lines(text))


def fit_in_lines(documents: Sequence[Document]) -> bool:
    """Say whether a line can hold each of them, title included, as it is."""
    return all(not d.title and one_line(d.text) == d.text for d in documents)
