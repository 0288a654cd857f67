"""The records at hand: this machine's own, and those that ship."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from core.settings import settings
from core.speed.machine import Machine
from core.speed.records import SHIPPED, Protocol, Record, read_all, records_folder
from pages._ui import words
from pages._ui.texts import t


class Kept(NamedTuple):
    """Records of one protocol, and whether they are this machine's."""

    records: tuple[Record, ...]
    from_here: bool


def own() -> tuple[Record, ...]:
    """Return every record of this machine."""
    return read_all(records_folder(settings().data_dir))


def records() -> tuple[Record, ...]:
    """Return every record."""
    return (*own(), *_shipped(SHIPPED))


def of(protocol: Protocol) -> Kept:
    """Return one protocol's records: this machine's own, those that ship where it has none.

    Never both: they are drawn on one axis.
    """
    from_here = _only(protocol, own())
    return Kept(from_here or _only(protocol, _shipped(SHIPPED)), from_here=bool(from_here))


def draw_heading(found: Kept, about: str) -> None:
    """Say whose the records of a protocol are, and how to have some of this machine."""
    foreign = found.records and not found.from_here
    st.header(t("speed.shipped" if foreign else "speed.here"), anchor=False, help=about)
    tell_none(found)


def tell_none(found: Kept) -> None:
    """Where nothing was measured here, say what to do, and that others' figures stand in."""
    if not found.from_here:
        st.info(t("speed.none_but" if found.records else "speed.none"), icon=":material/timer:")


def _name(machine: Machine) -> str:
    return machine.gpu or t("speed.cores", cpu=machine.cpu, cores=machine.cores)


@cache
def _shipped(folder: Path) -> tuple[Record, ...]:
    return read_all(folder)  # nobody writes there


def _only(protocol: Protocol, found: tuple[Record, ...]) -> tuple[Record, ...]:
    return tuple(record for record in found if record.protocol is protocol)


def draw_machines(found: tuple[Record, ...]) -> None:
    """Say what was measured on, and which run was noisy."""
    names = dict.fromkeys(_name(record.machine) for record in found)
    st.caption(t("speed.measured_on", machines=words.plain("; ".join(names))))
    if len(names) > 1:
        st.warning(t("speed.machines_differ"), icon=":material/compare:")
    noisy = dict.fromkeys(record.model for record in found if record.noisy)
    if noisy:
        st.caption(f":orange[:material/ssid_chart:] {t('speed.noisy', models=', '.join(noisy))}")
