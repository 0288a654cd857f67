"""Measures over the checkpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.training.notes import notes_curves, notes_source
from pages._ui import cached, charts
from pages._ui.texts import t

DRAWN = ("taught", "proximity", "places", "own")
PARTS = {"held-out": "tune.held_out", "all": "tune.all_places", "taught": "tune.learned"}
Marks = Sequence[tuple[int, Sequence[Mapping[str, Any]]]]


def name_of(measure: Mapping[str, Any]) -> str:
    """Return a measure's name in the words of the interface."""
    group, name = measure["group"], measure["name"]
    first, _, second = name.partition(":")
    if group == "proximity":
        which = t("tune.held_out") if first == "held-out" else t("tune.all")
        return f"{which} · {t(f'map.metric_{second}')}"
    if group == "own":
        return name
    if group == "taught":
        what = t("tune.triplets") if second == "triplets" else t(f"place_set.{second}")
        return f"{t(PARTS[first])} · {what}"
    if group == "places":
        return t(f"place_set.{name}")
    return f"{t(f'pack.{first}')} · {second}"


def draw(marks: Marks, *, key: str) -> None:
    """Draw the aim and the places as lines with their intervals; the probes are in the table."""
    shown = [row for row, measure in enumerate(marks[0][1]) if measure["group"] in DRAWN]
    series = [
        charts.Curve(
            name=name_of(marks[0][1][row]),
            points=[(percent, measures[row]["share"]) for percent, measures in marks],
            spans=[_span(measures[row]) for _, measures in marks],
            look=look,
        )
        for look, row in enumerate(shown)
    ]
    chance = marks[0][1][0]["chance"]  # the aim's
    st.plotly_chart(
        cached.figure(
            charts.curves,
            series,
            reference=(chance, t("map.chance")),
            names=(t("tune.percent"), t("tune.share")),
        ),
        config=charts.config("fine-tune"),
        key=key,
        alt=t("tune.curves_alt", count=len(series)),
    )


def draw_notes() -> None:
    """Draw the notes' curves with what is known about them."""
    found = notes_curves()
    subjects = list(dict.fromkeys(each.what for each in found))
    models = list(dict.fromkeys(each.model for each in found))
    series = [
        charts.Curve(
            name=("⚠ " if each.doubtful else "")
            + f"{t(f'tune.notes_{each.what}')} · {each.model.partition('/')[2]}",
            points=list(zip(each.percent, each.shares, strict=True)),
            look=subjects.index(each.what) + len(subjects) * models.index(each.model),
            dashed=True,
        )
        for each in found
    ]
    st.plotly_chart(
        cached.figure(charts.curves, series, names=(t("tune.percent"), t("tune.share"))),
        config=charts.config("fine-tune-notes"),
        key="tune_notes",
        alt=t("tune.notes_alt", count=len(series)),
    )
    st.caption(t("tune.notes_about", source=notes_source()))


def _span(measure: Mapping[str, Any]) -> tuple[float, float] | None:
    return None if measure["low"] is None else (measure["low"], measure["high"])
