"""What each model reads of each text: tokens, unknown ones, and the tail that is cut off."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.compare import Comparison, ModelScores
from core.compare.compare import prompted_documents, prompted_queries
from core.compare.explain import Explanation
from core.compare.reading import Reading
from core.encoding import Prompted
from core.models.identity import SERVER_DEVICE
from core.models.tokens import TokenCount
from pages._ui import boxes, words
from pages._ui.keys import Key
from pages._ui.texts import t

MOST_TAILS = 20
MOST_OF_TAIL = 2000


def draw(comparison: Comparison, found: Explanation) -> None:
    """Draw the table of tokens, and the tails that models do not read."""
    readings = found.readings
    served = [r.model for r in comparison.results if r.identity.device == SERVER_DEVICE]
    silent = [model for model in served if model not in readings]
    if silent:
        st.caption(t("served.tokens_unknown", models=words.plain(", ".join(silent))))
    if not readings:
        return
    box = boxes.folded(t("reading.heading"), Key.COMPARE_READING, ":material/short_text:")
    if not box.open:
        return
    with box:
        st.dataframe(_table(comparison, found), hide_index=True, key="tokens", alt=t("reading.alt"))
        st.caption(t("reading.about"))
        if counted := [model for model in served if model in readings]:
            st.caption(t("served.tokens_of_base", models=words.plain(", ".join(counted))))
        for result in comparison.results:
            if result.model in readings:
                _tails(comparison, result, readings[result.model])


def _table(comparison: Comparison, found: Explanation) -> pd.DataFrame:
    request = comparison.request
    texts = (*request.queries, *(document.text for document in request.documents))
    sides = [t("result.side_query")] * len(request.queries)
    sides += [t("result.side_document")] * len(request.documents)
    columns: dict[str, list[str]] = {
        t("result.side"): sides,
        t("reading.text"): [words.for_table(text) for text in texts],
    }
    for model, reading in found.readings.items():
        counts = (*reading.queries, *reading.documents)
        columns[model] = [_described(count, reading.limit) for count in counts]
    return pd.DataFrame(columns)


def _described(count: TokenCount, limit: int | None) -> str:
    parts = [t("reading.tokens", count=count.tokens)]
    if count.cut_at is not None:
        parts.append(t("reading.over", limit=limit))
    if count.unknown:
        parts.append(t("reading.unknown", share=f"{count.unknown:.0%}"))
    if count.bytes:
        parts.append(t("reading.bytes", share=f"{count.bytes:.0%}"))
    return " · ".join(parts)


def _tails(comparison: Comparison, result: ModelScores, reading: Reading) -> None:
    request = comparison.request
    sent = (
        *prompted_queries(request.queries, result.query_prompt),
        *prompted_documents(request.documents, result.document_prompt),
    )
    counts = (*reading.queries, *reading.documents)
    cut = [(p, c.cut_at) for p, c in zip(sent, counts, strict=True) if c.cut_at is not None]
    for prompted, cut_at in cut[:MOST_TAILS]:
        _tail(result.model, prompted, cut_at)
    if len(cut) > MOST_TAILS:
        st.caption(t("reading.more_tails", shown=MOST_TAILS, total=len(cut)))


def _tail(model: str, prompted: Prompted, cut_at: int) -> None:
    text = "".join(prompted)
    with st.container(border=True):
        st.markdown(
            t("reading.cut", model=words.plain(model), read=cut_at, total=len(text)),
        )
        st.text(words.shortened_middle(text[:cut_at]))
        st.markdown(f":red-badge[:material/content_cut: {t('reading.not_read')}]")
        st.text(text[cut_at : cut_at + MOST_OF_TAIL])
