"""The Models page: every model with its state, and all that is known about the chosen one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.encoding import Engine
from core.errors import ExplorerError
from core.models import ModelCard
from core.models.device import WhyIdle
from core.models.files import is_here
from pages._ui import cached, errors, links, profile, tables, words
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.models import detail, manage

POLL_SECONDS = 1.0


def state_of(card: ModelCard) -> str:
    """Say whether the model is here, and what it takes otherwise."""
    if is_here(card):
        return t(f"models.origin_{card.origin.name.lower()}")
    if card.remote_code:
        return t("models.needs_code")
    return t("models.needs_licence" if card.gated else "models.needs_download")


def overview(cards: tuple[ModelCard, ...], engine: Engine) -> None:
    """Draw the table of all models; a chosen row is shown below."""
    verdicts = [engine.latest_verdict(card) for card in cards]
    columns = {
        "name": [card.name for card in cards],
        "state": [state_of(card) for card in cards],
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
    cached.drawn(_draw_overview, columns, key=columns)


def _draw_overview(columns: Mapping[str, list[Any]]) -> None:
    names: list[str] = columns["name"]
    st.dataframe(
        tables.arrow(columns),
        hide_index=True,
        key=Key.MODELS_TABLE,
        alt=t("models.table_alt"),
        placeholder="",
        on_select=lambda: choose_row(names),
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


def choose_row(names: Sequence[str]) -> None:
    """Show the row that was clicked."""
    rows = st.session_state[Key.MODELS_TABLE]["selection"]["rows"]
    if rows:
        st.session_state[Key.MODEL] = names[rows[0]]


def device_line(engine: Engine) -> None:
    """Say what is computed on, and name a GPU that is there and not used."""
    device = engine.known_device()
    if device is None:
        waiting_for_device()
        return
    st.markdown(f":material/memory: {t('models.computes_on')} **{words.device(device)}**")
    if device.native_bfloat16:
        st.caption(t("models.fast_offered"))
    idle = device.idle_gpu
    if idle is not None:
        name = f"{idle.name}, {words.gpu_memory(idle.memory_bytes)}"
        remedy = "models.idle_cpu_build" if idle.why is WhyIdle.CPU_BUILD else "models.idle_driver"
        st.warning(t(remedy, name=words.plain(name)), icon=":material/developer_board_off:")


@st.fragment(run_every=POLL_SECONDS)
def waiting_for_device() -> None:
    """Wait without holding up the page."""
    st.caption(t("models.device_waiting"))
    if cached.engine().known_device() is not None:
        st.rerun()


cards = profile.offered()
names = [card.name for card in cards]
links.read_once("models", {Key.MODEL: links.one_of(tuple(names))})
if st.session_state.get(Key.MODEL) not in names:
    st.session_state[Key.MODEL] = names[0]
links.write({Key.MODEL: names[0]})

st.caption(t("models.about"))
engine = cached.engine()
device_line(engine)
overview(cards, engine)
st.selectbox(t("models.name"), names, key=Key.MODEL, persist_state="session")
try:
    detail.draw(next(card for card in cards if card.name == st.session_state[Key.MODEL]), engine)
except ExplorerError as error:
    errors.show(error)
manage.draw(engine)
