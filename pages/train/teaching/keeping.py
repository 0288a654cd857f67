"""Labelled sets of the user's own that shall not be forgotten."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.errors import ExplorerError
from core.sets.reading import read_file
from core.settings import settings
from core.training.lesson import Lesson, kept_of
from core.training.triplets import Triplet
from pages._ui import errors, words
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.train.teaching.lessons import SUFFIXES, read_once

Kept = Mapping[str, tuple[Triplet, ...]]


def draw(lesson: Lesson) -> Kept | None:
    """Draw the upload; return the sets as triplets by name, None where one can't be read."""
    with st.expander(t("tune.kept"), icon=":material/inventory_2:"):
        files = st.file_uploader(
            t("tune.kept_files"),
            type=SUFFIXES,
            accept_multiple_files=True,
            key=Key.TUNE_KEPT,
            max_upload_size=settings().upload_mb,
            help=t("tune.kept_help"),
        )
        try:
            kept = _read(tuple((file.name, file.getvalue()) for file in files))
        except ExplorerError as error:
            errors.show(error)
            return None
        learned = {text for each in lesson.triplets for text in each}
        for name, rows in kept.items():
            st.text(f"{name}: {t('tune.count', count=f'{len(rows):,}')}")
            leaked = sum(not learned.isdisjoint(each) for each in rows)
            if leaked:
                st.warning(t("tune.leaked", name=words.plain(name), count=f"{leaked:,}"))
    return kept


def _read(files: tuple[tuple[str, bytes], ...]) -> Kept:
    return read_once(
        Key.TUNE_KEPT_READ,
        files,
        lambda: {name: kept_of(read_file(name, content).columns) for name, content in files},
    )
