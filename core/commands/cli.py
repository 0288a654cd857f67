"""The command line.

Exit codes: 0 for a result, 1 for an expected failure (one line on standard error), 2 for a wrong
call.
"""

from __future__ import annotations

import functools
import io
import sys
from collections.abc import Callable

import typer

from core.commands.asked import SimilarityOptions
from core.commands.clusters import ClustersOptions, clusters
from core.commands.console import note
from core.commands.dimensions import DimensionsOptions, dimensions
from core.commands.disagree import DisagreeOptions, disagree
from core.commands.duplicates import DuplicatesOptions, duplicates
from core.commands.encode import EncodeOptions, encode
from core.commands.evaluate import EvaluateOptions, evaluate
from core.commands.finetune import FinetuneOptions, finetune
from core.commands.models import check, download, models, prompts
from core.commands.mteb_tasks import MtebOptions, mteb
from core.commands.options import command_of
from core.commands.probes import ProbesOptions, probes
from core.commands.project import ProjectOptions, project
from core.commands.prompts_study import PromptsStudyOptions, prompts_study
from core.commands.proximity import ProximityOptions, proximity
from core.commands.search import SearchOptions, search
from core.commands.servers import AddServerOptions, add_server
from core.commands.similarity import similarity
from core.commands.speed import SpeedOptions, speed
from core.errors import ExplorerError

COMMANDS: tuple[Callable[..., None], ...] = (
    command_of(similarity, SimilarityOptions),
    command_of(encode, EncodeOptions),
    command_of(prompts_study, PromptsStudyOptions),
    command_of(probes, ProbesOptions),
    command_of(dimensions, DimensionsOptions),
    command_of(search, SearchOptions),
    command_of(duplicates, DuplicatesOptions),
    command_of(clusters, ClustersOptions),
    command_of(disagree, DisagreeOptions),
    command_of(project, ProjectOptions),
    command_of(proximity, ProximityOptions),
    command_of(mteb, MtebOptions),
    command_of(evaluate, EvaluateOptions),
    command_of(finetune, FinetuneOptions),
    command_of(speed, SpeedOptions),
    models,
    command_of(add_server, AddServerOptions),
    check,
    prompts,
    download,
)

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def main() -> None:
    """Compare, check and measure text-embedding models."""


def run() -> None:
    """Run the command line; expected failures are one line on standard error and exit code 1."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a console that lacks a character shows "?"
    try:
        app()
    except ExplorerError as error:
        note(error)
        raise SystemExit(1) from None


def _stoppable(command: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(command)
    def called(*args: object, **values: object) -> None:
        try:
            command(*args, **values)
        except KeyboardInterrupt:
            raise ExplorerError("Stopped.") from None

    return called


for _command in COMMANDS:
    app.command()(_stoppable(_command))
