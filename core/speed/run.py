"""Running protocols as a job, with nothing else of ours beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from typing import Protocol as Structure

from core.encoding import Engine
from core.errors import ExplorerError
from core.models import find
from core.models.device import Precision
from core.models.loading import unload
from core.settings import settings
from core.speed.protocols import FRESH, HERE, Unfit, unfit
from core.speed.records import Protocol, Record, keep, records_folder
from core.speed.subject import Subject, open_engine, open_subject
from core.work.job import JSON, JobError
from core.work.report import Report

TARGET = "core.speed.run:run_job"
KIND = "speed"
STEPS = 1000  # in which a protocol's progress is told


@dataclass(frozen=True, kw_only=True)
class SpeedRun:
    """Every model is measured by every protocol that makes sense for it."""

    models: tuple[str, ...]
    protocols: tuple[Protocol, ...] = (Protocol.WORDS, Protocol.LINES)
    precision: Precision = Precision.EXACT


class Skipped(NamedTuple):
    """A protocol that says nothing about a model, and why."""

    model: str
    protocol: Protocol
    why: Unfit


class Failure(NamedTuple):
    model: str
    protocol: Protocol
    error: ExplorerError


@dataclass(frozen=True, kw_only=True)
class RunResult:
    request: SpeedRun
    records: tuple[Record, ...]
    skipped: tuple[Skipped, ...]
    failures: tuple[Failure, ...]


class Progress(Structure):
    """A job's Report, or what stands for one."""

    def __call__(self, done: int, total: int) -> None: ...

    def say(self, key: str, **values: JSON) -> None: ...


def run(request: SpeedRun, engine: Engine, report: Progress) -> RunResult:
    """Measure; what fails is a failure of its own. What ``report`` raises ends the run."""
    records: list[Record] = []
    skipped: list[Skipped] = []
    failures: list[Failure] = []
    pairs = [(model, protocol) for model in request.models for protocol in request.protocols]
    for step, (model, protocol) in enumerate(pairs):
        report.say(
            "speed.step", model=model, protocol=str(protocol), number=step + 1, count=len(pairs)
        )
        report(step * STEPS, len(pairs) * STEPS)
        try:
            card = find(model)
            if (why := unfit(protocol, card)) is not None:
                skipped.append(Skipped(card.name, protocol, why))
                continue
            on_round = _within(report, step, len(pairs))
            records.append(_measure(engine, card.name, protocol, request.precision, on_round))
        except ExplorerError as error:
            failures.append(Failure(model, protocol, error))
    for model in request.models:
        unload(model)
    report(len(pairs) * STEPS, len(pairs) * STEPS)
    return RunResult(
        request=request,
        records=tuple(records),
        skipped=tuple(skipped),
        failures=tuple(failures),
    )


def run_job(params: Mapping[str, Any], report: Report) -> dict[str, JSON]:
    """Run ``as_params``' request in a job's process, which is to run alone."""
    folder = records_folder(settings().data_dir)
    found = run(from_params(params), open_engine(), report)
    for record in found.records:
        keep(record, folder)
    return {
        "records": [record.file_name for record in found.records],
        "skipped": [[each.model, str(each.protocol), str(each.why)] for each in found.skipped],
        "failures": [
            {
                "model": each.model,
                "protocol": str(each.protocol),
                "error": vars(JobError.of(each.error)),
            }
            for each in found.failures
        ],
    }


def as_params(request: SpeedRun) -> dict[str, JSON]:
    """Return the request as a job's parameters."""
    return {
        "models": list(request.models),
        "protocols": [str(each) for each in request.protocols],
        "precision": str(request.precision),
    }


def from_params(params: Mapping[str, Any]) -> SpeedRun:
    return SpeedRun(
        models=tuple(params["models"]),
        protocols=tuple(Protocol(each) for each in params["protocols"]),
        precision=Precision(params["precision"]),
    )


def _measure(
    engine: Engine, model: str, protocol: Protocol, precision: Precision, on_round: Any
) -> Record:
    if protocol in FRESH:
        return FRESH[protocol](model, precision, on_round)
    subject: Subject = open_subject(engine, model, precision)
    return HERE[protocol](subject, on_round)


def _within(report: Progress, step: int, count: int) -> Any:
    def tell(done: int, total: int) -> None:
        report(step * STEPS + STEPS * done // (total + 1), count * STEPS)

    return tell
