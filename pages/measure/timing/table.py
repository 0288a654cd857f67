"""Every record as a table, to take along."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.compare.export import csv_text
from core.speed.records import flat
from pages._ui import downloads
from pages._ui.texts import t
from pages.measure.timing import kept

SHOWN = {
    "model": "result.model",
    "protocol": "speed.protocol",
    "setting": "speed.setting",
    "median_seconds": "speed.median",
    "spread": "speed.spread",
    "words_per_second": "speed.words_per_second",
    "tokens_per_second": "speed.tokens_per_second",
    "megabytes": "speed.megabytes",
    "precision": "speed.precision",
    "backend": "speed.backend",
    "machine": "speed.machine",
    "measured_at": "speed.measured_at",
}


def draw() -> None:
    """Draw the table and the button that saves it."""
    rows = flat(kept.records())
    if not rows:
        st.info(t("speed.none"), icon=":material/timer:")
        return
    frame = pd.DataFrame(rows)
    shown = frame.assign(
        protocol=[t(f"speed.protocol_{each}") for each in frame["protocol"]],
        megabytes=frame["bytes"] / 1e6,
    )[list(SHOWN)]
    st.dataframe(
        shown.rename(columns={name: t(key) for name, key in SHOWN.items()}),
        hide_index=True,
        key="speed_records",
        alt=t("speed.tab_all"),
        placeholder="–",
        column_config={
            t("speed.megabytes"): st.column_config.NumberColumn(format="%.0f"),
        },
    )
    st.caption(t("speed.table_about"))
    downloads.table(
        t("speed.export"),
        lambda: csv_text(list(frame.columns), frame.itertuples(index=False, name=None)),
        file_name="speed-records.csv",
        key="export_speed",
    )
