"""Local runs keep each finished task, go on after a kill, and never pass old scores for new."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.encoding import Engine
from core.errors import HubOffline, HubUnreachable, TaskNotFound
from core.models import PromptChoice, Task
from core.quality.encoder import EvaluatedModel
from core.quality.local import data
from core.quality.local.current import changed
from core.quality.local.results import (
    Against,
    Difference,
    LocalScore,
    Reference,
    SubsetScore,
    against,
    read,
)
from core.quality.local.run import LocalRun, RunResult, as_params, from_params, run
from core.work import jobs
from core.work.job import JSON, JobState
from tests.core.quality.run_calls import mock_task
from tests.core.waiting import wait_for

NGRAMS = EvaluatedModel(model="char-ngrams")
MOCKS = ("MockSTSTask", "MockClassificationTask")
HELD = "tests.core.quality.run_calls:held_at_the_second_task"


class Told:
    """What a run says."""

    def __init__(self) -> None:
        self.steps: list[tuple[int, int]] = []
        self.said: list[dict[str, JSON]] = []

    def __call__(self, done: int, total: int) -> None:
        self.steps.append((done, total))

    def say(self, key: str, **values: JSON) -> None:
        self.said.append(values)


def ran(engine: Engine, folder: Path, *tasks: str, told: Told | None = None) -> RunResult:
    request = LocalRun(models=(NGRAMS,), tasks=tasks)
    return run(request, engine, folder, told or Told(), task_of=mock_task)


def test_each_task_is_scored_kept_and_not_run_again(engine: Engine, tmp_path: Path) -> None:
    told = Told()
    first = ran(engine, tmp_path, *MOCKS, told=told)
    assert [(each.task, each.kept) for each in first.finished] == [(m, False) for m in MOCKS]
    assert [values["task"] for values in told.said] == list(MOCKS)
    assert told.steps == sorted(told.steps)
    assert told.steps[-1] == (2000, 2000)
    again = ran(engine, tmp_path, *MOCKS)
    assert all(each.kept for each in again.finished)
    # mteb's files have six digits.
    assert [e.score for e in again.finished] == pytest.approx(
        [e.score for e in first.finished], abs=1e-6
    )
    kept = {score.task: score for score in read(tmp_path)}
    assert {name: score.score for name, score in kept.items()} == pytest.approx(
        {each.task: each.score for each in first.finished}, abs=1e-6
    )
    assert kept["MockSTSTask"].model == "local/char-ngrams"
    assert kept["MockSTSTask"].setting["precision"] == "exact"
    assert kept["MockSTSTask"].prompts == {"STS": ""}


@pytest.mark.parametrize("field", ["dataset_revision"])
def test_a_kept_score_of_other_data_or_another_mteb_is_out_of_date_and_run_again(
    engine: Engine, tmp_path: Path, field: str
) -> None:
    (first,) = ran(engine, tmp_path, "MockSTSTask").finished
    (path,) = tmp_path.rglob("MockSTSTask.json")
    entry = json.loads(path.read_text())
    revision = entry["dataset_revision"]
    entry["scores"]["test"][0]["main_score"] = 0.123
    path.write_text(json.dumps({**entry, field: "1.0.0"}))
    (kept,) = read(tmp_path)
    expected = Difference.DATA if field == "dataset_revision" else Difference.MTEB
    assert changed(kept, engine, dataset_revision=revision) == (expected,)
    (again,) = ran(engine, tmp_path, "MockSTSTask").finished
    assert (again.score, again.kept) == (first.score, False)
    (kept,) = read(tmp_path)
    assert changed(kept, engine, dataset_revision=revision) == ()


@pytest.mark.slow
def test_a_killed_run_goes_on_with_its_finished_tasks_kept(tmp_path: Path) -> None:
    job = jobs.start(tmp_path / "jobs", "mteb", HELD, {"folder": str(tmp_path)})
    wait_for((tmp_path / "second").exists, "the second task has begun", seconds=120)
    running = jobs.read(tmp_path / "jobs", job.id)
    assert running.message is not None
    assert running.message.values["task"] == MOCKS[1]
    assert running.pid is not None
    psutil.Process(running.pid).kill()
    wait_for(lambda: not jobs.read(tmp_path / "jobs", job.id).state.active, "the job is gone")
    assert jobs.read(tmp_path / "jobs", job.id).state is JobState.LOST
    (tmp_path / "release").touch()
    again = jobs.start(tmp_path / "jobs", "mteb", HELD, {"folder": str(tmp_path)})
    wait_for(
        lambda: not jobs.read(tmp_path / "jobs", again.id).state.active, "it is done", seconds=120
    )
    done: Any = jobs.read(tmp_path / "jobs", again.id)
    assert done.state is JobState.DONE
    assert [each["kept"] for each in done.result["finished"]] == [True, False]


@pytest.mark.parametrize(
    ("offline", "error"), [(True, HubOffline), (False, HubUnreachable)], ids=["set", "no network"]
)
def test_a_task_of_the_hub_fails_at_once_without_a_network_and_the_others_go_on(
    engine: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    offline: bool,
    error: type[Exception],
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", offline)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")

    def task_of(name: str) -> Any:
        return mock_task(name) if name in MOCKS else data.task_of(name)

    request = LocalRun(models=(NGRAMS,), tasks=("JSTS", "NoSuchTask", MOCKS[0]))
    found = run(request, engine, tmp_path, Told(), task_of=task_of)
    assert [type(failure.error) for failure in found.failures] == [error, TaskNotFound]
    assert [each.task for each in found.finished] == [MOCKS[0]]


def test_a_request_comes_out_of_a_job_s_parameters_as_it_went_in() -> None:
    own = PromptChoice(task=Task.CUSTOM, custom="q: ")
    request = LocalRun(models=(NGRAMS, replace(NGRAMS, prompt=own, dimension=64)), tasks=MOCKS)
    assert from_params(json.loads(json.dumps(as_params(request)))) == request


LOCAL = LocalScore(
    model="a/b",
    revision="1",
    task="JSTS",
    setting={"prompts": "documented", "dimension": "384", "precision": "exact"},
    prompts={"STS": ""},
    parts=(SubsetScore(split="validation", subset="default", score=0.6),),
    dataset_revision="d",
    mteb_version="2",
    seconds=1.0,
)
PUBLISHED = Reference(score=0.62, dataset_revision="d", revision="1", mteb_version="2")


def held_against(published: Reference = PUBLISHED, **other: Any) -> Against:
    return against(replace(LOCAL, **other), published, full_dimension=384)


def test_a_difference_that_nothing_explains_is_said_to_be_so() -> None:
    found = held_against()
    assert found.difference == pytest.approx(-0.02)
    assert found.differs == ()
    assert found.explained is False
    assert held_against(replace(PUBLISHED, score=0.604)).explained is None


@pytest.mark.parametrize(
    ("other", "difference"),
    [
        ({"revision": "2"}, Difference.MODEL),
        ({"mteb_version": "1"}, Difference.MTEB),
        ({"prompts": {"STS": "x: "}}, Difference.PROMPTS),
        ({"setting": {**LOCAL.setting, "precision": "fast"}}, Difference.PRECISION),
        ({"setting": {**LOCAL.setting, "dimension": "64"}}, Difference.DIMENSION),
    ],
)
def test_a_difference_is_explained_by_what_differs(
    other: dict[str, Any], difference: Difference
) -> None:
    found = held_against(**other)
    assert found.differs == (difference,)
    assert found.explained is True


def test_scores_on_other_data_are_not_compared() -> None:
    found = held_against(dataset_revision="e")
    assert not found.comparable
    assert found.difference is None
    assert found.explained is None
