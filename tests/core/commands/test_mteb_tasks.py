"""``mteb`` runs tasks and keeps them, lists what is kept, and shows published scores."""

from __future__ import annotations

import json

import pytest

from core.quality.local import data
from core.quality.local.run import run
from tests.core.commands.conftest import Call
from tests.core.quality.run_calls import mock_task

GEMMA = "embeddinggemma-300m"


def test_a_task_is_run_once_and_then_listed(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "__kwdefaults__", {"task_of": mock_task})
    monkeypatch.setattr(data, "task_of", mock_task)
    asked = ("mteb", "--model", "char-ngrams", "--task", "MockSTSTask", "--json")
    first = call(*asked)
    assert first.code == 0
    (score,) = json.loads(first.out)["scores"]
    assert not score["kept"]
    (again,) = json.loads(call(*asked).out)["scores"]
    assert again == {**score, "kept": True}
    (kept,) = json.loads(call("mteb", "results", "--json").out)["scores"]
    assert (kept["task"], kept["current"], kept["changed"]) == ("MockSTSTask", True, [])


def test_an_unknown_task_is_a_failure_with_its_name(call: Call) -> None:
    done = call("mteb", "--model", "char-ngrams", "--task", "NoSuchTask")
    assert done.code == 1
    assert "NoSuchTask" in done.err


@pytest.mark.parametrize(
    ("benchmark", "tasks", "mean", "by_type"),
    [
        ("MTEB(eng, v2)", 41, 69.67, 65.11),
        ("MTEB(Code, v1)", 12, 68.76, 68.76),
        ("MTEB(Multilingual, v2)", 130, None, None),
    ],
)
def test_published_means_are_the_model_card_s_and_left_out_where_a_task_is_missing(
    call: Call, benchmark: str, tasks: int, mean: float | None, by_type: float | None
) -> None:
    done = call("mteb", "published", "--model", GEMMA, "--benchmark", benchmark, "--json")
    (found,) = json.loads(done.out)["standings"]
    assert found["tasks"] == tasks
    for shown, expected in ((found["mean"], mean), (found["mean_by_type"], by_type)):
        assert shown == (expected and pytest.approx(expected / 100, abs=5e-5))
