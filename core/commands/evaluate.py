"""Models on a user's own labelled texts, scored by mteb."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from core.commands import console
from core.commands.engine import opened_engine
from core.commands.files import read
from core.commands.options import AsJson
from core.commands.results import (
    PrecisionOption,
    figure,
    print_json,
    print_lines,
    print_table,
    quoted,
)
from core.errors import BadLabels, BadRequest
from core.models import PromptChoice, Task, find
from core.models.device import Precision
from core.quality.encoder import EvaluatedModel
from core.quality.labelled.data import Classes, Collection, Kind, Labelled
from core.quality.labelled.evaluation import (
    Evaluated,
    Evaluation,
    EvaluationRequest,
    label,
)
from core.quality.labelled.evaluation import (
    evaluate as evaluate_models,
)
from core.quality.labelled.reading import Left, classes, collection, pairs
from core.quality.labelled.recognise import published_for
from core.sets.reading import read_file

FILES = {"queries": "queries", "corpus": "documents", "qrels": "relevance"}
ENDINGS = (".tsv", ".csv", ".jsonl", ".parquet")


@dataclass(frozen=True, kw_only=True)
class EvaluateOptions:
    """The options of ``evaluate``; None where one is not given."""

    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A table with labels (CSV, TSV, JSON lines, Parquet, Excel); for retrieval and "
            "reranking a folder with queries, corpus and qrels.",
        ),
    ]
    kind: Annotated[
        Kind,
        typer.Option(
            "--type",
            help="sts: sentence1, sentence2, score. pairs: the same with 1 or 0. classification "
            "and clustering: text, label. retrieval and reranking: a folder.",
        ),
    ]
    model: Annotated[
        list[str], typer.Option(metavar="NAME", help="Short name or hub id; several for a test.")
    ]
    train: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Classification: the texts to learn from. Default: every other one of each class.",
        ),
    ] = None
    task: Annotated[
        Task | None,
        typer.Option(help="The prompts' task. Default: what the type of the data asks for."),
    ] = None
    dimension: Annotated[int | None, typer.Option(min=1, help="Cut vectors to this.")] = None
    precision: PrecisionOption = Precision.EXACT
    drop: Annotated[
        bool, typer.Option(help="Leave out the rows that can't be used, instead of stopping.")
    ] = False
    as_json: AsJson = False


def evaluate(asked: EvaluateOptions) -> None:
    """Score models on your own labelled texts with mteb's code.

    Intervals are of 95 %, by bootstrap over the items; pairs of models are compared on the same
    resamples and corrected for their number (Holm).
    """
    data, left = _read(asked)
    if left and not asked.drop:
        raise BadLabels(
            f"Some labels can't be used: {'; '.join(map(str, left))}.",
            hint="Mend them, or leave them out with --drop.",
            problem="",
            where="; ".join(map(str, left)),
            count=sum(len(each.where) for each in left),
        )
    for each in left:
        console.note(f"Left out: {each}.")
    request = EvaluationRequest(data=data, models=_models(asked))
    with opened_engine() as engine, console.comparing() as show:
        found = evaluate_models(request, engine, on_progress=show)
    if not found.results:
        raise found.failures[0].error
    if asked.as_json:
        print_json(_as_dict(found, left))
    else:
        _show(found)
    for failed in found.failures:
        console.note(f"{label(failed.model)}: {failed.error}")
    if found.failures:
        raise typer.Exit(1)


def _read(asked: EvaluateOptions) -> tuple[Labelled, tuple[Left, ...]]:
    if asked.kind in (Kind.RETRIEVAL, Kind.RERANKING):
        queries, corpus, qrels = (_columns(_file_in(asked.file, name)) for name in FILES)
        return collection(queries, corpus, qrels, asked.kind)
    columns = _columns(asked.file)
    if asked.kind in (Kind.STS, Kind.PAIRS):
        return pairs(columns, asked.kind)
    train = _columns(asked.train) if asked.train is not None else None
    return classes(columns, train, asked.kind)


def _file_in(folder: Path, name: str) -> Path:
    for ending in ENDINGS:
        if (path := folder / f"{name}{ending}").is_file():
            return path
    raise BadRequest(
        f"{folder} has no file {name}{ENDINGS[0]}.",
        hint=f"Retrieval needs three: {', '.join(FILES)}, each as {', '.join(ENDINGS)}.",
    )


def _columns(path: Path) -> Any:
    return read_file(path.name, read(path)).columns


def _models(asked: EvaluateOptions) -> tuple[EvaluatedModel, ...]:
    prompt = PromptChoice(task=asked.task) if asked.task is not None else None
    names = dict.fromkeys(find(name).name for name in asked.model)
    return tuple(
        EvaluatedModel(
            model=name, prompt=prompt, dimension=asked.dimension, precision=asked.precision
        )
        for name in names
    )


def _show(found: Evaluation) -> None:
    data = found.request.data
    print_table(
        f"{data.kind} · {_size(data)} · {found.results[0].main_score}",
        (
            "model",
            "score",
            "95%" if found.pairs or data.kind is not Kind.CLUSTERING else "draws",
            "published",
            "prompt",
        ),
        (
            (
                label(each.model),
                figure(each.score, 4),
                f"{figure(each.estimate.low, 4)} to {figure(each.estimate.high, 4)}",
                _published(data, each),
                ", ".join(quoted(prompt) for prompt in dict.fromkeys(each.prompts.values())),
            )
            for each in sorted(found.results, key=lambda each: -each.score)
        ),
    )
    print_lines(_statements(found))


def _size(data: Labelled) -> str:
    if isinstance(data, Collection):
        return f"{len(data):,} queries, {len(data.documents):,} documents"
    if isinstance(data, Classes):
        return f"{len(data):,} texts, {len(set(data.labels)):,} classes"
    return f"{len(data):,} pairs"


def _published(data: Labelled, each: Evaluated) -> str:
    known = published_for(data, each.model)
    return f"{known.score:.4f} ({known.task})" if known else ""


def _statements(found: Evaluation) -> Iterator[str]:
    for pair in found.pairs:
        better, worse = (
            (pair.first, pair.second) if pair.difference >= 0 else (pair.second, pair.first)
        )
        if pair.separated:
            low, high = sorted((abs(pair.low), abs(pair.high)))
            yield (
                f"{better} does better than {worse} here: {abs(pair.difference):.4f} "
                f"(95% {low:.4f} to {high:.4f}, p = {pair.p_adjusted:.4f}, Holm)."
            )
        else:
            more = f"; about {pair.more_items:,} more items would" if pair.more_items else ""
            yield (
                f"{better} and {worse} are not separable on this data: {pair.difference:+.4f} "
                f"({pair.low:+.4f} to {pair.high:+.4f}, p = {pair.p_adjusted:.3f}, Holm){more}."
            )


def _as_dict(found: Evaluation, left: tuple[Left, ...]) -> dict[str, Any]:
    data = found.request.data
    return {
        "type": data.kind,
        "items": len(data),
        "left_out": {each.fault: list(each.where) for each in left},
        "models": [
            {
                "model": each.model.model,
                "label": label(each.model),
                "dimension": each.model.dimension,
                "precision": each.model.precision,
                "prompts": each.prompts,
                "main_score": each.main_score,
                "score": each.score,
                "low": each.estimate.low,
                "high": each.estimate.high,
                "published": known.score if (known := published_for(data, each.model)) else None,
                "scores": {k: v for k, v in each.scores.items() if math.isfinite(v)},
                "items": each.items,
            }
            for each in found.results
        ],
        "pairs": [
            {
                "first": pair.first,
                "second": pair.second,
                "difference": pair.difference,
                "low": pair.low,
                "high": pair.high,
                "p_value": pair.p_value,
                "p_adjusted": pair.p_adjusted,
                "separated": pair.separated,
                "more_items": pair.more_items,
            }
            for pair in found.pairs
        ],
    }
