"""A typed text as the model's tokenizer sees it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.encoding import Engine
from core.models import ModelCard
from core.models.files import is_here
from core.models.tokens import TokenKind, TokenView, reader_of, view
from pages._ui import words
from pages._ui.keys import Key
from pages._ui.texts import t

MOST_TOKENS = 400
COLOURS = {
    TokenKind.PLAIN: ("blue", "gray"),  # in turn, so that neighbours are told apart
    TokenKind.SPECIAL: ("violet", "violet"),
    TokenKind.UNKNOWN: ("red", "red"),
    TokenKind.BYTES: ("orange", "orange"),
}


def draw(card: ModelCard, engine: Engine) -> None:
    """Draw the text field, the tokens, and what is cut off."""
    if not is_here(card):
        st.text(t("golden.get_first"))
        return
    reader = reader_of(card)
    if card.endpoint is not None and reader is None:
        st.text(t("served.no_tokenizer"))
        return
    if reader is not None and reader is not card:
        st.caption(t("served.tokenizer_of", base=words.plain(reader.name)))
        card = reader
    if Key.MODEL_TOKEN_TEXT not in st.session_state:
        st.session_state[Key.MODEL_TOKEN_TEXT] = t("tokens.sample")
    text = st.text_area(
        t("tokens.text"), key=Key.MODEL_TOKEN_TEXT, height=100, persist_state="session"
    )
    if not text:
        st.text(t("tokens.empty"))
        return
    with st.spinner(t("golden.running"), show_time=True):
        (found,) = engine.ask(view, engine.load_request(card.name), [text])
    _figures(found)
    _cut(found)
    _tokens(found)


def _figures(found: TokenView) -> None:
    own = [token for token in found.tokens if token.kind is not TokenKind.SPECIAL]
    with st.container(horizontal=True):
        limit = t("tokens.of_limit", limit=found.limit) if found.limit else t("models.no_limit")
        st.metric(t("tokens.count"), f"{len(found.tokens)} {limit}")
        st.metric(t("tokens.characters"), f"{len(found.text) / max(len(own), 1):.1f}")
        st.metric(t("tokens.unknown"), f"{found.share(TokenKind.UNKNOWN):.0%}")
        st.metric(t("tokens.bytes"), f"{found.share(TokenKind.BYTES):.0%}")


def _cut(found: TokenView) -> None:
    if found.cut_at is None:
        return
    st.warning(t("tokens.cut", read=found.cut_at, total=len(found.text)), icon=":material/cut:")
    st.text(found.text[found.cut_at :])


def _tokens(found: TokenView) -> None:
    shown = found.tokens[:MOST_TOKENS]
    badges = [
        f":{COLOURS[token.kind][i % 2]}-badge[{words.plain(token.piece)}]"
        for i, token in enumerate(shown)
    ]
    st.markdown(" ".join(badges))
    st.caption(t("tokens.legend"))
    if len(found.tokens) > MOST_TOKENS:
        st.caption(t("tokens.more", shown=MOST_TOKENS, total=len(found.tokens)))
    with st.expander(t("tokens.table")):
        table = pd.DataFrame(
            {
                t("tokens.piece"): [token.piece for token in found.tokens],
                t("tokens.id"): [token.id for token in found.tokens],
                t("tokens.stands_for"): [found.text[x.start : x.end] for x in found.tokens],
                t("tokens.kind"): [t(f"tokens.kind_{token.kind}") for token in found.tokens],
            }
        )
        st.dataframe(table, hide_index=True, key="tokens", alt=t("tokens.table"))
