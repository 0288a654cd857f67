"""What came of it: held out first, the verdict, the curves, and every measure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from core.training.export import zipped
from core.training.job import folder_of, from_params
from core.training.measures import p_shown
from core.work.job import Job, JobState
from pages._ui import errors
from pages._ui.texts import t
from pages.train.teaching import curves, items, maps

SHOWN_VERDICTS = 8


def draw(job: Job) -> None:
    """Draw the ended job."""
    if job.error is not None:
        errors.show(job.error.as_error())
    elif job.state is JobState.CANCELLED:
        st.info(t("tune.cancelled"), icon=":material/pause:")
    elif isinstance(job.result, Mapping):
        _result(job, job.result)


def _result(job: Job, found: Mapping[str, Any]) -> None:
    request = from_params(job.params)
    marks = [(each["percent"], each["measures"]) for each in found["checkpoints"]]
    st.header(t("tune.result", name=request.name), anchor=False)
    _aim(marks)
    st.text("\n".join(_verdict(found["changes"])))
    ours, theirs = st.columns(2, gap="medium")
    with ours:
        st.text(t("tune.ours"))
        curves.draw(marks, key="tune_curves")
    with theirs:
        st.markdown(f":orange[:material/warning:] {t('tune.theirs')}")
        curves.draw_notes()
    maps.draw(request, found["checkpoints"])
    _table(marks, found["changes"])
    items.draw(request, found["changes"])
    folder = folder_of(request.name)
    with st.container(horizontal=True, vertical_alignment="center"):
        if folder.is_dir():
            st.download_button(
                t("tune.download"),
                lambda: zipped(folder),
                file_name=f"{request.name}.zip",
                mime="application/zip",
                icon=":material/folder_zip:",
                key="tune_download",
                on_click="ignore",
            )
        st.caption(t("tune.where", name=request.name))


def _aim(marks: curves.Marks) -> None:
    """Draw the aim's figures, of what was held out first."""
    first, last = marks[0][1], marks[-1][1]
    aim = first[0]["group"]
    rows = [row for row, each in enumerate(first) if each["group"] == aim]
    kind = "triplets" if first[0]["name"].endswith(":triplets") else aim
    for column, row in zip(st.columns(len(rows), gap="small"), rows, strict=True):
        before, after = first[row], last[row]
        with column:
            st.metric(
                curves.name_of(before),
                f"{after['share']:.1%}",
                f"{100 * (after['share'] - before['share']):+.1f}",
                help=t(f"tune.aim_help_{kind}", chance=f"{before['chance']:.1%}"),
            )


def _verdict(changes: list[dict[str, Any]]) -> list[str]:
    sure = sorted(
        (each for each in changes if each["is_sure"]),
        key=lambda each: each["after"] - each["before"],
    )
    if not sure:
        return [t("tune.nothing_changed", count=len(changes))]
    return [
        t(
            "tune.worse" if each["after"] < each["before"] else "tune.better",
            name=_name(each["name"]),
            before=f"{each['before']:.2f}",
            after=f"{each['after']:.2f}",
            p=p_shown(each["p_adjusted"]),
        )
        for each in sure[:SHOWN_VERDICTS]
    ]


def _name(name: str) -> str:
    group, _, rest = name.partition(":")
    return curves.name_of({"group": group, "name": rest})


def _table(marks: curves.Marks, changes: list[dict[str, Any]]) -> None:
    p_values = {each["name"]: each["p_adjusted"] for each in changes}
    first, last = marks[0][1], marks[-1][1]
    rows = [
        {
            t("tune.measure"): curves.name_of(before),
            t("tune.before"): before["share"],
            t("tune.after"): after["share"],
            t("labelled.low"): after["low"],
            t("labelled.high"): after["high"],
            t("probes.p"): p_values.get(f"{before['group']}:{before['name']}", after["p_value"]),
            t("map.chance"): before["chance"],
        }
        for before, after in zip(first, last, strict=True)
    ]
    shares = ("tune.before", "tune.after", "labelled.low", "labelled.high", "map.chance")
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        key="tune_table",
        alt=t("tune.measure"),
        placeholder="–",
        column_config={
            **{t(name): st.column_config.NumberColumn(format="percent") for name in shares},
            t("probes.p"): st.column_config.NumberColumn(format="%.3f"),
        },
    )
    st.caption(t("tune.table_about"))
