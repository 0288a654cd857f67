"""Published MTEB scores, and which of them may be compared.

A mean stands under a benchmark's name only where every one of its tasks is there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from statistics import fmean
from typing import Any

import pandas as pd

from core.errors import BadRequest
from core.settings import ASSETS

FOLDER = ASSETS / "published" / "mteb"
SCORES_FILE = FOLDER / "scores.parquet"
FACTS_FILE = FOLDER / "facts.json"
SINGLE = "single task"  # rows of tasks that belong to none of the benchmarks


class Benchmark(StrEnum):
    """The value is mteb's own name."""

    ENGLISH = "MTEB(eng, v2)"
    MULTILINGUAL = "MTEB(Multilingual, v2)"
    CODE = "MTEB(Code, v1)"
    JMTEB = "JMTEB(v2)"
    JAPANESE = "MTEB(jpn, v1)"


@dataclass(frozen=True, kw_only=True)
class TaskFacts:
    """What a task is, as mteb's registry says; ``samples`` by split."""

    name: str
    type: str
    main_score: str
    languages: tuple[str, ...]
    licence: str
    reference: str
    dataset: str
    dataset_revision: str
    splits: tuple[str, ...]
    samples: Mapping[str, int]
    category: str


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """What is known about a model of the table, as mteb's registry says; None is unknown."""

    name: str
    parameters: int | None = None
    dimension: int | None = None
    max_tokens: int | None = None
    languages: tuple[str, ...] = ()
    licence: str = ""
    open_weights: bool | None = None
    released: str = ""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One model on one benchmark; scores are from 0 to 1.

    ``mean`` is over all tasks, ``mean_by_type`` the mean of the types' means, as mteb has both;
    None unless every task is there. ``common_mean`` is over the tasks that all models given have.
    ``by_type`` has a type only where the model has every task of it.
    """

    model: str
    tasks: int
    mean: float | None
    mean_by_type: float | None
    common_mean: float | None
    by_type: Mapping[str, float]
    provisional: bool


@dataclass(frozen=True, kw_only=True)
class Leaderboard:
    """``standings`` in the order of the models asked for; ``common`` are the tasks all have."""

    benchmark: Benchmark
    tasks: tuple[str, ...]
    common: tuple[str, ...]
    standings: tuple[Standing, ...]


@dataclass(frozen=True, kw_only=True)
class TaskScore:
    """A score of one model on one task, 0 to 1, and what it was measured with."""

    model: str
    score: float
    metric: str
    mteb_version: str
    revision: str
    dataset_revision: str


@dataclass(frozen=True, kw_only=True)
class TaskDifference:
    """Two models' scores on one task."""

    task: str
    type: str
    first: float
    second: float

    @property
    def difference(self) -> float:
        return self.first - self.second


@cache
def scores() -> pd.DataFrame:
    """Return every published score: benchmark, model, task, score (0 to 1), metric, revisions."""
    frame = pd.read_parquet(SCORES_FILE)
    texts = [name for name in frame.columns if name not in ("score", "provisional")]
    return frame.astype({**dict.fromkeys(texts, "str"), "provisional": bool})


@cache
def sources() -> tuple[str, ...]:
    """Return where the scores are from, with commit and date."""
    return tuple(sorted(set(scores()["source"])))


@cache
def tasks_of(benchmark: Benchmark) -> tuple[str, ...]:
    """Return the names of the benchmark's tasks."""
    return tuple(_facts()["benchmarks"][benchmark])


@cache
def task_facts() -> Mapping[str, TaskFacts]:
    """Return what is known about each task, by name."""
    return {
        name: TaskFacts(name=name, **{key: _frozen(value) for key, value in about.items()})
        for name, about in _facts()["tasks"].items()
    }


@cache
def model_facts() -> Mapping[str, ModelFacts]:
    """Return what is known about each model with a score, by hub id."""
    known = _facts()["models"]
    return {
        name: ModelFacts(
            name=name, **{key: _frozen(value) for key, value in known.get(name, {}).items()}
        )
        for name in sorted(set(scores()["model"]))
    }


def models_of(benchmark: Benchmark) -> tuple[str, ...]:
    """Return the models with a score on the benchmark, most tasks first, then by name."""
    table = _table(benchmark)
    return tuple(sorted(table, key=lambda model: (-len(table[model]), model)))


def leaderboard(benchmark: Benchmark, models: Sequence[str]) -> Leaderboard:
    """Return where the models stand. Raises BadRequest for one without a score there."""
    return _leaderboard(benchmark, tuple(models))


@lru_cache(maxsize=64)
def _leaderboard(benchmark: Benchmark, models: tuple[str, ...]) -> Leaderboard:
    table = _table(benchmark)
    unknown = [model for model in models if model not in table]
    if unknown or not models:
        raise BadRequest(
            f"{', '.join(unknown) or 'No model'} has no published score on {benchmark}.",
            hint="Choose models that have one.",
        )
    tasks = tasks_of(benchmark)
    common = tuple(task for task in tasks if all(task in table[model] for model in models))
    return Leaderboard(
        benchmark=benchmark,
        tasks=tasks,
        common=common,
        standings=tuple(_standing(benchmark, model, common) for model in models),
    )


def rows_of(benchmark: Benchmark, task: str, models: Sequence[str]) -> tuple[TaskScore, ...]:
    """Return the models' scores on one task, each with what it was measured with."""
    names = ("model", "score", "metric", "mteb_version", "revision", "dataset_revision")
    wanted = set(models)
    return tuple(
        TaskScore(**dict(zip(names, row, strict=True)))
        for of, name, *row in _columns("benchmark", "task", *names)
        if of == benchmark and name == task and row[0] in wanted
    )


def score_of(model: str, task: str) -> float | None:
    """Return the model's published score on the task by itself, in all its languages."""
    for of, name, known, score in _columns("benchmark", "model", "task", "score"):
        if of == SINGLE and name == model and known == task:
            return score
    return None


def head_to_head(benchmark: Benchmark, first: str, second: str) -> tuple[TaskDifference, ...]:
    """Return the tasks that both models have, the largest lead of the first model first."""
    table, types = _table(benchmark), types_of(benchmark)
    both = [
        TaskDifference(
            task=task, type=types[task], first=table[first][task], second=table[second][task]
        )
        for task in tasks_of(benchmark)
        if task in table[first] and task in table[second]
    ]
    return tuple(sorted(both, key=lambda each: (-each.difference, each.task)))


def share_won(differences: Sequence[TaskDifference]) -> float:
    """Return the share of tasks that the first model wins, a tie as half of one."""
    if not differences:
        return float("nan")
    won = sum(each.difference > 0 for each in differences)
    tied = sum(each.difference == 0 for each in differences)
    return (won + tied / 2) / len(differences)


@cache
def types_of(benchmark: Benchmark) -> Mapping[str, str]:
    """Return each task's type, by the task's name."""
    return {task: task_facts()[task].type for task in tasks_of(benchmark) if task in task_facts()}


def _standing(benchmark: Benchmark, model: str, common: Sequence[str]) -> Standing:
    found, tasks = _table(benchmark)[model], tasks_of(benchmark)
    by_type = _means_by_type(benchmark, found)
    whole = len(found) == len(tasks)
    return Standing(
        model=model,
        tasks=len(found),
        mean=fmean(found.values()) if whole else None,
        mean_by_type=fmean(by_type.values()) if whole else None,
        common_mean=fmean(found[task] for task in common) if common else None,
        by_type=by_type,
        provisional=model in _provisional(benchmark),
    )


def _means_by_type(benchmark: Benchmark, found: Mapping[str, float]) -> dict[str, float]:
    groups: dict[str, list[str]] = {}
    for task, kind in types_of(benchmark).items():
        groups.setdefault(kind, []).append(task)
    return {
        kind: fmean(found[task] for task in members)
        for kind, members in sorted(groups.items())
        if all(task in found for task in members)
    }


@cache
def _table(benchmark: str) -> Mapping[str, Mapping[str, float]]:
    """Return each model's scores by task; what has no score is not there."""
    tasks = set(tasks_of(Benchmark(benchmark)))
    found: dict[str, dict[str, float]] = {}
    for of, model, task, score in _columns("benchmark", "model", "task", "score"):
        if of == benchmark and task in tasks:
            found.setdefault(model, {})[task] = score
    return found


@cache
def _provisional(benchmark: str) -> frozenset[str]:
    rows = _columns("benchmark", "model", "provisional")
    return frozenset(model for of, model, provisional in rows if of == benchmark and provisional)


def _columns(*names: str) -> Iterator[tuple[Any, ...]]:
    table = scores()
    return zip(*(table[name].to_list() for name in names), strict=True)


@cache
def _facts() -> Mapping[str, Any]:
    return json.loads(FACTS_FILE.read_text(encoding="utf-8"))


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
