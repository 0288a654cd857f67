"""Whatever is typed on the Compare page: a right result or a clear message, and nothing lost."""

from __future__ import annotations

import csv
import io
import sys

import pytest
from streamlit.testing.v1 import AppTest

from core.compare import CompareRequest, Document
from core.compare.experiment import Experiment
from pages._ui.keys import Key
from pages._ui.texts import table
from tests.pages.compare_page import (
    as_file,
    choose_models,
    enter,
    has_table,
    open_file,
    press_compare,
    rankings,
    result,
    right_box,
    shown_table,
    shown_texts,
)
from tests.pages.conftest import Downloaded, OpenApp

EN = table("en")
LANGUAGES = pytest.mark.parametrize("lang", ["en", "ja"])
# What splitlines would part a text at, and no text field does.
NO_LINE_ENDS = ("\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029")
CONTROLS = ("\x00", "\x01", "\x07", "\x1b[31m", "\x7f", "\ufeff", "\ufffe")
MARKS = ("\u200e", "\u200f", "\u202e", "\u2066", "\u200b", "\u0301")
MARKUP = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "# heading **bold** [a](javascript:alert(1)) ![](http://example.com/x.png) :red[r] :smile:",
    "$\\frac{1}{2}$ $$\\int$$ \\(x\\) \\[y\\]",
    "{0} {name} %s %(x)s %{x} {{}}",
    "=HYPERLINK(1) +1 -1 @x",
    "👩‍👩‍👧‍👦 🇯🇵 👍🏽 𠮷 ﷽",
)


def type_in(app: AppTest, queries: str, documents: str) -> AppTest:
    """Type exactly this, compare, and look that it still stands there."""
    app.text_area(key=Key.COMPARE_QUERIES).set_value(queries)
    app.text_area(key=Key.COMPARE_DOCUMENTS).set_value(documents)
    press_compare(app)
    assert app.text_area(key=Key.COMPARE_QUERIES).value == queries
    assert app.text_area(key=Key.COMPARE_DOCUMENTS).value == documents
    assert not app.error
    return app


def compared(app: AppTest) -> tuple[list[str], list[str]]:
    """Return the queries and the documents that the result is about."""
    asked = result(app).request
    return list(asked.queries), [document.text for document in asked.documents]


@LANGUAGES
@pytest.mark.parametrize("nothing", ["", " ", "\n\n", " \t\u3000\n\r\n\x1c\x85\u2028 "])
def test_nothing_and_only_spaces_are_said_to_be_no_text(
    open_app: OpenApp, lang: str, nothing: str
) -> None:
    texts = table(lang)
    app = type_in(open_app(lang=lang), nothing, nothing)
    said = [texts["compare.no_query"], texts["compare.no_document"]]
    assert [warning.value for warning in app.warning] == said
    assert Key.COMPARE_RESULT not in app.session_state


def test_one_query_and_one_document_give_a_rank_and_no_margin(open_app: OpenApp) -> None:
    app = type_in(open_app(), "a", "b")
    assert [(row[0], row[2], row[3]) for rows in rankings(app).values() for row in rows] == [
        (1, 1, "b")
    ] * 3
    assert not app.metric


@pytest.mark.parametrize("characters", [NO_LINE_ENDS, CONTROLS, MARKS], ids=["ends", "0", "marks"])
def test_a_character_that_ends_no_line_parts_no_text(
    open_app: OpenApp, downloaded: Downloaded, characters: tuple[str, ...]
) -> None:
    texts = [f"a{character}b" for character in characters]
    app = choose_models(open_app(), "wordllama", "char-ngrams")
    type_in(app, "\n".join(texts), "\r\n".join(texts))
    assert compared(app) == (texts, texts)
    for rows in rankings(app).values():
        assert sorted((number, document) for *_, number, document in rows) == list(
            enumerate(texts, start=1)
        )
    saved = downloaded(app, "export_csv").decode("utf-8-sig")
    rows = csv.DictReader(io.StringIO(saved, newline=""))
    assert {row["document"] for row in rows} == set(texts)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_each_end_of_a_line_parts_the_texts(open_app: OpenApp, end: str) -> None:
    app = type_in(choose_models(open_app(), "wordllama"), f"a{end}b", f"{end} c {end}{end}d")
    assert compared(app) == (["a", "b"], ["c", "d"])


@pytest.mark.parametrize("markup", MARKUP)
def test_markup_is_text_like_any_other(open_app: OpenApp, markup: str) -> None:
    app = choose_models(open_app(), "wordllama", "char-ngrams")
    type_in(app, f"{markup}\nsecond", f"{markup}\nanother")
    assert compared(app) == ([markup, "second"], [markup, "another"])
    assert all(markup in [row[3] for row in rows] for rows in rankings(app).values())
    right_box(app).set_value([0]).run()
    assert not app.exception
    assert "right" in shown_table(app, "rank").columns
    # Nowhere where Streamlit would read it as Markdown.
    read = [*app.markdown, *app.caption, *app.header, *app.title, *app.warning, *app.info]
    assert not [element.value for element in read if markup in element.value]


def test_texts_that_stand_twice_are_two_documents_of_one_rank(open_app: OpenApp) -> None:
    app = type_in(open_app(), "same\nsame", "same\nsame\nother\nsame")
    assert compared(app) == (["same"] * 2, ["same", "same", "other", "same"])
    for rows in rankings(app).values():
        assert [row[2] for row in rows if row[3] == "same"] == [1, 2, 4]
        assert len({(row[0], row[1]) for row in rows if row[3] == "same"}) == 1


def test_texts_that_are_all_alike_share_the_first_rank(open_app: OpenApp) -> None:
    app = type_in(open_app(), "same", "same\n" * 50)
    for rows in rankings(app).values():
        assert {row[0] for row in rows} == {1}
        assert [row[2] for row in rows] == list(range(1, 51))
    assert {metric.value for metric in app.metric} == {"0.0000"}


def test_a_zero_width_space_is_a_text(open_app: OpenApp) -> None:
    app = type_in(choose_models(open_app(), "wordllama"), "\u200b", "\ufeff\n\u2800")
    assert compared(app) == (["\u200b"], ["\ufeff", "\u2800"])


def test_ten_thousand_lines_are_compared_and_all_are_in_the_table_and_the_file(
    open_app: OpenApp, downloaded: Downloaded
) -> None:
    app = choose_models(open_app(), "wordllama")
    lines = [f"{'x' * (n % 7)} {n}" for n in range(10_000)]
    typed = "\n".join(lines)
    type_in(app, "x", typed)
    (rows,) = rankings(app).values()
    assert sorted(row[2] for row in rows) == list(range(1, 10_001))
    assert {row[3] for row in rows} == {line.strip() for line in lines}
    assert len(right_box(app).options) == 1000
    saved = list(csv.reader(io.StringIO(downloaded(app, "export_csv").decode("utf-8-sig"))))
    assert len(saved) == 10_001


@LANGUAGES
def test_more_pairs_than_can_be_compared_are_refused_with_both_numbers(
    open_app: OpenApp, lang: str
) -> None:
    app = choose_models(open_app(lang=lang), "wordllama")
    type_in(app, "\n".join(map(str, range(201))), "\n".join(map(str, range(10_000))))
    assert any("2,010,000" in text and "2,000,000" in text for text in shown_texts(app))
    assert Key.COMPARE_RESULT not in app.session_state


def test_a_line_of_a_megabyte_is_compared_shortened_in_tables_and_whole_in_the_file(
    open_app: OpenApp, downloaded: Downloaded
) -> None:
    app = choose_models(open_app(), "wordllama", "all-MiniLM-L6-v2")
    query, document = "x" * 2**20, "y " * 2**19 + "end"
    type_in(app, f"{query}\nabc", f"{document}\nabc")
    app.session_state[Key.COMPARE_READING] = True
    app.run()
    assert not app.exception
    assert has_table(app, EN["reading.text"])
    assert has_table(app, "overlap")
    cells = [str(cell) for f in app.dataframe for cell in f.value.to_numpy().ravel()]
    assert max(map(len, cells)) <= 1010
    assert document[:1000] + "…" in cells
    assert max(map(len, shown_texts(app))) < 5000
    assert max(map(len, right_box(app).options)) < 200
    most = csv.field_size_limit(sys.maxsize)
    try:
        saved = list(csv.DictReader(io.StringIO(downloaded(app, "export_csv").decode("utf-8-sig"))))
    finally:
        csv.field_size_limit(most)
    assert {row["document"] for row in saved} == {document, "abc"}
    assert {row["query"] for row in saved} == {query, "abc"}


def test_a_title_of_any_length_is_shortened_in_the_ranking(open_app: OpenApp) -> None:
    app = choose_models(open_app(), "wordllama")
    enter(app, ["a"], ["b", "c"])
    app.button_group(key=Key.COMPARE_INPUT).set_value("table").run()
    number = app.session_state[Key.COMPARE_TABLE_NUMBER]
    app.session_state[f"{Key.COMPARE_TABLE}_{number}"] = {
        "edited_rows": {0: {"title": "t" * 5000}},
        "added_rows": [],
        "deleted_rows": [],
    }
    press_compare(app)
    assert result(app).request.documents[0].title == "t" * 5000
    titles = list(shown_table(app, "rank")["title"])
    assert sorted(map(len, titles)) == [0, 1001]


def test_texts_that_stand_twice_keep_their_titles_over_a_visit_to_the_lines(
    open_app: OpenApp,
) -> None:
    documents = (Document("a", "first"), Document("b"), Document("a", "second"))
    asked = CompareRequest(queries=("q",), documents=documents, models=("wordllama",))
    app = open_file(open_app(), as_file(Experiment(request=asked)))
    for way in ("lines", "table"):
        app.button_group(key=Key.COMPARE_INPUT).set_value(way).run()
    assert result(press_compare(app)).request.documents == documents
