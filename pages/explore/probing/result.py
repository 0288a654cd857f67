"""What the probes gave: pass rates with intervals, pairs of models, and every item."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.compare.export import csv_text
from core.compare.probes import Pack
from core.compare.probing import PackScores, ProbeRequest, ProbeResult
from core.models import known
from core.models.card import Loader
from pages._ui import cached, charts, downloads, errors, pictures, runs, words
from pages._ui.keys import Key
from pages._ui.texts import language, t

SHOWN = ("all", "failed", "disputed")
LEVEL = 0.05


def draw(asked: ProbeRequest | None, found: ProbeResult | None) -> None:
    """Draw the kept result, or what to do to get one."""
    if found is None:
        st.info(t("probes.empty"), icon=":material/touch_app:")
        return
    if asked != found.request:
        runs.show_stale(t("probes.stale"))
    for failure in found.failures:
        errors.show(failure.error, about=failure.model)
    if not found.scores:
        return
    st.header(t("probes.heading"), anchor=False, help=t("probes.heading_help"))
    st.text(_headline(found))
    _chart(found)
    rates, pairs = st.columns(2, gap="medium")
    with rates:
        _rates(found)
    with pairs:
        _pairs(found)
    _items(found)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        downloads.table(
            t("probes.export"),
            lambda: _csv(found),
            file_name="probe-items.csv",
            key="export_probes",
        )
        pictures.pick_format()


def _headline(found: ProbeResult) -> str:
    baseline = _baseline(found)
    models = [model for model in _models(found) if model != baseline] or _models(found)
    totals = {
        model: (
            sum(int(s.passed.sum()) for s in found.scores if s.model == model),
            sum(len(s.passed) for s in found.scores if s.model == model),
        )
        for model in models
    }
    best = max(totals, key=lambda model: totals[model][0])
    passed, total = totals[best]
    return t("probes.headline", model=best, passed=passed, total=total)


def _models(found: ProbeResult) -> list[str]:
    return list(dict.fromkeys(scores.model for scores in found.scores))


def _packs(found: ProbeResult) -> list[Pack]:
    first = found.scores[0].model
    return [scores.pack for scores in found.scores if scores.model == first]


def _label(found: ProbeResult, pack: Pack) -> str:
    """Return a pack's name, and its language where there are several."""
    name = t(f"pack.{pack.name}")
    languages = {each.language for each in _packs(found) if each.language}
    if pack.language is None or len(languages) < 2:
        return name
    return f"{name} · {t(f'probes.language_{pack.language}')}"


def _baseline(found: ProbeResult) -> str | None:
    baselines = {card.name for card in known() if card.loader is Loader.CHAR_NGRAMS}
    return next((name for name in _models(found) if name in baselines), None)


def _chart(found: ProbeResult) -> None:
    figure = cached.figure(
        charts.intervals,
        rows=[_label(found, pack) for pack in _packs(found)],
        series=[
            (model, [s.interval for s in found.scores if s.model == model])
            for model in _models(found)
        ],
        reference=(0.5, t("probes.chance")),
        name=t("probes.rate"),
    )
    st.plotly_chart(
        figure,
        config=charts.config("probes"),
        key="probe_chart",
        alt=t("probes.chart_alt", summary=_headline(found)),
    )
    st.caption(t("probes.chart"))


def _rates(found: ProbeResult) -> None:
    rows = [
        {
            t("probes.pack"): _label(found, pack),
            t("probes.items"): len(pack.items),
            **{model: _rate(found.of(model, pack)) for model in _models(found)},
        }
        for pack in _packs(found)
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="probe_rates", alt=t("probes.rates_alt"))
    st.caption(t("probes.rates_about"))


def _rate(scores: PackScores | None) -> str:
    if scores is None:
        return "–"
    interval = scores.interval
    mark = "" if not scores.beyond_chance else " ▲" if interval.share > 0.5 else " ▼"
    return f"{interval.share:.0%} ({interval.low:.0%}–{interval.high:.0%}){mark}"


def _pairs(found: ProbeResult) -> None:
    if not found.pairs:
        return
    rows = [
        {
            t("probes.pack"): _label(found, pair.pack),
            t("probes.pair"): f"{pair.first} ↔ {pair.second}",
            t("probes.p"): pair.p_adjusted,
            t("probes.differ"): t("probes.yes") if pair.p_adjusted < LEVEL else t("probes.no"),
            t("probes.only"): f"{pair.only_first} : {pair.only_second}",
        }
        for pair in found.pairs
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        key="probe_pairs",
        alt=t("probes.pairs_alt"),
        column_config={t("probes.p"): st.column_config.NumberColumn(format="%.3g")},
    )
    st.caption(t("probes.pairs_about"))


def _items(found: ProbeResult) -> None:
    st.header(t("probes.items_heading"), anchor=False)
    packs = _packs(found)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        place = st.selectbox(
            t("probes.pack"),
            range(len(packs)),
            format_func=lambda i: _label(found, packs[i]),
            key=Key.PROBES_SHOWN_PACK,
        )
        shown = st.segmented_control(
            t("probes.shown"),
            SHOWN,
            format_func=lambda each: t(f"probes.shown_{each}"),
            default=SHOWN[0],
            required=True,
            key=Key.PROBES_SHOWN_ITEMS,
        )
    pack = packs[place]
    scores = [s for model in _models(found) if (s := found.of(model, pack)) is not None]
    passed = np.stack([s.passed for s in scores])
    kept = {
        "all": np.ones(passed.shape[1], dtype=bool),
        "failed": ~passed.any(axis=0),
        "disputed": passed.any(axis=0) & ~passed.all(axis=0),
    }[shown]
    places = np.flatnonzero(kept)
    if not places.size:
        st.text(t(f"probes.none_{shown}"))
        return
    items = [pack.items[i] for i in places]
    table = {
        t("probes.anchor"): [words.for_table(item.anchor) for item in items],
        t("probes.closer"): [words.for_table(item.closer) for item in items],
        t("probes.farther"): [words.for_table(item.farther) for item in items],
        **{
            s.model: [f"{'✓' if s.passed[i] else '✗'} {s.margins[i]:+.3f}" for i in places]
            for s in scores
        },
        t("probes.reason"): [item.reason.get(language(), "") for item in items],
        t("probes.kind"): [item.kind for item in items],
    }
    st.dataframe(pd.DataFrame(table), hide_index=True, key="probe_items", alt=t("probes.items_alt"))
    st.caption(t("probes.items_about"))


def _csv(found: ProbeResult) -> str:
    names = ("pack", "language", "model", "anchor", "closer", "farther", "kind")
    rows = (
        (
            scores.pack.name.value,
            scores.pack.language.value if scores.pack.language else "",
            scores.model,
            item.anchor,
            item.closer,
            item.farther,
            item.kind,
            float(scores.closer[i]),
            float(scores.farther[i]),
            float(scores.margins[i]),
            bool(scores.passed[i]),
        )
        for scores in found.scores
        for i, item in enumerate(scores.pack.items)
    )
    return csv_text((*names, "closer_score", "farther_score", "margin", "passed"), rows)
