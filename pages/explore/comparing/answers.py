"""Right answers: marking them, and how well each model finds them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from core.compare import CompareRequest, Comparison, Document
from core.compare.agreement import agreement
from core.compare.experiment import Relevant
from core.compare.relevance import judge
from pages._ui import pickers, tables, words
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.explore.comparing.published import document_label

MOST_IN_BOX = 1000

# By the text of a query, so that marks stay right when texts are put in another order.
Marks = Mapping[str, frozenset[Document]]


def marks(queries: Sequence[str], documents: Sequence[Document], relevant: Relevant) -> Marks:
    """Return the marks for right documents given by their places."""
    found: defaultdict[str, set[Document]] = defaultdict(set)  # a query may stand there twice
    for query, right in zip(queries, relevant, strict=False):
        found[query].update(documents[d] for d in right)
    return {query: frozenset(right) for query, right in found.items() if right}


def relevant(asked: CompareRequest) -> Relevant:
    """Return the places of each query's marked documents; nothing at all where there is no mark."""
    kept: Marks = st.session_state.get(Key.COMPARE_RIGHT, {})
    rows = tuple(
        tuple(d for d, document in enumerate(asked.documents) if document in marked)
        if (marked := kept.get(query))
        else ()
        for query in asked.queries
    )
    return rows if any(rows) else ()


def mark(comparison: Comparison, query: int) -> None:
    """Draw the box that marks the right documents of the shown query."""
    asked = comparison.request
    key = f"{Key.COMPARE_RIGHT_BOX}_{query}"
    marked = relevant(asked)
    right = list(marked[query]) if marked else []
    pickers.choose(key, right)
    offered = sorted({*_best(comparison, query), *right})
    st.multiselect(
        t("answers.mark"),
        offered,
        format_func=lambda place: document_label(asked, place),
        key=key,
        on_change=_marked,
        args=(asked, query, key),
        help=t("answers.mark_help"),
        placeholder=t("answers.mark_placeholder"),
    )
    total = len(asked.documents)
    if len(offered) < total:
        st.caption(t("answers.not_all", shown=len(offered), total=total))


def _best(comparison: Comparison, query: int) -> list[int]:
    """Return the documents that are offered: all, or those that any model ranks well."""
    if len(comparison.request.documents) <= MOST_IN_BOX:
        return list(range(len(comparison.request.documents)))
    each = MOST_IN_BOX // len(comparison.results)
    return [d for result in comparison.results for d in result.order[query, :each].tolist()]


def _marked(asked: CompareRequest, query: int, key: str) -> None:
    chosen = frozenset(asked.documents[d] for d in st.session_state[key])
    kept: Marks = st.session_state.get(Key.COMPARE_RIGHT, {})
    st.session_state[Key.COMPARE_RIGHT] = {**kept, asked.queries[query]: chosen}


def draw(comparison: Comparison, right: Relevant) -> None:
    """Draw how well each model finds the right documents, and where the models disagree."""
    several = len(comparison.results) > 1 and len(comparison.request.queries) > 1
    if not right and not several:
        return
    if right and several:
        found, disputed = st.columns(2, gap="medium")
        with found:
            _figures(comparison, right)
        with disputed:
            _disputed(comparison, right)
    elif right:
        _figures(comparison, right)
    else:
        _disputed(comparison, right)


def _figures(comparison: Comparison, right: Relevant) -> None:
    st.header(t("answers.heading"), anchor=False, help=t("answers.help"))
    judged = [judge(result, right) for result in comparison.results]
    means = [found.means() for found in judged]
    share = {"min_value": 0.0, "max_value": 1.0, "format": "%.3f"}
    st.dataframe(
        tables.arrow(
            {
                "model": [found.model for found in judged],
                **{name: [each[name] for each in means] for name in means[0]},
            }
        ),
        hide_index=True,
        key="relevance",
        placeholder="–",  # no margin where every document is right
        alt=t("answers.alt"),
        column_config={
            "model": st.column_config.TextColumn(t("result.model")),
            "hit@1": st.column_config.ProgressColumn(t("answers.hit"), **share),
            "mrr": st.column_config.ProgressColumn(t("answers.mrr"), **share),
            "ndcg@10": st.column_config.ProgressColumn(t("answers.ndcg"), **share),
            "margin": st.column_config.NumberColumn(
                t("answers.margin"), format="%.4f", help=t("answers.margin_help")
            ),
        },
    )
    count = sum(bool(row) for row in right)
    st.caption(t("answers.queries", judged=count, total=len(comparison.request.queries)))


def _disputed(comparison: Comparison, right: Relevant) -> None:
    st.header(t("answers.disputed"), anchor=False, help=t("answers.disputed_help"))
    found = agreement(comparison)
    if not found.disputed.size:
        st.text(t("answers.none_disputed", count=len(comparison.request.queries)))
        return

    def named(query: int, document: int) -> str:
        is_right = bool(right) and document in right[query]
        return f"{'✓ ' if is_right else ''}{document_label(comparison.request, document)}"

    table = tables.arrow(
        {
            "query": [
                words.for_table(f"{q + 1}. {comparison.request.queries[q]}") for q in found.disputed
            ],
            **{
                result.model: [named(q, d) for q, d in zip(found.disputed, firsts, strict=True)]
                for result, firsts in zip(
                    comparison.results, found.first[:, found.disputed].tolist(), strict=True
                )
            },
            "overlap": np.round(found.overlap[found.disputed], 3),
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        key="disputed",
        alt=t("answers.disputed_alt"),
        column_config={
            "query": st.column_config.TextColumn(t("result.query"), width="medium"),
            "overlap": st.column_config.NumberColumn(
                t("answers.overlap"),
                format="percent",
                help=t("answers.overlap_help", depth=found.depth),
            ),
        },
    )
