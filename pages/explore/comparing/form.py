"""The Compare page's form: texts, models and settings, and the request that they make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.compare import CompareRequest, Similarity
from core.compare.examples import Example, example, examples, scope_of
from core.encoding import Scope
from core.models import PromptChoice, Task, find, known
from core.models.files import is_here
from pages._ui import cached, links, words
from pages._ui.keys import Key
from pages._ui.texts import language, t
from pages.explore.comparing import documents as typed_documents

MOST_MODELS = 6
DIMENSIONS = (0, 1024, 768, 512, 384, 256, 128, 64, 32)  # 0: each model's full output
OWN = "own"  # each model's own similarity
SIMILARITIES = (OWN, *Similarity)
FIRST_EXAMPLE = "red-planet"

LINKED: dict[Key, links.Reader] = {
    Key.COMPARE_MODELS: lambda values: links.some_of(_models(), MOST_MODELS)(values),
    Key.COMPARE_QUERY_TASK: links.one_of(tuple(Task)),
    Key.COMPARE_DOCUMENT_TASK: links.one_of(tuple(Task)),
    Key.COMPARE_DIMENSION: links.whole_number(0, max(DIMENSIONS)),
    Key.COMPARE_SIMILARITY: links.one_of(SIMILARITIES),
    Key.COMPARE_EXAMPLE: links.one_of(tuple(e.id for e in examples())),
}


def prepare() -> None:
    """Fill the form on the first visit: from the URL, else with the first example that runs here."""
    links.read_once("compare", LINKED)
    if Key.COMPARE_QUERIES in st.session_state:
        # A model of the user's own may have been taken off the list since.
        chosen = st.session_state[Key.COMPARE_MODELS]
        st.session_state[Key.COMPARE_MODELS] = [name for name in chosen if name in _models()]
        return
    linked = {key: st.session_state[key] for key in LINKED if key in st.session_state}
    chosen = example(linked.get(Key.COMPARE_EXAMPLE, FIRST_EXAMPLE))
    _put({**_defaults(chosen), **linked})


def write_link() -> None:
    """Put what makes the view shareable into the URL."""
    defaults = _defaults(example(FIRST_EXAMPLE))
    links.write({Key.LANGUAGE: None, **{key: defaults[key] for key in LINKED}})


def draw() -> None:
    """Draw the whole form."""
    _examples()
    left, right = st.columns(2, gap="medium")
    with left:
        st.text_area(
            t("compare.queries"),
            key=Key.COMPARE_QUERIES,
            height=typed_documents.TEXT_HEIGHT,
            help=t("compare.queries_help"),
            placeholder=t("compare.queries_placeholder"),
            persist_state="session",
        )
    with right:
        typed_documents.draw()
    st.multiselect(
        t("compare.models"),
        _models(),
        key=Key.COMPARE_MODELS,
        format_func=_model_label,
        max_selections=MOST_MODELS,
        help=t("compare.models_help"),
        persist_state="session",
    )
    _settings()


def request() -> CompareRequest:
    """Return what the form asks for; it may be incomplete (see ``problems``)."""
    state = st.session_state
    queries, documents = (
        tuple(typed_documents.lines(state[Key.COMPARE_QUERIES])),
        typed_documents.entered(),
    )
    own = state[Key.COMPARE_SIMILARITY] == OWN
    query_prompt = _choice(
        Key.COMPARE_QUERY_TASK, Key.COMPARE_QUERY_PROMPT, Key.COMPARE_INSTRUCTION
    )
    document_prompt = _choice(Key.COMPARE_DOCUMENT_TASK, Key.COMPARE_DOCUMENT_PROMPT)
    return CompareRequest(
        queries=queries,
        documents=documents,
        models=tuple(state[Key.COMPARE_MODELS]),
        query_prompt=query_prompt,
        document_prompt=document_prompt,
        dimension=state[Key.COMPARE_DIMENSION] or None,
        similarity=None if own else Similarity(state[Key.COMPARE_SIMILARITY]),
        scope=scope_of(queries, documents, query_prompt, document_prompt),
    )


def problems(asked: CompareRequest) -> list[str]:
    """Return what is missing, in the words of the interface."""
    found = {
        "compare.no_query": asked.queries,
        "compare.no_document": asked.documents,
        "compare.no_model": asked.models,
    }
    return [t(key) for key, given in found.items() if not given]


def _examples() -> None:
    titles = {e.id: e.title[language()] for e in examples()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.pills(
            t("compare.examples"),
            list(titles),
            format_func=titles.__getitem__,
            key=Key.COMPARE_EXAMPLE,
            on_change=_load_example,
            persist_state="session",
        )
        if Key.COMPARE_UNDO in st.session_state:
            st.button(
                t("compare.undo"),
                icon=":material/undo:",
                type="tertiary",
                help=t("compare.undo_help"),
                on_click=_undo,
                key=Key.COMPARE_UNDO_BUTTON,
            )


def _load_example() -> None:
    chosen = st.session_state[Key.COMPARE_EXAMPLE]
    if chosen is None:
        return
    documents = typed_documents.entered()
    if (
        scope_of(typed_documents.lines(st.session_state[Key.COMPARE_QUERIES]), documents)
        is Scope.SESSION
    ):
        st.session_state[Key.COMPARE_UNDO] = _form_state()
    _put(_defaults(example(chosen)))


def _undo() -> None:
    _put(st.session_state.pop(Key.COMPARE_UNDO))


def _form_state() -> dict[Key, Any]:
    keys = _defaults(example(FIRST_EXAMPLE))
    state = {key: st.session_state[key] for key in keys if key in st.session_state}
    return {**state, Key.COMPARE_EXAMPLE: None}


def _put(state: Mapping[Key, Any]) -> None:
    st.session_state.update(state)
    typed_documents.put_rows(state[Key.COMPARE_TABLE_ROWS])


def _defaults(chosen: Example) -> dict[Key, Any]:
    titled = any(document.title for document in chosen.documents)
    return {
        Key.COMPARE_EXAMPLE: chosen.id,
        Key.COMPARE_QUERIES: "\n".join(chosen.queries),
        Key.COMPARE_INPUT: "table"
        if titled or typed_documents.has_line_breaks(chosen.documents)
        else "lines",
        Key.COMPARE_DOCUMENTS: typed_documents.as_lines(chosen.documents),
        Key.COMPARE_TABLE_ROWS: chosen.documents,
        Key.COMPARE_MODELS: list(chosen.models),
        Key.COMPARE_QUERY_TASK: chosen.query_task.value,
        Key.COMPARE_DOCUMENT_TASK: chosen.document_task.value,
        Key.COMPARE_QUERY_PROMPT: "",
        Key.COMPARE_DOCUMENT_PROMPT: "",
        Key.COMPARE_INSTRUCTION: "",
        Key.COMPARE_DIMENSION: 0,
        Key.COMPARE_SIMILARITY: OWN,
    }


def _settings() -> None:
    columns = st.columns(4, gap="small")
    sides = (
        (columns[0], Key.COMPARE_QUERY_TASK, Key.COMPARE_QUERY_PROMPT, "query"),
        (columns[1], Key.COMPARE_DOCUMENT_TASK, Key.COMPARE_DOCUMENT_PROMPT, "document"),
    )
    for column, task_key, prompt_key, side in sides:
        with column:
            st.selectbox(
                t(f"compare.{side}_task"),
                [task.value for task in Task],
                format_func=lambda task: t(f"task.{task}"),
                key=task_key,
                help=t(f"compare.{side}_task_help"),
                persist_state="session",
            )
            if st.session_state[task_key] == Task.CUSTOM:
                st.text_input(
                    t(f"compare.{side}_prompt"),
                    key=prompt_key,
                    help=t("compare.prompt_help"),
                    persist_state="session",
                )
    with columns[0]:
        if _takes_instruction():
            st.text_input(
                t("compare.instruction"),
                key=Key.COMPARE_INSTRUCTION,
                placeholder=_takes_instruction(),
                help=t("compare.instruction_help"),
                persist_state="session",
            )
    with columns[2]:
        st.selectbox(
            t("compare.dimension"),
            DIMENSIONS,
            format_func=lambda d: str(d) if d else t("compare.dimension_full"),
            key=Key.COMPARE_DIMENSION,
            help=t("compare.dimension_help"),
            persist_state="session",
        )
    with columns[3]:
        st.selectbox(
            t("compare.similarity"),
            [str(s) for s in SIMILARITIES],
            format_func=lambda s: t(f"similarity.{s}"),
            key=Key.COMPARE_SIMILARITY,
            help=t("compare.similarity_help"),
            persist_state="session",
        )


def _takes_instruction() -> str:
    """Return the documented instruction of a chosen model that has an instruction template."""
    task = st.session_state[Key.COMPARE_QUERY_TASK]
    entries = (
        entry
        for name in st.session_state[Key.COMPARE_MODELS]
        for entry in find(name).prompts
        if task in entry.tasks
    )
    return next((entry.instruction for entry in entries if entry.instruction), "")


def _choice(task_key: Key, prompt_key: Key, instruction_key: Key | None = None) -> PromptChoice:
    state = st.session_state
    return PromptChoice(
        task=Task(state[task_key]),
        custom=state.get(prompt_key) or "",
        instruction=(state.get(instruction_key) or "") if instruction_key else "",
    )


def _models() -> tuple[str, ...]:
    return tuple(card.name for card in known())


def _model_label(name: str) -> str:
    if not is_here(find(name)):
        return f"{name} ↓"
    return f"{name} {words.verdict_mark(cached.engine().latest_verdict(name))}".rstrip()
