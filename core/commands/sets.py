"""What the commands on a set of texts share: reading its file, and its vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from core.commands import console
from core.commands.files import STANDARD_INPUT, read
from core.commands.options import TASKS
from core.commands.results import check_task
from core.encoding import EncodeRequest, Engine, Prompted, Scope
from core.models import PromptChoice, Side, Task, find, resolve
from core.models.device import Precision
from core.models.files import stored_prompts
from core.models.golden import GoldenState
from core.sets import TextSet
from core.sets.reading import guess, read_file, to_set

SHOWN = 120  # characters of a text in a table

FileArgument = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="A text a line, or a table (CSV, TSV, JSON lines, Parquet, Excel); - is standard "
        "input.",
    ),
]
ColumnOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="The table's column with the texts. Default: guessed, and said."
    ),
]
SetTaskOption = Annotated[Task, typer.Option(metavar="TASK", help=f"Decides the prompt: {TASKS}.")]


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """How a command encodes texts."""

    task: Task
    precision: Precision


def read_set(path: Path, column: str | None) -> TextSet:
    """Return the file's texts with their columns; rows without a text are left out, and counted.

    Raises PathNotUsable and what reading.read_file and reading.to_set raise.
    """
    name = "standard input" if path == STANDARD_INPUT else path.name
    found = read_file(name, read(path))
    guessed = guess(found)
    choice = replace(guessed, text=column) if column is not None else guessed
    made = to_set(found, choice)
    if column is None and len(found.columns) > 1:
        console.note(f"Texts: column {choice.text!r}; --column takes another.")
    if made.dropped:
        console.note(f"Rows without a text, left out: {made.dropped:,}.")
    return made.text_set


def embed(
    engine: Engine,
    texts: Sequence[str],
    model: str,
    how: Encoding,
    *,
    side: Side = Side.DOCUMENT,
    scope: Scope = Scope.SESSION,
) -> np.ndarray:
    """Return the model's vectors of the texts, float32, (n, dim); says what is to be doubted.

    Raises what Engine.encode raises.
    """
    card = find(model)
    choice = PromptChoice(task=how.task)
    prompt = resolve(card, choice, side, stored=stored_prompts(card)).render()
    request = EncodeRequest(
        model=card.name,
        inputs=tuple(Prompted(prompt, text) for text in texts),
        scope=scope,
        precision=how.precision,
    )
    with console.encoding(card.name) as report:
        found = engine.encode(request, on_progress=report)
    if found.golden and found.golden.state is GoldenState.DIFFERS:
        console.note(
            f"{card.name} differs here from what its authors say; see: "
            f"python -m core check --model {card.name}"
        )
    if found.store_fault:
        console.note(found.store_fault)
    return found.vectors


def encoding_of(task: Task, precision: Precision) -> Encoding:
    """Return how to encode. Raises typer.BadParameter for a task without prompts of its own."""
    check_task(task)
    return Encoding(task=task, precision=precision)


def shown(text: str, most: int = SHOWN) -> str:
    """Return the text on one line, its end left out where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def numbered(texts: Sequence[str], places: np.ndarray) -> list[dict[str, Any]]:
    """Return texts with their numbers, counted from 1."""
    return [{"number": place + 1, "text": texts[place]} for place in places.tolist()]
