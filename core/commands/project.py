"""The texts of a file as points of a picture."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from core.commands import console
from core.commands.engine import opened_engine
from core.commands.files import check_writable, writing
from core.commands.options import AsJson, ModelOption
from core.commands.results import PrecisionOption, print_json
from core.commands.sets import (
    ColumnOption,
    SetTaskOption,
    embed,
    encoding_of,
    read_set,
)
from core.encoding import Scope
from core.maps.projection import Method, Projection, ProjectionRequest
from core.maps.projection import project as project_vectors
from core.models import Task, find
from core.models.device import Precision
from core.sets import TextSet
from core.sets.export import to_csv, to_parquet
from core.sets.neighbours import Metric
from core.sets.places import PlaceSet, place_set

WRITERS: dict[str, Callable[[TextSet, np.ndarray], bytes]] = {
    ".csv": to_csv,
    ".parquet": to_parquet,
}


@dataclass(frozen=True, kw_only=True)
class ProjectOptions:
    """The options of ``project``; None where one is not given."""

    model: ModelOption
    out: Annotated[
        Path,
        typer.Option(
            metavar="FILE", help="points.csv or points.parquet. An existing file is overwritten."
        ),
    ]
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help="A text a line, or a table; - is standard input. Or --set."
        ),
    ] = None
    place_set: Annotated[
        PlaceSet | None, typer.Option("--set", help="Built-in places in place of a file.")
    ] = None
    column: ColumnOption = None
    method: Annotated[Method, typer.Option()] = Method.UMAP
    components: Annotated[int, typer.Option(min=2, max=3, help="Axes of the picture.")] = 2
    metric: Annotated[Metric, typer.Option()] = Metric.COSINE
    neighbours: Annotated[
        int, typer.Option(min=2, help="UMAP's n_neighbors, t-SNE's perplexity.")
    ] = 15
    min_dist: Annotated[float, typer.Option(min=0, max=1, help="For UMAP.")] = 0.1
    seed: Annotated[int, typer.Option(min=0, help="For UMAP and t-SNE.")] = 0
    task: SetTaskOption = Task.CLUSTERING
    precision: PrecisionOption = Precision.EXACT
    as_json: AsJson = False


def project(asked: ProjectOptions) -> None:
    """Make a picture's points of texts and write them with the texts.

    The file has the texts, their columns, and x, y and z, scaled to a mean square of 1.
    """
    write = WRITERS.get(asked.out.suffix.lower())
    if write is None:
        known = " or ".join(WRITERS)
        raise typer.BadParameter(f"{asked.out.name!r} must end in {known}.", param_hint="--out")
    how = encoding_of(asked.task, asked.precision)
    card = find(asked.model)
    text_set = _set(asked)
    check_writable(asked.out)
    scope = Scope.SHARED if text_set.is_built_in else Scope.SESSION
    with opened_engine() as engine:
        vectors = embed(engine, text_set.texts, card.name, how, scope=scope)
    console.note(f"Projecting by {asked.method}.")
    found = project_vectors(vectors, _request(asked))
    content = write(text_set, found.points)
    with writing(asked.out) as file:
        file.write(content)
    _say(asked, text_set, found)


def _set(asked: ProjectOptions) -> TextSet:
    if (asked.file is None) == (asked.place_set is None):
        raise typer.BadParameter("Give FILE or --set.", param_hint="--set")
    if asked.file is not None:
        return read_set(asked.file, asked.column)
    assert asked.place_set is not None
    if asked.column is not None:
        raise typer.BadParameter("It needs a FILE.", param_hint="--column")
    return place_set(asked.place_set)


def _request(asked: ProjectOptions) -> ProjectionRequest:
    return ProjectionRequest(
        method=asked.method,
        components=asked.components,
        metric=asked.metric,
        neighbours=asked.neighbours,
        min_dist=asked.min_dist,
        seed=asked.seed,
    )


def _say(asked: ProjectOptions, text_set: TextSet, found: Projection) -> None:
    if asked.as_json:
        print_json(
            {
                "file": str(asked.out),
                "model": find(asked.model).name,
                "texts": len(text_set),
                "method": asked.method,
                "components": asked.components,
                "metric": asked.metric,
                "explained": found.explained,
            }
        )
        return
    axes = ", ".join(f"{share:.1%}" for share in found.explained)
    shares = f" Variance along the axes: {axes}." if axes else ""
    sys.stdout.write(f"{asked.out}: {len(text_set):,} texts by {asked.method}.{shares}\n")
