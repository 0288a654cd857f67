"""Running MTEB tasks as a job: each finished task is kept, so a later run goes on from there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from core.encoding import Engine, Scope
from core.encoding.stores import shared_store
from core.errors import ExplorerError
from core.models.openvino.serving import serving
from core.models.verdicts import Verdicts
from core.quality.encoder import EngineEncoder, EvaluatedModel, from_entry
from core.quality.local import data
from core.quality.local.results import SENT
from core.settings import settings
from core.whole_files import read_json, write_json
from core.work import InlineExecutor
from core.work.job import JSON, JobError
from core.work.report import Report

TARGET = "core.quality.local.run:run_job"
KIND = "mteb"
STEPS = 1000  # in which a task's progress is told


@dataclass(frozen=True, kw_only=True)
class LocalRun:
    """Every model is evaluated on every task."""

    models: tuple[EvaluatedModel, ...]
    tasks: tuple[str, ...] = data.DEFAULT_TASKS


class Failure(NamedTuple):
    """A task that could not be run for a model."""

    model: str
    task: str
    error: ExplorerError


class Finished(NamedTuple):
    """A task with its score (0 to 1); ``kept``: it had been run before."""

    model: str
    task: str
    score: float
    kept: bool


@dataclass(frozen=True, kw_only=True)
class RunResult:
    request: LocalRun
    finished: tuple[Finished, ...]
    failures: tuple[Failure, ...]


class Progress(Protocol):
    """A job's Report, or what stands for one."""

    def __call__(self, done: int, total: int) -> None: ...

    def say(self, key: str, **values: JSON) -> None: ...


def cache_folder(data_dir: Path) -> Path:
    """Return where mteb's ResultCache of this project is."""
    return data_dir / "mteb"


def run(
    request: LocalRun,
    engine: Engine,
    folder: Path,
    report: Progress,
    *,
    task_of: Callable[[str], Any] = data.task_of,
) -> RunResult:
    """Evaluate; a task that can't be run is a failure of its own, and the others go on.

    ``folder`` is the cache's. What ``report`` raises ends the run; finished tasks stay.
    """
    finished: list[Finished] = []
    failures: list[Failure] = []
    pairs = [(evaluated, task) for evaluated in request.models for task in request.tasks]
    for step, (evaluated, name) in enumerate(pairs):
        report.say(
            "local.step", model=evaluated.model, task=name, number=step + 1, count=len(pairs)
        )
        report(step * STEPS, len(pairs) * STEPS)
        encoder = EngineEncoder(
            engine, evaluated, on_progress=_within(report, step, len(pairs) * STEPS)
        )
        try:
            score, kept = _evaluate(encoder, task_of(name), folder)
        except ExplorerError as error:
            failures.append(Failure(evaluated.model, name, error))
        else:
            finished.append(Finished(evaluated.model, name, score, kept))
    report(len(pairs) * STEPS, len(pairs) * STEPS)
    return RunResult(request=request, finished=tuple(finished), failures=tuple(failures))


def run_job(params: Mapping[str, Any], report: Report) -> dict[str, JSON]:
    """Run ``as_params``' request in a job's process, which owns its models."""
    data_dir = settings().data_dir
    stores = {scope: shared_store(data_dir) for scope in Scope}
    engine = Engine(InlineExecutor(), stores, Verdicts(data_dir / "golden"), serving=serving())
    return as_json(run(from_params(params), engine, cache_folder(data_dir), report))


def as_json(result: RunResult) -> dict[str, JSON]:
    """Return the result as a job keeps it."""
    return {
        "finished": [each._asdict() for each in result.finished],
        "failures": [
            {"model": model, "task": task, "error": vars(JobError.of(error))}
            for model, task, error in result.failures
        ],
    }


def as_params(request: LocalRun) -> dict[str, JSON]:
    """Return the request as a job's parameters."""
    return {"models": [asdict(each) for each in request.models], "tasks": list(request.tasks)}


def from_params(params: Mapping[str, Any]) -> LocalRun:
    return LocalRun(
        models=tuple(from_entry(each) for each in params["models"]), tasks=tuple(params["tasks"])
    )


def _evaluate(encoder: EngineEncoder, task: Any, folder: Path) -> tuple[float, bool]:
    """Return the score, and whether it was there already and is still what a run would give."""
    import mteb

    cache, meta = mteb.ResultCache(folder), encoder.mteb_model_meta
    name = task.metadata.name
    before = cache.load_task_result(name, meta)
    # mteb alone runs only what is missing, though the data or its own version have changed.
    current = before is not None and before.is_mergeable(
        task, criteria=("dataset_revision", "mteb_version")
    )
    if before is not None and current and not before.get_missing_evaluations(task):
        return float(before.get_score()), True
    data.load(task)
    # EncoderProtocol lists a constructor too, which is for mteb's own registry alone.
    model: Any = encoder
    found = mteb.evaluate(
        model,
        task,
        cache=cache,
        overwrite_strategy="only-missing" if current else "always",
        co2_tracker=False,
        show_progress_bar=False,
    )
    task.unload_data()
    sent = cache.get_task_result_path(name, meta).with_name(SENT)
    write_json(sent, {**(read_json(sent) or {}), name: encoder.prompts})
    return float(found.task_results[0].get_score()), False


def _within(report: Progress, step: int, total: int) -> Callable[[int, int], None]:
    """Return a callback that tells a task's progress, which never goes back."""
    furthest = step * STEPS

    def tell(done: int, count: int) -> None:
        nonlocal furthest
        furthest = max(furthest, step * STEPS + STEPS * done // (count + 1))
        report(furthest, total)

    return tell
