"""What a comparison gave: ranks side by side, margins, times, and what each model received."""

from __future__ import annotations

import json
from collections import defaultdict

import numpy as np
import pandas as pd
import streamlit as st

from core.compare import CompareRequest, Comparison, ModelScores, Step, StepName
from core.compare.compare import prompted_documents, prompted_queries
from core.compare.export import to_csv, to_dict
from core.errors import ModelNotHere
from core.models import known
from core.models.card import Loader
from core.models.golden import GoldenState
from core.models.identity import BACKENDS
from pages._ui import charts, errors, words
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.explore.comparing import published
from pages.explore.comparing.published import document_labels

MOST_IN_CHART = 15
MOST_IN_HEADLINE = 60
CHEAP_SECONDS = 0.0005


def draw(asked: CompareRequest, comparison: Comparison | None) -> None:
    """Draw the kept result, or what to do to get one."""
    absent = published.draw(asked)
    if comparison is None:
        if len(absent) == len(asked.models) > 0:
            return
        st.info(t("compare.empty"), icon=":material/touch_app:")
        return
    if asked != comparison.request:
        st.caption(f":orange[:material/history:] {t('compare.stale')}")
    for failure in comparison.failures:
        if not isinstance(failure.error, ModelNotHere):
            errors.show(failure.error, about=failure.model)
    for reason in {str(r.store_fault) for r in comparison.results if r.store_fault}:
        st.warning(t("result.not_kept", reason=reason), icon=":material/save:")
    if not comparison.results:
        return
    _differing(comparison)
    _ranking(comparison)
    if len(comparison.request.queries) > 1:
        _heatmaps(comparison)
    times, sent = st.columns(2, gap="medium")
    with times:
        _times(comparison)
    with sent:
        _sent(comparison)
    _export(comparison)


def _differing(comparison: Comparison) -> None:
    """Warn of models that do not work here as their authors built them."""
    wrong = [
        result
        for result in comparison.results
        if result.golden and result.golden.state is GoldenState.DIFFERS
    ]
    for result in wrong:
        causes = result.golden.causes if result.golden else ()
        named = t("result.join").join(t(f"cause.{cause.kind}") for cause in causes)
        model = words.plain(result.model)
        st.warning(t("result.differs", model=model, causes=named), icon=":material/warning:")


def _ranking(comparison: Comparison) -> None:
    request, results = comparison.request, comparison.results
    st.subheader(t("result.heading"), anchor=False)
    query = 0
    if len(request.queries) > 1:
        query = st.selectbox(
            t("result.query"),
            range(len(request.queries)),
            format_func=lambda i: f"{i + 1}. {request.queries[i]}",
            key=Key.COMPARE_SHOWN_QUERY,
        )
    headline = _headline(comparison, query)
    st.text(headline)
    if len(results) > 1 and len(request.documents) > 1:
        _rank_chart(comparison, query, headline)
    columns = st.columns(min(len(results), 3), gap="small")
    for i, result in enumerate(results):
        with columns[i % len(columns)]:
            _model_column(request, result, query)
    st.caption(t("result.raw_scores"))


def _headline(comparison: Comparison, query: int) -> str:
    first: dict[int, list[str]] = defaultdict(list)
    for result in comparison.results:
        first[int(result.order[query, 0])].append(result.model)
    labels = document_labels(comparison.request)
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
    figure = charts.ranks(
        models=[result.model for result in results],
        documents=[document.title or document.text for document in request.documents],
        order=order,
        scores=np.stack([result.scores[query] for result in results]),
        rank_label=t("result.rank"),
    )
    st.plotly_chart(
        figure,
        config=charts.CONFIG,
        key="rank_chart",
        alt=t("result.chart_alt", summary=summary),
    )
    st.caption(t("result.chart"))


def _model_column(request: CompareRequest, result: ModelScores, query: int) -> None:
    with st.container(border=True):
        baseline = result.identity.backend == BACKENDS[Loader.CHAR_NGRAMS]
        st.markdown(
            f"**{words.plain(result.model)}** {words.verdict(result.golden)}",
            help=t("result.baseline") if baseline else None,
        )
        st.caption(_how_scored(request, result))
        margin = result.margins[query]
        if not np.isnan(margin):
            st.metric(t("result.margin"), f"{margin:.4f}", help=t("result.margin_help"))
        order = result.order[query]
        titled = any(document.title for document in request.documents)
        table = pd.DataFrame(
            {
                "rank": result.ranks[query, order],
                "score": result.scores[query, order].astype(float),
                "number": order + 1,
                **({"title": [request.documents[d].title for d in order]} if titled else {}),
                "document": [request.documents[d].text for d in order],
            }
        )
        st.dataframe(
            table,
            hide_index=True,
            key=f"ranking_{result.model}",
            column_config={
                "rank": st.column_config.NumberColumn(t("result.rank"), width=50),
                "score": st.column_config.NumberColumn(t("result.score"), format="%.4f", width=70),
                "number": st.column_config.NumberColumn("#", width=40),
                "title": st.column_config.TextColumn(t("result.title"), width="small"),
                "document": st.column_config.TextColumn(t("result.document")),
            },
        )


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
    parts = [t(f"similarity.{result.similarity}"), t(f"result.{key}", **values)]
    if result.dimension < result.full_dimension and result.dimension not in trained:
        parts.append(t("result.dimension_untrained", **values))
    return " · ".join(parts)


def _heatmaps(comparison: Comparison) -> None:
    st.subheader(t("result.heatmap"), anchor=False, help=t("result.heatmap_help"))
    request, results = comparison.request, comparison.results
    columns = st.columns(min(len(results), 3), gap="small")
    for i, result in enumerate(results):
        with columns[i % len(columns)]:
            st.markdown(f"**{words.plain(result.model)}**")
            figure = charts.heatmap(
                scores=result.scores,
                queries=request.queries,
                documents=[document.text for document in request.documents],
                names=(t("result.heatmap_query"), t("result.heatmap_document")),
            )
            st.plotly_chart(
                figure,
                config=charts.CONFIG,
                key=f"heatmap_{result.model}",
                alt=t("result.heatmap_alt", model=result.model),
            )


def _times(comparison: Comparison) -> None:
    first = comparison.results[0]
    described = words.device(first.device, first.identity.dtype)
    st.subheader(t("result.times"), anchor=False, help=t("result.times_help", device=described))
    table = pd.DataFrame(
        {
            t("result.step"): [t(f"step.{name}") for name in StepName],
            **{r.model: [_step(step) for step in r.steps] for r in comparison.results},
        }
    )
    st.dataframe(table, hide_index=True, key="times")


def _step(step: Step) -> str:
    if step.encoded == 0:
        return t("result.from_store")
    if step.seconds < CHEAP_SECONDS and step.name in (StepName.IMPORT, StepName.LOAD):
        return t("result.ready")
    seconds = f"{step.seconds:.2f} s" if step.seconds >= 1 else f"{step.seconds * 1000:.1f} ms"
    if step.encoded is None:
        return seconds
    return f"{seconds} ({t('result.texts_encoded', count=step.encoded)})"


def _sent(comparison: Comparison) -> None:
    st.subheader(t("compare.sent"), anchor=False, help=t("compare.sent_help"))
    request = comparison.request
    rows = [
        (result.model, side, t(f"origin.{prompt.origin}"), inputs[0].prompt + inputs[0].text)
        for result in comparison.results
        for side, prompt, inputs in (
            (
                t("result.side_query"),
                result.query_prompt,
                prompted_queries(request.queries[:1], result.query_prompt),
            ),
            (
                t("result.side_document"),
                result.document_prompt,
                prompted_documents(request.documents[:1], result.document_prompt),
            ),
        )
    ]
    names = ("result.model", "result.side", "result.prompt_origin", "result.exact_text")
    st.dataframe(
        pd.DataFrame(rows, columns=[t(name) for name in names]), hide_index=True, key="sent"
    )


def _export(comparison: Comparison) -> None:
    with st.container(horizontal=True):
        st.download_button(
            t("result.export_csv"),
            lambda: to_csv(comparison).encode("utf-8-sig"),  # the mark that Excel looks for
            file_name="comparison.csv",
            mime="text/csv",
            icon=":material/table:",
            key="export_csv",
            on_click="ignore",  # a rerun takes the file away before it is made
        )
        st.download_button(
            t("result.export_json"),
            lambda: json.dumps(to_dict(comparison), ensure_ascii=False, indent=2),
            file_name="comparison.json",
            mime="application/json",
            icon=":material/data_object:",
            key="export_json",
            on_click="ignore",
        )
