"""A user's own file: read with care, its columns chosen beside a preview."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.errors import ExplorerError
from core.sets.reading import (
    ColumnChoice,
    FileKind,
    ReadFile,
    guess,
    read_file,
    to_set,
    with_metadata,
)
from core.settings import settings
from pages._ui import errors, words
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.explore.gathering import chosen

PREVIEW_ROWS = 8
FIELDS = ("text", "title", "label", "id", "latitude", "longitude")
SUFFIXES = ["txt", "csv", "tsv", "jsonl", "parquet", "xlsx", "npy", "npz", "safetensors"]
NONE = ""


def draw() -> None:
    """Draw the upload, the preview and the pickers of columns."""
    with st.expander(
        t("sets.upload"), icon=":material/upload_file:", expanded=chosen.own() is None
    ):
        st.caption(t("sets.upload_about", rows=f"{settings().upload_rows:,}"))
        st.file_uploader(
            t("sets.file"),
            type=SUFFIXES,
            accept_multiple_files=True,
            key=Key.SETS_FILE,
            on_change=_read,
            max_upload_size=settings().upload_mb,
            help=t("sets.file_help"),
        )
        error: ExplorerError | None = st.session_state.get(Key.SETS_READ_ERROR)
        if error is not None:
            errors.show(error)
        found: ReadFile | None = st.session_state.get(Key.SETS_READ)
        if found is not None:
            _columns(found)


def _read() -> None:
    state = st.session_state
    state.pop(Key.SETS_READ_ERROR, None)
    files = state[Key.SETS_FILE]
    if not files:
        state.pop(Key.SETS_READ, None)
        return
    try:
        read = [read_file(file.name, file.getvalue()) for file in files[:2]]
        state[Key.SETS_READ] = _joined(read)
    except ExplorerError as error:
        state[Key.SETS_READ_ERROR] = error
        return
    best = guess(state[Key.SETS_READ])
    for name in FIELDS:
        state[_key(name)] = getattr(best, name)


def _joined(read: list[ReadFile]) -> ReadFile:
    """Return the one file, or vectors with the file that says what they are of."""
    if len(read) == 1:
        return read[0]
    read.sort(key=lambda each: each.vectors is None)
    return with_metadata(read[0], read[1])


def _columns(found: ReadFile) -> None:
    shape = t("sets.vectors", dimension=found.vectors.shape[1]) if found.vectors is not None else ""
    st.text(
        t(
            "sets.read",
            name=found.name,
            kind=t(f"file_kind.{found.kind}"),
            rows=f"{found.rows:,}",
            encoding=found.encoding or "–",
            delimiter=_delimiter(found),
        )
        + shape
    )
    preview = {
        name: [words.for_table(value) for value in values[:PREVIEW_ROWS]]
        for name, values in found.columns.items()
    }
    st.dataframe(pd.DataFrame(preview), hide_index=True, key="sets_preview", alt=t("sets.preview"))
    options = [NONE, *found.columns]
    columns = st.columns(len(FIELDS), gap="small")
    for column, name in zip(columns, FIELDS, strict=True):
        with column:
            if st.session_state.get(_key(name)) not in options:
                st.session_state[_key(name)] = NONE
            st.selectbox(
                t(f"sets.column_{name}"),
                options,
                format_func=lambda each: each or t("sets.no_column"),
                key=_key(name),
            )
    st.button(
        t("sets.use"),
        key=Key.SETS_USE_BUTTON,
        type="primary",
        icon=":material/check:",
        on_click=_use,
        args=(found,),
    )


def _delimiter(found: ReadFile) -> str:
    if found.kind not in (FileKind.CSV, FileKind.TSV):
        return "–"
    return {"\t": "TAB"}.get(found.delimiter, f'"{found.delimiter}"')


def _use(found: ReadFile) -> None:
    state = st.session_state
    choice = ColumnChoice(**{name: state[_key(name)] for name in FIELDS})
    try:
        state[Key.SETS_OWN] = to_set(found, choice)
    except ExplorerError as error:
        state[Key.SETS_READ_ERROR] = error
        return
    state.pop(Key.SETS_READ_ERROR, None)
    state[Key.SETS_SOURCE] = chosen.OWN
    # Another picker: the browser may still send the old one's choice with the next press.
    state[Key.SETS_PICKER_NUMBER] = state.get(Key.SETS_PICKER_NUMBER, 0) + 1
    state[Key.SETS_LIKE] = None
    state[Key.MAP_SET] = chosen.OWN
    state[Key.MAP_SELECTED] = ()
    for key in (Key.SETS_DUPLICATES, Key.SETS_CLUSTERS, Key.SETS_CHUNKS):
        state.pop(key, None)


def _key(name: str) -> str:
    return f"{Key.SETS_COLUMN}_{name}"
