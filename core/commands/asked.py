"""What ``similarity`` is asked: its options."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from core.commands.options import TASKS
from core.compare import Similarity
from core.models import Task
from core.models.device import Precision

TEXTS, MODELS, PROMPTS, RESULT = "Texts", "Models", "Prompts", "Result"


def _file(what: str) -> str:
    return f"File with a {what} a line, in UTF-8; - is standard input."


@dataclass(frozen=True, kw_only=True)
class SimilarityOptions:
    """The options of ``similarity``; None where one is not given."""

    experiment: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Start from an experiment saved here or on the Compare page; other options "
            "take the place of its parts.",
        ),
    ] = None
    query: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT", help="A query; may be given several times.", rich_help_panel=TEXTS
        ),
    ] = None
    queries: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=_file("query"), rich_help_panel=TEXTS),
    ] = None
    document: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT", help="A document; may be given several times.", rich_help_panel=TEXTS
        ),
    ] = None
    documents: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=_file("document"), rich_help_panel=TEXTS),
    ] = None
    title: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT",
            help="Title of a --document, one for each in their order; may be empty.",
            rich_help_panel=TEXTS,
        ),
    ] = None
    right: Annotated[
        list[str] | None,
        typer.Option(
            metavar="QUERY:DOCUMENT,...",
            help="Right documents of a query, counted from 1: 1:3,4. May be given several times; "
            "shows how well each model finds them.",
            rich_help_panel=TEXTS,
        ),
    ] = None
    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Short name or hub id; may be given several times.",
            rich_help_panel=MODELS,
        ),
    ] = None
    dimension: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="NUMBER",
            help="Keep the first components. Default: all.",
            rich_help_panel=MODELS,
        ),
    ] = None
    similarity: Annotated[
        Similarity | None,
        typer.Option(help="Default: the model's own.", rich_help_panel=MODELS),
    ] = None
    precision: Annotated[
        Precision | None,
        typer.Option(
            help="exact: float32 (the default); fast: bfloat16 where the hardware has it.",
            rich_help_panel=MODELS,
        ),
    ] = None
    query_task: Annotated[
        Task | None,
        typer.Option(
            metavar="TASK",
            help=f"Decides the query prompt. Default: search. One of {TASKS}.",
            rich_help_panel=PROMPTS,
        ),
    ] = None
    document_task: Annotated[
        Task | None,
        typer.Option(
            metavar="TASK",
            help=f"Decides the document prompt. Default: search. One of {TASKS}.",
            rich_help_panel=PROMPTS,
        ),
    ] = None
    query_prompt: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="Goes before each query, in place of any task's prompt.",
            rich_help_panel=PROMPTS,
        ),
    ] = None
    document_prompt: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="Goes before each document; {title} stands for its title.",
            rich_help_panel=PROMPTS,
        ),
    ] = None
    instruction: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="Sentence for the query prompt of models with a place for an instruction.",
            rich_help_panel=PROMPTS,
        ),
    ] = None
    explain: Annotated[
        bool,
        typer.Option(
            "--explain/--no-explain",
            help="Say where each score stands among scores of unrelated texts (percentile), and "
            "which texts a model can't read well.",
            rich_help_panel=RESULT,
        ),
    ] = False
    save: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write inputs and results as JSON, for --experiment and the Compare page. An "
            "existing file is overwritten.",
            rich_help_panel=RESULT,
        ),
    ] = None
    as_csv: Annotated[
        bool,
        typer.Option("--csv", help="Print a row for each score as CSV.", rich_help_panel=RESULT),
    ] = False
    as_json: Annotated[
        bool, typer.Option("--json", help="Print everything as JSON.", rich_help_panel=RESULT)
    ] = False
