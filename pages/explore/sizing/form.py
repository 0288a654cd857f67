"""What the Dimensions page asks: a model, texts from one of four places, and dimensions."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

import streamlit as st

from core.compare.background import Language
from core.compare.dimension_study import DIMENSIONS, DimensionRequest
from core.compare.examples import scope_of
from core.compare.labelled import Pairs, pairs_from_csv
from core.compare.quantised import Labels
from core.encoding import Scope
from core.errors import ExplorerError
from core.models import PromptChoice, Task
from core.models.device import Precision
from core.sets.probe_sentences import probe_sentences
from pages._ui import charts, errors, links, pickers, uploads, words
from pages._ui.keys import Key
from pages._ui.texts import language, t
from pages.explore.comparing import answers
from pages.explore.comparing import documents as typed_documents
from pages.explore.comparing import form as compared

MOST_FILE_MB = 10
MOST_DIGITS = 9
MOST_OF_STRANGE = 40
DEFAULT_MODEL = "wordllama"
TASKS = tuple(task for task in Task if task is not Task.CUSTOM)


class Source(StrEnum):
    """Where the texts come from."""

    PROBES = "probes"  # the sentences of the probe packs, in the reader's language
    COMPARE = "compare"  # the texts of the Compare page, with their right answers
    LINES = "lines"  # typed or pasted
    PAIRS = "pairs"  # a file of labelled pairs


class Texts(NamedTuple):
    """Documents, and queries and labels where the source has any."""

    documents: tuple[str, ...]
    queries: tuple[str, ...] = ()
    labels: Labels | None = None
    scope: Scope = Scope.SESSION


LINKED: dict[Key, links.Reader] = {
    Key.SIZING_MODEL: lambda values: links.one_of(pickers.names())(values),
    Key.SIZING_SOURCE: links.one_of((Source.PROBES, Source.COMPARE)),
    Key.SIZING_TASK: links.one_of(TASKS),
    Key.SIZING_PRECISION: links.one_of(tuple(Precision)),
}


def prepare() -> None:
    """Fill the form on the first visit."""
    compared.prepare()
    links.fill("dimensions", LINKED, _defaults())


def write_link() -> None:
    """Put what makes the view shareable into the URL."""
    defaults = _defaults()
    own = {key: defaults[key] for key in LINKED}
    from_compare = st.session_state[Key.SIZING_SOURCE] == Source.COMPARE
    texts = {Key.COMPARE_EXAMPLE: compared.FIRST_EXAMPLE} if from_compare else {}
    links.write({**texts, **own})


def draw() -> None:
    """Draw the whole form."""
    st.segmented_control(
        t("sizing.source"),
        [source.value for source in Source],
        format_func=lambda source: t(f"sizing.source_{source}"),
        key=Key.SIZING_SOURCE,
        required=True,
        persist_state="session",
    )
    DRAWN[Source(st.session_state[Key.SIZING_SOURCE])]()
    columns = st.columns([2, 1, 1, 2], gap="small")
    with columns[0]:
        pickers.model(t("result.model"), Key.SIZING_MODEL)
    with columns[1]:
        pickers.task(t("sizing.task"), Key.SIZING_TASK, t("sizing.task_help"), tasks=TASKS)
    with columns[2]:
        pickers.precision(Key.SIZING_PRECISION)
    with columns[3]:
        st.multiselect(
            t("sizing.dimensions"),
            [str(dimension) for dimension in reversed(DIMENSIONS)],
            key=Key.SIZING_DIMENSIONS,
            placeholder=t("sizing.dimensions_all"),
            help=t("sizing.dimensions_help"),
            accept_new_options=True,
            persist_state="session",
        )


def request() -> DimensionRequest:
    """Return what the form asks; it may hold too few texts."""
    state = st.session_state
    texts = TEXTS[Source(state[Key.SIZING_SOURCE])]()
    return DimensionRequest(
        model=state[Key.SIZING_MODEL],
        documents=texts.documents,
        queries=texts.queries,
        labels=texts.labels,
        dimensions=_dimensions(state[Key.SIZING_DIMENSIONS]),
        choice=PromptChoice(task=Task(state[Key.SIZING_TASK])),
        precision=Precision(state[Key.SIZING_PRECISION]),
        scope=texts.scope,
    )


def problem() -> str:
    """Return what can't be read as a dimension, in the words of the interface."""
    strange = [each for each in st.session_state[Key.SIZING_DIMENSIONS] if not _is_number(each)]
    if not strange:
        return ""
    shown = charts.shortened(", ".join(strange), MOST_OF_STRANGE)
    return t("sizing.no_dimension", value=words.plain(shown))


def _dimensions(chosen: list[str]) -> tuple[int, ...]:
    """Return the chosen dimensions, largest first; ``problem`` tells of what is none."""
    return tuple(sorted({int(each) for each in chosen if _is_number(each)}, reverse=True))


def _is_number(typed: str) -> bool:
    return typed.strip().isdecimal() and len(typed) <= MOST_DIGITS


def _draw_compared() -> None:
    asked = compared.request()
    st.caption(
        t(
            "sizing.compare_about",
            queries=f"{len(asked.queries):,}",
            documents=f"{len(asked.documents):,}",
        )
    )


def _draw_lines() -> None:
    st.text_area(
        t("sizing.lines"),
        key=Key.SIZING_LINES,
        height=160,
        placeholder=t("sizing.lines_placeholder"),
        persist_state="session",
    )


def _draw_pairs() -> None:
    st.file_uploader(
        t("sizing.file"),
        type=["csv", "tsv", "txt"],
        key=Key.SIZING_FILE,
        on_change=_read_file,
        max_upload_size=MOST_FILE_MB,
        help=t("sizing.file_help"),
    )
    error: ExplorerError | None = st.session_state.get(Key.SIZING_FILE_ERROR)
    if error is not None:
        errors.show(error)
    pairs: Pairs | None = st.session_state.get(Key.SIZING_PAIRS)
    if pairs is not None:
        st.caption(t("sizing.pairs_about", count=len(pairs[0])))


def _read_file() -> None:
    state = st.session_state
    state.pop(Key.SIZING_FILE_ERROR, None)
    file = state[Key.SIZING_FILE]
    if file is None:
        return
    try:
        state[Key.SIZING_PAIRS] = pairs_from_csv(uploads.text_of(file.getvalue(), MOST_FILE_MB))
    except ExplorerError as error:
        state[Key.SIZING_FILE_ERROR] = error


def _from_probes() -> Texts:
    return Texts(documents=probe_sentences(Language(language())).texts, scope=Scope.SHARED)


def _from_compare() -> Texts:
    asked = compared.request()
    right = answers.relevant(asked)
    return Texts(
        documents=tuple(document.text for document in asked.documents),
        queries=asked.queries,
        labels=Labels(relevant=right) if right else None,
        scope=scope_of(asked.queries, asked.documents),
    )


def _from_lines() -> Texts:
    lines = typed_documents.lines(st.session_state[Key.SIZING_LINES])
    return Texts(documents=tuple(dict.fromkeys(lines)))


def _from_pairs() -> Texts:
    pairs: Pairs | None = st.session_state.get(Key.SIZING_PAIRS)
    if pairs is None:
        return Texts(documents=())
    first, second, scores = pairs
    places = tuple((i, i) for i in range(len(scores)))
    labels = Labels(pairs=places, pair_scores=scores)
    return Texts(documents=second, queries=first, labels=labels)


def _defaults() -> dict[Key, object]:
    return {
        Key.SIZING_MODEL: DEFAULT_MODEL,
        Key.SIZING_SOURCE: Source.PROBES.value,
        Key.SIZING_LINES: "",
        Key.SIZING_TASK: Task.SIMILARITY.value,
        Key.SIZING_PRECISION: Precision.EXACT.value,
        Key.SIZING_DIMENSIONS: [],
    }


DRAWN: dict[Source, Callable[[], None]] = {
    Source.PROBES: lambda: st.caption(
        t("sizing.probes_about", count=f"{len(_from_probes().documents):,}")
    ),
    Source.COMPARE: _draw_compared,
    Source.LINES: _draw_lines,
    Source.PAIRS: _draw_pairs,
}
TEXTS: dict[Source, Callable[[], Texts]] = {
    Source.PROBES: _from_probes,
    Source.COMPARE: _from_compare,
    Source.LINES: _from_lines,
    Source.PAIRS: _from_pairs,
}
