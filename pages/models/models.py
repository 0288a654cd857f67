"""The Models page: every model with its state, and all that is known about the chosen one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.errors import ExplorerError
from core.models.device import Device, WhyIdle
from pages._ui import cached, errors, links, profile, recorded, words
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.models import detail, manage, overview

POLL_SECONDS = 1.0


def draw_device(device: Device) -> None:
    """Say what is computed on, and name a GPU that is there and not used."""
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


def draw_all(device: Device | None, found: Mapping[str, list[Any]]) -> None:
    """Draw what is computed on, all models, and the choice of one of them."""
    if device is None:
        waiting_for_device()
    else:
        draw_device(device)
    overview.draw(found)
    st.selectbox(t("models.name"), found["name"], key=Key.MODEL, persist_state="session")


cards = profile.offered()
names = [card.name for card in cards]
links.read_once("models", {Key.MODEL: links.one_of(tuple(names))})
if st.session_state.get(Key.MODEL) not in names:
    st.session_state[Key.MODEL] = names[0]
links.write({Key.MODEL: names[0]})

st.caption(t("models.about"))
engine = cached.engine()
device, found = engine.known_device(), overview.columns(cards, engine)
if device is not None:
    recorded.drawn(draw_all, device, found, key=(device, found))
else:  # what waits for it is a fragment, which is not sent again
    with st.container():
        draw_all(device, found)
try:
    detail.draw(next(card for card in cards if card.name == st.session_state[Key.MODEL]), engine)
except ExplorerError as error:
    errors.show(error)
manage.draw(engine)
