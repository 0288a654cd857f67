"""What the studies' commands share: their options, their JSON, their tables, their doubts."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from core.commands import console
from core.commands.console import visible
from core.encoding import Engine
from core.models import Task, find
from core.models.device import Precision
from core.models.golden import GoldenState

TASKS = ", ".join(task for task in Task if task is not Task.CUSTOM)
TaskOption = Annotated[Task, typer.Option(metavar="TASK", help=f"Decides the prompts: {TASKS}.")]
PrecisionOption = Annotated[
    Precision, typer.Option(help="exact: float32; fast: bfloat16 where the hardware has it.")
]


def check_task(task: Task | None) -> None:
    """Raise typer.BadParameter for a task that says nothing without a prompt of the user's own."""
    if task is Task.CUSTOM:
        raise typer.BadParameter("Choose a task that has prompts, or none.", param_hint="--task")


def print_json(whole: Mapping[str, Any]) -> None:
    """Print plain values and arrays as JSON, what is not finite as null."""
    # Escaped, so that no console's encoding can spoil it.
    sys.stdout.write(json.dumps(_plain(whole), indent=2, allow_nan=False) + "\n")


def print_table(title: str, names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table without reading any markup in its cells."""
    table = Table(*(Column(name) for name in names), title=Text(visible(title)))
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))
    Console().print(table)


def print_lines(lines: Iterable[str]) -> None:
    out = Console()
    for line in lines:
        out.print(visible(line), markup=False, highlight=False)


def figure(value: float | None, digits: int = 3) -> str:
    """Return the number, or nothing where there is none."""
    return "" if value is None or not math.isfinite(value) else f"{value:.{digits}f}"


def quoted(prompt: str) -> str:
    """Return a prompt so that its ends, line breaks and tabs are seen."""
    return '"' + prompt.replace("\n", "\\n").replace("\t", "\\t") + '"' if prompt else "none"


def warn_of(engine: Engine, models: Iterable[str]) -> None:
    """Say which of the models differ here from what their authors say."""
    for line in _differing(engine, models):
        console.note(line)


def _differing(engine: Engine, models: Iterable[str]) -> Iterator[str]:
    for model in models:
        found = engine.latest_verdict(find(model))
        if found and found.state is GoldenState.DIFFERS:
            yield (
                f"{model} differs here from what its authors say; see: "
                f"python -m core check --model {model}"
            )


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    return value
