"""Models on a user's labelled texts: mteb's scores, intervals, and whether models differ."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.encoding import Engine, Scope
from core.errors import BadRequest, ExplorerError
from core.models.device import Precision
from core.quality.encoder import EngineEncoder, EvaluatedModel
from core.quality.labelled.data import Classes, Collection, Kind, Labelled, Pairs
from core.quality.labelled.uncertainty import (
    Estimate,
    Paired,
    Statistic,
    average_precision_of,
    estimates,
    mean_of,
    spearman_of,
)

# (model, texts done, texts to do)
OnProgress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class EvaluationRequest:
    """Each model, or way to use one, on the same labelled texts."""

    data: Labelled
    models: tuple[EvaluatedModel, ...]
    scope: Scope = Scope.SESSION


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """One model's result: mteb's main score and all others, and a figure for each item.

    ``items`` (n_items,) is by kind: the predicted similarity of a pair, the share of draws in which
    a text was classified right, a query's nDCG@10 or, for reranking, average precision; for
    clustering the V-measure of each draw. ``prompts`` are those that went before the texts. For
    clustering ``estimate`` goes from the lowest to the highest draw: no confidence interval.
    """

    model: EvaluatedModel
    main_score: str
    score: float
    scores: dict[str, float]
    items: np.ndarray
    prompts: dict[str, str]
    estimate: Estimate


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A model that could not be evaluated, and why."""

    model: EvaluatedModel
    error: ExplorerError


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """``pairs`` compares the models item by item; it is empty for clustering."""

    request: EvaluationRequest
    results: tuple[Evaluated, ...]
    pairs: tuple[Paired, ...]
    failures: tuple[Failed, ...] = ()


def evaluate(
    request: EvaluationRequest, engine: Engine, *, on_progress: OnProgress | None = None
) -> Evaluation:
    """Evaluate each model with mteb's own code. Imports mteb: for a job or a command.

    A model that fails is reported beside the others. Raises BadRequest where two are the same.
    """
    labels = [label(model) for model in request.models]
    if len(set(labels)) < len(labels):
        raise BadRequest(f"{', '.join(labels)}: one is there twice.", hint="Give each once.")
    runs: list[_Run] = []
    failures: list[Failed] = []
    for model in request.models:
        try:
            runs.append(_run(request, model, engine, on_progress))
        except ExplorerError as error:
            failures.append(Failed(model=model, error=error))
    found, pairs = _with_intervals(request.data, runs)
    return Evaluation(request=request, results=found, pairs=pairs, failures=tuple(failures))


def label(model: EvaluatedModel) -> str:
    """Return what tells a model from itself at another dimension, precision or prompt."""
    parts = [model.model]
    if model.dimension is not None:
        parts.append(str(model.dimension))
    if model.precision is not Precision.EXACT:
        parts.append(model.precision.value)
    if model.prompt is not None:
        parts.append(model.prompt.custom or model.prompt.task.value)
    return " · ".join(parts)


@dataclass(frozen=True, kw_only=True)
class _Run:
    model: EvaluatedModel
    main_score: str
    scores: dict[str, float]
    items: np.ndarray
    prompts: dict[str, str]


def _run(
    request: EvaluationRequest,
    model: EvaluatedModel,
    engine: Engine,
    on_progress: OnProgress | None,
) -> _Run:
    import mteb

    from core.quality.labelled.tasks import task_of

    def tell(done: int, total: int) -> None:
        if on_progress is not None:
            on_progress(model.model, done, total)

    task = task_of(request.data)
    # Any: pyright takes its ``encode`` for that of another of mteb's protocols.
    encoder: Any = EngineEncoder(engine, model, store_scope=request.scope, on_progress=tell)
    with tempfile.TemporaryDirectory(prefix="umekomi-predictions-") as folder:
        result = mteb.evaluate(
            encoder,
            task,
            cache=None,
            co2_tracker=False,
            show_progress_bar=False,
            prediction_folder=folder,
        )
        (scores,) = result.task_results[0].scores["test"]
        items = ITEMS[request.data.kind](request.data, task, scores, Path(folder))
    return _Run(
        model=model,
        main_score=task.metadata.main_score,
        scores={
            name: float(value)
            for name, value in scores.items()
            if isinstance(value, (int, float)) and not isinstance(value, bool)
        },
        items=items,
        prompts=dict(encoder.prompts),
    )


def _with_intervals(
    data: Labelled, runs: Sequence[_Run]
) -> tuple[tuple[Evaluated, ...], tuple[Paired, ...]]:
    if isinstance(data, Classes) and data.kind is Kind.CLUSTERING:
        spread = {
            label(run.model): Estimate(
                score=run.scores["main_score"],
                low=float(run.items.min()),
                high=float(run.items.max()),
            )
            for run in runs
        }
        return tuple(_evaluated(run, spread) for run in runs), ()
    statistics = {label(run.model): _statistic(data, run.items) for run in runs}
    found, pairs = estimates(statistics, len(data))
    return tuple(_evaluated(run, found) for run in runs), pairs


def _evaluated(run: _Run, found: dict[str, Estimate]) -> Evaluated:
    return Evaluated(
        model=run.model,
        main_score=run.main_score,
        score=run.scores["main_score"],
        scores=run.scores,
        items=run.items,
        prompts=run.prompts,
        estimate=found[label(run.model)],
    )


def _statistic(data: Labelled, items: np.ndarray) -> Statistic:
    if isinstance(data, Pairs):
        of = spearman_of if data.kind is Kind.STS else average_precision_of
        return of(items.tolist(), data.grades)
    return mean_of(items)


def _predictions(folder: Path) -> Any:
    (path,) = folder.rglob("*_predictions.json")
    return json.loads(path.read_text(encoding="utf-8"))["default"]["test"]


def _of_pairs(data: Labelled, task: Any, scores: Any, folder: Path) -> np.ndarray:
    name = "cosine_scores" if data.kind is Kind.STS else "similarity_scores"
    return np.asarray(_predictions(folder)[name], dtype=np.float64).reshape(-1)


def _of_classes(data: Labelled, task: Any, scores: Any, folder: Path) -> np.ndarray:
    assert isinstance(data, Classes)
    draws = np.array(_predictions(folder))
    return (draws == np.array(data.numbers(data.labels))).mean(axis=0)


def _of_clusters(data: Labelled, task: Any, scores: Any, folder: Path) -> np.ndarray:
    (draws,) = scores["v_measures"].values()
    return np.asarray(draws, dtype=np.float64)


def _of_queries(data: Labelled, task: Any, scores: Any, folder: Path) -> np.ndarray:
    assert isinstance(data, Collection)
    name = "map_cut_1000" if data.kind is Kind.RERANKING else "ndcg_cut_10"
    return np.array([task.by_query[query][name] for query in data.queries])


ITEMS: dict[Kind, Callable[[Labelled, Any, Any, Path], np.ndarray]] = {
    Kind.STS: _of_pairs,
    Kind.PAIRS: _of_pairs,
    Kind.CLASSIFICATION: _of_classes,
    Kind.CLUSTERING: _of_clusters,
    Kind.RETRIEVAL: _of_queries,
    Kind.RERANKING: _of_queries,
}


def hardest(data: Labelled, found: Evaluated, count: int) -> np.ndarray:
    """Return the places of the items that the model does worst on, int64, worst first.

    Of pairs, those whose rank by the model is farthest from their rank by grade.
    """
    return np.argsort(-_error(data, found.items), kind="stable")[:count]


def most_disputed(data: Labelled, first: Evaluated, second: Evaluated, count: int) -> np.ndarray:
    """Return the places of the items on which two models differ most, int64, most first."""
    apart = np.abs(_error(data, first.items) - _error(data, second.items))
    return np.argsort(-apart, kind="stable")[:count]


def _error(data: Labelled, items: np.ndarray) -> np.ndarray:
    if isinstance(data, Pairs):
        from scipy.stats import rankdata

        return np.abs(rankdata(items) - rankdata(data.grades)) / len(items)
    return 1 - items
