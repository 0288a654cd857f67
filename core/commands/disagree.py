"""Where two models disagree about the texts of a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import typer

from core.commands.engine import opened_engine
from core.commands.options import AsJson
from core.commands.results import PrecisionOption, figure, print_json, print_lines, print_table
from core.commands.sets import (
    ColumnOption,
    FileArgument,
    SetTaskOption,
    embed,
    encoding_of,
    numbered,
    read_set,
    shown,
)
from core.models import Task, find
from core.models.device import Precision
from core.sets.disagreement import Disagreement, disagreement

SHOWN_TEXTS = 20
SHOWN_NEIGHBOURS = 3
SHOWN_CHARACTERS = 40


@dataclass(frozen=True, kw_only=True)
class DisagreeOptions:
    """The options of ``disagree``; None where one is not given."""

    file: FileArgument
    model: Annotated[
        list[str],
        typer.Option(metavar="NAME", help="Short name or hub id; to be given twice."),
    ]
    k: Annotated[int, typer.Option("-k", "--k", min=1, help="Neighbours of a text.")] = 10
    column: ColumnOption = None
    task: SetTaskOption = Task.SIMILARITY
    precision: PrecisionOption = Precision.EXACT
    as_json: AsJson = False


def disagree(asked: DisagreeOptions) -> None:
    """Find the texts of a file whose nearest others are not the same for two models.

    Overlap is the share of a text's k nearest, by cosine, that both models have.
    """
    how = encoding_of(asked.task, asked.precision)
    models = [find(name).name for name in asked.model]
    if len(models) != 2 or models[0] == models[1]:
        raise typer.BadParameter("Give two different models.", param_hint="--model")
    texts = read_set(asked.file, asked.column).texts
    with opened_engine() as engine:
        first, second = (embed(engine, texts, model, how) for model in models)
    found = disagreement(first, second, asked.k)
    if asked.as_json:
        print_json(
            {
                "models": models,
                "texts": len(texts),
                "k": found.k,
                "overlap": float(found.overlap.mean()),
                "chance": found.chance,
                "disputed": [_disputed(texts, models, found, i) for i in found.order.tolist()],
            }
        )
    else:
        _show(texts, models, found)


def _disputed(
    texts: tuple[str, ...], models: list[str], found: Disagreement, place: int
) -> dict[str, Any]:
    sides = (found.neighbours_a[place], found.neighbours_b[place])
    return {
        "number": place + 1,
        "text": texts[place],
        "overlap": found.overlap[place],
        "nearest": {
            model: numbered(texts, near) for model, near in zip(models, sides, strict=True)
        },
    }


def _show(texts: tuple[str, ...], models: list[str], found: Disagreement) -> None:
    print_table(
        f"{' against '.join(models)} · the most disputed of {len(texts):,} texts",
        (f"overlap@{found.k}", "number", "text", *(f"nearest by {model}" for model in models)),
        (
            (
                figure(float(found.overlap[place]), 2),
                str(place + 1),
                shown(texts[place]),
                _nearest(texts, found.neighbours_a[place]),
                _nearest(texts, found.neighbours_b[place]),
            )
            for place in found.order[:SHOWN_TEXTS].tolist()
        ),
    )
    print_lines(_means(found))


def _nearest(texts: tuple[str, ...], near: np.ndarray) -> str:
    return "\n".join(
        shown(texts[place], SHOWN_CHARACTERS) for place in near[:SHOWN_NEIGHBOURS].tolist()
    )


def _means(found: Disagreement) -> Iterator[str]:
    yield f"Mean overlap: {found.overlap.mean():.3f}; by chance {found.chance:.3f}."
