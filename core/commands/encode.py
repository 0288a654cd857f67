"""Vectors of the texts in a file."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from core.commands import console
from core.commands.engine import opened_engine
from core.commands.experiment import check_typed
from core.commands.files import check_writable, read_texts, writing
from core.commands.options import AsJson, ModelOption
from core.commands.vector_files import Vectors, writer_for
from core.encoding import Embeddings, EncodeRequest, Engine, Prompted, Scope
from core.encoding.key import KeyMaker
from core.encoding.stores import command_store
from core.encoding.vectors import truncate
from core.errors import BadRequest, ExplorerError, StoreFault
from core.models import ModelCard, Prompt, PromptChoice, PromptOrigin, Side, Task, find, resolve
from core.models.card import Loader
from core.models.device import Precision
from core.models.files import stored_prompts
from core.models.golden import GoldenState
from core.models.identity import ModelIdentity
from core.settings import settings

KEYS_AT_ONCE = 10_000


@dataclass(frozen=True, kw_only=True)
class EncodeOptions:
    """The options of ``encode``; None where one is not given."""

    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A text a line, in UTF-8; - is standard input."),
    ]
    model: ModelOption
    out: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="vectors.npz or vectors.parquet. An existing file is overwritten.",
        ),
    ]
    task: Annotated[
        Task | None, typer.Option(help="Decides the prompt. Default: search.")
    ] = None
    side: Annotated[
        Side, typer.Option(help="Many models have one prompt for queries, one for documents.")
    ] = Side.DOCUMENT
    prompt: Annotated[
        str | None, typer.Option(help="Goes before each text, in place of any task's prompt.")
    ] = None
    instruction: Annotated[
        str | None, typer.Option(help="Sentence for a prompt with a place for an instruction.")
    ] = None
    dimension: Annotated[
        int | None, typer.Option(min=1, help="Keep the first components. Default: all.")
    ] = None
    precision: Annotated[
        Precision | None,
        typer.Option(
            help="exact: float32; fast: bfloat16. Default: fast where the hardware has it."
        ),
    ] = None
    as_json: AsJson = False
