"""The Benchmarks page's own runs: asked for, told while they run, and beside published scores."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.models import find
from core.models.device import Precision
from core.models.identity import identify
from core.quality.encoder import EvaluatedModel, experiment, mteb_name
from core.quality.local.run import LocalRun, cache_folder, from_params
from core.quality.published import task_facts
from core.settings import settings
from core.work import jobs
from pages._ui.keys import Key
from pages._ui.texts import table
from tests.core.fakes import PLAIN_CPU
from tests.pages.compare_page import press, shown_table
from tests.pages.conftest import OpenApp

PAGE = "measure/benchmarks.py"
MODEL = "all-MiniLM-L6-v2"


def opened(open_app: OpenApp, lang: str = "en") -> AppTest:
    app = open_app(PAGE, lang=lang)
    app.session_state[Key.BENCHMARKS_TABS] = table(lang)["benchmarks.tab_local"]
    app.run()
    assert not app.exception
    return app


def keep(score: float, task: str = "JSTS", split: str = "validation", **other: str) -> None:
    """Leave a result as a run does."""
    card = find(MODEL)
    load = identify(card, Precision.EXACT, PLAIN_CPU).digest()
    setting = experiment(EvaluatedModel(model=MODEL), card, load)
    folder = cache_folder(settings().data_dir) / "results" / "m" / "r" / "experiments" / "e"
    folder.mkdir(parents=True)
    meta = {"name": mteb_name(card), "revision": card.revision, "experiment_kwargs": setting}
    parts = {split: [{"hf_subset": "default", "main_score": score}]}
    entry = {
        "task_name": task,
        "scores": parts,
        "dataset_revision": task_facts()[task].dataset_revision,
        "mteb_version": version("mteb"),
        "evaluation_time": 1.0,
        **other,
    }
    write(folder / "model_meta.json", meta)
    write(folder / "sent_prompts.json", {task: {"STS": ""}})
    write(folder / f"{task}.json", entry)


def write(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data), encoding="utf-8")


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_kept_score_is_not_compared_with_one_on_other_data(open_app: OpenApp, lang: str) -> None:
    app = open_app(PAGE, lang=lang)
    keep(0.6265)
    app = opened(open_app, lang)
    shown = shown_table(app, "why")
    assert list(shown["task"]) == ["JSTS"]
    assert shown["score"].iloc[0] == pytest.approx(0.6265)
    # Published on another revision of the data, though the number is the same.
    assert shown["published"].isna().all()
    assert list(shown["why"]) == [table(lang)["local.other_data"]]


def test_a_difference_from_the_published_score_comes_with_what_differs(open_app: OpenApp) -> None:
    open_app(PAGE, lang="en")
    keep(0.78, "Banking77Classification", "test")
    shown = shown_table(opened(open_app), "why")
    assert shown["published"].iloc[0] == pytest.approx(0.8004, abs=5e-5)
    assert shown["difference"].iloc[0] == pytest.approx(-0.0204, abs=5e-5)
    assert list(shown["why"]) == ["What differs: mteb's version"]


def test_a_score_of_other_data_is_not_shown_as_current(open_app: OpenApp) -> None:
    open_app(PAGE, lang="en")
    keep(0.7, dataset_revision="older")
    shown = shown_table(opened(open_app), "why")
    assert shown["score"].isna().all()
    assert "Out of date: data" in shown["why"].iloc[0]


def test_a_run_is_asked_for_with_what_the_form_says(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[LocalRun] = []
    monkeypatch.setattr(jobs, "start", lambda *args, **_: asked.append(from_params(args[3])))
    app = opened(open_app)
    app.multiselect(key=Key.LOCAL_TASKS).set_value(["JSTS"])
    app.number_input(key=Key.LOCAL_DIMENSION).set_value(64)
    press(app, Key.LOCAL_RUN_BUTTON)
    assert [(run.tasks, run.models[0].dimension) for run in asked] == [(("JSTS",), 64)]


def test_strangers_are_told_that_they_can_t_run_tasks(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UMEKOMI_PROFILE", "public")
    settings.cache_clear()
    app = opened(open_app)
    assert table("en")["local.not_here"] in [each.value for each in app.info]
    assert not [button for button in app.button if button.key == Key.LOCAL_RUN_BUTTON]
