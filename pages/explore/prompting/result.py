"""What a study of prompts gave: the matrix of pairs, and how far each text moves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from core.compare.export import csv_text
from core.compare.prompt_study import PromptStudy, PromptStudyRequest, Variant
from core.compare.request import ModelFailure
from core.models import PromptOrigin, Side, known
from core.models.doubts import DoubtKind, doubts
from core.models.files import stored_prompts
from pages._ui import cached, charts, downloads, errors, pictures, runs, words
from pages._ui.keys import Key
from pages._ui.texts import t

MEASURES = ("changed", "tau", "margin", "ndcg")
MOST_STATEMENTS = 4
ABSENT = "–"  # a margin or a correlation takes two documents


@dataclass(frozen=True, kw_only=True)
class Studies:
    """What was asked of each model, and what came of it."""

    requests: tuple[PromptStudyRequest, ...]
    studies: tuple[PromptStudy, ...]
    failures: tuple[ModelFailure, ...]


def draw(asked: tuple[PromptStudyRequest, ...], found: Studies | None) -> None:
    """Draw the kept result, or what to do to get one."""
    if found is None:
        st.info(t("prompts.empty"), icon=":material/touch_app:")
        return
    if found.requests != asked:
        runs.show_stale(t("prompts.stale"))
    for failure in found.failures:
        errors.show(failure.error, about=failure.model)
    if found.studies:
        _studies(found.studies)


def _studies(studies: tuple[PromptStudy, ...]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        measure = _measure(any(study.ndcg is not None for study in studies))
        pictures.pick_format()
    columns = st.columns(len(studies), gap="medium")
    for column, study in zip(columns, studies, strict=True):
        with column:
            _one(study, measure)
    downloads.table(
        t("prompts.export"),
        lambda: _csv(studies),
        file_name="prompt-pairs.csv",
        key="export_prompts",
    )


def _measure(judged: bool) -> str:
    offered = MEASURES if judged else MEASURES[:-1]
    if st.session_state.get(Key.PROMPTS_MEASURE) not in offered:
        st.session_state[Key.PROMPTS_MEASURE] = offered[0]
    return st.segmented_control(
        t("prompts.measure"),
        offered,
        format_func=lambda name: t(f"prompts.measure_{name}"),
        key=Key.PROMPTS_MEASURE,
        required=True,
        help=t("prompts.measure_help"),
        persist_state="session",
    )


def _one(study: PromptStudy, measure: str) -> None:
    st.header(words.plain(study.request.model), anchor=False)
    st.caption(t("prompts.precision", dtype=study.dtype))
    for sentence in statements(study):
        st.text(sentence)
    _doubts(study)
    labels = [label(i, variant) for i, variant in enumerate(study.variants)]
    figure = cached.figure(
        charts.matrix,
        values=_values(study, measure),
        texts=_texts(study, measure),
        rows=labels,
        columns=labels,
        names=(t("prompts.query_prompt"), t("prompts.document_prompt")),
        hover=[
            [
                f"{charts.escaped(shown(q.prompt.template))}<br>{charts.escaped(shown(d.prompt.template))}"
                for d in study.variants
            ]
            for q in study.variants
        ],
    )
    st.plotly_chart(
        figure,
        config=charts.config(f"prompts-{study.request.model}"),
        key=f"matrix_{study.request.model}",
        alt=t("prompts.matrix_alt", model=study.request.model, summary=statements(study)[0]),
    )
    st.caption(t("prompts.matrix_about"))
    _variants(study, labels)
    _moves(study, labels)


def label(place: int, variant: Variant) -> str:
    """Return a short name of a prompt: a letter, and the name under which it is documented."""
    letter = _letter(place)
    if variant.prompt.origin is PromptOrigin.NONE or not variant.prompt.template:
        return f"{letter} · {t('prompts.none')}"
    if variant.prompt.origin is PromptOrigin.CUSTOM:
        return f"{letter} · {charts.shortened(shown(variant.prompt.template), 18)}"
    return f"{letter} · {charts.shortened(variant.names[0] if variant.names else '', 18)}"


def _letter(place: int) -> str:
    """Return A to Z, then AA and so on, as spreadsheets name their columns."""
    more, last = divmod(place, 26)
    return (_letter(more - 1) if more else "") + chr(ord("A") + last)


def shown(template: str) -> str:
    """Return a prompt with its line breaks written out."""
    return template.replace("\n", "\\n") or t("prompts.none")


def statements(study: PromptStudy) -> list[str]:
    """Say plainly what other prompts would change, the largest change first."""
    total = len(study.request.queries)
    query, document = study.recommended
    found: list[tuple[int, str]] = []
    for place, variant in enumerate(study.variants):
        for side, pair in ((Side.QUERY, (place, document)), (Side.DOCUMENT, (query, place))):
            if pair == study.recommended:
                continue
            changed = study.changed(*pair)
            sentence = t(
                f"prompts.changes_{side}",
                prompt=charts.shortened(shown(variant.prompt.template), 60),
                changed=changed,
                total=total,
            )
            found.append((changed, sentence))
    if not found:
        return [t("prompts.only_one")]
    if not any(changed for changed, _ in found):
        return [t("prompts.no_change", total=total)]
    found.sort(key=lambda each: -each[0])
    return [sentence for changed, sentence in found if changed][:MOST_STATEMENTS]


def _doubts(study: PromptStudy) -> None:
    card = next((card for card in known() if card.name == study.request.model), None)
    if card is None:  # taken off the list since
        return
    stored = stored_prompts(card)
    recommended = study.variants[study.recommended[0]].prompt
    told = {
        doubt.value
        for variant in study.variants
        if variant.prompt.origin is PromptOrigin.CUSTOM
        for doubt in doubts(
            card, recommended, variant.prompt, task=study.request.task, stored=stored
        )
        if doubt.kind is DoubtKind.ANOTHER_FAMILY
    }
    for family in sorted(told):
        st.warning(
            t("doubt.another-family", model=words.plain(card.name), family=words.plain(family)),
            icon=":material/warning:",
        )


def _values(study: PromptStudy, measure: str) -> np.ndarray:
    if measure == "tau":
        return study.tau
    if measure == "margin":
        return study.margins.mean(axis=-1)
    if measure == "ndcg" and study.ndcg is not None:
        return study.ndcg
    return (study.first != study.first[study.recommended]).sum(axis=-1).astype(np.float32)


def _texts(study: PromptStudy, measure: str) -> list[list[str]]:
    values = _values(study, measure)
    total = len(study.request.queries)
    pattern = f"{{:.0f}}/{total}" if measure == "changed" else "{:.3f}"
    texts = [
        [pattern.format(value) if np.isfinite(value) else ABSENT for value in row] for row in values
    ]
    row, column = study.recommended
    texts[row][column] += " ◎"
    if study.best is not None and study.best != study.recommended:
        texts[study.best[0]][study.best[1]] += " ★"
    return texts


def _variants(study: PromptStudy, labels: Sequence[str]) -> None:
    table = pd.DataFrame(
        {
            t("prompts.letter"): [name.partition(" ")[0] for name in labels],
            t("model.prompt_text"): [shown(v.prompt.template) for v in study.variants],
            t("model.prompt_origin"): [t(f"origin.{v.prompt.origin}") for v in study.variants],
            t("model.prompt_name"): [", ".join(v.names) for v in study.variants],
        }
    )
    st.dataframe(
        table, hide_index=True, key=f"variants_{study.request.model}", alt=t("model.prompt_text")
    )


def _moves(study: PromptStudy, labels: Sequence[str]) -> None:
    st.markdown(f"**{t('prompts.moves')}**", help=t("prompts.moves_help"))
    figure = cached.figure(
        charts.strips,
        rows=labels,
        series=[
            (t("result.side_query"), study.query_cosines, study.request.queries),
            (
                t("result.side_document"),
                study.document_cosines,
                [document.text for document in study.request.documents],
            ),
        ],
        name=t("prompts.cosine"),
    )
    st.plotly_chart(
        figure,
        config=charts.config(f"moves-{study.request.model}"),
        key=f"moves_{study.request.model}",
        alt=t("prompts.moves_alt", model=study.request.model),
    )


def _csv(studies: tuple[PromptStudy, ...]) -> str:
    names = ("model", "query_prompt", "document_prompt", "changed", "queries", "tau", "margin")
    rows = (row for study in studies for row in _rows(study))
    return csv_text((*names, "ndcg@10", "recommended"), rows)


def _rows(study: PromptStudy) -> Iterator[tuple[object, ...]]:
    margins = study.margins.mean(axis=-1)
    for q, query in enumerate(study.variants):
        for d, document in enumerate(study.variants):
            yield (
                study.request.model,
                query.prompt.template,
                document.prompt.template,
                study.changed(q, d),
                len(study.request.queries),
                *(
                    "" if values is None or np.isnan(values[q, d]) else float(values[q, d])
                    for values in (study.tau, margins, study.ndcg)
                ),
                (q, d) == study.recommended,
            )
