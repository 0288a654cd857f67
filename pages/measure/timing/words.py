"""Words per second, here and as others published them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.speed.others import published
from core.speed.records import Protocol
from core.speed.texts import Language
from pages._ui import cached, charts
from pages._ui.texts import t
from pages.measure.timing import kept

UNITS = {Language.ENGLISH: "words", Language.JAPANESE: "characters"}


def draw() -> None:
    """Draw this machine's rates, and apart from them those that others published."""
    found = kept.of(Protocol.WORDS)
    kept.draw_heading(found, t("speed.words_help"))
    for text, unit in UNITS.items():
        rates = [
            (record.model, f"{record.model} · {record.precision}", rate)
            for record in found.records
            if (each := record.of(text)) is not None and (rate := each.rate(unit)) is not None
        ]
        if rates:
            models, labels, values = zip(*sorted(rates, key=lambda each: -each[2]), strict=True)
            name = t(f"speed.{unit}_per_second")
            st.plotly_chart(
                cached.figure(
                    charts.bars,
                    list(zip(labels, values, strict=True)),
                    models=models,
                    name=name,
                    digits=0,
                ),
                config=charts.config(f"speed-{unit}"),
                key=f"speed_{unit}",
                alt=name,
            )
    if found.records:
        kept.draw_machines(found.records)
    st.header(t("speed.words_elsewhere"), anchor=False, help=t("speed.words_elsewhere_help"))
    st.dataframe(
        pd.DataFrame(
            {
                t("result.model"): [each.model for each in published()],
                t("speed.words_per_second"): [each.words_per_second for each in published()],
                t("speed.machine"): [each.machine for each in published()],
                t("speed.task"): [each.task for each in published()],
                t("speed.mteb"): [each.mteb_version for each in published()],
                t("speed.source"): [each.source for each in published()],
            }
        ),
        hide_index=True,
        key="speed_published",
        alt=t("speed.words_elsewhere"),
        column_config={
            t("speed.words_per_second"): st.column_config.NumberColumn(format="localized")
        },
    )
