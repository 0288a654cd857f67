"""Ranks side by side: who puts which document first, and by how much."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import streamlit as st

from core.compare import CompareRequest, Comparison, ModelScores
from core.models import known
from core.models.card import Loader
from core.models.identity import BACKENDS
from pages._ui import cached, charts, tables, words
from pages._ui.keys import Key
from pages._ui.texts import language, t
from pages.explore.comparing import answers, meaning
from pages.explore.comparing.published import document_label

MOST_IN_CHART = 15
MOST_IN_PICKER = 120
IN_A_ROW = 3
PERCENTILE_WIDTH = {"en": 78, "ja": 118}  # so wide is its heading


def draw(comparison: Comparison, query: int) -> None:
    """Draw the headline, the rank chart, and each model's ranking for one query."""
    results = comparison.results
    headline = _headline(comparison, query)
    st.text(headline)
    if len(results) > 1 and len(comparison.request.documents) > 1:
        _rank_chart(comparison, query, headline)
    # A column is the frame of its model, where each has one of its own.
    framed = len(results) <= IN_A_ROW
    columns = st.columns(min(len(results), IN_A_ROW), gap="small", border=framed)
    for i, result in enumerate(results):
        column = columns[i % len(columns)]
        with column if framed else column.container(border=True):
            draw_model(comparison, result, query, key=f"ranking_{result.model}")
    st.caption(t("result.raw_scores"))


def shown_query(comparison: Comparison) -> int:
    """Draw the picker of the query that is shown; return its place."""
    queries = comparison.request.queries
    if len(queries) == 1:
        return 0
    return st.selectbox(
        t("result.query"),
        range(len(queries)),
        format_func=lambda i: numbered(queries, i),
        key=Key.COMPARE_SHOWN_QUERY,
    )


def numbered(queries: Sequence[str], query: int) -> str:
    """Return a query as a picker shows it."""
    return f"{query + 1}. {charts.shortened(queries[query], MOST_IN_PICKER)}"


def _headline(comparison: Comparison, query: int) -> str:
    first: dict[int, list[str]] = defaultdict(list)
    for result in comparison.results:
        first[int(result.order[query, 0])].append(result.model)
    labels = {document: document_label(comparison.request, document) for document in first}
    if len(comparison.results) == 1:
        ((document, models),) = first.items()
        return t("result.agree_one", model=models[0], document=labels[document])
    if len(first) == 1:
        return t("result.agree", models=len(comparison.results), document=labels[next(iter(first))])
    split = [
        t("result.split", models=", ".join(models), document=labels[document])
        for document, models in first.items()
    ]
    return t("result.disagree", split=t("result.join").join(split))


def _rank_chart(comparison: Comparison, query: int, summary: str) -> None:
    request, results = comparison.request, comparison.results
    order = np.stack([result.order[query] for result in results])
    total = order.shape[1]
    if total > MOST_IN_CHART:
        # The best of any model; each model's order among those is kept.
        places = np.argsort(order, axis=1).min(axis=0)
        kept = set(np.argsort(places, kind="stable")[:MOST_IN_CHART].tolist())
        order = np.stack([[d for d in row if d in kept] for row in order.tolist()])
        st.caption(t("result.chart_cut", shown=MOST_IN_CHART, total=total))
    figure = cached.figure(
        charts.ranks,
        models=[result.model for result in results],
        documents={
            d: request.documents[d].title or request.documents[d].text
            for d in np.unique(order).tolist()
        },
        order=order,
        scores=np.stack([result.scores[query] for result in results]),
        rank_label=t("result.rank"),
    )
    st.plotly_chart(
        figure,
        config=charts.config("ranks"),
        key="rank_chart",
        alt=t("result.chart_alt", summary=summary),
    )
    st.caption(t("result.chart"))


def draw_model(comparison: Comparison, result: ModelScores, query: int, *, key: str) -> None:
    """Draw one model's ranking for one query."""
    request = comparison.request
    baseline = result.identity.backend == BACKENDS[Loader.CHAR_NGRAMS]
    st.markdown(
        f"**{words.plain(result.model)}** {words.verdict(result.golden)}  \n"
        f":small[{_how_scored(request, result)}]",
        help=t("result.baseline") if baseline else None,
    )
    margin = result.margins[query]
    if not np.isnan(margin):
        st.metric(t("result.margin"), f"{margin:.4f}", help=t("result.margin_help"))
    st.dataframe(
        _table(comparison, result, query),
        hide_index=True,
        key=key,
        alt=f"{t('result.heading')}: {result.model}",
        placeholder="–",  # a text without a percentile
        column_config={
            "right": st.column_config.TextColumn("✓", width=30, help=t("answers.mark")),
            "rank": st.column_config.NumberColumn(t("result.rank"), width=50),
            "score": st.column_config.NumberColumn(t("result.score"), format="%.4f", width=70),
            "percentile": st.column_config.NumberColumn(
                t("meaning.percentile"),
                format="%.1f",
                width=PERCENTILE_WIDTH[language()],
                help=t("meaning.help"),
            ),
            "number": st.column_config.NumberColumn("#", width=40),
            "title": st.column_config.TextColumn(t("result.title"), width="small"),
            "document": st.column_config.TextColumn(t("result.document")),
        },
    )


def _table(comparison: Comparison, result: ModelScores, query: int) -> pa.Table:
    request, order = comparison.request, result.order[query]
    explanation = meaning.explanation(comparison)
    calibration = explanation.calibrations.get(result.model) if explanation else None
    right = answers.relevant(request)
    columns: dict[str, Any] = {
        "rank": result.ranks[query, order],
        "score": result.scores[query, order].astype(float),
    }
    if calibration is not None and np.isfinite(calibration.percentiles[query]).any():
        columns["percentile"] = calibration.percentiles[query, order].astype(float)
    if right:
        columns["right"] = ["✓" if d in right[query] else "" for d in order]
    columns["number"] = order + 1
    if any(document.title for document in request.documents):
        columns["title"] = [words.for_table(request.documents[d].title) for d in order]
    columns["document"] = [words.for_table(request.documents[d].text) for d in order]
    return tables.arrow(columns)


def _how_scored(request: CompareRequest, result: ModelScores) -> str:
    # It may have been taken off the list since.
    card = next((card for card in known() if card.id == result.identity.model_id), None)
    trained = card.matryoshka if card else ()
    values = {"dimension": result.dimension, "full": result.full_dimension}
    if result.dimension < result.full_dimension:
        key = "dimension_cut" if result.renormalised else "dimension_cut_raw"
    else:
        short = request.dimension is not None and request.dimension > result.full_dimension
        key = "dimension_short" if short else "dimension_full"
    parts = [
        t(f"similarity.{result.similarity}"),
        t(f"result.{key}", **values),
        t("result.precision", precision=t(f"precision.{request.precision}")),
    ]
    if result.dimension < result.full_dimension and result.dimension not in trained:
        parts.append(t("result.dimension_untrained", **values))
    return " · ".join(parts)
