"""What model cards say of their own means, by dimension and by format of the weights."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.compare.published import PublishedDimensions, published_dimensions
from core.models import catalogue
from core.quality.published import Leaderboard
from pages._ui.texts import t


def draw(found: Leaderboard) -> None:
    """Draw a table for each chosen model whose card gives means on this benchmark."""
    chosen = {standing.model: standing for standing in found.standings}
    drawn = False
    for card in catalogue():
        for each in published_dimensions(card.name):
            if each.benchmark == found.benchmark and card.id in chosen:
                drawn = True
                st.markdown(f"**{card.id}**")
                _one(each)
                mean = chosen[card.id].mean
                if mean is not None:
                    st.caption(t("benchmarks.card_and_table", mean=f"{100 * mean:.2f}"))
                st.caption(t("model.source", source=each.source))
    if not drawn:
        st.info(t("benchmarks.no_card"), icon=":material/search_off:")


def _one(each: PublishedDimensions) -> None:
    rows = [
        (t("benchmarks.variant_dimension", dimension=d), mean, each.by_dimension_by_type[d])
        for d, mean in each.by_dimension.items()
    ]
    rows += [(name, mean, each.by_weights_by_type[name]) for name, mean in each.by_weights.items()]
    columns = [t("benchmarks.variant"), t("benchmarks.mean"), t("benchmarks.mean_by_type")]
    st.dataframe(
        pd.DataFrame(rows, columns=columns),
        hide_index=True,
        key=f"card_{each.model}",
        alt=t("benchmarks.tab_cards"),
        column_config={name: st.column_config.NumberColumn(format="%.2f") for name in columns[1:]},
    )
