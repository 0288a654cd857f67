"""The table of all models, each with its state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.encoding import Engine
from core.models import ModelCard
from core.models.files import is_here
from pages._ui import tables, words
from pages._ui.keys import Key
from pages._ui.texts import t


def columns(cards: tuple[ModelCard, ...], engine: Engine) -> Mapping[str, list[Any]]:
    """Return what the table says of the models."""
    verdicts = [engine.latest_verdict(card) for card in cards]
    return {
        "name": [card.name for card in cards],
        "state": [_state(card) for card in cards],
        "golden": [
            f"{words.verdict_mark(v)} {t(f'golden.{v.state}')}".strip()
            if v
            else t("golden.unchecked" if is_here(card) else "golden.not_here")
            for card, v in zip(cards, verdicts, strict=True)
        ],
        "dimension": [card.dimension for card in cards],
        "max_tokens": [card.max_tokens for card in cards],
        "parameters": [round(card.parameters / 1e6) if card.parameters else None for card in cards],
        "languages": [words.languages(card) for card in cards],
        "licence": [card.licence for card in cards],
    }


def draw(columns: Mapping[str, list[Any]]) -> None:
    """Draw the table of all models; a chosen row is shown below."""
    names: list[str] = columns["name"]
    st.dataframe(
        tables.arrow(columns),
        hide_index=True,
        key=Key.MODELS_TABLE,
        alt=t("models.table_alt"),
        placeholder="",
        on_select=lambda: _choose(names),
        selection_mode="single-row",
        height=min(36 * (len(names) + 1), 430),
        column_config={
            **{
                name: st.column_config.Column(t(f"models.{name}"))
                for name in ("name", "state", "golden", "languages", "licence")
            },
            "dimension": st.column_config.NumberColumn(t("models.dimension")),
            "max_tokens": st.column_config.NumberColumn(t("models.max_tokens")),
            "parameters": st.column_config.NumberColumn(t("models.parameters"), format="localized"),
        },
    )


def _choose(names: Sequence[str]) -> None:
    """Show the row that was clicked."""
    rows = st.session_state[Key.MODELS_TABLE]["selection"]["rows"]
    if rows:
        st.session_state[Key.MODEL] = names[rows[0]]


def _state(card: ModelCard) -> str:
    """Say whether the model is here, and what it takes otherwise."""
    if is_here(card):
        return t(f"models.origin_{card.origin.name.lower()}")
    if card.remote_code:
        return t("models.needs_code")
    return t("models.needs_licence" if card.gated else "models.needs_download")
