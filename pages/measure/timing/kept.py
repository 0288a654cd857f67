"""The records at hand: this machine's own, then those that ship."""

from __future__ import annotations

import streamlit as st

from core.settings import settings
from core.speed.records import SHIPPED, Protocol, Record, read_all, records_folder
from pages._ui import words
from pages._ui.texts import t


def records() -> tuple[Record, ...]:
    """Return every record."""
    return (*read_all(records_folder(settings().data_dir)), *read_all(SHIPPED))


def of(protocol: Protocol) -> tuple[Record, ...]:
    """Return the records of one protocol."""
    return tuple(record for record in records() if record.protocol is protocol)


def tell_none() -> None:
    """Say what to do where nothing was measured here."""
    st.info(t("speed.none"), icon=":material/timer:")


def draw_machines(found: tuple[Record, ...]) -> None:
    """Say what was measured on, and which run was noisy."""
    names = dict.fromkeys(record.machine.name for record in found)
    st.caption(t("speed.measured_on", machines=words.plain("; ".join(names))))
    if len(names) > 1:
        st.warning(t("speed.machines_differ"), icon=":material/compare:")
    noisy = dict.fromkeys(record.model for record in found if record.noisy)
    if noisy:
        st.caption(f":orange[:material/ssid_chart:] {t('speed.noisy', models=', '.join(noisy))}")
