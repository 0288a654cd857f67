"""Evaluating labelled texts as a job: everything as JSON, there and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from core.encoding import Engine, Scope
from core.encoding.stores import command_store, shared_store
from core.models.openvino.serving import serving
from core.models.verdicts import Verdicts
from core.quality.encoder import from_entry
from core.quality.labelled.data import Classes, Collection, Kind, Labelled, Pairs
from core.quality.labelled.evaluation import (
    Evaluated,
    Evaluation,
    EvaluationRequest,
    Failed,
    evaluate,
    label,
)
from core.quality.labelled.uncertainty import Estimate, Paired
from core.settings import settings
from core.work import InlineExecutor
from core.work.job import JSON, JobError
from core.work.report import Report

TARGET = "core.quality.labelled.job:run_job"
KIND = "labelled"
STEPS = 1000  # in which a model's progress is told
CLASSES: dict[Kind, type[Pairs] | type[Classes] | type[Collection]] = {
    Kind.STS: Pairs,
    Kind.PAIRS: Pairs,
    Kind.CLASSIFICATION: Classes,
    Kind.CLUSTERING: Classes,
    Kind.RETRIEVAL: Collection,
    Kind.RERANKING: Collection,
}


def run_job(params: Mapping[str, Any], report: Report) -> dict[str, JSON]:
    """Evaluate ``as_params``' request in a job's process, which owns its models.

    Vectors are kept where commands keep theirs, so that a run that ended is gone on with.
    """
    data_dir = settings().data_dir
    stores = {Scope.SHARED: shared_store(data_dir), Scope.SESSION: command_store(data_dir)}
    engine = Engine(InlineExecutor(), stores, Verdicts(data_dir / "golden"), serving=serving())
    request = from_params(params)
    names = [model.model for model in request.models]

    def on_progress(model: str, done: int, total: int) -> None:
        step = names.index(model)
        report.say("labelled.step", model=model, number=step + 1, count=len(names))
        report(step * STEPS + STEPS * done // max(total, 1), len(names) * STEPS)

    return to_json(evaluate(request, engine, on_progress=on_progress))


def as_params(request: EvaluationRequest) -> dict[str, JSON]:
    """Return the request as a job's parameters."""
    return {
        "data": asdict(request.data),
        "models": [asdict(model) for model in request.models],
        "scope": request.scope,
    }


def from_params(params: Mapping[str, Any]) -> EvaluationRequest:
    return EvaluationRequest(
        data=_data(params["data"]),
        models=tuple(from_entry(each) for each in params["models"]),
        scope=Scope(params["scope"]),
    )


def to_json(found: Evaluation) -> dict[str, JSON]:
    """Return all but the request."""
    return {
        "results": [
            {
                "model": label(each.model),
                "main_score": each.main_score,
                "score": each.score,
                "scores": {k: v for k, v in each.scores.items() if np.isfinite(v)},
                "items": each.items.tolist(),
                "prompts": each.prompts,
                "estimate": _finite(vars(each.estimate)),
            }
            for each in found.results
        ],
        "pairs": [_finite(vars(pair)) for pair in found.pairs],
        "failures": [
            {"model": label(each.model), "error": vars(JobError.of(each.error))}
            for each in found.failures
        ],
    }


def from_json(request: EvaluationRequest, written: Mapping[str, Any]) -> Evaluation:
    """Return what ``to_json`` was given; what was not finite is NaN."""
    models = {label(model): model for model in request.models}
    return Evaluation(
        request=request,
        results=tuple(
            Evaluated(
                model=models[each["model"]],
                main_score=each["main_score"],
                score=each["score"],
                scores=each["scores"],
                items=np.asarray(each["items"], dtype=np.float64),
                prompts=each["prompts"],
                estimate=Estimate(**_numbers(each["estimate"])),
            )
            for each in written["results"]
        ),
        pairs=tuple(
            Paired(**{**_numbers(pair), "more_items": pair["more_items"]})
            for pair in written["pairs"]
        ),
        failures=tuple(
            Failed(model=models[each["model"]], error=JobError(**each["error"]).as_error())
            for each in written["failures"]
        ),
    )


def _data(entry: Mapping[str, Any]) -> Labelled:
    kind = Kind(entry["kind"])
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()
    }
    if CLASSES[kind] is Collection:
        fields["documents"] = {id: tuple(each) for id, each in entry["documents"].items()}
    fields["kind"] = kind
    return CLASSES[kind](**fields)


def _finite(values: Mapping[str, Any]) -> dict[str, JSON]:
    return {
        name: None if isinstance(value, float) and not np.isfinite(value) else value
        for name, value in values.items()
    }


def _numbers(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: np.nan if value is None else value for name, value in values.items()}
