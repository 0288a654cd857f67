"""All that is known about one model."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.encoding import Engine
from core.models import ModelCard
from core.models.anatomy import parts
from core.models.card import Endpoint
from core.models.files import is_here, stored_prompts
from core.models.golden import GoldenResult, GoldenState
from core.models.loading import unload
from core.models.openvino.serving import Served
from core.models.prompts import documented, to_tsv
from core.models.servers.memory import Met, last_met
from pages._ui import profile, recorded, tables, words
from pages._ui.keys import Key
from pages._ui.texts import language, t
from pages.models import getting, tokenizer


def draw(card: ModelCard, engine: Engine) -> None:
    """Draw the model's facts and check, and more behind tabs that are drawn once opened."""
    found = engine.latest_verdict(card)
    badge = words.verdict(found) if is_here(card) else f":gray-badge[{t('golden.not_here')}]"
    st.header(f"{words.plain(card.name)} {badge}", anchor=False)
    drawers = {
        "facts": _facts,
        "parts": _parts,
        "prompts": _prompts,
        "tokenizer": tokenizer.draw,
        "files": getting.draw,
    }
    if not profile.is_local():
        del drawers["files"]  # paths of this machine, downloads and deleting
    tabs = st.tabs([t(f"model.{name}") for name in drawers], key=Key.MODEL_TABS, on_change="rerun")
    for tab, drawer in zip(tabs, drawers.values(), strict=True):
        if tab.open:
            with tab:
                drawer(card, engine)


def _facts(card: ModelCard, engine: Engine) -> None:
    facts, check = st.columns(2, gap="medium")
    with facts:
        _card_facts(card)
    with check:
        _check(card, engine)


def _card_facts(card: ModelCard) -> None:
    no_limit = t("models.no_limit") if card.endpoint is None else t("served.limit_unknown")
    limit = f"{card.max_tokens:,}" if card.max_tokens else no_limit
    rows = {
        **(_server_facts(card.endpoint) if card.endpoint else {"model.id": card.id}),
        "model.revision": card.revision,
        "model.licence": card.licence,
        "model.released": card.released,
        "model.parameters": f"{card.parameters:,}" if card.parameters else "",
        "model.weights": words.size(card.memory_mb * 1e6) if card.memory_mb else "",
        "model.dimension": str(card.dimension or ""),
        "model.matryoshka": _matryoshka(card),
        "model.max_tokens": limit,
        "model.similarity": t(f"similarity.{card.similarity}"),
        "model.languages": words.languages(card),
    }
    told = {t(key): value for key, value in rows.items() if value}
    recorded.drawn(_draw_facts, card, told, key=(told, card.training, card.url))


def _draw_facts(card: ModelCard, told: Mapping[str, str]) -> None:
    table = tables.arrow({t("model.fact"): [*told], t("model.value"): [*told.values()]})
    st.dataframe(table, hide_index=True, key="facts", alt=card.name, height=36 * (len(told) + 1))
    if card.training:
        st.markdown(f"**{t('model.training')}**")
        st.text(card.training.about[language()])
        st.caption(t("model.source", source=card.training.source))
    if card.url:
        st.link_button(t("model.page"), card.url, icon=":material/open_in_new:")


def _matryoshka(card: ModelCard) -> str:
    if card.endpoint is not None and not card.endpoint.base:
        return ""  # nobody said what it is
    return ", ".join(map(str, card.matryoshka)) or t("model.not_trained_to_cut")


def _server_facts(endpoint: Endpoint) -> dict[str, str]:
    met = last_met(endpoint)
    return {
        "served.url": endpoint.url,
        "served.served_name": endpoint.served_name,
        "served.base": endpoint.base or t("served.base_unknown"),
        "served.since": _time(met) if met else "",
    }


def _time(met: Met) -> str:
    return met.since.replace("T", " ").replace("+00:00", " UTC")


def _check(card: ModelCard, engine: Engine) -> None:
    st.markdown(f"**{t('golden.heading')}**", help=t("golden.help"))
    if not is_here(card):
        st.text(t("golden.get_first"))
        return
    with st.container(horizontal=True):
        if st.button(t("golden.run"), icon=":material/fact_check:", key=Key.MODEL_CHECK_BUTTON):
            with st.spinner(t("golden.running"), show_time=True):
                report = engine.load(engine.load_request(card.name))
            st.session_state[Key.MODEL_REPORT] = (card.name, report)
            st.rerun()
        if card.endpoint is None:
            _unload_button(card, engine)
    if card.endpoint is not None:
        _server_state(card.endpoint)
    else:
        _engine(card, engine)
    name, report = st.session_state.get(Key.MODEL_REPORT, ("", None))
    if name == card.name and report is not None and card.endpoint is None:
        seconds = report.import_seconds + report.load_seconds
        st.caption(
            t("model.loaded", memory=words.size(report.memory_bytes), seconds=f"{seconds:.1f}")
        )
        if report.unloaded:
            st.caption(t("model.made_room", models=", ".join(report.unloaded)))
    found = engine.latest_verdict(card)
    if card.endpoint is not None and found and found.state is GoldenState.NO_EXAMPLE:
        st.text(t("served.no_example"))
    elif found is not None:
        _verdict(found)


def _engine(card: ModelCard, engine: Engine) -> None:
    if engine.known_device() is None:
        return  # a page does not wait for the worker to start
    served, export = engine.served(card.name)
    if served is Served.NOT_FOR_IT:
        return
    difference = export.largest_difference if export else None
    told = t(
        f"engine.{served}",
        seconds=f"{export.seconds:.0f}" if export else "",
        difference="" if difference is None else f"{difference:.0e}",
        reason=words.plain(export.reason) if export else "",
    )
    st.caption(told)


def _server_state(endpoint: Endpoint) -> None:
    met = last_met(endpoint)
    if met is not None and met.models > 1:
        told = t("served.swapped", count=met.models, since=_time(met))
        st.warning(told, icon=":material/swap_horiz:")
    st.caption(t("served.precision"))


def _unload_button(card: ModelCard, engine: Engine) -> None:
    if profile.is_local() and st.button(
        t("model.unload"), icon=":material/eject:", key=Key.MODEL_UNLOAD_BUTTON
    ):
        count = engine.ask(unload, card.name)
        st.session_state.pop(Key.MODEL_REPORT, None)
        st.toast(t("model.unloaded" if count else "model.was_not_loaded"))


def _verdict(found: GoldenResult) -> None:
    st.text(t(f"golden.{found.state}_about"))
    if found.expected:
        table = pd.DataFrame(
            {
                t("golden.expected"): [words.matrix((row,)) for row in found.expected],
                t("golden.got"): [words.matrix((row,)) for row in found.got],
            }
        )
        st.dataframe(table, hide_index=True, key="golden_table", alt=t("models.golden"))
        largest = found.largest_difference
        st.caption(
            t(
                "golden.largest",
                largest="NaN" if largest is None else f"{largest:.5f}",
                tolerance=found.tolerance,
            )
        )
    if found.causes:
        st.markdown(f"**{t('golden.causes')}**")
        rows = [(t(f"cause.{c.kind}"), c.expected, c.found) for c in found.causes]
        columns = [t("golden.cause"), t("golden.expected"), t("golden.found")]
        st.dataframe(
            pd.DataFrame(rows, columns=columns),
            hide_index=True,
            key="causes",
            alt=t("golden.causes"),
        )
    if found.source:
        st.caption(t("model.source", source=found.source))


def _parts(card: ModelCard, engine: Engine) -> None:
    if not is_here(card):
        st.text(t("golden.get_first"))
        if card.architecture:
            st.text(" → ".join(card.architecture.modules))
        return
    if card.endpoint is not None:
        st.text(t("served.no_parts"))
        return
    with st.spinner(t("golden.running"), show_time=True):
        found = engine.ask(parts, engine.load_request(card.name))
    if not found:
        st.text(t("model.no_parts"))
        return
    table = pd.DataFrame(
        {
            t("model.part"): [f"{i + 1}. {part.name}" for i, part in enumerate(found)],
            t("model.detail"): [part.detail for part in found],
            t("model.parameters"): [part.parameters for part in found],
            t("model.memory"): [words.size(part.memory_bytes) for part in found],
        }
    )
    st.dataframe(table, hide_index=True, key="parts", alt=t("model.part"))


def _prompts(card: ModelCard, engine: Engine) -> None:
    prompts = documented(card, stored_prompts(card))
    if not prompts:
        st.text(t("model.no_prompts"))
        return
    table = pd.DataFrame(
        {
            t("model.prompt_name"): [prompt.name for prompt in prompts],
            t("model.prompt_text"): [repr(prompt.text) for prompt in prompts],
            t("model.prompt_origin"): [t(f"origin.{prompt.origin}") for prompt in prompts],
        }
    )
    st.dataframe(table, hide_index=True, key="prompts", alt=t("model.prompt_text"))
    st.download_button(
        t("model.prompts_tsv"),
        to_tsv(prompts),
        file_name=f"prompts.{card.name}.tsv",
        mime="text/tab-separated-values",
        icon=":material/download:",
        key="prompts_tsv",
    )
