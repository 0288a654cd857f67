"""What ``similarity`` is asked: its options."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from core.commands.options import TASKS
from core.commands.texts import (
    DocumentOption,
    DocumentsOption,
    QueriesOption,
    QueryOption,
    RightOption,
    TitleOption,
)
from core.compare import Similarity
from core.models import Task
from core.models.device import Precision

MODELS, PROMPTS, RESULT = "Models", "Prompts", "Result"


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
    query: QueryOption = None
    queries: QueriesOption = None
    document: DocumentOption = None
    documents: DocumentsOption = None
    title: TitleOption = None
    right: RightOption = None
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
