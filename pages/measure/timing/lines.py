"""Cost per line: seconds by the number of lines, and the straight line through them."""

from __future__ import annotations

import streamlit as st

from core.speed.fits import MIN_POINTS, Line
from core.speed.others import NotesLines, notes_lines
from core.speed.protocols.lines import points
from core.speed.records import Protocol
from pages._ui import cached, charts, recorded
from pages._ui.texts import t
from pages.measure.timing import kept

Series = tuple[str, tuple[tuple[float, float], ...], Line | None]


def draw() -> None:
    """Draw this machine's records, and apart from them the notes'."""
    found = kept.of(Protocol.LINES)
    kept.draw_heading(found, t("speed.lines_help"))
    if found.records:
        _draw([_series(each.model, points(each)) for each in found.records], key="lines_here")
        kept.draw_machines(found.records)
    recorded.drawn(_draw_notes, key="")


def _draw_notes() -> None:
    st.header(t("speed.lines_notes"), anchor=False, help=t("speed.lines_notes_help"))
    for each in notes_lines():
        name = f"{each.model} · {each.accelerator}"
        _draw([_series(name, each.points)], key=f"lines_{each.accelerator}")
        st.text(_by_eye(each))
        st.caption(t("speed.elsewhere", machine=each.machine, server=each.server))


def _series(name: str, found: tuple[tuple[float, float], ...]) -> Series:
    return name, found, cached.line_through(found)


def _draw(series: list[Series], *, key: str) -> None:
    said = [_said(name, line) for name, _, line in series if line is not None]
    st.plotly_chart(
        cached.figure(
            charts.cost_lines,
            series=[
                (name, found, (line.fixed_seconds, line.per_line_seconds) if line else None)
                for name, found, line in series
            ],
            names=(t("speed.lines"), t("speed.seconds")),
        ),
        config=charts.config(key),
        key=key,
        alt=" ".join(said),
    )
    st.text("\n".join(said))


def _said(name: str, line: Line) -> str:
    values = {
        "name": name,
        "fixed": f"{line.fixed_seconds:.3f}",
        "each": f"{1000 * line.per_line_seconds:.2f}",
        "points": line.points,
    }
    if line.fixed_half is None or line.per_line_half is None:
        return t("speed.line_without", **values, least=MIN_POINTS)
    return t(
        "speed.line_with",
        **values,
        fixed_half=f"{line.fixed_half:.3f}",
        each_half=f"{1000 * line.per_line_half:.2f}",
    )


def _by_eye(each: NotesLines) -> str:
    return t(
        "speed.by_eye",
        fixed=f"{each.by_eye_fixed_seconds:.2f}",
        each=f"{1000 * each.by_eye_per_line_seconds:.1f}",
    )
