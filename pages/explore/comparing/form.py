"""The Compare page's form: texts, models and settings, and the request that they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import streamlit as st

from core.compare import CompareRequest, Similarity, link
from core.compare.examples import Example, example, examples, scope_of
from core.compare.experiment import MOST_MODELS, Experiment, Relevant
from core.encoding import Scope
from core.errors import BadExperiment
from core.models import PromptChoice, Task
from core.models.device import Precision
from pages._ui import links, pickers, recorded
from pages._ui.keys import Key
from pages._ui.texts import language, t
from pages.explore.comparing import answers, settings
from pages.explore.comparing import documents as typed_documents

FIRST_EXAMPLE = "red-planet"

_PROMPT_KEYS = {
    "query": (Key.COMPARE_QUERY_TASK, Key.COMPARE_QUERY_PROMPT),
    "document": (Key.COMPARE_DOCUMENT_TASK, Key.COMPARE_DOCUMENT_PROMPT),
}

LINKED: dict[Key, links.Reader] = {
    Key.COMPARE_MODELS: lambda values: links.some_of(pickers.names(), MOST_MODELS)(values),
    Key.COMPARE_QUERY_TASK: links.one_of(tuple(Task)),
    Key.COMPARE_DOCUMENT_TASK: links.one_of(tuple(Task)),
    Key.COMPARE_DIMENSION: links.whole_number(0, settings.MOST_DIMENSIONS),
    Key.COMPARE_SIMILARITY: links.one_of(settings.SIMILARITIES),
    Key.COMPARE_PRECISION: links.one_of(tuple(Precision)),
    Key.COMPARE_EXAMPLE: links.one_of(tuple(e.id for e in examples())),
    Key.COMPARE_TEXTS: lambda values: values[-1],
}


def prepare() -> None:
    """Fill the form on the first visit: from the URL, else with the first example that runs here."""
    links.read_once("compare", LINKED)
    if Key.COMPARE_QUERIES in st.session_state:
        return
    linked = {key: st.session_state[key] for key in LINKED if key in st.session_state}
    chosen = example(linked.get(Key.COMPARE_EXAMPLE, FIRST_EXAMPLE))
    _put({**_defaults(chosen), **linked})
    if linked.get(Key.COMPARE_TEXTS):
        _take_texts(linked[Key.COMPARE_TEXTS])


def _take_texts(packed: str) -> None:
    """Put a link's texts into the form beside its settings, and keep what can't be read."""
    try:
        restored = link.unpack(packed)
    except BadExperiment as error:
        st.session_state[Key.COMPARE_OPEN_ERROR] = error
        st.session_state[Key.COMPARE_TEXTS] = ""
        return
    asked = restored.experiment.request
    texts = _texts(asked, restored.experiment.relevant)
    typed = {
        key: value
        for prompt, keys in (
            (asked.query_prompt, _PROMPT_KEYS["query"]),
            (asked.document_prompt, _PROMPT_KEYS["document"]),
        )
        if prompt.is_typed
        for key, value in zip(keys, (prompt.task.value, prompt.custom), strict=True)
    }
    instruction = {Key.COMPARE_INSTRUCTION: asked.query_prompt.instruction}
    _put({**texts, **typed, **instruction, Key.COMPARE_EXAMPLE: None})
    st.session_state[Key.COMPARE_PROBLEMS] = restored.problems


def put(experiment: Experiment) -> None:
    """Put an experiment into the form; what was there can be had back."""
    asked = experiment.request
    st.session_state[Key.COMPARE_UNDO] = state()
    _put(
        {
            Key.COMPARE_EXAMPLE: None,
            **_texts(asked, experiment.relevant),
            Key.COMPARE_MODELS: list(asked.models),
            Key.COMPARE_QUERY_TASK: asked.query_prompt.task.value,
            Key.COMPARE_DOCUMENT_TASK: asked.document_prompt.task.value,
            Key.COMPARE_QUERY_PROMPT: asked.query_prompt.custom,
            Key.COMPARE_DOCUMENT_PROMPT: asked.document_prompt.custom,
            Key.COMPARE_INSTRUCTION: asked.query_prompt.instruction,
            Key.COMPARE_DIMENSION: asked.dimension or 0,
            Key.COMPARE_SIMILARITY: asked.similarity.value if asked.similarity else settings.OWN,
            Key.COMPARE_PRECISION: asked.precision.value,
        }
    )


def _texts(asked: CompareRequest, relevant: Relevant) -> dict[Key, Any]:
    queries = [typed_documents.one_line(query) for query in asked.queries]
    in_lines = typed_documents.fit_in_lines(asked.documents)
    return {
        Key.COMPARE_QUERIES: "\n".join(queries),
        Key.COMPARE_INPUT: "lines" if in_lines else "table",
        Key.COMPARE_DOCUMENTS: typed_documents.as_lines(asked.documents),
        Key.COMPARE_TABLE_ROWS: asked.documents,
        Key.COMPARE_RIGHT: answers.marks(queries, asked.documents, relevant),
    }


def experiment() -> Experiment:
    """Return what is in the form."""
    asked = request()
    return Experiment(request=asked, relevant=answers.relevant(asked))


def write_link() -> None:
    """Put what makes the view shareable into the URL; a link's texts while they are the form's."""
    state = st.session_state
    if state.get(Key.COMPARE_TEXTS) and link.pack(experiment()) != state[Key.COMPARE_TEXTS]:
        state[Key.COMPARE_TEXTS] = ""
    links.write(link_defaults())


@cache
def link_defaults() -> Mapping[Key, Any]:
    """Return the values that need not stand in a link, by the keys that may."""
    defaults = _defaults(example(FIRST_EXAMPLE))
    return {key: defaults[key] for key in LINKED}


def draw() -> None:
    """Draw the whole form, or send it again where nothing in it has changed."""
    labelled = pickers.settled(Key.COMPARE_MODELS)
    documented, choices = settings.documented_instruction(), pickers.precisions()
    _drawn(_draw, labelled, key=(labelled, documented, choices))


def draw_texts() -> None:
    """Draw the examples, the queries and the documents; other pages study the same texts."""
    _drawn(_draw_texts, key=())


def _drawn(draw: Callable[..., None], *values: Any, key: tuple[object, ...]) -> None:
    """Send it again where nothing in it has changed; not a table, which writes to the session."""
    if st.session_state[Key.COMPARE_INPUT] == "table":
        with st.container():  # where it stands when it is sent again
            draw(*values)
    else:
        recorded.drawn(draw, *values, key=(key, Key.COMPARE_UNDO in st.session_state))


def _draw(labelled: Mapping[str, str]) -> None:
    _draw_texts()
    pickers.models(t("compare.models"), Key.COMPARE_MODELS, most=MOST_MODELS, labelled=labelled)
    settings.draw()


def _draw_texts() -> None:
    _examples()
    left, right = st.columns(2, gap="medium")
    with left:
        st.text_area(
            t("compare.queries"),
            key=Key.COMPARE_QUERIES,
            height=typed_documents.QUERIES_HEIGHT,
            help=t("compare.queries_help"),
            placeholder=t("compare.queries_placeholder"),
            persist_state="session",
        )
    with right:
        typed_documents.draw()


def request() -> CompareRequest:
    """Return what the form asks for; it may be incomplete (see ``problems``)."""
    state = st.session_state
    queries, documents = (
        tuple(typed_documents.lines(state[Key.COMPARE_QUERIES])),
        typed_documents.entered(),
    )
    own = state[Key.COMPARE_SIMILARITY] == settings.OWN
    query_prompt = _choice(*_PROMPT_KEYS["query"], Key.COMPARE_INSTRUCTION)
    document_prompt = _choice(*_PROMPT_KEYS["document"])
    return CompareRequest(
        queries=queries,
        documents=documents,
        models=tuple(state[Key.COMPARE_MODELS]),
        query_prompt=query_prompt,
        document_prompt=document_prompt,
        dimension=state[Key.COMPARE_DIMENSION] or None,
        similarity=None if own else Similarity(state[Key.COMPARE_SIMILARITY]),
        precision=Precision(state[Key.COMPARE_PRECISION]),
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
        st.session_state[Key.COMPARE_UNDO] = state()
    _put(_defaults(example(chosen)))


def _undo() -> None:
    _put(st.session_state.pop(Key.COMPARE_UNDO))


def state() -> dict[Key, Any]:
    """Return everything in the form, to be put back with ``put_state``."""
    keys = _defaults(example(FIRST_EXAMPLE))
    found = {key: st.session_state[key] for key in keys if key in st.session_state}
    return {**found, Key.COMPARE_EXAMPLE: None}


def put_state(kept: Mapping[Key, Any]) -> None:
    """Put the form back as ``state`` found it; what was there can be had back."""
    st.session_state[Key.COMPARE_UNDO] = state()
    _put(kept)


def _put(values: Mapping[Key, Any]) -> None:
    for key in (Key.COMPARE_OPEN_ERROR, Key.COMPARE_PROBLEMS):  # said of what was there
        st.session_state.pop(key, None)
    st.session_state.update(values)
    typed_documents.put_rows(values[Key.COMPARE_TABLE_ROWS])


def _defaults(chosen: Example) -> dict[Key, Any]:
    asked = CompareRequest(queries=chosen.queries, documents=chosen.documents, models=chosen.models)
    return {
        Key.COMPARE_EXAMPLE: chosen.id,
        **_texts(asked, chosen.relevant),
        Key.COMPARE_MODELS: list(chosen.models),
        Key.COMPARE_QUERY_TASK: chosen.query_task.value,
        Key.COMPARE_DOCUMENT_TASK: chosen.document_task.value,
        Key.COMPARE_QUERY_PROMPT: "",
        Key.COMPARE_DOCUMENT_PROMPT: "",
        Key.COMPARE_INSTRUCTION: "",
        Key.COMPARE_DIMENSION: 0,
        Key.COMPARE_SIMILARITY: settings.OWN,
        Key.COMPARE_PRECISION: Precision.EXACT.value,
        Key.COMPARE_TEXTS: "",
    }


def _choice(task_key: Key, prompt_key: Key, instruction_key: Key | None = None) -> PromptChoice:
    """Return a side's choice; a prompt in a field that is not shown does not count."""
    state = st.session_state
    task = Task(state[task_key])
    return PromptChoice(
        task=task,
        custom=(state.get(prompt_key) or "") if task is Task.CUSTOM else "",
        instruction=(state.get(instruction_key) or "") if instruction_key else "",
    )
