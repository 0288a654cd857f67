"""The prefectures at each checkpoint, beside where they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from core.sets.places import place_set
from core.training.job import TeachingRequest
from core.training.picture import ground_truth
from pages._ui import charts
from pages._ui.keys import Key
from pages._ui.texts import language, t


@st.fragment
def draw(request: TeachingRequest, checkpoints: Sequence[Mapping[str, Any]]) -> None:
    """Draw the picture of the checkpoint that the slider is at."""
    drawn = {each["percent"]: each["points"] for each in checkpoints if each.get("points")}
    if len(drawn) < 2:
        return
    st.header(t("tune.maps"), anchor=False)
    percent = st.select_slider(
        t("tune.percent"), list(drawn), max(drawn), key=Key.TUNE_CHECKPOINT, format_func=str
    )
    embedded, true = st.columns(2, gap="medium")
    with embedded:
        st.text(t("tune.map_embedded", percent=percent))
        _show(_figure(request, np.array(drawn[percent], dtype=np.float32)), "tune_map")
    with true:
        st.text(t("tune.map_true"))
        _show(_figure(request, ground_truth(request.drawn)), "tune_map_true")
    st.caption(t("tune.maps_about"))


def _show(figure: go.Figure, key: str) -> None:
    config = charts.config("fine-tune-map")
    st.plotly_chart(figure, key=key, config=config, alt=t("tune.maps"))


def _figure(request: TeachingRequest, points: np.ndarray) -> go.Figure:
    names = place_set(request.drawn)
    return charts.points(
        points=points,
        ids=np.arange(len(points), dtype=np.int32),
        labels=names.texts,
        categories=names.columns[f"region_{language()}"],
        values=None,
        selected=(),
        lines=(),
    )
