"""Published figures for models that are not on this machine, and how to get them here."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.compare import CompareRequest
from core.compare.examples import examples
from core.compare.published import PublishedScores, published
from core.models import find
from core.models.files import is_here
from pages._ui import cached, charts, colours, words
from pages._ui.texts import language, t

MOST_IN_LABEL = 60


def draw(asked: CompareRequest) -> list[str]:
    """Draw what is published for chosen models that are not here; return their names."""
    absent = [name for name in asked.models if not is_here(find(name))]
    if not absent:
        return absent
    st.info(
        t("figures.not_here", models=", ".join(map(words.plain, absent))),
        icon=":material/download:",
    )
    figures = _figures_for(asked, absent)
    if figures:
        _published(asked, figures)
    for name in absent:
        with st.expander(t("figures.get", model=words.plain(name)), icon=":material/terminal:"):
            st.text(words.how_to_get(find(name)))
    return absent


def _published(asked: CompareRequest, figures: Sequence[PublishedScores]) -> None:
    st.header(t("figures.heading"), anchor=False)
    names = [f"{f.model} · {t(f'source.{f.source.name.lower()}')}" for f in figures]
    own_colours = colours.of_models([figure.model for figure in figures])
    documents = document_labels(asked)
    chart = cached.figure(
        charts.grouped_scores,
        [
            (name, figure.scores, colour)
            for name, figure, colour in zip(names, figures, own_colours, strict=True)
        ],
        documents,
    )
    st.plotly_chart(
        chart, config=charts.config("published"), key="published", alt=t("figures.chart_alt")
    )
    columns = {name: figure.scores for name, figure in zip(names, figures, strict=True)}
    st.dataframe(
        pd.DataFrame({t("result.document"): documents, **columns}),
        hide_index=True,
        key="published_table",
        alt=t("figures.chart_alt"),
        column_config={name: st.column_config.NumberColumn(format="%.4f") for name in names},
    )
    for name, figure in zip(names, figures, strict=True):
        origin = " · ".join(part for part in (figure.location, figure.machine) if part)
        st.caption(f"**{name}** ({origin}): {figure.note[language()]}")


def _figures_for(asked: CompareRequest, models: Sequence[str]) -> list[PublishedScores]:
    ids = {e.figures for e in examples() if e.has_texts(asked.queries, asked.documents)}
    return [f for id in sorted(ids - {""}) for f in published(id) if f.model in models]


def document_labels(request: CompareRequest) -> list[str]:
    """Return a short name for each document."""
    return [document_label(request, place) for place in range(len(request.documents))]


def document_label(request: CompareRequest, place: int) -> str:
    """Return a document's number, and its title or text."""
    document = request.documents[place]
    return f"{place + 1}. {charts.shortened(document.title or document.text, MOST_IN_LABEL)}"
