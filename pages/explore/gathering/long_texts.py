"""Texts that are longer than a model reads: counted, split, and searched by their parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from core.encoding import EncodeRequest, Prompted, Scope
from core.errors import ExplorerError
from core.models import find
from core.models.tokens import reader_of
from core.sets.chunks import ChunkBy, ChunkRequest, Chunks, best_chunk, chunk, pooled
from core.sets.lengths import Lengths, count_lengths
from core.sets.search import search
from pages._ui import cached, errors, runs, words
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.explore.gathering import form, search_query
from pages.explore.gathering.chosen import Embedded

MOST_SHOWN = 200
AROUND = 80  # characters before and after a chunk
FOUND = 5


@dataclass(frozen=True, kw_only=True)
class Parts:
    """One model's chunks with their vectors, float32, (n_chunks, dim)."""

    key: str
    chunks: Chunks
    vectors: np.ndarray


def draw(embedded: list[Embedded]) -> None:
    """Draw the counts of each model that has a tokenizer, and a search among the parts."""
    able = [each for each in embedded if _has_tokenizer(each)]
    if not able:
        st.info(t("sets.long_no_tokenizer"), icon=":material/short_text:")
        return
    if st.button(t("sets.count_tokens"), key="count_tokens", icon=":material/123:"):
        runs.run(Key.SETS_LENGTHS, Key.SETS_ERROR, lambda show: _count(able, show))
    lengths: dict[str, Lengths] | None = st.session_state.get(Key.SETS_LENGTHS)
    if lengths is None:
        st.info(t("sets.long_empty"), icon=":material/short_text:")
        return
    for each in able:
        if each.key in lengths:
            _one(each, lengths[each.key])
    _chunks(able)


def _has_tokenizer(each: Embedded) -> bool:
    return each.model in form.models() and reader_of(find(each.model)) is not None


def _count(able: list[Embedded], show: runs.Show) -> dict[str, Lengths]:
    return {
        each.key: count_lengths(
            each.text_set.texts,
            each.prompt,
            engine=cached.engine(),
            model=each.model,
            on_progress=lambda done, total: show(done / total, t("sets.counting")),
        )
        for each in able
    }


def _one(each: Embedded, found: Lengths) -> None:
    model = words.plain(each.model)
    if found.limit is None:
        st.markdown(t("sets.long_unlimited", model=model))
        return
    places = found.too_long
    if not places.size:
        st.markdown(t("sets.long_none", model=model))
        return
    st.markdown(
        t(
            "sets.long_counts",
            model=model,
            limit=found.limit,
            count=f"{len(places):,}",
            total=f"{len(each.text_set):,}",
        )
    )
    texts = [each.text_set.texts[i] for i in places[:MOST_SHOWN]]
    cuts = found.cut_at[places[:MOST_SHOWN]].tolist()
    table = pd.DataFrame(
        {
            t("tokens.count"): found.tokens[places[:MOST_SHOWN]],
            t("sets.read_part"): [
                words.for_table(text[:cut]) for text, cut in zip(texts, cuts, strict=True)
            ],
            t("reading.not_read"): [
                words.for_table(text[cut:]) for text, cut in zip(texts, cuts, strict=True)
            ],
        }
    )
    st.dataframe(table, hide_index=True, key=f"long_{each.model}", alt=t("sets.long_alt"))


def _chunks(able: list[Embedded]) -> None:
    st.header(t("sets.chunks"), anchor=False, help=t("sets.chunks_help"))
    asked = _chunk_request()
    if st.button(t("sets.split"), key="split_texts", icon=":material/content_cut:"):
        runs.run(Key.SETS_CHUNKS, Key.SETS_ERROR, lambda show: _split(able, asked, show))
    parts: dict[str, Parts] | None = st.session_state.get(Key.SETS_CHUNKS)
    if parts is None:
        return
    query = st.text_input(
        t("sets.query"),
        key=Key.SETS_QUERY,
        placeholder=t("sets.query_placeholder"),
        persist_state="session",
    )
    for each in able:
        found = parts.get(each.key)
        if found is None:
            continue
        st.text(t("sets.chunk_count", model=each.model, count=f"{len(found.chunks):,}"))
        if (query or "").strip():
            try:
                asked_for = search_query.vector(each.model, query.strip())
            except ExplorerError as error:
                errors.show(error)
                continue
            _search(each, found, asked_for)


def _chunk_request() -> ChunkRequest:
    state = st.session_state
    state.setdefault(Key.SETS_CHUNK_BY, ChunkBy.SENTENCES.value)
    state.setdefault(Key.SETS_CHUNK_TOKENS, 128)
    state.setdefault(Key.SETS_CHUNK_OVERLAP, 0)
    by, most, overlap = st.columns(3, gap="small")
    with by:
        st.selectbox(
            t("sets.chunk_by"),
            [each.value for each in ChunkBy],
            format_func=lambda each: t(f"chunk_by.{each}"),
            key=Key.SETS_CHUNK_BY,
        )
    with most:
        st.number_input(t("sets.chunk_tokens"), 8, 8192, key=Key.SETS_CHUNK_TOKENS)
    with overlap:
        st.number_input(t("sets.chunk_overlap"), 0, 4096, key=Key.SETS_CHUNK_OVERLAP)
    return ChunkRequest(
        by=ChunkBy(state[Key.SETS_CHUNK_BY]),
        most_tokens=state[Key.SETS_CHUNK_TOKENS],
        overlap_tokens=state[Key.SETS_CHUNK_OVERLAP],
    )


def _split(able: list[Embedded], asked: ChunkRequest, show: runs.Show) -> dict[str, Parts]:
    found: dict[str, Parts] = {}
    for each in able:
        chunks = chunk(
            each.text_set.texts,
            asked,
            engine=cached.engine(),
            model=each.model,
            on_progress=lambda done, total: show(done / total, t("sets.counting")),
        )
        encoded = cached.engine().encode(
            EncodeRequest(
                model=each.model,
                inputs=tuple(Prompted(each.prompt, text) for text in chunks.texts),
                scope=Scope.SHARED if each.text_set.is_built_in else Scope.SESSION,
                precision=form.precision(),
            ),
            on_progress=runs.encoding(show, each.model),
        )
        found[each.key] = Parts(key=each.key, chunks=chunks, vectors=encoded.vectors)
    return found


def _search(each: Embedded, parts: Parts, query: np.ndarray) -> None:
    """Draw what whole texts, best chunks and pooled chunks find, side by side."""
    count = len(each.text_set)
    k = min(FOUND, count)
    whole = search(each.vectors, query, k)
    pool = search(pooled(parts.vectors, parts.chunks.owner, count), query, k)
    every = search(parts.vectors, query, len(parts.chunks))
    scores = np.empty(len(parts.chunks), dtype=np.float32)
    scores[every.places[0]] = every.scores[0]
    best, at = best_chunk(scores, parts.chunks.owner, count)
    order = np.argsort(-best, kind="stable")[:k]
    left, middle, right = st.columns(3, gap="small")
    with left:
        st.markdown(f"**{t('sets.by_whole')}**", help=t("sets.by_whole_help"))
        _texts(each, whole.places[0], whole.scores[0], "whole")
    with middle:
        st.markdown(f"**{t('sets.by_pooled')}**", help=t("sets.by_pooled_help"))
        _texts(each, pool.places[0], pool.scores[0], "pooled")
    with right:
        st.markdown(f"**{t('sets.by_chunk')}**", help=t("sets.by_chunk_help"))
        for place in order.tolist():
            with st.container(border=True):
                st.caption(f"{best[place]:.4f} · {t('sets.row', row=place + 1)}")
                st.text(_marked(each.text_set.texts[place], parts.chunks, int(at[place])))


def _texts(each: Embedded, places: np.ndarray, scores: np.ndarray, name: str) -> None:
    table = pd.DataFrame(
        {
            t("result.score"): scores.astype(float),
            t("map.text"): [words.for_table(each.text_set.texts[i]) for i in places],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        key=f"{name}_{each.model}",
        alt=t("sets.by_whole" if name == "whole" else "sets.by_pooled"),
    )


def _marked(text: str, chunks: Chunks, place: int) -> str:
    """Return the chunk between brackets, with a little of the text around it."""
    start, end = int(chunks.start[place]), int(chunks.end[place])
    before = ("…" if start > AROUND else "") + text[max(start - AROUND, 0) : start]
    after = text[end : end + AROUND] + ("…" if end + AROUND < len(text) else "")
    return f"{before}⟦{text[start:end]}⟧{after}"
