"""The Fine-tune page: what is taught is seen before, and what came of it after."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.compare.background import Language
from core.compare.probes import packs
from core.sets import reading
from core.sets.places import PlaceSet
from core.settings import settings
from core.training.job import TeachingRequest, as_params, from_params, measure, to_json
from core.training.lesson import Lesson, Made
from core.training.picture import ground_truth
from core.training.recipes import Recipe
from core.training.record import Checkpoint
from core.training.settings import STATIC, Loss
from core.training.triplets import Triplet
from core.work import jobs
from core.work.job import Job
from pages._ui.keys import Key
from pages._ui.texts import table
from tests.pages.a_job import a_job
from tests.pages.compare_page import press, shown_texts
from tests.pages.conftest import OpenApp
from tests.pages.set_pages import decode_here

PAGE = "train/fine_tune.py"
EN = table("en")
PROBE = next(each for each in packs(Language.EN) if each.name == "negation")
POINTS = tuple((float(x), float(y)) for x, y in ground_truth(PlaceSet.PREFECTURES_EN))
REQUEST = TeachingRequest(model="wordllama", name="taught", settings=STATIC, hold_out=10)


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "decode_apart", decode_here)


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_first_visit_shows_what_would_be_taught(open_app: OpenApp, lang: str) -> None:
    app, texts = open_app(PAGE, lang=lang), table(lang)
    assert app.title[0].value == texts["nav.fine_tune"]
    assert texts["tune.count"].format(count="370") in shown_texts(app)
    assert any(button.key == Key.TUNE_START for button in app.button)


def test_a_stranger_teaches_nothing(open_app: OpenApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UMEKOMI_PROFILE", "public")
    settings.cache_clear()
    app = open_app(PAGE)
    assert [each.value for each in app.info] == [EN["tune.not_here"]]
    assert not any(button.key == Key.TUNE_START for button in app.button)


def test_the_button_starts_a_job_with_what_was_chosen(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(jobs, "start", lambda *args, **kwargs: asked.append((args, kwargs)))
    app = open_app(PAGE)
    app.selectbox(key=Key.TUNE_MODEL).set_value("wordllama").run()
    press(app, Key.TUNE_START)
    ((args, kwargs),) = asked
    request = from_params(args[3])
    assert (args[1], kwargs["scope"]) == ("training", "shared")
    assert (request.model, request.name) == ("wordllama", "wordllama-proximity")
    assert request.settings == STATIC
    assert len(request.held_out) == 10


def test_places_are_taught_with_their_prefectures(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(jobs, "start", lambda *args, **kwargs: asked.append(args))
    app = open_app(PAGE)
    app.button_group(key=Key.TUNE_SOURCE).set_value(Recipe.PLACES).run()
    assert not app.exception
    press(app, Key.TUNE_START)
    request = from_params(asked[0][3])
    assert (request.recipe, request.names) == (Recipe.PLACES, PlaceSet.MUNICIPALITIES_JA)
    assert len(request.held_out) >= 200
    assert request.lesson.mined


def test_the_baseline_is_refused_with_a_reason(open_app: OpenApp) -> None:
    app = open_app(PAGE)
    app.selectbox(key=Key.TUNE_MODEL).set_value("char-ngrams").run()
    assert any(EN["errors.heading"] in each.value for each in app.markdown)
    assert not any(button.key == Key.TUNE_START for button in app.button)


def test_a_file_is_previewed_or_refused(open_app: OpenApp) -> None:
    app = open_app(PAGE)
    app.button_group(key=Key.TUNE_SOURCE).set_value("file").run()
    assert [each.value for each in app.info] == [EN["tune.no_file"]]
    good = b"anchor,positive,negative\na,b,c\nd,d,f\n"
    app.file_uploader(key=Key.TUNE_FILE).set_value([("t.csv", good, "text/csv")]).run()
    assert EN["tune.count"].format(count="2") in shown_texts(app)
    assert [each.value for each in app.warning] == [
        EN["tune.doubt_same"].format(count=1, where="2")
    ]
    sorted_ = b"text,label\na,x\nb,x\nc,y\nd,y\n"
    app.file_uploader(key=Key.TUNE_FILE).set_value([("c.csv", sorted_, "text/csv")]).run()
    assert EN["tune.count"].format(count="4") in shown_texts(app)
    assert EN["tune.made_classes"] in [each.value for each in app.caption]
    bad = b"anchor,positive\na,b\n"
    app.file_uploader(key=Key.TUNE_FILE).set_value([("t.csv", bad, "text/csv")]).run()
    assert not app.exception
    assert not any(button.key == Key.TUNE_START for button in app.button)


def test_own_sets_that_shall_not_be_forgotten_go_along(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(jobs, "start", lambda *args, **kwargs: asked.append((args, kwargs)))
    app = open_app(PAGE)
    mine = b"text,label\na,x\nTokyo,x\nc,y\nd,y\n"
    app.file_uploader(key=Key.TUNE_KEPT).set_value([("mine.csv", mine, "text/csv")]).run()
    (said,) = [each.value for each in app.warning]
    assert said.startswith("mine")
    assert " triplets hold" in said
    press(app, Key.TUNE_START)
    ((args, kwargs),) = asked
    assert kwargs["scope"] == "session"
    request = from_params(args[3])
    assert {name: len(rows) for name, rows in request.kept.items()} == {"mine.csv": 4}
    assert measure(by_letters, request)[-1].name == "mine.csv"


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_what_came_of_it_is_shown_with_what_was_held_out_first(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    job = done(Path("job"))
    monkeypatch.setattr(jobs, "jobs", lambda root: (job,))
    app = open_app(PAGE, lang=lang)
    assert not app.exception
    texts = table(lang)
    assert [each.label.partition(" · ")[0] for each in app.metric] == [
        *[texts["tune.held_out"]] * 2,
        *[texts["tune.all"]] * 2,
    ]
    assert any(texts["pack.negation"] in text for text in shown_texts(app))
    ours, theirs, placed, true = app.get("plotly_chart")
    assert (placed.key, true.key) == ("tune_map", "tune_map_true")
    assert app.select_slider(key=Key.TUNE_CHECKPOINT).value == 100
    table_of_items = app.dataframe[-1]
    assert list(table_of_items.value.iloc[:, 0].unique()) == [texts["tune.lost"]]
    assert list(table_of_items.value.iloc[:, 1]) == [item.anchor for item in PROBE.items]
    assert (ours.key, theirs.key) == ("tune_curves", "tune_notes")
    names = [curve["name"] for curve in json.loads(theirs.proto.spec)["data"]]
    assert len(names) == 9
    assert [name for name in names if "⚠" in name] == [name for name in names if "gemma" in name]
    intervals = [curve["error_y"]["visible"] for curve in json.loads(ours.proto.spec)["data"]]
    assert intervals == [*[False] * 4, *[True] * 3]


def done(folder: Path) -> Job:
    """Return a job that has lost the negation probes."""
    before = measure(by_letters, REQUEST)
    after = [
        replace(each, share=0.0, passed=(0,) * len(each.passed))
        if each.name == "negation:en"
        else each
        for each in before
    ]
    before = [
        replace(each, share=1.0, passed=(1,) * len(each.passed))
        if each.name == "negation:en"
        else each
        for each in before
    ]
    return a_job(
        folder,
        kind="training",
        params=as_params(REQUEST),
        result=to_json(
            [
                Checkpoint(percent=0, measures=tuple(before), points=POINTS),
                Checkpoint(percent=100, measures=tuple(after), points=POINTS),
            ],
            [],
        ),
    )


def by_letters(texts) -> np.ndarray:
    return np.array([[len(t), t.count("a"), t.count("e"), 1.0] for t in texts], dtype=np.float32)


def test_a_request_comes_out_of_a_job_s_parameters_as_it_went_in() -> None:
    row = Triplet("a", "b", "c")
    other = replace(
        REQUEST,
        recipe=Recipe.PLACES,
        names=PlaceSet.CAPITALS_JA,
        kept={"mine.csv": (row, row)},
        own=Lesson(triplets=(row,), test=(row,), mined=True, classes={"a": "x"}, made=Made.CLASSES),
        settings=replace(STATIC, loss=Loss.TRIPLET, matryoshka=(64,)),
    )
    for request in (REQUEST, other):
        assert from_params(as_params(request)) == request
