"""The Prompts page, with arithmetic models in this process."""

from __future__ import annotations

import string
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.testing.v1 import AppTest

from core.compare import Document
from core.compare.examples import example
from core.compare.prompt_study import (
    MOST_CUSTOM,
    PromptStudy,
    PromptStudyRequest,
    study_prompts,
)
from core.encoding import Scope, worker
from core.models import Side, Task, added_models, find
from core.models.files import get_command
from core.models.prompts import documented, to_tsv
from core.work import InlineExecutor, lanes
from core.work.lanes import LaneName
from pages._ui.keys import Key
from pages._ui.texts import table
from pages.explore.prompting import form
from tests.core.fakes import CPU
from tests.pages.compare_page import (
    captions,
    charts,
    enter,
    own_engine,
    press,
    shown_table,
    shown_texts,
)
from tests.pages.conftest import Downloaded, LosingLane, OpenApp
from tests.pages.study_pages import (
    add_own_model,
    away_and_back,
    make_here,
    matrices,
    rows_of,
    values,
)

PAGE = "explore/prompts.py"
EN = table("en")
LANGUAGES = pytest.mark.parametrize("lang", ["en", "ja"])
QUERIES, DOCUMENTS = ("a b", "b c c"), ("a a b", "b b c", "c c c c a")
CUSTOM = ("ccc: ", "a\\nb: ", "zzz: ")
GEMMA = {
    "query": "task: search result | query: ",
    "document": "title: none | text: ",
    "Retrieval-query": "task: search result | query: ",
    "STS": "task: sentence similarity | query: ",
    "aaa": "aaa: ",
}


@pytest.fixture
def gemma(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The name of a model that is here, stores prompts, and has a place for a title."""
    name = "embeddinggemma-300m"
    make_here(monkeypatch, tmp_path / "hub", {name: GEMMA})
    return name


@pytest.fixture
def saved_at_once(monkeypatch: pytest.MonkeyPatch) -> Callable[[AppTest, str], str]:
    """Give the text behind the button of this key, which the page has made while it was drawn."""
    texts: dict[str, str] = {}
    add = MediaFileManager.add

    def recorded(self: Any, data: Any, *args: Any, **kwargs: Any) -> str:
        url = add(self, data, *args, **kwargs)
        texts[url] = data.decode() if isinstance(data, bytes) else data
        return url

    monkeypatch.setattr(MediaFileManager, "add", recorded)

    def made(app: AppTest, key: str) -> str:
        (button,) = (found for found in app.get("download_button") if found.key == key)
        return texts[button.proto.url]

    return made


def fill(app: AppTest, *models: str, custom: tuple[str, ...] = CUSTOM) -> AppTest:
    enter(app, list(QUERIES), list(DOCUMENTS))
    app.text_area(key=Key.PROMPTS_CUSTOM).set_value("\n".join(custom))
    app.multiselect(key=Key.PROMPTS_MODELS).set_value(list(models or ["all-MiniLM-L6-v2"]))
    return app


def press_study(app: AppTest) -> AppTest:
    return press(app, Key.PROMPTS_RUN_BUTTON)


def expected(app: AppTest, folder: Path, model: str = "all-MiniLM-L6-v2") -> PromptStudy:
    """Ask core the same, with a store of its own."""
    asked = PromptStudyRequest(
        model=model,
        queries=QUERIES,
        documents=tuple(Document(text) for text in DOCUMENTS),
        task=Task(app.session_state[Key.PROMPTS_TASK]),
        custom=("ccc: ", "a\nb: ", "zzz: "),
    )
    return study_prompts(asked, own_engine(folder), InlineExecutor())


def cells(app: AppTest, model: int = 0) -> list[list[str]]:
    return matrices(app)[model]["text"]


def is_stale(app: AppTest) -> bool:
    return any(EN["prompts.stale"] in caption for caption in captions(app))


def mark_right(app: AppTest, right: dict[str, list[int]]) -> None:
    """Mark right documents by place, as the Compare page does."""
    app.session_state[Key.COMPARE_RIGHT] = {
        query: frozenset(Document(DOCUMENTS[d]) for d in places) for query, places in right.items()
    }


# What is shown


@LANGUAGES
def test_a_first_visit_has_the_texts_of_compare_and_says_what_to_do(
    open_app: OpenApp, lang: str
) -> None:
    app = open_app(PAGE, lang=lang)
    texts, first = table(lang), example("red-planet")
    assert app.title[0].value == texts["nav.prompts"]
    assert app.text_area(key=Key.COMPARE_QUERIES).value == "\n".join(first.queries)
    assert [info.value for info in app.info] == [texts["prompts.empty"]]
    assert not charts(app)
    assert not app.warning


@LANGUAGES
@pytest.mark.parametrize("task", [Task.SEARCH, Task.SIMILARITY])
def test_the_matrix_has_what_core_finds(
    open_app: OpenApp, tmp_path: Path, gemma: str, lang: str, task: Task
) -> None:
    app = fill(open_app(PAGE, lang=lang), gemma)
    app.selectbox(key=Key.PROMPTS_TASK).set_value(task)
    study = expected(press_study(app), tmp_path, gemma)
    count = len(study.variants)
    # Five stored under four texts, two that only the card has, none, and three typed ones.
    assert count == len(set(GEMMA.values())) + 2 + 1 + 3
    changed = np.array([[study.changed(q, d) for d in range(count)] for q in range(count)])
    assert changed.sum() > 0
    drawn = matrices(app)[0]
    assert values(drawn["z"]).tolist() == changed.tolist()
    marked = [[f"{each}/{len(QUERIES)}" for each in row] for row in changed]
    row, column = study.recommended
    marked[row][column] += " ◎"
    assert cells(app) == marked
    assert len(drawn["x"]) == len(drawn["y"]) == len(set(drawn["x"])) == count


def test_what_other_prompts_change_is_said_largest_first(open_app: OpenApp, tmp_path: Path) -> None:
    app = press_study(fill(open_app(PAGE)))
    study = expected(app, tmp_path)
    query, document = study.recommended
    said = {
        EN[f"prompts.changes_{side}"].format(
            prompt=prompt, changed=changed, total=len(QUERIES)
        ): changed
        for place, prompt in enumerate(["no prompt", "ccc:", "a\\nb:", "zzz:"])
        for side, changed in (
            (Side.QUERY, study.changed(place, document)),
            (Side.DOCUMENT, study.changed(query, place)),
        )
        if changed
    }
    shown = [text for text in shown_texts(app) if text in said]
    assert shown
    assert [said[text] for text in shown] == sorted(said.values(), reverse=True)[: len(shown)]
    assert len(shown) == min(4, len(said))


def test_prompts_that_change_nothing_are_said_to_change_nothing(open_app: OpenApp) -> None:
    app = press_study(fill(open_app(PAGE), custom=("zzz: ",)))
    assert EN["prompts.no_change"].format(total=len(QUERIES)) in shown_texts(app)


@LANGUAGES
def test_a_model_without_prompts_and_none_typed_has_nothing_to_compare(
    open_app: OpenApp, lang: str
) -> None:
    app = press_study(fill(open_app(PAGE, lang=lang), custom=()))
    texts = table(lang)
    assert texts["prompts.only_one"] in shown_texts(app)
    assert cells(app) == [[f"0/{len(QUERIES)} ◎"]]
    assert texts["prompts.none_stored"] in shown_texts(app)


def test_the_cells_can_show_another_measure(open_app: OpenApp, tmp_path: Path) -> None:
    app = press_study(fill(open_app(PAGE)))
    study = expected(app, tmp_path)
    measures = {"tau": study.tau, "margin": study.margins.mean(axis=-1)}
    for measure, found in measures.items():
        app.button_group(key=Key.PROMPTS_MEASURE).set_value(measure).run()
        assert values(matrices(app)[0]["z"]) == pytest.approx(found, abs=1e-6)
        shown = [[float(cell.split()[0]) for cell in row] for row in cells(app)]
        assert shown == pytest.approx(np.round(found, 3), abs=1e-6)


def test_without_right_answers_there_is_no_ndcg_and_no_star(open_app: OpenApp) -> None:
    app = press_study(fill(open_app(PAGE)))
    assert EN["prompts.measure_ndcg"] not in app.button_group(key=Key.PROMPTS_MEASURE).options
    assert not any("★" in cell for row in cells(app) for cell in row)


def test_right_answers_give_ndcg_and_mark_the_best_pair_where_it_is_another(
    open_app: OpenApp, tmp_path: Path
) -> None:
    app = fill(open_app(PAGE))
    right = {QUERIES[0]: [2], QUERIES[1]: [0]}  # not what the recommended pair puts first
    mark_right(app, right)
    press_study(app)
    app.button_group(key=Key.PROMPTS_MEASURE).set_value("ndcg").run()
    ndcg = values(matrices(app)[0]["z"])
    stars = [
        (r, c) for r, row in enumerate(cells(app)) for c, cell in enumerate(row) if "★" in cell
    ]
    rings = [
        (r, c) for r, row in enumerate(cells(app)) for c, cell in enumerate(row) if "◎" in cell
    ]
    assert rings == [expected(app, tmp_path).recommended]
    ((row, column),) = stars
    assert ndcg[row, column] == ndcg.max() > ndcg[rings[0]]


def test_no_star_stands_where_the_recommended_pair_is_best(open_app: OpenApp) -> None:
    app = fill(open_app(PAGE), custom=("zzz: ",))
    mark_right(app, {QUERIES[0]: [0], QUERIES[1]: [1]})
    press_study(app)
    assert [cell for row in cells(app) for cell in row if "★" in cell] == []


def test_a_measure_that_is_gone_gives_way_to_the_first(open_app: OpenApp) -> None:
    app = fill(open_app(PAGE))
    mark_right(app, {QUERIES[0]: [0]})
    press_study(app)
    app.button_group(key=Key.PROMPTS_MEASURE).set_value("ndcg").run()
    mark_right(app, {})
    press_study(app)
    assert app.session_state[Key.PROMPTS_MEASURE] == "changed"
    assert cells(app)[0][0].startswith(f"0/{len(QUERIES)}")


def test_a_line_break_can_be_written_in_a_custom_prompt(open_app: OpenApp) -> None:
    app = press_study(fill(open_app(PAGE), custom=("a\\nb: ", "a\\nb: ", "  ", "c: ")))
    (study,) = app.session_state[Key.PROMPTS_RESULT].studies
    assert study.request.custom == ("a\nb: ", "c: ")
    prompts = shown_table(app, EN["model.prompt_text"])[EN["model.prompt_text"]]
    assert list(prompts) == [EN["prompts.none"], "a\\nb: ", "c: "]


def test_each_prompt_stands_once_with_all_its_names(open_app: OpenApp, gemma: str) -> None:
    app = press_study(fill(open_app(PAGE), gemma, custom=()))
    variants = shown_table(app, EN["prompts.letter"])
    texts = list(variants[EN["model.prompt_text"]])
    assert len(set(texts)) == len(texts) == 7
    names = dict(zip(texts, variants[EN["model.prompt_name"]], strict=True))
    assert names[GEMMA["query"]] == "query, Retrieval-query"
    assert names["title: {title} | text: "] == "document"


def test_more_prompts_than_letters_have_labels_of_their_own(open_app: OpenApp, gemma: str) -> None:
    custom = tuple(f"prompt {i}: " for i in range(MOST_CUSTOM))
    app = press_study(fill(open_app(PAGE), gemma, custom=custom))
    letters = list(shown_table(app, EN["prompts.letter"])[EN["prompts.letter"]])
    assert letters == [*string.ascii_uppercase, "AA"]
    assert len(set(matrices(app)[0]["x"])) == len(letters)


def test_more_typed_prompts_than_can_be_tried_are_told_and_stay(open_app: OpenApp) -> None:
    custom = tuple(f"prompt {i}: " for i in range(MOST_CUSTOM + 1))
    app = press_study(fill(open_app(PAGE), custom=custom))
    told = f"There are {len(custom)} prompts of your own; {MOST_CUSTOM} can be tried at once."
    assert told in shown_texts(app)
    assert app.text_area(key=Key.PROMPTS_CUSTOM).value == "\n".join(custom)
    assert not charts(app)


def test_each_text_s_move_is_in_a_strip_of_its_prompt(open_app: OpenApp, tmp_path: Path) -> None:
    app = press_study(fill(open_app(PAGE)))
    study = expected(app, tmp_path)
    queries, documents = charts(app)[1]["data"]
    assert values(queries["x"]) == pytest.approx(study.query_cosines.ravel(), abs=1e-6)
    assert values(documents["x"]) == pytest.approx(study.document_cosines.ravel(), abs=1e-6)
    assert study.query_cosines.min() < 0.99


@LANGUAGES
def test_one_document_has_no_margin_and_no_correlation(open_app: OpenApp, lang: str) -> None:
    app = open_app(PAGE, lang=lang)
    press_study(enter(app, ["abc"], ["abc"]))
    for measure in ("changed", "tau", "margin"):
        app.button_group(key=Key.PROMPTS_MEASURE).set_value(measure).run()
        assert not app.exception
        assert np.isfinite(values(matrices(app)[0]["z"]).astype(float)).all()  # or it is not drawn
        assert not any("nan" in cell for row in cells(app) for cell in row)
    assert cells(app)[0][0] == "– ◎"


@LANGUAGES
def test_the_template_of_another_family_is_doubted(open_app: OpenApp, lang: str) -> None:
    custom = ("task: search result | query: ",)
    app = press_study(fill(open_app(PAGE, lang=lang), custom=custom))
    (warning,) = app.warning
    text = table(lang)["doubt.another-family"].replace("{model}", "all\\-MiniLM\\-L6\\-v2")
    assert warning.value == text.format(family="embeddinggemma\\-300m")


def test_a_model_s_own_template_is_not_doubted(open_app: OpenApp, gemma: str) -> None:
    app = fill(open_app(PAGE), gemma, custom=("task: search result | query: ", "mine: "))
    press_study(app)
    assert not app.warning


# Several models, and models that fail


def test_each_model_has_a_matrix_of_its_own(open_app: OpenApp, tmp_path: Path, gemma: str) -> None:
    models = ("all-MiniLM-L6-v2", "char-ngrams", gemma)
    app = press_study(fill(open_app(PAGE), *models))
    headings = [heading.value.replace("\\", "") for heading in app.header]
    assert headings[:3] == list(models)
    for place, model in enumerate(models):
        study = expected(app, tmp_path / model, model)
        row, column = study.recommended
        assert cells(app, place)[row][column] == f"0/{len(QUERIES)} ◎"
        assert len(cells(app, place)) == len(study.variants)


@LANGUAGES
def test_a_model_that_is_not_here_is_told_of_beside_the_others(
    open_app: OpenApp, lang: str
) -> None:
    absent = "qwen3-embedding-0.6b"
    app = press_study(fill(open_app(PAGE, lang=lang), absent, "wordllama"))
    assert any(get_command(find(absent)) in text for text in shown_texts(app))
    assert len(matrices(app)) == 1
    stale = table(lang)["prompts.stale"]
    assert not any(stale in caption for caption in captions(app))


@LANGUAGES
def test_models_of_which_none_is_here_give_no_result_and_say_why(
    open_app: OpenApp, lang: str
) -> None:
    app = press_study(fill(open_app(PAGE, lang=lang), "qwen3-embedding-0.6b"))
    assert any(get_command(find("qwen3-embedding-0.6b")) in text for text in shown_texts(app))
    assert not charts(app)


@LANGUAGES
def test_what_is_missing_is_said(open_app: OpenApp, lang: str) -> None:
    texts = table(lang)
    app = press_study(enter(open_app(PAGE, lang=lang), [" "], ["a"]))
    assert [warning.value for warning in app.warning] == [texts["compare.no_query"]]
    press_study(enter(app, ["a"], [" "]))
    assert [warning.value for warning in app.warning] == [texts["compare.no_document"]]
    app.multiselect(key=Key.PROMPTS_MODELS).set_value([])
    press_study(app)
    assert [warning.value for warning in app.warning] == [texts["compare.no_model"]]
    assert not charts(app)


@LANGUAGES
def test_a_lost_worker_is_told_and_costs_no_text(open_app: OpenApp, lang: str) -> None:
    class LosingOnce(InlineExecutor):
        lost = False

        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            if fn.__name__ == "encode" and not self.lost:
                self.lost = True
                return LosingLane().submit(fn)
            return super().submit(fn, *args, **kwargs)

    lanes.use(LaneName.MODELS, LosingOnce())
    app = press_study(fill(open_app(PAGE, lang=lang), custom=("another: ",)))
    told = "The models worker ended."
    if lang == "ja":
        told = table("ja")["error.WorkerLost.message"].format(lane="models")
    assert told in shown_texts(app)
    assert app.text_area(key=Key.PROMPTS_CUSTOM).value == "another: "
    assert app.text_area(key=Key.COMPARE_QUERIES).value == "\n".join(QUERIES)
    press_study(app)
    assert told not in shown_texts(app)
    assert len(cells(app)) == 2


def test_a_study_of_a_model_that_was_taken_off_the_list_can_still_be_read(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = add_own_model(monkeypatch, tmp_path / "mine")
    app = press_study(fill(open_app(PAGE), name))
    before = cells(app)
    added_models().remove(name)
    app.run()
    assert not app.exception
    assert cells(app) == before
    assert app.multiselect(key=Key.PROMPTS_MODELS).value == []


# The prompts that models document


def test_documented_prompts_are_side_by_side_with_what_differs(
    open_app: OpenApp,
    saved_at_once: Callable[[AppTest, str], str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    stored = {
        "embeddinggemma-300m": GEMMA,
        "qwen3-embedding-0.6b": {"query": "Instruct: x\nQuery:", "document": "", "aaa": "aaa: "},
    }
    make_here(monkeypatch, tmp_path / "hub", stored)
    first, second = stored
    app = fill(open_app(PAGE), first, second, "char-ngrams").run()
    found = shown_table(app, EN["prompts.same"]).set_index(EN["model.prompt_name"])
    assert found.loc["query"].tolist() == [GEMMA["query"], "Instruct: x\\nQuery:", "–", "≠"]
    assert found.loc["document"].tolist() == ["title: none | text: ", "", "–", "≠"]
    assert found.loc["STS", second] == "–"
    for name in (first, second):
        prompts = documented(find(name), stored[name])
        assert saved_at_once(app, f"tsv_{name}") == to_tsv(prompts)
    saved = [button.key for button in app.get("download_button")]
    assert saved == [f"tsv_{first}", f"tsv_{second}"]
    fill(app, first, second).run()
    same = shown_table(app, EN["prompts.same"]).set_index(EN["model.prompt_name"])
    assert same.loc["aaa", EN["prompts.same"]] == "✓"


def test_one_model_s_prompts_have_nothing_to_differ_from(open_app: OpenApp) -> None:
    app = fill(open_app(PAGE), "embeddinggemma-300m").run()
    assert not any(EN["prompts.same"] in frame.value.columns for frame in app.dataframe)
    names = shown_table(app, EN["model.prompt_name"])
    assert "task: search result | query: " in set(names["embeddinggemma-300m"])


# Kept, shared and saved


@pytest.mark.parametrize(
    "change",
    [
        lambda app: app.text_area(key=Key.PROMPTS_CUSTOM).set_value("mine: "),
        lambda app: app.selectbox(key=Key.PROMPTS_TASK).set_value("clustering"),
        lambda app: app.multiselect(key=Key.PROMPTS_MODELS).set_value(["char-ngrams"]),
        lambda app: app.text_area(key=Key.COMPARE_QUERIES).set_value("another"),
        lambda app: app.text_area(key=Key.COMPARE_DOCUMENTS).set_value("another"),
        lambda app: mark_right(app, {QUERIES[0]: [0]}),
    ],
    ids=["custom", "task", "models", "queries", "documents", "right answers"],
)
def test_a_result_is_marked_once_the_form_has_changed(open_app: OpenApp, change) -> None:
    app = press_study(fill(open_app(PAGE)))
    assert not is_stale(app)
    change(app)
    app.run()
    assert is_stale(app)
    press_study(app)
    assert not is_stale(app)


def test_the_view_is_in_the_link_and_typed_prompts_are_not(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "probe", lambda: CPU)
    app = fill(open_app(PAGE), "wordllama", "char-ngrams")
    app.selectbox(key=Key.PROMPTS_TASK).set_value("clustering")
    app.selectbox(key=Key.PROMPTS_PRECISION).set_value("fast").run()
    assert dict(app.query_params) == {
        "lang": "en",
        "prompt_models": ["wordllama", "char-ngrams"],
        "prompt_task": "clustering",
        "prompt_precision": "fast",
    }
    other = open_app(PAGE, **app.query_params)
    for key in (Key.PROMPTS_MODELS, Key.PROMPTS_TASK, Key.PROMPTS_PRECISION):
        assert other.session_state[key] == app.session_state[key]
    assert other.text_area(key=Key.PROMPTS_CUSTOM).value == form.DEFAULT_CUSTOM


def test_the_example_is_in_the_link(open_app: OpenApp) -> None:
    app = open_app(PAGE)
    app.button_group(key=Key.COMPARE_EXAMPLE).set_value("fact-checking").run()
    other = open_app(PAGE, **app.query_params)
    queries = app.text_area(key=Key.COMPARE_QUERIES).value
    assert queries == "\n".join(example("fact-checking").queries)
    assert other.text_area(key=Key.COMPARE_QUERIES).value == queries


@pytest.mark.parametrize(
    "query",
    [
        {"prompt_models": "no-such-model"},
        {"prompt_task": "custom"},
        {"prompt_task": "none"},
        {"prompt_precision": "float8"},
        {"custom_prompts": "put here by a stranger"},
        {"prompt_studies": "x", "prompts_error": "x", "prompts_measure": "x"},
    ],
    ids=str,
)
def test_what_the_url_may_not_say_is_ignored(open_app: OpenApp, query: dict[str, str]) -> None:
    app, plain = open_app(PAGE, **query), open_app(PAGE)
    for key in (
        Key.PROMPTS_MODELS,
        Key.PROMPTS_TASK,
        Key.PROMPTS_PRECISION,
        Key.PROMPTS_CUSTOM,
    ):
        assert app.session_state[key] == plain.session_state[key]
    assert not charts(app)


def test_nothing_typed_is_lost_by_another_page_or_another_language(open_app: OpenApp) -> None:
    app = press_study(fill(open_app(PAGE), "wordllama"))
    app.button_group(key=Key.PROMPTS_MEASURE).set_value("tau").run()
    before = cells(app)
    app.button_group(key=Key.LANGUAGE).set_value("ja").run()
    away_and_back(app, PAGE)
    assert app.text_area(key=Key.PROMPTS_CUSTOM).value == "\n".join(CUSTOM)
    assert app.text_area(key=Key.COMPARE_QUERIES).value == "\n".join(QUERIES)
    assert app.text_area(key=Key.COMPARE_DOCUMENTS).value == "\n".join(DOCUMENTS)
    assert app.multiselect(key=Key.PROMPTS_MODELS).value == ["wordllama"]
    assert app.session_state[Key.PROMPTS_MEASURE] == "tau"
    assert cells(app) == before
    assert table("ja")["prompts.stale"] not in " ".join(captions(app))


def test_built_in_texts_are_shared_and_a_typed_prompt_makes_them_the_session_s(
    open_app: OpenApp,
) -> None:
    app = open_app(PAGE)
    app.text_area(key=Key.PROMPTS_CUSTOM).set_value("")
    press_study(app)
    (study,) = app.session_state[Key.PROMPTS_RESULT].studies
    assert study.request.scope is Scope.SHARED
    app.text_area(key=Key.PROMPTS_CUSTOM).set_value("mine: ")
    press_study(app)
    (study,) = app.session_state[Key.PROMPTS_RESULT].studies
    assert study.request.scope is Scope.SESSION


def test_every_pair_is_in_the_csv_and_none_is_a_formula(
    open_app: OpenApp, downloaded: Downloaded, tmp_path: Path
) -> None:
    app = press_study(fill(open_app(PAGE), custom=("=1+1", *CUSTOM[:2])))
    rows = rows_of(downloaded(app, "export_prompts"))
    (study,) = app.session_state[Key.PROMPTS_RESULT].studies
    pairs = [(q, d) for q in range(4) for d in range(4)]
    templates = ["", "'=1+1", "ccc: ", "a\nb: "]
    assert [(r["query_prompt"], r["document_prompt"]) for r in rows] == [
        (templates[q], templates[d]) for q, d in pairs
    ]
    assert [int(row["changed"]) for row in rows] == [study.changed(*pair) for pair in pairs]
    assert [float(row["tau"]) for row in rows] == pytest.approx(study.tau.ravel())
    assert [row["recommended"] for row in rows] == ["True", *["False"] * 15]
    assert {row["ndcg@10"] for row in rows} == {""}


@pytest.mark.parametrize(
    "hostile", ["<img src=x onerror=alert(1)>", "$x^2$ **b** :red[r]", "{prompt} %{x} {0}"]
)
def test_a_prompt_is_shown_as_typed(open_app: OpenApp, hostile: str) -> None:
    app = press_study(fill(open_app(PAGE), custom=(hostile, "aaa ccc: ")))
    assert hostile in list(shown_table(app, EN["prompts.letter"])[EN["model.prompt_text"]])
    markdown = [*app.markdown, *app.caption, *app.header, *app.warning]
    assert not [element for element in markdown if hostile in element.value]
    spec = str([chart["data"] for chart in charts(app)])
    assert "<img" not in spec
    assert "$x^2$" not in spec
