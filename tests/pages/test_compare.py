"""The Compare page, with arithmetic models in this process."""

from __future__ import annotations

import json
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.compare import CompareRequest, Document
from core.compare.examples import example, examples
from core.compare.published import published
from core.encoding import Scope
from core.models import catalogue, find
from core.models.files import get_command
from core.settings import settings
from core.work import InlineExecutor, lanes
from core.work.lanes import LaneName
from pages._ui.keys import Key
from pages._ui.texts import table
from pages.explore.comparing import form, ranking
from tests.pages.compare_page import (
    captions,
    charts,
    enter,
    expected,
    press_compare,
    rankings,
    shown_texts,
)
from tests.pages.conftest import LosingLane, OpenApp

EN, JA = table("en"), table("ja")
LANGUAGES = pytest.mark.parametrize("lang", ["en", "ja"])
DISAGREEING = ("zebra quiz", ("abc abc", "xyz zyx", "aeiou aeiou"))


def test_a_first_visit_shows_an_example_that_runs_here_and_no_result(open_app: OpenApp) -> None:
    app, first = open_app(), example("red-planet")
    assert app.title[0].value == EN["nav.compare"]
    assert app.text_area(key=Key.COMPARE_QUERIES).value == "\n".join(first.queries)
    documents = [document.text for document in first.documents]
    assert app.text_area(key=Key.COMPARE_DOCUMENTS).value == "\n".join(documents)
    assert app.multiselect(key=Key.COMPARE_MODELS).value == list(first.models)
    assert [info.value for info in app.info] == [EN["compare.empty"]]
    assert not app.warning
    assert not app.dataframe
    assert not app.get("plotly_chart")


def test_compare_ranks_the_documents_as_core_does(open_app: OpenApp, tmp_path: Path) -> None:
    app = open_app()
    query, documents = DISAGREEING
    press_compare(enter(app, [query], list(documents)))
    comparison = expected(
        CompareRequest(
            queries=(query,),
            documents=tuple(Document(text) for text in documents),
            models=("all-MiniLM-L6-v2", "wordllama", "char-ngrams"),
        ),
        tmp_path,
    )
    assert rankings(app) == {
        result.model: [
            (
                result.ranks[0, d],
                pytest.approx(result.scores[0, d], abs=1e-7),
                d + 1,
                documents[d],
            )
            for d in result.order[0].tolist()
        ]
        for result in comparison.results
    }
    margins = [f"{result.margins[0]:.4f}" for result in comparison.results]
    assert [metric.value for metric in app.metric] == margins


def test_the_headline_names_the_first_place_of_each_model(open_app: OpenApp) -> None:
    app = open_app()
    query, documents = "a z", ["a a a b", "z z z y", "q"]
    press_compare(enter(app, [query], documents))
    first = {model: rows[0][3] for model, rows in rankings(app).items()}
    assert len(set(first.values())) > 1
    headline = shown_texts(app)[0]
    assert headline.startswith(EN["result.disagree"].partition("{")[0])
    for model, document in first.items():
        assert model in headline
        assert document in headline


@LANGUAGES
def test_models_that_agree_are_said_to_agree(open_app: OpenApp, lang: str) -> None:
    app = open_app(lang=lang)
    press_compare(enter(app, ["a e x"], ["a e x", "b b b b o o z z z"]))
    assert {rows[0][2] for rows in rankings(app).values()} == {1}
    expected = table(lang)["result.agree"].format(models=3, document="1. a e x")
    assert shown_texts(app)[0] == expected


def test_the_rank_chart_has_each_document_at_its_place_in_each_model(open_app: OpenApp) -> None:
    app = open_app()
    query, documents = DISAGREEING
    press_compare(enter(app, [query], list(documents)))
    chart = charts(app)[0]
    lines = {line["name"]: line for line in chart["data"] if "lines" in line["mode"]}
    assert sorted(lines) == ["1", "2", "3"]
    for column, rows in enumerate(rankings(app).values()):
        for place, (_, score, number, _) in enumerate(rows, start=1):
            assert lines[str(number)]["y"][column] == place
            assert lines[str(number)]["customdata"][column] == f"{score:.4f}"


def test_one_query_has_no_heatmap_and_several_have_one_for_each_model(open_app: OpenApp) -> None:
    app = open_app()
    press_compare(enter(app, ["abc"], ["abc", "xyz"]))
    assert EN["result.heatmap"] not in [heading.value for heading in app.header]
    press_compare(enter(app, ["abc", "xyz"], ["abc", "xyz"]))
    assert EN["result.heatmap"] in [heading.value for heading in app.header]
    heatmaps = [chart for chart in charts(app) if chart["data"][0]["type"] == "heatmap"]
    assert len(heatmaps) == 3


def test_the_query_whose_ranking_is_shown_can_be_chosen(open_app: OpenApp) -> None:
    app = open_app()
    press_compare(enter(app, ["aaa", "bbb"], ["b b b", "a a a"]))
    assert rankings(app)["all-MiniLM-L6-v2"][0][3] == "a a a"
    app.selectbox(key=Key.COMPARE_SHOWN_QUERY).select_index(1).run()
    assert rankings(app)["all-MiniLM-L6-v2"][0][3] == "b b b"


def test_a_model_alone_and_a_document_alone_are_compared(open_app: OpenApp) -> None:
    app = open_app()
    app.multiselect(key=Key.COMPARE_MODELS).set_value(["char-ngrams"])
    press_compare(enter(app, ["abc"], ["abc"]))
    assert shown_texts(app)[0] == EN["result.agree_one"].format(
        model="char-ngrams", document="1. abc"
    )
    assert [row[:3] for row in rankings(app)["char-ngrams"]] == [(1, pytest.approx(1.0), 1)]
    assert not app.metric  # a margin needs a second document


def test_steps_and_the_exact_text_sent_are_told(open_app: OpenApp) -> None:
    app = press_compare(enter(open_app(), ["a query"], ["a document"]))
    frames = [frame.value for frame in app.dataframe]
    steps = next(frame for frame in frames if EN["result.step"] in frame)
    assert list(steps[EN["result.step"]]) == [v for k, v in EN.items() if k.startswith("step.")]
    sent = next(frame for frame in frames if EN["result.exact_text"] in frame)
    assert set(sent[EN["result.exact_text"]]) == {"a query", "a document"}


def test_a_second_comparison_of_the_same_texts_reads_them_from_the_store(
    open_app: OpenApp,
) -> None:
    app = press_compare(enter(open_app(), ["a query"], ["a document"]))
    press_compare(app)
    steps = next(f.value for f in app.dataframe if EN["result.step"] in f.value)
    encoding = steps[steps[EN["result.step"]] == EN["step.encode-documents"]]
    assert set(encoding.iloc[0, 1:]) == {EN["result.from_store"]}


@LANGUAGES
def test_what_is_missing_is_said(open_app: OpenApp, lang: str) -> None:
    app = open_app(lang=lang)
    app.multiselect(key=Key.COMPARE_MODELS).set_value([])
    press_compare(enter(app, [" ", ""], [""]))
    texts = table(lang)
    assert [warning.value for warning in app.warning] == [
        texts["compare.no_query"],
        texts["compare.no_document"],
        texts["compare.no_model"],
    ]
    assert Key.COMPARE_RESULT not in app.session_state


@LANGUAGES
def test_an_example_of_models_not_here_shows_published_figures_at_once(
    open_app: OpenApp, lang: str
) -> None:
    app = open_app(lang=lang)
    app.button_group(key=Key.COMPARE_EXAMPLE).set_value("red-planet-notes").run()
    texts, chosen = table(lang), example("red-planet-notes")
    assert texts["figures.heading"] in [heading.value for heading in app.header]
    assert texts["compare.empty"] not in [info.value for info in app.info]
    (drawn,) = [frame.value for frame in app.dataframe]
    figures = [tuple(drawn[column]) for column in drawn.columns[1:]]
    assert figures == [figure.scores for figure in published(chosen.figures)]
    bars = [tuple(bar["y"]) for bar in charts(app)[0]["data"]]
    assert bars == figures
    for name in chosen.models:
        assert any(get_command(find(name)) in text for text in shown_texts(app))


def test_a_chosen_model_that_is_not_here_leaves_the_others_their_answers(
    open_app: OpenApp,
) -> None:
    app = open_app(models=["char-ngrams", "embeddinggemma-300m"])
    press_compare(app)
    assert list(rankings(app)) == ["char-ngrams"]
    command = get_command(find("embeddinggemma-300m"))
    assert any(command in text for text in shown_texts(app))


def test_an_example_of_the_picker_fills_the_form(open_app: OpenApp) -> None:
    app = open_app()
    for chosen in examples():
        app.button_group(key=Key.COMPARE_EXAMPLE).set_value(chosen.id).run()
        assert not app.exception
        assert app.text_area(key=Key.COMPARE_QUERIES).value == "\n".join(chosen.queries)
        assert app.multiselect(key=Key.COMPARE_MODELS).value == list(chosen.models)
        assert app.selectbox(key=Key.COMPARE_QUERY_TASK).value == chosen.query_task
        assert app.selectbox(key=Key.COMPARE_DOCUMENT_TASK).value == chosen.document_task


def test_titles_of_an_example_stay_when_it_is_compared(open_app: OpenApp) -> None:
    app = open_app(example="faq-ja")
    press_compare(app)
    kept = app.session_state[Key.COMPARE_RESULT].request
    assert kept.documents == example("faq-ja").documents
    assert kept.scope is Scope.SHARED


def test_loading_an_example_over_own_texts_can_be_undone(open_app: OpenApp) -> None:
    app = enter(open_app(), ["mine"], ["also mine"])
    app.button_group(key=Key.COMPARE_EXAMPLE).set_value("fact-checking").run()
    assert app.text_area(key=Key.COMPARE_QUERIES).value != "mine"
    app.button(key=Key.COMPARE_UNDO_BUTTON).click().run()
    assert app.text_area(key=Key.COMPARE_QUERIES).value == "mine"
    assert app.text_area(key=Key.COMPARE_DOCUMENTS).value == "also mine"
    assert Key.COMPARE_UNDO_BUTTON not in [button.key for button in app.button]


def test_an_example_over_an_example_has_nothing_to_undo(open_app: OpenApp) -> None:
    app = open_app()
    app.button_group(key=Key.COMPARE_EXAMPLE).set_value("fact-checking").run()
    assert Key.COMPARE_UNDO_BUTTON not in [button.key for button in app.button]


@pytest.mark.parametrize(
    "change",
    [
        lambda app: app.selectbox(key=Key.COMPARE_DIMENSION).set_value(64),
        lambda app: app.selectbox(key=Key.COMPARE_SIMILARITY).set_value("euclidean"),
        lambda app: app.selectbox(key=Key.COMPARE_QUERY_TASK).set_value("none"),
        lambda app: app.selectbox(key=Key.COMPARE_DOCUMENT_TASK).set_value("clustering"),
        lambda app: app.multiselect(key=Key.COMPARE_MODELS).set_value(["char-ngrams"]),
        lambda app: app.text_area(key=Key.COMPARE_QUERIES).set_value("another"),
        lambda app: app.text_area(key=Key.COMPARE_DOCUMENTS).set_value("another"),
    ],
    ids=["dimension", "similarity", "query task", "document task", "models", "query", "documents"],
)
def test_a_result_is_marked_once_the_form_has_changed(open_app: OpenApp, change: Any) -> None:
    app = press_compare(open_app())
    assert not is_stale(app)
    before = app.session_state[Key.COMPARE_RESULT]
    change(app)
    app.run()
    assert is_stale(app)
    assert app.session_state[Key.COMPARE_RESULT] is before
    press_compare(app)
    assert not is_stale(app)


def is_stale(app: AppTest) -> bool:
    return any(EN["compare.stale"] in caption.value for caption in app.caption)


def test_the_dimension_cuts_models_that_have_more(open_app: OpenApp) -> None:
    app = open_app(dimension="64")
    press_compare(app)
    by_model = {r.model: r.dimension for r in app.session_state[Key.COMPARE_RESULT].results}
    assert by_model == {"all-MiniLM-L6-v2": 64, "wordllama": 64, "char-ngrams": 2048}
    said = " ".join(captions(app))
    assert EN["result.dimension_cut"].format(dimension=64, full=384) in said
    assert EN["result.dimension_untrained"].format(dimension=64) in said


def test_an_example_that_is_taken_back_leaves_no_trace_in_the_url(open_app: OpenApp) -> None:
    app = open_app()
    app.button_group(key=Key.COMPARE_EXAMPLE).set_value(None).run()
    assert dict(app.query_params) == {"lang": "en"}
    assert app.text_area(key=Key.COMPARE_QUERIES).value


def test_language_of_the_url(open_app: OpenApp) -> None:
    app = open_app(lang="ja")
    assert app.title[0].value == JA["nav.compare"]
    assert app.button(key=Key.COMPARE_RUN_BUTTON).label == JA["compare.run"]
    assert app.query_params["lang"] == "ja"


def test_the_switch_changes_the_language_and_keeps_texts_and_result(open_app: OpenApp) -> None:
    app = press_compare(enter(open_app(), ["mine"], ["a document"]))
    app.button_group(key=Key.LANGUAGE).set_value("ja").run()
    assert app.title[0].value == JA["nav.compare"]
    assert app.text_area(key=Key.COMPARE_QUERIES).value == "mine"
    assert JA["result.heading"] in [heading.value for heading in app.header]
    assert app.query_params["lang"] == "ja"


def test_what_the_url_says_is_in_the_form_and_stays_in_the_url(open_app: OpenApp) -> None:
    app = open_app(
        models=["wordllama", "char-ngrams"],
        dimension="128",
        similarity="dot",
        query_task="clustering",
        document_task="none",
        example="fact-checking",
    )
    assert app.multiselect(key=Key.COMPARE_MODELS).value == ["wordllama", "char-ngrams"]
    assert app.selectbox(key=Key.COMPARE_DIMENSION).value == 128
    assert app.selectbox(key=Key.COMPARE_SIMILARITY).value == "dot"
    assert app.selectbox(key=Key.COMPARE_QUERY_TASK).value == "clustering"
    assert app.selectbox(key=Key.COMPARE_DOCUMENT_TASK).value == "none"
    assert app.text_area(key=Key.COMPARE_QUERIES).value.splitlines() == list(
        example("fact-checking").queries
    )
    again = open_app(**app.query_params)
    for key in (Key.COMPARE_MODELS, Key.COMPARE_DIMENSION, Key.COMPARE_QUERY_TASK):
        assert again.session_state[key] == app.session_state[key]


@pytest.mark.parametrize(
    "query",
    [
        {"models": "no-such-model"},
        {"models": ["../../etc/passwd", "<b>"]},
        {"models": ""},
        {"dimension": "-5"},
        {"dimension": "abc"},
        {"dimension": "99999999999999999999"},
        {"dimension": "١٢٨"},
        {"dimension": "99999"},
        {"dimension": ""},
        {"lang": "xx"},
        {"lang": ""},
        {"query_task": "nope"},
        {"document_task": "Search"},
        {"similarity": "hamming"},
        {"example": "None"},
        {"example": "../red-planet"},
        {"queries": "put here by a stranger"},
        {"documents": "put here by a stranger"},
        {"comparison": "x", "comparison_error": "x", "links_read": "x"},
    ],
    ids=lambda query: ",".join(f"{name}={value}" for name, value in query.items()),
)
def test_what_the_url_may_not_say_is_ignored(
    open_app: OpenApp, query: dict[str, str | list[str]]
) -> None:
    app, plain = open_app(**query), open_app()
    assert not app.error
    for key in (*form_keys(), Key.LANGUAGE):
        assert app.session_state[key] == plain.session_state[key], key
    assert Key.COMPARE_RESULT not in app.session_state


def test_known_models_among_unknown_ones_are_taken(open_app: OpenApp) -> None:
    app = open_app(models=["nope", "wordllama", "wordllama"])
    assert app.multiselect(key=Key.COMPARE_MODELS).value == ["wordllama"]


def test_a_url_can_choose_no_more_models_than_the_form(open_app: OpenApp) -> None:
    names = [card.name for card in catalogue()]
    assert len(names) > form.MOST_MODELS
    app = open_app(models=["nope", *names])
    assert app.multiselect(key=Key.COMPARE_MODELS).value == names[: form.MOST_MODELS]


def form_keys() -> list[Key]:
    return [
        Key.COMPARE_QUERIES,
        Key.COMPARE_DOCUMENTS,
        Key.COMPARE_INPUT,
        Key.COMPARE_MODELS,
        Key.COMPARE_QUERY_TASK,
        Key.COMPARE_DOCUMENT_TASK,
        Key.COMPARE_DIMENSION,
        Key.COMPARE_SIMILARITY,
    ]


@LANGUAGES
def test_a_lost_worker_is_told_with_what_to_do(open_app: OpenApp, lang: str) -> None:
    lanes.use(LaneName.MODELS, LosingLane())
    app = press_compare(enter(open_app(lang=lang), ["mine"], ["also mine"]))
    texts = shown_texts(app)
    if lang == "en":
        assert "The models worker ended." in texts
        assert "Try again." in texts
    else:
        assert JA["error.WorkerLost.message"].format(lane="models") in texts
        assert JA["error.WorkerLost.hint"] in texts
    assert app.text_area(key=Key.COMPARE_QUERIES).value == "mine"
    assert app.text_area(key=Key.COMPARE_DOCUMENTS).value == "also mine"


def test_a_comparison_after_a_lost_worker_leaves_no_error_behind(open_app: OpenApp) -> None:
    class LosingOnce(InlineExecutor):
        lost = False

        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            if fn.__name__ == "encode" and not self.lost:
                self.lost = True
                return LosingLane().submit(fn)
            return super().submit(fn, *args, **kwargs)

    lanes.use(LaneName.MODELS, LosingOnce())
    app = press_compare(open_app())
    assert list(rankings(app)) == ["wordllama", "char-ngrams"]
    assert "The models worker ended." in shown_texts(app)
    press_compare(app)
    assert list(rankings(app)) == ["all-MiniLM-L6-v2", "wordllama", "char-ngrams"]
    assert "The models worker ended." not in shown_texts(app)


def test_vectors_that_cannot_be_kept_cost_no_answer(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blocked = tmp_path / "a file where the folder should be"
    blocked.touch()
    monkeypatch.setenv("UMEKOMI_DATA_DIR", str(blocked))
    settings.cache_clear()
    app = press_compare(open_app())
    assert len(rankings(app)) == 3
    assert shown_texts(app).count(EN["result.not_kept"]) == 1


@pytest.mark.parametrize(
    "hostile",
    [
        "<img src=x onerror=alert(1)><b>bold</b>",
        "$x^2$ and $$y$$",
        "[a](http://example.com) **bold** :red[red] :material/home: # heading",
        "%{x} %{customdata[0]}",
        "{document} {0} {",
        "=1+1",
        "\u202eesrever \x07 bell",
    ],
)
def test_a_text_is_shown_as_typed(open_app: OpenApp, hostile: str) -> None:
    app = press_compare(enter(open_app(), [hostile, "x"], [hostile, "another document"]))
    for rows in rankings(app).values():
        assert hostile in [document for *_, document in rows]
    markdown = [*app.markdown, *app.caption, *app.header, *app.title]
    assert not [element for element in markdown if hostile in element.value]
    spec = json.dumps([chart["data"] for chart in charts(app)], ensure_ascii=False)
    assert "<b>" not in spec
    assert "<img" not in spec
    assert "$x^2$" not in spec


def test_a_result_can_be_saved_as_csv_and_as_json(open_app: OpenApp) -> None:
    app = press_compare(open_app())
    labels = [button.label for button in app.get("download_button")]
    assert labels == [EN["result.export_csv"], EN["result.export_json"]]


def test_a_result_is_sent_again_without_being_made_again(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = press_compare(open_app())
    before = (charts(app), rankings(app), captions(app), shown_texts(app))
    made: list[object] = []
    monkeypatch.setattr(ranking, "draw", lambda *args: made.append(args))
    app.run()
    assert (charts(app), rankings(app), captions(app), shown_texts(app)) == before
    assert made == []
    app.button_group(key=Key.LANGUAGE).set_value("ja").run()
    assert made  # in the other language it is


def test_of_many_documents_the_chart_has_those_that_any_model_ranks_best(
    open_app: OpenApp,
) -> None:
    app = open_app()
    press_compare(enter(app, ["a z e"], [f"{'a' * i} {'z' * (40 - i)} e" for i in range(40)]))
    lines = {line["name"]: line for line in charts(app)[0]["data"] if "lines" in line["mode"]}
    assert len(lines) == 15
    for column, rows in enumerate(rankings(app).values()):
        drawn = [str(number) for _, _, number, _ in rows if str(number) in lines]
        assert drawn[0] == str(rows[0][2])
        assert [lines[name]["y"][column] for name in drawn] == list(range(1, 16))
