"""Rows that a user edits in a table, kept across pages and languages.

Streamlit keeps an editor's changes under its key and applies them to whatever base it is given.
So a table has a base, the changes, and the two together, which are its rows; and another base needs
another key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages._ui.keys import Key
from pages._ui.texts import language


@dataclass(frozen=True, kw_only=True)
class Table:
    """The keys of one table: of the editor (its prefix and the rest), and of what is kept."""

    editor: Key
    number: Key
    base: Key
    rows: Key
    language: Key


def put(table: Table, rows: Any) -> None:
    """Show these rows in the table from now on."""
    state = st.session_state
    state[table.number] = state.get(table.number, 0) + 1
    state[table.base] = rows
    state[table.rows] = rows


def key_and_base(table: Table) -> tuple[str, Any]:
    """Return the editor's key, and the rows that its changes apply to."""
    state = st.session_state
    key = f"{table.editor}_{state[table.number]}"
    if key not in state or state.get(table.language) != language():
        # Back from another page, or with other words in its header, the editor is a new one and
        # its changes were dropped: go on from the rows.
        state[table.base] = state[table.rows]
        state[table.language] = language()
    return key, state[table.base]
