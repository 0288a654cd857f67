"""What a comparison gave: ranks side by side, margins, times, and what each model received."""

from __future__ import annotations

import json

import streamlit as st

from core.compare import CompareRequest, Comparison, Step, StepName
from core.compare.compare import prompted_documents, prompted_queries
from core.compare.experiment import Relevant
from core.compare.explain import Explanation
from core.compare.export import rows_kept, to_csv, to_dict
from core.errors import ModelNotHere
from core.models.golden import GoldenState
from pages._ui import cached, charts, downloads, errors, pictures, recorded, runs, tables, words
from pages._ui.texts import t
from pages.explore.comparing import answers, meaning, published, ranking, reading

MOST_IN_HEATMAP = 60
CHEAP_SECONDS = 0.0005


def draw(asked: CompareRequest, comparison: Comparison | None) -> None:
    """Draw the kept result, or what to do to get one."""
    doubts = st.container()
    with doubts:
        absent = published.draw(asked)
    if comparison is None:
        if len(absent) == len(asked.models) > 0:
            return
        st.info(t("compare.empty"), icon=":material/touch_app:")
        return
    explained = meaning.explanation(comparison)
    # What comes and goes has a place of its own: else every chart and table below is drawn anew.
    stale = st.empty()  # not a container, whose content stays until the script ends
    if asked != comparison.request:
        with stale:
            runs.show_stale(t("compare.stale"))
    with doubts:
        _doubts(comparison, explained)
    if not comparison.results:
        return
    right = answers.relevant(comparison.request)
    # The same is sent again at a rerun: drawing it took half of a rerun's CPU time.
    parts = (comparison.serial, explained.serial if explained else None, right)
    recorded.drawn(_shown, comparison, explained, right, key=parts)
    _export(comparison, explained, right)
    meaning.complete(comparison)


def _shown(comparison: Comparison, explained: Explanation | None, right: Relevant) -> None:
    """Draw all that is shown of a comparison, with the choice of a query and the marks."""
    st.header(t("result.heading"), anchor=False)
    query = ranking.shown_query(comparison)
    shown, explanation = comparison.serial, explained.serial if explained else None
    recorded.drawn(_ranks, comparison, explained, query, key=(shown, explanation, query, right))
    marking = st.container()
    with marking:
        answers.mark(comparison, query)
    recorded.drawn(answers.draw, comparison, right, key=(shown, right), place=marking)
    with st.container():
        if len(comparison.request.queries) > 1:
            recorded.drawn(_heatmaps, comparison, key=shown)
        if explained is not None:
            reading.draw(comparison, explained)
    recorded.drawn(_made_of, comparison, key=shown)


def _ranks(comparison: Comparison, explained: Explanation | None, query: int) -> None:
    """Draw the ranks and the scores of one query."""
    ranking.draw(comparison, query)
    with st.container():
        if explained is not None:
            meaning.draw(comparison, explained, query)


def _made_of(comparison: Comparison) -> None:
    """Draw what the comparison took, and what the models were sent."""
    times, sent = st.columns(2, gap="medium")
    with times:
        _times(comparison)
    with sent:
        _sent(comparison)


def _doubts(comparison: Comparison, explained: Explanation | None) -> None:
    """Say what is wrong with the result."""
    for failure in comparison.failures:
        if not isinstance(failure.error, ModelNotHere):
            errors.show(failure.error, about=failure.model)
    faults = {str(r.store_fault): r.store_fault for r in comparison.results if r.store_fault}
    for fault in faults.values():
        errors.show(fault, about=t("result.not_kept"))
    _differing(comparison)
    if explained is not None:
        meaning.draw_concerns(explained)


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


def _heatmaps(comparison: Comparison) -> None:
    st.header(t("result.heatmap"), anchor=False, help=t("result.heatmap_help"))
    request, results = comparison.request, comparison.results
    columns = st.columns(min(len(results), 3), gap="small")
    for i, result in enumerate(results):
        with columns[i % len(columns)]:
            st.markdown(f"**{words.plain(result.model)}**")
            figure = cached.figure(
                charts.heatmap,
                scores=result.scores[:MOST_IN_HEATMAP, :MOST_IN_HEATMAP],
                queries=request.queries[:MOST_IN_HEATMAP],
                documents=[document.text for document in request.documents[:MOST_IN_HEATMAP]],
                names=(t("result.heatmap_query"), t("result.heatmap_document")),
            )
            st.plotly_chart(
                figure,
                config=charts.config(f"all-queries-{result.model}"),
                key=f"heatmap_{result.model}",
                alt=t("result.heatmap_alt", model=result.model),
            )
    if max(len(request.queries), len(request.documents)) > MOST_IN_HEATMAP:
        st.caption(t("result.heatmap_cut", most=MOST_IN_HEATMAP))


def _times(comparison: Comparison) -> None:
    first = comparison.results[0]
    described = words.device(first.device, first.identity.dtype)
    st.header(t("result.times"), anchor=False, help=t("result.times_help", device=described))
    table = tables.arrow(
        {
            t("result.step"): [t(f"step.{name}") for name in StepName],
            **{r.model: [_step(step) for step in r.steps] for r in comparison.results},
        }
    )
    st.dataframe(table, hide_index=True, key="times", alt=t("result.times"))


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
    st.header(t("compare.sent"), anchor=False, help=t("compare.sent_help"))
    request = comparison.request
    rows = [
        (result.model, side, t(f"origin.{prompt.origin}"), words.for_table("".join(inputs[0])))
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
        tables.arrow(dict(zip(map(t, names), zip(*rows, strict=True), strict=True))),
        hide_index=True,
        key="sent",
        alt=t("compare.sent"),
    )


def _export(comparison: Comparison, explained: Explanation | None, right: Relevant) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        downloads.table(
            t("result.export_csv"),
            lambda: to_csv(comparison, explained, right),
            file_name="comparison.csv",
            key="export_csv",
        )
        st.download_button(
            t("result.export_json"),
            lambda: json.dumps(to_dict(comparison, explained, right), ensure_ascii=False, indent=2),
            file_name="comparison.json",
            mime="application/json",
            icon=":material/data_object:",
            key="export_json",
            on_click="ignore",
            help=t("result.export_json_help"),
        )
        pictures.pick_format()
    kept = rows_kept(comparison)
    if kept is not None:
        st.caption(t("result.rows_cut", kept=f"{kept:,}"))
