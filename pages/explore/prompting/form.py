"""What the Prompts page asks: models, the task of the recommended pair, prompts of one's own."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.compare.examples import scope_of
from core.compare.prompt_study import PromptStudyRequest
from core.models import PromptChoice, Task
from core.models.device import Precision
from pages._ui import links, pickers, recorded
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.explore.comparing import answers
from pages.explore.comparing import form as texts

MOST_MODELS = 3
TASKS = tuple(task for task in Task if task not in (Task.NONE, Task.CUSTOM))
DEFAULT_CUSTOM = "Question: "  # one to try, and no family's template
DEFAULT_MODELS = ("all-MiniLM-L6-v2",)
LINKED: dict[Key, links.Reader] = {
    Key.PROMPTS_MODELS: lambda values: links.some_of(pickers.names(), MOST_MODELS)(values),
    Key.PROMPTS_TASK: links.one_of(TASKS),
    Key.PROMPTS_PRECISION: links.one_of(tuple(Precision)),
}


def prepare() -> None:
    """Fill the form on the first visit."""
    links.fill("prompts", LINKED, _defaults())


def write_link() -> None:
    """Put what makes the view shareable into the URL."""
    defaults = _defaults()
    own = {key: defaults[key] for key in LINKED}
    links.write({Key.COMPARE_EXAMPLE: texts.FIRST_EXAMPLE, **own})


def draw() -> None:
    """Draw everything below the texts, or send it again where nothing has changed."""
    labelled = pickers.settled(Key.PROMPTS_MODELS)
    recorded.drawn(_draw, labelled, key=(labelled, pickers.precisions()))


def _draw(labelled: Mapping[str, str]) -> None:
    pickers.models(t("compare.models"), Key.PROMPTS_MODELS, most=MOST_MODELS, labelled=labelled)
    columns = st.columns([1, 2, 1], gap="small")
    with columns[0]:
        pickers.task(t("prompts.task"), Key.PROMPTS_TASK, t("prompts.task_help"), tasks=TASKS)
    with columns[1]:
        st.text_area(
            t("prompts.custom"),
            key=Key.PROMPTS_CUSTOM,
            height=80,
            help=t("prompts.custom_help"),
            placeholder=t("prompts.custom_placeholder"),
            persist_state="session",
        )
    with columns[2]:
        pickers.precision(Key.PROMPTS_PRECISION)


def requests() -> tuple[PromptStudyRequest, ...]:
    """Return what the form asks, for each model; the texts are those of the Compare page."""
    typed = texts.request()
    state = st.session_state
    custom = custom_prompts()
    choices = [PromptChoice(task=Task.CUSTOM, custom=text) for text in custom]
    return tuple(
        PromptStudyRequest(
            model=model,
            queries=typed.queries,
            documents=typed.documents,
            task=Task(state[Key.PROMPTS_TASK]),
            custom=custom,
            relevant=answers.relevant(typed),
            precision=Precision(state[Key.PROMPTS_PRECISION]),
            scope=scope_of(typed.queries, typed.documents, *choices),
        )
        for model in state[Key.PROMPTS_MODELS]
    )


def custom_prompts() -> tuple[str, ...]:
    """Return the user's own prompts, one a line; a written \\n stands for a line break."""
    lines = (st.session_state[Key.PROMPTS_CUSTOM] or "").split("\n")
    return tuple(dict.fromkeys(line.replace("\\n", "\n") for line in lines if line.strip()))


def problem(asked: tuple[PromptStudyRequest, ...]) -> str:
    """Return what is missing, in the words of the interface."""
    if not asked:
        return t("compare.no_model")
    if not asked[0].queries:
        return t("compare.no_query")
    return "" if asked[0].documents else t("compare.no_document")


def _defaults() -> dict[Key, object]:
    return {
        Key.PROMPTS_MODELS: list(DEFAULT_MODELS),
        Key.PROMPTS_TASK: Task.SEARCH.value,
        Key.PROMPTS_CUSTOM: DEFAULT_CUSTOM,
        Key.PROMPTS_PRECISION: Precision.EXACT.value,
    }
