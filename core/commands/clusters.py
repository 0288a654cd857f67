"""The texts of a file in groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from core.commands import console
from core.commands.engine import opened_engine
from core.commands.options import AsJson, ModelOption
from core.commands.results import PrecisionOption, print_json, print_lines, print_table
from core.commands.sets import (
    ColumnOption,
    FileArgument,
    SetTaskOption,
    embed,
    encoding_of,
    read_set,
    shown,
)
from core.models import Task, find
from core.models.device import Precision
from core.sets import TextSet
from core.sets.clusters import (
    Agreement,
    ClusterMethod,
    ClusterRequest,
    Clusters,
    agreement,
    cluster,
    labels_for,
)


@dataclass(frozen=True, kw_only=True)
class ClustersOptions:
    """The options of ``clusters``; None where one is not given."""

    file: FileArgument
    model: ModelOption
    method: Annotated[
        ClusterMethod,
        typer.Option(
            help="hdbscan: as many as are dense, the rest is noise; k-means: --k of them."
        ),
    ] = ClusterMethod.HDBSCAN
    k: Annotated[int, typer.Option("-k", "--k", min=1, help="Clusters, for k-means.")] = 10
    min_size: Annotated[
        int, typer.Option(min=2, help="The smallest cluster's texts, for hdbscan.")
    ] = 5
    seed: Annotated[int, typer.Option(min=0, help="For k-means.")] = 0
    truth: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Column with known classes to hold the clusters against."
        ),
    ] = None
    column: ColumnOption = None
    task: SetTaskOption = Task.CLUSTERING
    precision: PrecisionOption = Precision.EXACT
    as_json: AsJson = False


def clusters(asked: ClustersOptions) -> None:
    """Group the texts of a file, with words for each group.

    The words are those of class-based TF-IDF; in Japanese they are fragments of text.
    """
    how = encoding_of(asked.task, asked.precision)
    card = find(asked.model)
    text_set = read_set(asked.file, asked.column)
    truth = _truth(text_set, asked.truth)
    with opened_engine() as engine:
        vectors = embed(engine, text_set.texts, card.name, how)
    console.note("Clustering.")
    request = ClusterRequest(
        method=asked.method, k=asked.k, min_size=asked.min_size, seed=asked.seed
    )
    found = cluster(vectors, request)
    terms = labels_for(text_set.texts, found.labels)
    held = agreement(found.labels, truth) if truth else None
    if asked.as_json:
        print_json(
            {
                "model": card.name,
                "method": asked.method,
                "texts": len(text_set),
                "noise": found.noise,
                "clusters": list(_described(text_set, found, terms)),
                "labels": found.labels,
                "agreement": held._asdict() if held else None,
            }
        )
    else:
        described = list(_described(text_set, found, terms))
        _show(f"{card.name} · {asked.method} · {len(text_set):,} texts", described)
        print_lines(_said(found, held))


def _truth(text_set: TextSet, name: str | None) -> tuple[str, ...] | None:
    if name is None:
        return None
    if name not in text_set.columns:
        known = ", ".join(text_set.columns) or "none"
        raise typer.BadParameter(f"No column {name!r}; there are: {known}.", param_hint="--truth")
    return text_set.columns[name]


def _described(
    text_set: TextSet, found: Clusters, terms: dict[int, tuple[str, ...]]
) -> Iterator[dict[str, Any]]:
    for number, (size, place) in enumerate(
        zip(found.sizes.tolist(), found.central.tolist(), strict=True)
    ):
        yield {
            "cluster": number,
            "size": size,
            "terms": terms[number],
            "central": {"number": place + 1, "text": text_set.texts[place]},
        }


def _show(title: str, described: list[dict[str, Any]]) -> None:
    print_table(
        title,
        ("cluster", "texts", "words", "in the middle"),
        (
            (
                str(each["cluster"]),
                f"{each['size']:,}",
                ", ".join(each["terms"]),
                shown(each["central"]["text"]),
            )
            for each in described
        ),
    )


def _said(found: Clusters, held: Agreement | None) -> Iterator[str]:
    yield f"In no cluster: {found.noise:,} texts."
    if held:
        yield (
            f"Against the known classes: V-measure {held.v_measure:.3f}, adjusted Rand index "
            f"{held.adjusted_rand:.3f}."
        )
