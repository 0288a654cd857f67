"""The page Your data: files in, an evaluation by a job, and its result in words and items."""

from __future__ import annotations

import time

import pytest
from streamlit.testing.v1 import AppTest

from core.quality.labelled import job as jobs_of_labels
from core.quality.labelled.data import Kind
from core.quality.labelled.evaluation import Evaluation
from core.quality.labelled.job import as_params, from_json, from_params, to_json
from core.sets import reading
from core.settings import settings
from core.work import jobs
from core.work.job import JobState
from pages._ui.keys import Key
from pages._ui.texts import table
from tests.pages.compare_page import press, shown_table, shown_texts
from tests.pages.conftest import Downloaded, OpenApp
from tests.pages.set_pages import decode_here

PAGE = "measure/labelled.py"
EN = table("en")
ROWS = [f"{'ab' * (i % 5 + 1)} {i},{'c' * (i % 7 + 1)} {'a' * (i % 3)},{i % 6}" for i in range(18)]
MODELS = ["char-ngrams", "wordllama"]


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decode files in this process, and run the job's work at once in it."""
    monkeypatch.setattr(reading, "decode_apart", decode_here)


def csv_of(*rows: str, header: str = "sentence1,sentence2,score") -> bytes:
    return "\n".join([header, *rows]).encode()


def upload(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    chosen = [(name, content, "text/csv") for name, content in files]
    app.file_uploader(key=Key.LABELLED_FILES).set_value(chosen).run()
    assert not app.exception
    return app


def models(app: AppTest) -> AppTest:
    app.multiselect(key=Key.LABELLED_MODELS).set_value(MODELS).run()
    return app


def finish(app: AppTest) -> AppTest:
    """Run the page until its job is done."""
    folder = settings().data_dir / "jobs"
    deadline = time.monotonic() + 240
    while Key.LABELLED_JOB in app.session_state:
        (found,) = jobs.jobs(folder)
        if not found.state.active or time.monotonic() > deadline:
            app.run()
            break
        time.sleep(0.2)
    app.run()
    assert not app.exception
    return app


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_first_visit_says_what_files_can_hold(open_app: OpenApp, lang: str) -> None:
    app, texts = open_app(PAGE, lang=lang), table(lang)
    assert app.title[0].value == texts["nav.labelled"]
    assert texts["labelled.formats_about"].strip() in [each.value for each in app.markdown]
    assert not any(button.key == Key.LABELLED_RUN_BUTTON for button in app.button)


def test_a_stranger_is_told_that_nothing_runs_here(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UMEKOMI_PROFILE", "public")
    settings.cache_clear()
    app = open_app(PAGE)
    assert [each.value for each in app.info] == [EN["labelled.not_here"]]
    assert len(app.get("file_uploader")) == 0


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ([("p.csv", csv_of(*ROWS))], Kind.STS),
        ([("p.csv", csv_of("a,b,yes", "c,d,no", "e,f,1"))], Kind.PAIRS),
        ([("t.csv", csv_of("a,x", "b,y", "c,x", "d,y", header="text,label"))], Kind.CLASSIFICATION),
        (
            [
                ("queries.csv", csv_of("q1,a", header="query_id,text")),
                ("corpus.csv", csv_of("d1,b", header="doc_id,text")),
                ("qrels.csv", csv_of("q1,d1,1", header="query_id,doc_id,relevance")),
            ],
            Kind.RETRIEVAL,
        ),
    ],
)
def test_the_type_is_proposed_from_the_files(open_app: OpenApp, files, kind: Kind) -> None:
    app = upload(open_app(PAGE), *files)
    assert app.selectbox(key=Key.LABELLED_KIND).value == kind
    assert any(button.key == Key.LABELLED_RUN_BUTTON for button in app.button)


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_columns_of_other_names_are_chosen(open_app: OpenApp, lang: str) -> None:
    app = upload(open_app(PAGE, lang=lang), ("p.csv", csv_of(*ROWS, header="左,右,点")))
    assert table(lang)["labelled.choose_columns"] in [each.value for each in app.info]
    for role, column in {"sentence1": "左", "sentence2": "右", "score": "点"}.items():
        key = f"{Key.LABELLED_COLUMN}_pairs_p.csv_{role}"
        app.selectbox(key=key).set_value(column).run()
    assert not app.exception
    assert any(button.key == Key.LABELLED_RUN_BUTTON for button in app.button)


def test_rows_that_cannot_be_used_are_left_out_only_when_asked(open_app: OpenApp) -> None:
    app = upload(open_app(PAGE), ("p.csv", csv_of(*ROWS, "a,b,high", ",b,1")))
    said = [text for text in shown_texts(app) if "19" in text]
    assert said == [
        EN["fault.not_a_number"].format(count=1, where="19")
        + "\n"
        + EN["fault.empty_text"].format(count=1, where="20")
    ]
    assert not any(button.key == Key.LABELLED_RUN_BUTTON for button in app.button)
    app.checkbox(key=Key.LABELLED_DROP).check().run()
    assert any(button.key == Key.LABELLED_RUN_BUTTON for button in app.button)


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_labels_that_measure_nothing_are_told(open_app: OpenApp, lang: str) -> None:
    app = upload(open_app(PAGE, lang=lang), ("p.csv", csv_of("a,b,2", "c,d,2", "e,f,2")))
    assert any(table(lang)["errors.heading"] in each.value for each in app.markdown)
    assert not any(button.key == Key.LABELLED_RUN_BUTTON for button in app.button)


def test_an_evaluation_runs_as_a_job_and_leaves_none_of_the_texts(
    open_app: OpenApp, downloaded: Downloaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The job's process has the real models, of which two need no file of a hub.
    app = models(upload(open_app(PAGE), ("p.csv", csv_of(*ROWS))))
    press(app, Key.LABELLED_RUN_BUTTON)
    folder = settings().data_dir / "jobs"
    assert [each.kind for each in jobs.jobs(folder)] == [jobs_of_labels.KIND]
    finish(app)
    found = app.session_state[Key.LABELLED_RESULT]
    assert isinstance(found, Evaluation), found
    assert jobs.jobs(folder) == ()  # the texts went with it
    shown = shown_table(app, "published")
    assert sorted(shown["model"]) == MODELS
    assert list(shown["score"]) == sorted(shown["score"], reverse=True)
    assert (shown["low"] <= shown["score"]).all()
    assert (shown["score"] <= shown["high"]).all()
    verdicts = [text for text in shown_texts(app) if all(model in text for model in MODELS)]
    assert len(verdicts) == 1
    lines = downloaded(app, "export_labelled").decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + len(ROWS)
    app.selectbox(key=Key.LABELLED_SECOND).set_value(
        next(model for model in MODELS if model != app.selectbox(key=Key.LABELLED_FIRST).value)
    ).run()
    assert not app.exception

    # What the job keeps comes back as it was.
    request = from_params(as_params(found.request))
    assert request == found.request
    again = from_json(request, to_json(found))
    assert [each.score for each in again.results] == [each.score for each in found.results]
    assert again.pairs == found.pairs


def test_a_job_that_is_gone_is_told_and_the_form_stays(open_app: OpenApp) -> None:
    app = models(upload(open_app(PAGE), ("p.csv", csv_of(*ROWS))))
    press(app, Key.LABELLED_RUN_BUTTON)
    folder = settings().data_dir / "jobs"
    job_id = app.session_state[Key.LABELLED_JOB]
    jobs.cancel(folder, job_id, grace_seconds=0)
    deadline = time.monotonic() + 60
    while jobs.read(folder, job_id).state.active and time.monotonic() < deadline:
        time.sleep(0.1)
    assert jobs.read(folder, job_id).state is JobState.CANCELLED
    app.run()
    app.run()
    assert not app.exception
    assert jobs.jobs(folder) == ()  # the texts went with it
    assert any(button.key == Key.LABELLED_RUN_BUTTON for button in app.button)
