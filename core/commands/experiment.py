"""The experiment that the options of ``similarity`` make, alone or over a file's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer

from core.commands.asked import SimilarityOptions
from core.commands.console import note
from core.commands.files import read, writing
from core.commands.texts import check_standard_input, documents_of, queries_of, right_of
from core.compare import CompareRequest
from core.compare import experiment as experiments
from core.compare.examples import scope_of
from core.compare.experiment import MOST_MODELS, Experiment, Problem, ProblemKind, Relevant
from core.errors import BadText, Word
from core.models import PromptChoice, Task, find

NOTHING = Experiment(request=CompareRequest(queries=(), documents=(), models=()))

PROBLEMS: dict[ProblemKind, str] = {
    ProblemKind.NEWER: "it was written by another version (format {value}); what can be "
    "understood is used.",
    ProblemKind.ALTERED: "it was changed after it was saved.",
    ProblemKind.UNKNOWN_MODEL: "no model named {value!r} is known here; it is left out.",
    ProblemKind.FIELD: "its {value!r} can't be read; the default is used.",
    ProblemKind.TOO_MANY: f"models after the first {MOST_MODELS} are left out ({{value}}).",
}


def experiment_of(asked: SimilarityOptions) -> Experiment:
    """Return what is to be compared; say what of the file is not used.

    Raises typer.BadParameter for a wrong call, BadText, and what reading and ``find`` raise.
    """
    check_standard_input((asked.experiment, asked.queries, asked.documents))
    base = _opened(asked.experiment) if asked.experiment else NOTHING
    start = base.request
    queries = queries_of(asked) or start.queries
    documents = documents_of(asked) or start.documents
    request = replace(
        start,
        queries=queries,
        documents=documents,
        models=_models(asked.model or ()) or start.models,
        query_prompt=_query_prompt(asked, start.query_prompt),
        document_prompt=_prompt(
            start.document_prompt, asked.document_task, asked.document_prompt, "--document-prompt"
        ),
        dimension=asked.dimension or start.dimension,
        similarity=asked.similarity or start.similarity,
        precision=asked.precision or start.precision,
    )
    if asked.experiment is None:
        _check_given(request)
    scope = scope_of(queries, documents, request.query_prompt, request.document_prompt)
    return Experiment(
        request=replace(request, scope=scope), relevant=_relevant(asked, base, request)
    )


def save(path: Path, whole: dict[str, Any]) -> None:
    """Write an experiment file; say what of it could not be opened again."""
    text = json.dumps(whole, ensure_ascii=False, indent=2, allow_nan=False)
    with writing(path) as file:
        file.write(f"{text}\n".encode())
    for problem in experiments.from_json(text).problems:
        note(f"{path} can't be opened whole again: {_described(problem)}")


def _opened(path: Path) -> Experiment:
    restored = experiments.from_json(read(path))
    for problem in restored.problems:
        note(f"{path}: {_described(problem)}")
    return restored.experiment


def _described(problem: Problem) -> str:
    return PROBLEMS[problem.kind].format(value=problem.value)


def _check_given(request: CompareRequest) -> None:
    for values, options in (
        (request.models, "--model"),
        (request.queries, "--query or --queries"),
        (request.documents, "--document or --documents"),
    ):
        if not values:
            raise typer.BadParameter(f"Give {options}, or --experiment.", param_hint=options)


def _models(names: Sequence[str]) -> tuple[str, ...]:
    # By the short name, which is what an experiment file holds.
    return tuple(dict.fromkeys(find(name).name for name in names))


def _query_prompt(asked: SimilarityOptions, start: PromptChoice) -> PromptChoice:
    choice = _prompt(start, asked.query_task, asked.query_prompt, "--query-prompt")
    if asked.instruction is None:
        return choice
    check_text(asked.instruction, "--instruction")
    return replace(choice, instruction=asked.instruction)


def _prompt(start: PromptChoice, task: Task | None, typed: str | None, option: str) -> PromptChoice:
    if typed is None:
        return replace(start, task=task or start.task)
    check_prompt(typed, task, option)
    return replace(start, task=Task.CUSTOM, custom=typed)


def check_prompt(prompt: str, task: Task | None, option: str) -> None:
    """Raise typer.BadParameter where a task was chosen too, else as ``check_text`` does."""
    if task not in (None, Task.CUSTOM):
        raise typer.BadParameter(
            f"The task {task} has a prompt of its own: give one of the two.", param_hint=option
        )
    check_text(prompt, option)


def check_text(text: str, option: str) -> None:
    """Raise BadText where the text holds half of a character."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadText(
            f"{option} holds half of a character (a lone surrogate) at character "
            f"{error.start + 1}.",
            hint="Type the character again, or take it out.",
            what=Word.TEXT,
            number=1,
            position=error.start + 1,
        ) from None


def _relevant(asked: SimilarityOptions, base: Experiment, request: CompareRequest) -> Relevant:
    if asked.right:
        return right_of(asked.right, len(request.queries), len(request.documents))
    same = (request.queries, request.documents) == (base.request.queries, base.request.documents)
    if base.relevant and not same:
        note(f"{asked.experiment}: its right answers are left out, as the texts are others.")
        return ()
    return base.relevant
