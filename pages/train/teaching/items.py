"""What changed, item by item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.training.items import items_of
from core.training.job import TeachingRequest
from core.training.measures import Group
from pages._ui import words
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.train.teaching import curves


@st.fragment
def draw(request: TeachingRequest, changes: Sequence[Mapping[str, Any]]) -> None:
    """Draw the items of one measure that were lost or gained."""
    moved = {each["name"]: each for each in changes if each["lost"] or each["gained"]}
    if not moved:
        return
    st.header(t("tune.items"), anchor=False)
    name = st.selectbox(
        t("tune.measure"),
        sorted(moved, key=lambda name: -len(moved[name]["lost"])),
        format_func=lambda name: _said(moved[name]),
        key=Key.TUNE_ITEMS,
    )
    group, _, rest = name.partition(":")
    items = items_of(request, Group(group), rest)
    rows = [
        {t("tune.change"): t(f"tune.{word}"), **_cells(items[i])}
        for word in ("lost", "gained")
        for i in moved[name][word]
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="tune_items_table", alt=t("tune.items"))


def _said(change: Mapping[str, Any]) -> str:
    group, _, rest = change["name"].partition(":")
    name = curves.name_of({"group": group, "name": rest})
    return t("tune.items_of", name=name, lost=len(change["lost"]), gained=len(change["gained"]))


def _cells(item: Sequence[str]) -> dict[str, str]:
    columns = ("anchor", "positive", "negative") if len(item) == 3 else ("place", "prefecture")
    return {
        t(f"tune.{name}"): words.for_table(text) for name, text in zip(columns, item, strict=True)
    }
