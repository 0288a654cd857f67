"""MTEB tasks on this machine, by mteb's own code."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Annotated, Any

import typer

from core.commands import console
from core.commands.engine import opened_engine
from core.commands.options import AsJson
from core.commands.results import PrecisionOption, figure, print_json, print_table, warn_of
from core.encoding import Engine
from core.errors import TaskNotFound
from core.models import find
from core.models.device import Precision
from core.quality.encoder import EvaluatedModel
from core.quality.local import data
from core.quality.local.current import changed
from core.quality.local.results import Difference, LocalScore, read
from core.quality.local.run import LocalRun, RunResult, cache_folder, run
from core.quality.published import Benchmark, Leaderboard, leaderboard, models_of, sources
from core.settings import settings
from core.work.job import JSON


class What(StrEnum):
    """What is asked for."""

    RUN = "run"
    RESULTS = "results"
    PUBLISHED = "published"


@dataclass(frozen=True, kw_only=True)
class MtebOptions:
    """The options of ``mteb``; None where one is not given."""

    what: Annotated[
        What,
        typer.Argument(
            help="run: evaluate; results: what earlier runs have left; published: others' scores."
        ),
    ] = What.RUN
    model: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Short name or hub id; may be given several times."),
    ] = None
    task: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="mteb's name of a task; may be given several times. "
            f"Default: {', '.join(data.DEFAULT_TASKS)}.",
        ),
    ] = None
    dimension: Annotated[int | None, typer.Option(min=1, help="Default: all dimensions.")] = None
    precision: PrecisionOption = Precision.EXACT
    benchmark: Annotated[Benchmark, typer.Option(help="Of the published scores.")] = (
        Benchmark.ENGLISH
    )
    as_json: AsJson = False


def mteb(asked: MtebOptions) -> None:
    """Evaluate models on tasks of MTEB; each finished task is kept, and a later run goes on.

    Data sets come from the hub. Exit code 1 where a task could not be run; the others are shown.
    """
    if asked.what is What.RESULTS:
        _results(asked)
        return
    if asked.what is What.PUBLISHED:
        _published(asked)
        return
    if not asked.model:
        raise typer.BadParameter("Give at least one.", param_hint="--model")
    request = LocalRun(
        models=tuple(
            EvaluatedModel(
                model=find(name).name, dimension=asked.dimension, precision=asked.precision
            )
            for name in asked.model
        ),
        tasks=tuple(asked.task or data.DEFAULT_TASKS),
    )
    with opened_engine() as engine:
        result = run(request, engine, cache_folder(settings().data_dir), _Lines())
        warn_of(engine, [each.model for each in request.models])
    _show(result, as_json=asked.as_json)
    for failure in result.failures:
        console.note(f"{failure.model}, {failure.task}: {failure.error}")
    if result.failures:
        raise typer.Exit(1)


class _Lines:
    """Says each step in a line."""

    def __call__(self, done: int, total: int) -> None:
        pass

    def say(self, key: str, **values: JSON) -> None:
        console.note("{model}: {task} ({number} of {count})".format(**values))


def _show(result: RunResult, *, as_json: bool) -> None:
    if as_json:
        failures = [
            {"model": model, "task": task, "message": error.message, "hint": error.hint}
            for model, task, error in result.failures
        ]
        print_json({"scores": [each._asdict() for each in result.finished], "failures": failures})
        return
    print_table(
        "MTEB scores on this machine (0 to 1)",
        ("model", "task", "main score", "run"),
        (
            (each.model, each.task, figure(each.score, 4), "before" if each.kept else "now")
            for each in result.finished
        ),
    )


def _results(asked: MtebOptions) -> None:
    names = {name for each in asked.model or () for name in (find(each).id, find(each).name)}
    found = [
        score
        for score in read(cache_folder(settings().data_dir))
        if (not names or score.name in names) and (not asked.task or score.task in asked.task)
    ]
    with opened_engine() as engine:
        rows = [(score, _changed(score, engine)) for score in found]
    if asked.as_json:
        print_json({"scores": [_as_dict(score, since) for score, since in rows]})
        return
    print_table(
        "Kept MTEB scores (0 to 1)",
        ("model", "task", "main score", "dimension", "precision", "state"),
        (
            (
                score.model,
                score.task,
                # A score of another state of things is not shown as if it were today's.
                figure(score.score, 4) if not since else "",
                score.setting["dimension"],
                score.setting["precision"],
                f"out of date: {', '.join(since)}" if since else "current",
            )
            for score, since in rows
        ),
    )


def _changed(score: LocalScore, engine: Engine) -> tuple[Difference, ...]:
    try:
        revision = str(data.task_of(score.task).metadata.revision)
    except TaskNotFound:
        return (Difference.DATA,)
    return changed(score, engine, dataset_revision=revision)


def _as_dict(score: LocalScore, since: tuple[Difference, ...]) -> dict[str, Any]:
    return {**asdict(score), "main_score": score.score, "current": not since, "changed": since}


def _published(asked: MtebOptions) -> None:
    ids = [find(name).id if "/" not in name else name for name in asked.model or ()]
    found = leaderboard(asked.benchmark, ids or models_of(asked.benchmark))
    if asked.as_json:
        print_json({**asdict(found), "common_tasks": len(found.common), "sources": sources()})
        return
    _show_published(found)
    for source in sources():
        console.note(f"Source: {source}")


def _show_published(found: Leaderboard) -> None:
    count = len(found.tasks)
    print_table(
        f"{found.benchmark}: published scores x 100 (a mean only where every task is there)",
        ("model", "tasks", "mean", "mean of types", f"mean of {len(found.common)} common tasks"),
        (
            (
                each.model,
                f"{each.tasks}/{count}",
                *(
                    figure(None if value is None else 100 * value, 2)
                    for value in (each.mean, each.mean_by_type, each.common_mean)
                ),
            )
            for each in found.standings
        ),
    )
