"""The texts of a file that are nearest to a query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from core.commands.engine import opened_engine
from core.commands.options import AsJson, ModelOption
from core.commands.results import PrecisionOption, figure, print_json, print_table
from core.commands.sets import (
    ColumnOption,
    FileArgument,
    SetTaskOption,
    embed,
    encoding_of,
    read_set,
    shown,
)
from core.models import Side, Task, find
from core.models.device import Precision
from core.sets.neighbours import Metric
from core.sets.search import Found
from core.sets.search import search as search_vectors


@dataclass(frozen=True, kw_only=True)
class SearchOptions:
    """The options of ``search``; None where one is not given."""

    file: FileArgument
    model: ModelOption
    query: Annotated[list[str], typer.Option(metavar="TEXT", help="May be given several times.")]
    k: Annotated[int, typer.Option("-k", "--k", min=1, help="How many texts to find.")] = 10
    column: ColumnOption = None
    metric: Annotated[Metric | None, typer.Option(help="Default: the model's own.")] = None
    task: SetTaskOption = Task.SEARCH
    precision: PrecisionOption = Precision.EXACT
    as_json: AsJson = False


def search(asked: SearchOptions) -> None:
    """Find the texts of a file that are nearest to a query.

    Every text is looked at. A Euclidean distance is the smaller the nearer; a cosine or dot product
    the larger.
    """
    how = encoding_of(asked.task, asked.precision)
    for number, query in enumerate(asked.query, start=1):
        if not query.strip():
            raise typer.BadParameter(f"Text {number} is empty.", param_hint="--query")
    card = find(asked.model)
    texts = read_set(asked.file, asked.column).texts
    metric = asked.metric or _own_metric(card.similarity)
    with opened_engine() as engine:
        queries = embed(engine, asked.query, card.name, how, side=Side.QUERY)
        vectors = embed(engine, texts, card.name, how)
    found = search_vectors(vectors, queries, asked.k, metric)
    if asked.as_json:
        hits = [_hits(texts, found, i) for i in range(len(asked.query))]
        print_json(
            {
                "model": card.name,
                "metric": metric,
                "texts": len(texts),
                "queries": [
                    {"query": query, "found": own}
                    for query, own in zip(asked.query, hits, strict=True)
                ],
            }
        )
        return
    for i, query in enumerate(asked.query):
        print_table(
            f"{card.name} · {metric} · {len(texts):,} texts\n{query}",
            ("rank", "score", "number", "text"),
            (
                (str(hit["rank"]), figure(hit["score"], 4), str(hit["number"]), shown(hit["text"]))
                for hit in _hits(texts, found, i)
            ),
        )


def _own_metric(similarity: str) -> Metric:
    return Metric(similarity) if similarity in tuple(Metric) else Metric.COSINE


def _hits(texts: tuple[str, ...], found: Found, query: int) -> list[dict[str, Any]]:
    both = zip(found.places[query].tolist(), found.scores[query].tolist(), strict=True)
    return [
        {"rank": rank, "score": score, "number": place + 1, "text": texts[place]}
        for rank, (place, score) in enumerate(both, start=1)
    ]
