"""What the page asks: files with labels, what they measure, and models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from core.errors import BadRequest, ExplorerError
from core.models.device import Precision
from core.quality.encoder import EvaluatedModel
from core.quality.labelled.columns import Columns, Part
from core.quality.labelled.data import Classes, Collection, Kind, Labelled
from core.quality.labelled.evaluation import EvaluationRequest
from core.quality.labelled.reading import Left, classes, collection, pairs, propose
from core.sets.reading import ReadFile, read_file
from core.settings import settings
from pages._ui import errors, pickers, words
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.measure.labelling import columns

SUFFIXES = ["csv", "tsv", "jsonl", "parquet", "xlsx"]
MOST_MODELS = 6
PREVIEW_ROWS = 5
SHOWN_ROWS = 8
# Parts of a retrieval set, by what their files' names hold; and what holds texts to learn from.
PARTS = {
    Part.QUERIES: ("quer",),
    Part.CORPUS: ("corpus", "doc"),
    Part.QRELS: ("qrel", "relev"),
}
OF_THREE_FILES = (Kind.RETRIEVAL, Kind.RERANKING)
TRAIN = "train"
DEFAULT_MODELS = ("all-MiniLM-L6-v2", "wordllama", "char-ngrams")


def draw() -> EvaluationRequest | None:
    """Draw the form; return what it asks for, None while something is missing."""
    st.file_uploader(
        t("labelled.files"),
        type=SUFFIXES,
        accept_multiple_files=True,
        key=Key.LABELLED_FILES,
        on_change=_read,
        max_upload_size=settings().upload_mb,
        help=t("labelled.files_help"),
    )
    error: ExplorerError | None = st.session_state.get(Key.LABELLED_ERROR)
    if error is not None:
        errors.show(error)
    files: dict[str, ReadFile] = st.session_state.get(Key.LABELLED_READ, {})
    if not files:
        with st.expander(t("labelled.formats"), expanded=True, icon=":material/table_view:"):
            st.markdown(t("labelled.formats_about"))
        return None
    _preview(files)
    data = _data(files)
    request = _models(data) if data is not None else None
    return request


def _read() -> None:
    state = st.session_state
    state.pop(Key.LABELLED_ERROR, None)
    found: dict[str, ReadFile] = {}
    try:
        for file in state[Key.LABELLED_FILES]:
            found[file.name] = read_file(file.name, file.getvalue())
    except ExplorerError as error:
        state[Key.LABELLED_ERROR] = error
        return
    state[Key.LABELLED_READ] = found
    columns.forget()
    proposed = _proposed(found)
    if proposed is not None:
        state[Key.LABELLED_KIND] = proposed.value


def _proposed(files: Mapping[str, ReadFile]) -> Kind | None:
    if len(files) >= len(PARTS):
        return Kind.RETRIEVAL
    tested = next((read for name, read in files.items() if TRAIN not in name.lower()), None)
    return propose(tested.columns) if tested is not None else None


def _preview(files: Mapping[str, ReadFile]) -> None:
    for name, read in files.items():
        st.caption(t("labelled.preview", name=words.plain(name), rows=f"{read.rows:,}"))
        rows = {
            column: [words.for_table(cell) for cell in cells[:PREVIEW_ROWS]]
            for column, cells in read.columns.items()
        }
        st.dataframe(pd.DataFrame(rows), hide_index=True, key=f"preview_{name}", alt=name)


def _data(files: Mapping[str, ReadFile]) -> Labelled | None:
    st.session_state.setdefault(Key.LABELLED_KIND, Kind.STS.value)
    kind = Kind(
        st.selectbox(
            t("labelled.kind"),
            [each.value for each in Kind],
            format_func=lambda each: t(f"labelled.kind_{each}"),
            key=Key.LABELLED_KIND,
            persist_state="session",
        )
    )
    try:
        tables = _tables(kind, files)
        named = [columns.draw(name, read, part) for name, (read, part) in tables.items()]
        if None in named:
            st.info(t("labelled.choose_columns"), icon=":material/touch_app:")
            return None
        data, left = _as_labelled(kind, [each for each in named if each is not None])
    except ExplorerError as error:
        errors.show(error)
        return None
    st.text(_size(data))
    if not left:
        return data
    return data if _may_leave_out(left) else None


def _tables(kind: Kind, files: Mapping[str, ReadFile]) -> dict[str, tuple[ReadFile, Part]]:
    """Return the files in the order in which they are read, and what each holds."""
    if kind in OF_THREE_FILES:
        return {_named(files, part): (files[_named(files, part)], part) for part in PARTS}
    tested = [name for name in files if TRAIN not in name.lower()]
    learned = [name for name in files if TRAIN in name.lower()]
    if len(tested) != 1 or len(learned) > 1:
        raise BadRequest(
            f"{len(files)} files for {kind}.",
            hint="Give one table, and for classification a second one with 'train' in its name.",
        )
    part = Part.PAIRS if kind in (Kind.STS, Kind.PAIRS) else Part.CLASSES
    return {name: (files[name], part) for name in (*tested, *learned)}


def _named(files: Mapping[str, ReadFile], part: Part) -> str:
    for name in files:
        if any(mark in name.lower() for mark in PARTS[part]):
            return name
    raise BadRequest(
        f"No file is named {part}.", hint="Retrieval needs queries, corpus and qrels: three files."
    )


def _as_labelled(kind: Kind, named: Sequence[Columns]) -> tuple[Labelled, tuple[Left, ...]]:
    if kind in OF_THREE_FILES:
        queries, corpus, qrels = named
        return collection(queries, corpus, qrels, kind)
    if kind in (Kind.STS, Kind.PAIRS):
        return pairs(named[0], kind)
    return classes(named[0], named[1] if len(named) > 1 else None, kind)


def _may_leave_out(left: Sequence[Left]) -> bool:
    lines = [
        t(
            f"fault.{each.fault.name.lower()}",
            count=f"{len(each.where):,}",
            where=", ".join(each.where[:SHOWN_ROWS])
            + ("…" if len(each.where) > SHOWN_ROWS else ""),
        )
        for each in left
    ]
    with st.container(border=True):
        st.markdown(f":orange[:material/warning:] {t('labelled.left')}")
        st.text("\n".join(lines))
        return st.checkbox(t("labelled.drop"), key=Key.LABELLED_DROP)


def _size(data: Labelled) -> str:
    if isinstance(data, Collection):
        return t(
            "labelled.size_retrieval",
            count=f"{len(data):,}",
            documents=f"{len(data.documents):,}",
        )
    if isinstance(data, Classes):
        return t(
            "labelled.size_classes", count=f"{len(data):,}", classes=f"{len(set(data.labels)):,}"
        )
    return t("labelled.size_pairs", count=f"{len(data):,}")


def _models(data: Labelled) -> EvaluationRequest | None:
    state = st.session_state
    state.setdefault(Key.LABELLED_MODELS, list(DEFAULT_MODELS))
    state.setdefault(Key.LABELLED_PRECISION, Precision.EXACT.value)
    left, middle, right = st.columns([4, 1, 1], gap="small")
    with left:
        pickers.models(t("compare.models"), Key.LABELLED_MODELS, most=MOST_MODELS)
    with middle:
        pickers.precision(Key.LABELLED_PRECISION)
    with right:
        dimension = pickers.dimension(Key.LABELLED_DIMENSION)
    if not state[Key.LABELLED_MODELS]:
        st.info(t("compare.no_model"), icon=":material/touch_app:")
        return None
    precision = Precision(state[Key.LABELLED_PRECISION])
    return EvaluationRequest(
        data=data,
        models=tuple(
            EvaluatedModel(model=model, dimension=dimension, precision=precision)
            for model in state[Key.LABELLED_MODELS]
        ),
    )
