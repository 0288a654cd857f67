"""What the Probes page asks: models, packs, and items of one's own."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.compare.background import Language
from core.compare.probes import COLUMNS, PackName, own_pack, packs, rows_from_csv
from core.compare.probing import ProbeRequest
from core.errors import ExplorerError
from core.models import PromptChoice, Task
from core.models.device import Precision
from pages._ui import boxes, editor, errors, links, pickers, uploads
from pages._ui.keys import Key
from pages._ui.texts import language, t

TABLE = editor.Table(
    editor=Key.PROBES_TABLE,
    number=Key.PROBES_TABLE_NUMBER,
    base=Key.PROBES_TABLE_BASE,
    rows=Key.PROBES_ROWS,
    language=Key.PROBES_TABLE_LANGUAGE,
)
MOST_MODELS = 6
MOST_FILE_MB = 5
EMPTY_ROWS = 3
DEFAULT_MODELS = ("all-MiniLM-L6-v2", "wordllama", "char-ngrams")
BUILT_IN = tuple(name.value for name in PackName if name is not PackName.OWN)
TASKS = tuple(task for task in Task if task is not Task.CUSTOM)
LINKED: dict[Key, links.Reader] = {
    Key.PROBES_MODELS: lambda values: links.some_of(pickers.names(), MOST_MODELS)(values),
    Key.PROBES_LANGUAGES: links.some_of(tuple(Language), len(Language)),
    Key.PROBES_PACKS: links.some_of(BUILT_IN, len(BUILT_IN)),
    Key.PROBES_TASK: links.one_of(TASKS),
    Key.PROBES_PRECISION: links.one_of(tuple(Precision)),
}


def prepare() -> None:
    """Fill the form on the first visit."""
    links.fill("probes", LINKED, _defaults())
    if Key.PROBES_ROWS not in st.session_state:
        editor.put(TABLE, [])


def write_link() -> None:
    """Put what makes the view shareable into the URL."""
    links.write(_defaults())


def draw() -> None:
    """Draw the whole form."""
    pickers.models(t("compare.models"), Key.PROBES_MODELS, most=MOST_MODELS)
    left, right = st.columns([1, 3], gap="medium")
    with left:
        st.pills(
            t("probes.languages"),
            [str(each) for each in Language],
            format_func=lambda each: t(f"probes.language_{each}"),
            selection_mode="multi",
            key=Key.PROBES_LANGUAGES,
            persist_state="session",
        )
    with right:
        st.pills(
            t("probes.packs"),
            BUILT_IN,
            format_func=lambda name: t(f"pack.{name}"),
            selection_mode="multi",
            key=Key.PROBES_PACKS,
            persist_state="session",
        )
    columns = st.columns(3, gap="small")
    with columns[0]:
        pickers.task(t("probes.task"), Key.PROBES_TASK, t("probes.task_help"), tasks=TASKS)
    with columns[1]:
        pickers.precision(Key.PROBES_PRECISION)
    _own()


def request() -> ProbeRequest:
    """Return what the form asks; it may be incomplete. Raises BadTable for the user's own items."""
    state = st.session_state
    chosen = [
        pack
        for each in Language
        if each in state[Key.PROBES_LANGUAGES]
        for pack in packs(each)
        if pack.name in state[Key.PROBES_PACKS]
    ]
    own = own_pack(state[Key.PROBES_ROWS])
    return ProbeRequest(
        packs=(*chosen, *((own,) if own.items else ())),
        models=tuple(state[Key.PROBES_MODELS]),
        prompt=PromptChoice(task=Task(state[Key.PROBES_TASK])),
        precision=Precision(state[Key.PROBES_PRECISION]),
    )


def _own() -> None:
    filled = any(any(row.values()) for row in st.session_state[Key.PROBES_ROWS])
    box = boxes.folded(t("probes.own"), Key.PROBES_OWN, ":material/edit_note:", opened=filled)
    if not box.open:
        return
    with box:
        st.caption(t("probes.own_about"))
        st.file_uploader(
            t("probes.file"),
            type=["csv", "tsv", "txt"],
            key=Key.PROBES_FILE,
            on_change=_read_file,
            max_upload_size=MOST_FILE_MB,
        )
        error: ExplorerError | None = st.session_state.get(Key.PROBES_FILE_ERROR)
        if error is not None:
            errors.show(error)
        _table()


def _table() -> None:
    key, kept = editor.key_and_base(TABLE)
    base = kept or [dict.fromkeys(COLUMNS, "")] * EMPTY_ROWS
    edited = st.data_editor(
        pd.DataFrame(base, columns=list(COLUMNS), dtype="string"),
        key=key,
        num_rows="dynamic",
        hide_index=True,
        alt=t("probes.own"),
        column_config={
            name: st.column_config.TextColumn(t(f"probes.{name}"), width="medium")
            for name in COLUMNS
        },
    )
    rows = edited.fillna("").to_dict("records")
    st.session_state[Key.PROBES_ROWS] = [
        {str(name): str(v) for name, v in row.items()} for row in rows
    ]


def _read_file() -> None:
    """Put an uploaded table into the editor, below what is there."""
    state = st.session_state
    file = state[Key.PROBES_FILE]
    state.pop(Key.PROBES_FILE_ERROR, None)
    if file is None:
        return
    try:
        rows = rows_from_csv(uploads.text_of(file.getvalue(), MOST_FILE_MB))
        own_pack(rows)
    except ExplorerError as error:
        state[Key.PROBES_FILE_ERROR] = error
        return
    kept = [row for row in state[Key.PROBES_ROWS] if any(row.values())]
    editor.put(TABLE, [*kept, *({name: row.get(name, "") for name in COLUMNS} for row in rows)])


def _defaults() -> dict[Key, object]:
    return {
        Key.PROBES_MODELS: list(DEFAULT_MODELS),
        Key.PROBES_LANGUAGES: [language()],
        Key.PROBES_PACKS: list(BUILT_IN),
        Key.PROBES_TASK: Task.SIMILARITY.value,
        Key.PROBES_PRECISION: Precision.EXACT.value,
    }
