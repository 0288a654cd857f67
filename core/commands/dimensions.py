"""How small a model's vectors can be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from core.commands import console
from core.commands.engine import opened_engine
from core.commands.files import read_text, read_texts
from core.commands.options import AsJson, ModelOption
from core.commands.results import (
    TASKS,
    PrecisionOption,
    check_task,
    figure,
    print_json,
    print_lines,
    print_table,
    warn_of,
)
from core.commands.texts import (
    TEXTS,
    QueriesOption,
    RightOption,
    check_standard_input,
    file_help,
    right_of,
)
from core.compare.dimension_study import (
    DimensionRequest,
    DimensionStudy,
    Setting,
    pairs_as_request,
    study_dimensions,
)
from core.compare.labelled import pairs_from_csv
from core.compare.published import PublishedDimensions, published_dimensions
from core.compare.quantised import Labels, Storage
from core.models import PromptChoice, Task, find
from core.models.device import Precision

MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class DimensionsOptions:
    """The options of ``dimensions``; None where one is not given."""

    model: ModelOption
    texts: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help=f"{file_help('text')} Each is looked for among the others.",
            rich_help_panel=TEXTS,
        ),
    ] = None
    queries: QueriesOption = None
    documents: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=file_help("document"), rich_help_panel=TEXTS),
    ] = None
    right: RightOption = None
    pairs: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Pairs of texts with a similarity each: a table with the columns text1, text2 and "
            "score, with comma, semicolon or tab; - is standard input.",
            rich_help_panel=TEXTS,
        ),
    ] = None
    dimension: Annotated[
        list[int] | None,
        typer.Option(
            metavar="NUMBER",
            help="May be given several times. Default: the model's own and common ones.",
        ),
    ] = None
    storage: Annotated[
        list[Storage] | None, typer.Option(help="May be given several times. Default: all.")
    ] = None
    most_loss: Annotated[
        float,
        typer.Option(min=0, max=1, help="The share of near neighbours that may be lost."),
    ] = 0.05
    task: Annotated[
        Task | None,
        typer.Option(
            metavar="TASK",
            help=f"Decides the prompts: {TASKS}. Default: search with --queries, else similarity.",
        ),
    ] = None
    precision: PrecisionOption = Precision.EXACT
    as_json: AsJson = False


def dimensions(asked: DimensionsOptions) -> None:
    """Measure what smaller vectors cost: fewer dimensions, fewer bits.

    Overlap is the mean share of the nearest texts of the full float32 vectors that stay the
    nearest. Texts are encoded once; every setting is cut from their vectors.
    """
    request = _request(asked)
    with opened_engine() as engine, console.encoding(request.model) as report:
        study = study_dimensions(
            request,
            engine,
            on_progress=lambda step, done, total: report(done, total) if step == "texts" else None,
        )
        warn_of(engine, [request.model])
    if asked.as_json:
        print_json(_as_dict(study, asked.most_loss))
    else:
        _show(study, asked.most_loss)


def _request(asked: DimensionsOptions) -> DimensionRequest:
    check_task(asked.task)
    check_standard_input((asked.texts, asked.queries, asked.documents, asked.pairs))
    task = asked.task or (Task.SEARCH if asked.queries else Task.SIMILARITY)
    return replace(
        _texts(asked),
        model=find(asked.model).name,
        dimensions=tuple(dict.fromkeys(asked.dimension or ())),
        storages=tuple(dict.fromkeys(asked.storage or Storage)),
        choice=PromptChoice(task=task),
        precision=asked.precision,
    )


def _texts(asked: DimensionsOptions) -> DimensionRequest:
    both_sides = asked.queries or asked.documents
    if [bool(asked.texts), bool(both_sides), bool(asked.pairs)].count(True) != 1:
        raise typer.BadParameter("Give --texts, --pairs, or --queries with --documents.")
    if asked.right and not both_sides:
        raise typer.BadParameter("It needs --queries and --documents.", param_hint="--right")
    if asked.texts:
        return DimensionRequest(model=asked.model, documents=read_texts(asked.texts))
    if asked.pairs:
        return pairs_as_request(asked.model, *pairs_from_csv(read_text(asked.pairs)))
    if not asked.queries or not asked.documents:
        raise typer.BadParameter("Give --queries with --documents.", param_hint="--queries")
    queries, documents = read_texts(asked.queries), read_texts(asked.documents)
    right = right_of(asked.right or (), len(queries), len(documents))
    labels = Labels(relevant=right) if any(right) else None
    return DimensionRequest(model=asked.model, queries=queries, documents=documents, labels=labels)


def _as_dict(study: DimensionStudy, most_loss: float) -> dict[str, Any]:
    smallest = study.smallest(most_loss)
    request = study.request
    return {
        "model": request.model,
        "task": request.choice.task,
        "dtype": study.dtype,
        "full_dimension": study.full_dimension,
        "renormalised": study.renormalised,
        "k": study.k,
        "queries": study.queries_used,
        "documents": study.documents_used,
        "quality": _quality_name(study),
        "settings": [_setting(setting) for setting in study.settings],
        "most_loss": most_loss,
        "smallest": _setting(smallest) if smallest else None,
        "published": [
            {
                "benchmark": each.benchmark,
                "by_dimension": each.by_dimension,
                "by_weights": each.by_weights,
                "source": each.source,
            }
            for each in published_dimensions(request.model)
        ],
    }


def _setting(setting: Setting) -> dict[str, Any]:
    figures = setting.figures
    return {
        "dimension": setting.dimension,
        "storage": setting.storage,
        "trained": setting.trained,
        "bytes": setting.bytes,
        "bytes_of_1m_vectors": setting.bytes * MILLION,
        "overlap": figures.overlap,
        "score_error": figures.score_error,
        "quality": figures.quality,
        "int8_ranges": figures.ranges,
    }


def _quality_name(study: DimensionStudy) -> str | None:
    labels = study.request.labels
    if labels is None:
        return None
    return "Spearman" if labels.pairs else "nDCG@10"


def _show(study: DimensionStudy, most_loss: float) -> None:
    quality = _quality_name(study)
    names = ("dimension", "trained", "storage", "bytes", "1 M vectors", f"overlap@{study.k}")
    print_table(
        f"Smaller vectors of {study.request.model}",
        (*names, "score error", *([quality] if quality else [])),
        (
            (
                str(setting.dimension),
                "yes" if setting.trained else "no",
                setting.storage,
                f"{setting.bytes:,}",
                f"{setting.bytes * MILLION / 1e6:,.0f} MB",
                figure(setting.figures.overlap),
                figure(setting.figures.score_error, 4),
                *([figure(setting.figures.quality)] if quality else []),
            )
            for setting in study.settings
        ),
    )
    print_lines(_statements(study, most_loss))


def _statements(study: DimensionStudy, most_loss: float) -> Iterator[str]:
    used = f"{study.queries_used:,} queries among {study.documents_used:,} documents"
    if not study.request.queries:
        used = f"{study.queries_used:,} of {study.documents_used:,} texts, among the others"
    yield f"Looked for: {used}; the {study.k} nearest of each."
    smallest = study.smallest(most_loss)
    if smallest is None:
        yield f"No setting here keeps the loss within {most_loss:.1%}."
    else:
        yield (
            f"Smallest within a loss of {most_loss:.1%}: {smallest.dimension} dimensions as "
            f"{smallest.storage}, {smallest.bytes:,} bytes; {smallest.loss:.1%} of the nearest "
            "are lost."
        )
    yield from map(_published, published_dimensions(study.request.model))


def _published(found: PublishedDimensions) -> str:
    sizes = ", ".join(f"{size}: {mean:.2f}" for size, mean in found.by_dimension.items())
    weights = ", ".join(f"{name}: {mean:.2f}" for name, mean in found.by_weights.items())
    return f"Model card, {found.benchmark}: {sizes}; weights {weights} ({found.source})."
