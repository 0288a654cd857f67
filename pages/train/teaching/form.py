"""What is taught, to which model, and how."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from core.errors import ExplorerError
from core.models import find
from core.sets.places import PlaceSet
from core.sets.reading import read_file
from core.settings import settings
from core.training.defaults import default_settings
from core.training.job import KIND, TARGET, TeachingRequest, as_params, check_name
from core.training.settings import Loss, TrainingSettings
from core.training.triplets import Triplet, doubts, from_columns
from core.work import jobs
from pages._ui import errors, job_progress, pickers, words
from pages._ui.keys import Key
from pages._ui.texts import t

PROXIMITY, FILE = "proximity", "file"
NAMES = (PlaceSet.PREFECTURES_EN, PlaceSet.PREFECTURES_JA, PlaceSet.PREFECTURES_KANA)
SUFFIXES = ["csv", "tsv", "jsonl", "parquet", "xlsx"]
MOST_HELD_OUT = 20
DEFAULT_HELD_OUT = 10
PREVIEW_ROWS = 5
SHOWN_ROWS = 8


def draw() -> None:
    """Draw the form; the button starts the job."""
    state = st.session_state
    state.setdefault(Key.TUNE_MODEL, pickers.names()[0])
    left, right = st.columns(2, gap="medium")
    with left:
        st.selectbox(t("tune.model"), pickers.names(), key=Key.TUNE_MODEL, persist_state="session")
    try:
        suits = default_settings(find(state[Key.TUNE_MODEL]))
    except ExplorerError as error:
        errors.show(error)
        return
    with right:
        source = st.segmented_control(
            t("tune.source"),
            [PROXIMITY, FILE],
            format_func=lambda each: t(f"tune.source_{each}"),
            key=Key.TUNE_SOURCE,
            default=PROXIMITY,
            required=True,
        )
    asked = TeachingRequest(model=state[Key.TUNE_MODEL], name="", settings=suits)
    asked = _file(asked) if source == FILE else _recipe(asked)
    if asked is None:
        return
    _preview(asked)
    _start(replace(asked, settings=_settings(suits)))


def _recipe(asked: TeachingRequest) -> TeachingRequest:
    st.caption(t("tune.recipe_about"))
    left, right = st.columns(2, gap="medium")
    with left:
        names = st.selectbox(
            t("tune.names"),
            NAMES,
            format_func=lambda each: t(f"place_set.{each}"),
            key="tune_names",
        )
    with right:
        held = st.slider(
            t("tune.hold_out"),
            0,
            MOST_HELD_OUT,
            DEFAULT_HELD_OUT,
            key="tune_hold_out",
            help=t("tune.hold_out_help"),
        )
    return replace(asked, names=names, hold_out=held)


def _file(asked: TeachingRequest) -> TeachingRequest | None:
    file = st.file_uploader(
        t("tune.file"),
        type=SUFFIXES,
        key=Key.TUNE_FILE,
        max_upload_size=settings().upload_mb,
        help=t("tune.file_help"),
    )
    if file is None:
        st.info(t("tune.no_file"), icon=":material/touch_app:")
        return None
    try:
        triplets = _triplets(file.name, file.getvalue())
    except ExplorerError as error:
        errors.show(error)
        return None
    return replace(asked, triplets=triplets)


def _triplets(name: str, content: bytes) -> tuple[Triplet, ...]:
    """Return the file's triplets, read once for as long as it is chosen."""
    kept = st.session_state.get(Key.TUNE_READ)
    if kept is None or kept[0] != (name, content):
        found = from_columns(read_file(name, content).columns)
        kept = st.session_state[Key.TUNE_READ] = ((name, content), found)
    return kept[1]


def _preview(asked: TeachingRequest) -> None:
    triplets = asked.all_triplets()
    st.text(t("tune.count", count=f"{len(triplets):,}"))
    columns = {
        t(f"tune.{field}"): [words.for_table(getattr(each, field)) for each in triplets]
        for field in Triplet._fields
    }
    rows = {name: cells[:PREVIEW_ROWS] for name, cells in columns.items()}
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="tune_preview", alt=t("tune.preview"))
    found = doubts(triplets)
    for name in ("same", "contradictory", "repeated"):
        where: tuple[int, ...] = getattr(found, name)
        if where:
            shown = ", ".join(map(str, where[:SHOWN_ROWS])) + (
                "…" if len(where) > SHOWN_ROWS else ""
            )
            st.warning(t(f"tune.doubt_{name}", count=len(where), where=shown))


def _settings(suits: TrainingSettings) -> TrainingSettings:
    model = st.session_state[Key.TUNE_MODEL]
    with st.expander(t("tune.settings"), icon=":material/tune:"):
        columns = st.columns(5, gap="small")
        with columns[0]:
            epochs = st.number_input(
                t("tune.epochs"), 1, 100, suits.epochs, key=f"tune_epochs_{model}"
            )
        with columns[1]:
            batch = st.number_input(
                t("tune.batch"), 2, 512, suits.batch_size, key=f"tune_batch_{model}"
            )
        with columns[2]:
            rate = st.number_input(
                t("tune.rate"),
                1e-7,
                1.0,
                suits.learning_rate,
                format="%.1e",
                key=f"tune_rate_{model}",
                help=t("tune.rate_help"),
            )
        with columns[3]:
            loss = st.selectbox(
                t("tune.loss"),
                list(Loss),
                format_func=lambda each: t(f"tune.loss_{each}"),
                key="tune_loss",
                help=t("tune.loss_help"),
            )
        with columns[4]:
            seed = st.number_input(t("map.seed"), 0, 9999, suits.seed, key="tune_seed")
    return replace(suits, epochs=epochs, batch_size=batch, learning_rate=rate, loss=loss, seed=seed)


def _start(asked: TeachingRequest) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(
            t("tune.name"),
            f"{asked.model}-{FILE if asked.triplets else PROXIMITY}",
            key=f"tune_name_{asked.model}_{bool(asked.triplets)}",
            help=t("tune.name_help"),
        )
        pressed = st.button(
            t("tune.start"), key=Key.TUNE_START, type="primary", icon=":material/school:"
        )
    if not pressed:
        return
    request = replace(asked, name=name.strip())
    try:
        check_name(request.name)
    except ExplorerError as error:
        errors.show(error)
        return
    scope = "session" if request.triplets else "shared"
    jobs.start(job_progress.job_folder(), KIND, TARGET, as_params(request), scope=scope)
    st.rerun()
