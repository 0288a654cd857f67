"""What is learned from: a recipe, or a table of the user's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import pandas as pd
import streamlit as st

from core.errors import ExplorerError
from core.sets.places import PlaceSet, place_set
from core.sets.reading import read_file
from core.settings import settings
from core.training.job import TeachingRequest
from core.training.lesson import Lesson, Made, of_columns
from core.training.recipes import PLACES, Recipe
from core.training.triplets import Triplet, doubts
from pages._ui import errors, words
from pages._ui.keys import Key
from pages._ui.texts import t

T = TypeVar("T")
FILE = "file"
SOURCES = (*Recipe, FILE)
SUFFIXES = ["csv", "tsv", "jsonl", "parquet", "xlsx"]
PREVIEW_ROWS = 5
SHOWN_ROWS = 8


@dataclass(frozen=True, kw_only=True)
class Choice:
    """How a recipe can be varied: its names, and how many of them are held out."""

    names: tuple[PlaceSet, ...]
    most_held_out: int
    held_out: int


CHOICES: Mapping[Recipe, Choice] = {
    Recipe.PROXIMITY: Choice(
        names=(PlaceSet.PREFECTURES_EN, PlaceSet.PREFECTURES_JA, PlaceSet.PREFECTURES_KANA),
        most_held_out=20,
        held_out=10,
    ),
    Recipe.PLACES: Choice(names=tuple(PLACES), most_held_out=1000, held_out=200),
}


def recipe(asked: TeachingRequest) -> TeachingRequest:
    """Draw what the recipe leaves open."""
    kind = asked.recipe.replace("-", "_")
    choice = CHOICES[asked.recipe]
    st.caption(t(f"tune.about_{kind}"))
    left, right = st.columns(2, gap="medium")
    with left:
        names = st.selectbox(
            t("tune.names" if asked.recipe is Recipe.PROXIMITY else "tune.places"),
            choice.names,
            format_func=lambda each: t(f"place_set.{each}"),
            key=f"tune_names_{kind}",
        )
    most = min(choice.most_held_out, len(place_set(names)) // 2)
    with right:
        held = st.slider(
            t("tune.hold_out"),
            0,
            most,
            min(choice.held_out, most // 2),
            key=f"tune_hold_out_{kind}_{most}",
            help=t("tune.hold_out_help"),
        )
    return replace(asked, names=names, hold_out=held)


def file(asked: TeachingRequest) -> TeachingRequest | None:
    """Draw the upload; None while there is nothing to learn from."""
    given = st.file_uploader(
        t("tune.file"),
        type=SUFFIXES,
        key=Key.TUNE_FILE,
        max_upload_size=settings().upload_mb,
        help=t("tune.file_help"),
    )
    if given is None:
        st.info(t("tune.no_file"), icon=":material/touch_app:")
        return None
    left, right = st.columns(2, gap="medium", vertical_alignment="bottom")
    with left:
        held = st.number_input(
            t("tune.hold_out_anchors"),
            min_value=0,
            value=0,
            key=Key.TUNE_HOLD_OUT,
            help=t("tune.hold_out_anchors_help"),
        )
    with right:
        mined = st.checkbox(
            t("tune.mined"), key=Key.TUNE_MINED, help=t("tune.mined_help"), persist_state="session"
        )
    try:
        found = _lesson(given.name, given.getvalue(), int(held))
    except ExplorerError as error:
        errors.show(error)
        return None
    return replace(asked, own=replace(found, mined=mined))


def _lesson(name: str, content: bytes, held: int) -> Lesson:
    return read_once(
        Key.TUNE_READ,
        (name, content, held),
        lambda: of_columns(read_file(name, content).columns, hold_out=held),
    )


def read_once(key: Key, asked: object, read: Callable[[], T]) -> T:
    """Return what ``read`` gives, read once for as long as the same is asked of this key."""
    kept = st.session_state.get(key)
    if kept is None or kept[0] != asked:
        kept = st.session_state[key] = (asked, read())
    return kept[1]


def preview(lesson: Lesson) -> None:
    """Draw the first triplets, how many there are, and what is odd about them."""
    said = t("tune.count", count=f"{len(lesson.triplets):,}")
    if lesson.test:
        said += " · " + t("tune.test_count", count=f"{len(lesson.test):,}")
    st.text(said)
    if lesson.made in (Made.CLASSES, Made.PAIRS):
        st.caption(t(f"tune.made_{lesson.made}"))
    if lesson.mined:
        st.caption(t("tune.mined_about"))
    columns = {
        t(f"tune.{field}"): [
            words.for_table(getattr(each, field)) for each in lesson.triplets[:PREVIEW_ROWS]
        ]
        for field in Triplet._fields
        if field != "negative" or not lesson.mined
    }
    st.dataframe(pd.DataFrame(columns), hide_index=True, key="tune_preview", alt=t("tune.preview"))
    found = doubts(lesson.triplets)
    for name in ("same", "contradictory", "repeated"):
        where: tuple[int, ...] = getattr(found, name)
        if where:
            shown = ", ".join(map(str, where[:SHOWN_ROWS])) + (
                "…" if len(where) > SHOWN_ROWS else ""
            )
            st.warning(t(f"tune.doubt_{name}", count=len(where), where=shown))
