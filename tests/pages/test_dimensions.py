"""The Dimensions page, with arithmetic models in this process."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.compare import Document
from core.compare.background import Language
from core.compare.dimension_study import DimensionRequest, DimensionStudy, study_dimensions
from core.compare.examples import example
from core.compare.probes import packs
from core.compare.quantised import Labels, Storage
from core.encoding import Scope, worker
from core.models import added_models, find
from core.models.files import get_command
from core.work import lanes
from core.work.lanes import LaneName
from pages._ui.keys import Key
from pages._ui.texts import table
from tests.core.fakes import CPU, Recorder
from tests.pages.compare_page import (
    captions,
    charts,
    enter,
    has_table,
    own_engine,
    press,
    shown_table,
    shown_texts,
)
from tests.pages.conftest import Downloaded, OpenApp
from tests.pages.study_pages import (
    add_own_model,
    away_and_back,
    bad_table,
    make_here,
    matrices,
    rows_of,
    upload,
    values,
)

PAGE = "explore/dimensions.py"
EN = table("en")
LANGUAGES = pytest.mark.parametrize("lang", ["en", "ja"])
# wordllama counts x, y and z here.
LINES = ("x", "x x", "x y", "y", "y y z", "z", "z z x", "x y z", "x x y", "y z", "q w")
PAIRS = (("x", "x x", 5.0), ("x y", "y", 3.0), ("x", "z", 0.0), ("y z", "y y z", 4.5))


def quantised(vectors: np.ndarray, precision: str, ranges: np.ndarray | None = None) -> np.ndarray:
    if ranges is None:
        return np.packbits(vectors > 0, axis=1)
    low, steps = ranges[0], (ranges[1] - ranges[0]) / 255
    kept = np.divide(vectors - low, steps, out=np.zeros_like(vectors), where=steps > 0)
    return (kept - 128).astype(np.int8)


@pytest.fixture(autouse=True)
def quantisation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for sentence-transformers' function, whose import takes as long as all tests here."""
    name = "sentence_transformers.util.quantization"
    monkeypatch.setitem(sys.modules, name, SimpleNamespace(quantize_embeddings=quantised))


def press_measure(app: AppTest) -> AppTest:
    return press(app, Key.SIZING_RUN_BUTTON)


def choose_source(app: AppTest, source: str) -> AppTest:
    app.button_group(key=Key.SIZING_SOURCE).set_value(source).run()
    assert not app.exception
    return app


def type_lines(app: AppTest, *lines: str) -> AppTest:
    choose_source(app, "lines")
    app.text_area(key=Key.SIZING_LINES).set_value("\n".join(lines)).run()
    return app


def choose_dimensions(app: AppTest, *dimensions: str) -> AppTest:
    app.multiselect(key=Key.SIZING_DIMENSIONS).set_value(list(dimensions)).run()
    assert not app.exception
    return app


def pairs_file(rows=PAIRS, header: str = "text1,text2,score") -> bytes:
    return "\n".join([header, *(",".join(map(str, row)) for row in rows)]).encode()


def result(app: AppTest) -> DimensionStudy:
    return app.session_state[Key.SIZING_RESULT]


def has_result(app: AppTest) -> bool:
    return Key.SIZING_RESULT in app.session_state


def expected(folder: Path, **asked: Any) -> DimensionStudy:
    """Ask core the same, with a store of its own."""
    request = DimensionRequest(**{"model": "wordllama", "documents": LINES} | asked)
    return study_dimensions(request, own_engine(folder))


def same_figures(found: DimensionStudy, other: DimensionStudy) -> bool:
    return (found.settings, found.k, found.full_dimension) == (
        other.settings,
        other.k,
        other.full_dimension,
    )


def labels_of(app: AppTest, column: str) -> dict[str, str]:
    """Return the headings of the table that has this column, by the names of its columns."""
    (frame,) = (frame for frame in app.dataframe if column in frame.value.columns)
    config = json.loads(frame.proto.columns)
    return {name: each.get("label", name) for name, each in config.items()}


def is_stale(app: AppTest) -> bool:
    return any(EN["sizing.stale"] in caption for caption in captions(app))


# What is shown


@LANGUAGES
def test_a_first_visit_says_what_to_do(open_app: OpenApp, lang: str) -> None:
    app = open_app(PAGE, lang=lang)
    texts = table(lang)
    assert app.title[0].value == texts["nav.dimensions"]
    assert [info.value for info in app.info] == [texts["sizing.empty"]]
    assert app.selectbox(key=Key.SIZING_MODEL).value == "wordllama"
    assert not charts(app)


@LANGUAGES
def test_chart_grid_and_table_have_what_core_finds(
    open_app: OpenApp, tmp_path: Path, lang: str
) -> None:
    app = press_measure(type_lines(open_app(PAGE, lang=lang), *LINES))
    found = expected(tmp_path)
    assert same_figures(result(app), found)
    assert [setting.dimension for setting in found.settings[::5]] == [256, 128, 64, 32]
    series = {trace["name"]: trace for trace in charts(app)[0]["data"]}
    for storage in Storage:
        trace = series[table(lang)[f"storage.{storage}"]]
        own = [setting for setting in found.settings if setting.storage is storage]
        assert values(trace["x"]).tolist() == [setting.bytes for setting in own]
        kept = [setting.figures.overlap for setting in own]
        assert values(trace["y"]) == pytest.approx(kept, abs=1e-6)
    (grid,) = matrices(app)
    by_dimension = values([s.figures.overlap for s in found.settings]).reshape(4, 5)
    assert values(grid["z"]) == pytest.approx(by_dimension, abs=1e-6)
    listed = shown_table(app, "overlap")
    assert list(listed["bytes"]) == [setting.bytes for setting in found.settings]
    assert list(listed["error"]) == [setting.figures.score_error for setting in found.settings]
    assert "quality" not in listed


@LANGUAGES
def test_the_smallest_setting_within_the_loss_is_the_headline(
    open_app: OpenApp, tmp_path: Path, lang: str
) -> None:
    texts = table(lang)
    app = press_measure(type_lines(open_app(PAGE, lang=lang), *LINES))
    best = expected(tmp_path).smallest(0.05)
    assert best is not None
    headline = texts["sizing.best"].format(
        loss=5,
        dimension=best.dimension,
        storage=texts[f"storage.{best.storage}"],
        bytes=best.bytes,
        times=f"{4 * 256 / best.bytes:.0f}",
        kept=f"{best.figures.overlap:.1%}",
    )
    assert any(text.startswith(headline) for text in shown_texts(app))
    (grid,) = matrices(app)
    starred = [cell for row in grid["text"] for cell in row if "★" in cell]
    assert starred == [f"{best.figures.overlap:.1%} ★"]


def test_the_slider_changes_the_headline_and_encodes_nothing(open_app: OpenApp) -> None:
    recorder = Recorder()
    lanes.use(LaneName.MODELS, recorder)
    app = press_measure(type_lines(open_app(PAGE), *LINES))
    assert sorted(prompted.text for prompted in recorder.encoded) == sorted(LINES)
    asked = len(recorder.calls)
    headlines: list[str] = []
    for loss in (0, 5, 50):
        app.slider(key=Key.SIZING_LOSS).set_value(loss).run()
        best = result(app).smallest(loss / 100)
        (headline,) = (text for text in shown_texts(app) if f" {loss}%" in text)
        assert best is None or f"{best.dimension} dimensions" in headline
        headlines.append(headline.partition(":")[2])
    assert len(set(headlines)) > 1
    assert len(recorder.calls) == asked
    assert not is_stale(app)


def test_each_text_is_encoded_once_for_all_sizes(open_app: OpenApp) -> None:
    recorder = Recorder()
    lanes.use(LaneName.MODELS, recorder)
    app = press_measure(choose_dimensions(type_lines(open_app(PAGE), *LINES), "32", "64"))
    press_measure(choose_dimensions(app, "17", "8"))
    assert len(recorder.encoded) == len(LINES)


@LANGUAGES
def test_no_setting_within_the_loss_is_said(open_app: OpenApp, lang: str) -> None:
    # Cut to its first component, a vector knows x only.
    app = choose_dimensions(type_lines(open_app(PAGE, lang=lang), *LINES), "1")
    press_measure(app)
    app.slider(key=Key.SIZING_LOSS).set_value(0).run()
    assert table(lang)["sizing.none_within"].format(loss=0) in shown_texts(app)
    assert not any("★" in cell for row in matrices(app)[0]["text"] for cell in row)


@LANGUAGES
def test_dimensions_that_the_model_was_not_trained_for_are_marked(
    open_app: OpenApp, lang: str
) -> None:
    app = press_measure(type_lines(open_app(PAGE, lang=lang), *LINES))
    (grid,) = matrices(app)
    assert grid["y"] == ["256", "128", "64", "32 ⚠"]
    symbols = charts(app)[0]["data"][0]["marker"]["symbol"]
    assert [symbol.endswith("-open") for symbol in symbols] == [False, False, False, True]
    press_measure(choose_dimensions(app, "32"))
    untrained = table(lang)["sizing.best_untrained"]
    assert any(text.endswith(untrained) for text in shown_texts(app))
    press_measure(choose_dimensions(app, "64"))
    assert not any(text.endswith(untrained) for text in shown_texts(app))


def test_a_model_that_cannot_be_cut_has_its_full_dimension_alone(open_app: OpenApp) -> None:
    app = type_lines(open_app(PAGE), "a", "e", "a e", "i o")
    app.selectbox(key=Key.SIZING_MODEL).set_value("char-ngrams")
    press_measure(app)
    assert {setting.dimension for setting in result(app).settings} == {2048}
    press_measure(choose_dimensions(app, "128"))
    assert "Choose 2048." in shown_texts(app)


# Where the texts come from


@LANGUAGES
def test_the_sentences_of_the_probes_are_in_the_reader_s_language(
    open_app: OpenApp, lang: str
) -> None:
    app = press_measure(choose_dimensions(open_app(PAGE, lang=lang), "4"))
    items = [item for pack in packs(Language(lang)) for item in pack.items]
    texts = dict.fromkeys(
        text for item in items for text in (item.anchor, item.closer, item.farther)
    )
    assert result(app).request.documents == tuple(texts)
    assert result(app).request.scope is Scope.SHARED
    count = table(lang)["sizing.probes_about"].format(count=f"{len(texts):,}")
    assert count in captions(app)


def test_texts_of_compare_with_right_answers_have_ndcg(open_app: OpenApp, tmp_path: Path) -> None:
    app = enter(open_app(), ["x", "z"], ["x x y", "z z", "y"])
    app.run()
    app.switch_page(PAGE).run()
    app.session_state[Key.COMPARE_RIGHT] = {
        "x": frozenset([Document("x x y")]),
        "z": frozenset([Document("y"), Document("z z")]),
    }
    press_measure(choose_source(app, "compare"))
    found = expected(
        tmp_path,
        queries=("x", "z"),
        documents=("x x y", "z z", "y"),
        labels=Labels(relevant=((0,), (1, 2))),
    )
    assert same_figures(result(app), found)
    listed = shown_table(app, "overlap")
    assert list(listed["quality"]) == [setting.figures.quality for setting in found.settings]
    assert labels_of(app, "overlap")["quality"] == EN["answers.ndcg"]


def test_texts_of_compare_without_right_answers_have_no_ndcg(open_app: OpenApp) -> None:
    app = enter(open_app(), ["x", "z"], ["x x y", "z z", "y"])
    app.run()
    app.switch_page(PAGE).run()
    press_measure(choose_source(app, "compare"))
    assert result(app).request.queries == ("x", "z")
    assert "quality" not in shown_table(app, "overlap")


def test_own_lines_are_taken_once_each(open_app: OpenApp) -> None:
    app = press_measure(type_lines(open_app(PAGE), *LINES, "  ", "x", " y "))
    assert result(app).request.documents == LINES
    assert result(app).request.scope is Scope.SESSION


@pytest.mark.parametrize(
    "content",
    [
        pairs_file(),
        b"\xef\xbb\xbf" + pairs_file(),
        pairs_file(header="sentence1,sentence2,score"),
        pairs_file().replace(b",", b";"),
        pairs_file([(*row, "more") for row in PAIRS], header="text1,text2,score,split"),
    ],
    ids=["plain", "mark", "sentences", "semicolons", "another column"],
)
def test_labelled_pairs_have_spearman(open_app: OpenApp, tmp_path: Path, content: bytes) -> None:
    app = choose_source(open_app(PAGE), "pairs")
    upload(app, Key.SIZING_FILE, content)
    assert EN["sizing.pairs_about"].format(count=len(PAIRS)) in captions(app)
    press_measure(app)
    first, second, scores = zip(*PAIRS, strict=True)
    found = expected(
        tmp_path,
        queries=first,
        documents=second,
        labels=Labels(pairs=((0, 0), (1, 1), (2, 2), (3, 3)), pair_scores=scores),
    )
    assert same_figures(result(app), found)
    listed = shown_table(app, "overlap")
    assert list(listed["quality"]) == [setting.figures.quality for setting in found.settings]
    assert listed["quality"][0] > 0.9
    assert labels_of(app, "overlap")["quality"] == EN["sizing.spearman"]


BAD_FILES = {
    "missing column": (b"text1,text2\na,b\n", 0, "score", "missing_column"),
    "column twice": (b"text1,text2,score,score\na,b,1,2\n", 0, "score", "extra_column"),
    "ragged row": (b"text1,text2,score\na,b,1\na,b,1,2\n", 2, "4", "extra_cell"),
    "empty side": (b"text1,text2,score\na, ,1\n", 1, "text2", "empty"),
    "no number": (b"text1,text2,score\na,b,much\n", 1, "score", "not_a_number"),
    "not UTF-8": ("text1,text2,score\na,犬,1\n".encode("shift-jis"), 1, "", "not_utf8"),
    "too large": (b"text1,text2,score\n" + b"a,b,1\n" * 1_800_000, 0, "", "too_large"),
}


@LANGUAGES
@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_says_where_and_why_and_costs_nothing(
    open_app: OpenApp, lang: str, name: str
) -> None:
    content, *what = BAD_FILES[name]
    app = choose_source(open_app(PAGE, lang=lang), "pairs")
    upload(app, Key.SIZING_FILE, pairs_file())
    upload(app, Key.SIZING_FILE, content)
    said = bad_table(lang, *what)
    assert said in " ".join(shown_texts(app))
    assert table(lang)["sizing.pairs_about"].format(count=len(PAIRS)) in captions(app)
    upload(app, Key.SIZING_FILE, pairs_file(PAIRS[:3]))
    assert said not in " ".join(shown_texts(app))
    assert table(lang)["sizing.pairs_about"].format(count=3) in captions(app)


# Dimensions of one's own


def test_typed_dimensions_are_measured_largest_first(open_app: OpenApp, tmp_path: Path) -> None:
    app = choose_dimensions(type_lines(open_app(PAGE), *LINES), "7", "64", " 100 ", "256", "007")
    press_measure(app)
    assert same_figures(result(app), expected(tmp_path, dimensions=(256, 100, 64, 7)))
    choose_dimensions(app)
    press_measure(app)
    assert {setting.dimension for setting in result(app).settings} == {256, 128, 64, 32}


@LANGUAGES
@pytest.mark.parametrize("dimension", ["0", "5000", "257"])
def test_a_dimension_out_of_bounds_is_told_with_the_bounds(
    open_app: OpenApp, lang: str, dimension: str
) -> None:
    app = choose_dimensions(type_lines(open_app(PAGE, lang=lang), *LINES), dimension)
    press_measure(app)
    said = f"The dimension is {dimension}; wordllama has vectors of 256."
    hint = "Choose from 1 to 256."
    if lang == "ja":
        texts = table("ja")
        values = {"dimension": dimension, "model": "wordllama", "full": 256}
        said = texts["error.BadDimension.message"].format(**values)
        hint = texts["error.BadDimension.hint"].format(**values)
    assert {said, hint} <= set(shown_texts(app))
    assert not has_result(app)
    press_measure(choose_dimensions(app, "16"))
    assert said not in shown_texts(app)
    assert has_result(app)


@LANGUAGES
@pytest.mark.parametrize("typed", ["abc", "-5", "1.5", "9" * 5000, "*b* $x$"])
def test_what_is_no_number_is_told_and_nothing_is_measured(
    open_app: OpenApp, lang: str, typed: str
) -> None:
    app = choose_dimensions(type_lines(open_app(PAGE, lang=lang), *LINES), typed, "64")
    press_measure(app)
    (warning,) = app.warning
    before, _, after = table(lang)["sizing.no_dimension"].partition("{value}")
    assert warning.value.startswith(before)
    assert warning.value.endswith(after)
    told = warning.value.removeprefix(before).removesuffix(after).replace("\\", "")
    assert told.rstrip("…") == typed[: len(told.rstrip("…"))]
    assert len(told) < 60
    assert not has_result(app)
    assert app.multiselect(key=Key.SIZING_DIMENSIONS).value == [typed, "64"]


# Too little, and failures


@LANGUAGES
@pytest.mark.parametrize("lines", [(), ("x",), ("x", " x ")])
def test_fewer_than_two_texts_are_told(
    open_app: OpenApp, lang: str, lines: tuple[str, ...]
) -> None:
    app = press_measure(type_lines(open_app(PAGE, lang=lang), *lines))
    count = len({line.strip() for line in lines})
    said = f"There are {count} texts; 2 are the fewest that have a neighbour."
    if lang == "ja":
        said = table("ja")["error.TooFew.message"].format(count=count, least=2)
    assert said in shown_texts(app)
    assert not charts(app)


@LANGUAGES
def test_pairs_without_a_file_are_too_few_texts(open_app: OpenApp, lang: str) -> None:
    app = press_measure(choose_source(open_app(PAGE, lang=lang), "pairs"))
    hint = "Add texts." if lang == "en" else table("ja")["error.TooFew.hint"]
    assert hint in shown_texts(app)


@LANGUAGES
def test_texts_that_all_have_the_same_vector_are_told(open_app: OpenApp, lang: str) -> None:
    app = press_measure(type_lines(open_app(PAGE, lang=lang), "a", "b", "c"))
    said = "wordllama gives the same vector for all 3 texts."
    if lang == "ja":
        said = table("ja")["error.AllAlike.message"].format(model="wordllama", count=3)
    assert said in shown_texts(app)
    assert not has_result(app)


@LANGUAGES
def test_a_model_that_is_not_here_is_told_with_how_to_get_it(open_app: OpenApp, lang: str) -> None:
    app = type_lines(open_app(PAGE, lang=lang), *LINES)
    app.selectbox(key=Key.SIZING_MODEL).set_value("embeddinggemma-300m")
    press_measure(app)
    assert any(get_command(find("embeddinggemma-300m")) in text for text in shown_texts(app))
    assert app.text_area(key=Key.SIZING_LINES).value == "\n".join(LINES)


def test_a_failure_leaves_the_last_result(open_app: OpenApp) -> None:
    app = press_measure(type_lines(open_app(PAGE), *LINES))
    before = result(app)
    press_measure(type_lines(app, "x"))
    assert result(app) is before
    assert is_stale(app)


def test_a_study_of_a_model_that_was_taken_off_the_list_can_still_be_read(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = add_own_model(monkeypatch, tmp_path / "mine")
    app = type_lines(open_app(PAGE), "a", "b", "a b", "c")
    app.selectbox(key=Key.SIZING_MODEL).set_value(name)
    press_measure(app)
    added_models().remove(name)
    app.run()
    assert not app.exception
    assert EN["sizing.heading"].format(model=name) in [each.value for each in app.header]


# What the model card says


def test_the_card_s_figures_stand_beside_those_measured_here(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = "embeddinggemma-300m"
    make_here(monkeypatch, tmp_path / "hub", {name: {}})
    app = type_lines(open_app(PAGE), "a", "b", "a b", "c", "a c c")
    app.selectbox(key=Key.SIZING_MODEL).set_value(name)
    press_measure(choose_dimensions(app, "768", "128"))
    figures = shown_table(app, "MTEB(Multilingual, v2)")
    assert list(figures[EN["compare.dimension"]]) == ["768", "512", "256", "128"]
    multilingual = ["61.15 (100.0%)", "60.71 (99.3%)", "59.68 (97.6%)", "58.23 (95.2%)"]
    assert list(figures["MTEB(Multilingual, v2)"]) == multilingual
    kept = {s.dimension: s.figures.overlap for s in result(app).settings[::5]}
    measured = [f"{kept[768]:.1%}", "–", "–", f"{kept[128]:.1%}"]
    assert list(figures[EN["sizing.measured"]]) == measured
    weights = shown_table(app, EN["sizing.weights"])
    assert list(weights[EN["sizing.weights"]])[:2] == ["Q8_0", "Q4_0"]
    assert list(weights["MTEB(eng, v2)"])[:2] == [69.49, 69.31]
    assert any("huggingface" in caption for caption in captions(app))


@LANGUAGES
def test_a_card_without_figures_is_said_to_have_none(open_app: OpenApp, lang: str) -> None:
    app = press_measure(type_lines(open_app(PAGE, lang=lang), *LINES))
    assert table(lang)["sizing.no_published"].format(model="wordllama") in shown_texts(app)
    assert not has_table(app, table(lang)["sizing.weights"])


# Kept, shared and saved


@pytest.mark.parametrize(
    "change",
    [
        lambda app: type_lines(app, *LINES, "x x x"),
        lambda app: choose_source(app, "probes"),
        lambda app: choose_dimensions(app, "16"),
        lambda app: app.selectbox(key=Key.SIZING_MODEL).set_value("char-ngrams"),
        lambda app: app.selectbox(key=Key.SIZING_TASK).set_value("none"),
    ],
    ids=["lines", "source", "dimensions", "model", "task"],
)
def test_a_result_is_marked_once_the_form_has_changed(open_app: OpenApp, change) -> None:
    app = press_measure(type_lines(open_app(PAGE), *LINES))
    assert not is_stale(app)
    before = result(app)
    change(app)
    app.run()
    assert is_stale(app)
    assert result(app) is before


def test_the_view_is_in_the_link(open_app: OpenApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "probe", lambda: CPU)
    app = open_app(PAGE, example="fact-checking")
    choose_source(app, "compare")
    app.selectbox(key=Key.SIZING_MODEL).set_value("char-ngrams")
    app.selectbox(key=Key.SIZING_TASK).set_value("clustering")
    app.selectbox(key=Key.SIZING_PRECISION).set_value("fast").run()
    assert dict(app.query_params) == {
        "lang": "en",
        "example": "fact-checking",
        "sizing_model": "char-ngrams",
        "sizing_source": "compare",
        "sizing_task": "clustering",
        "sizing_precision": "fast",
    }
    press_measure(app)
    other = press_measure(open_app(PAGE, **app.query_params))
    assert result(other).request == result(app).request
    assert result(other).request.queries == example("fact-checking").queries


def test_texts_of_one_s_own_are_not_in_the_link(open_app: OpenApp) -> None:
    app = choose_dimensions(type_lines(open_app(PAGE), *LINES), "16")
    other = open_app(PAGE, **app.query_params)
    assert not other.exception
    assert other.session_state[Key.SIZING_LINES] == ""


@pytest.mark.parametrize(
    "query",
    [
        {"sizing_model": "no-such-model"},
        {"sizing_source": "elsewhere"},
        {"sizing_task": "custom"},
        {"sizing_precision": "float8"},
        {"sizing_lines": "put here by a stranger", "sizing_dimensions": "x", "sizing_pairs": "x"},
        {"sizing_result": "x", "sizing_error": "x", "sizing_loss": "x"},
    ],
    ids=str,
)
def test_what_the_url_may_not_say_is_ignored(open_app: OpenApp, query: dict[str, str]) -> None:
    app, plain = open_app(PAGE, **query), open_app(PAGE)
    for key in (
        Key.SIZING_MODEL,
        Key.SIZING_SOURCE,
        Key.SIZING_TASK,
        Key.SIZING_PRECISION,
        Key.SIZING_DIMENSIONS,
        Key.SIZING_LINES,
    ):
        assert app.session_state[key] == plain.session_state[key]
    assert not charts(app)


def test_nothing_typed_is_lost_by_another_page_or_another_language(open_app: OpenApp) -> None:
    app = choose_source(open_app(PAGE), "pairs")
    upload(app, Key.SIZING_FILE, pairs_file())
    press_measure(choose_dimensions(type_lines(app, *LINES), "100"))
    app.slider(key=Key.SIZING_LOSS).set_value(20).run()
    before = result(app)
    app.button_group(key=Key.LANGUAGE).set_value("ja").run()
    away_and_back(app, PAGE)
    ja = table("ja")
    assert app.text_area(key=Key.SIZING_LINES).value == "\n".join(LINES)
    assert app.multiselect(key=Key.SIZING_DIMENSIONS).value == ["100"]
    assert app.slider(key=Key.SIZING_LOSS).value == 20
    assert result(app) is before
    assert ja["sizing.stale"] not in " ".join(captions(app))
    choose_source(app, "pairs")
    assert ja["sizing.pairs_about"].format(count=len(PAIRS)) in captions(app)


def test_every_setting_is_in_the_csv(open_app: OpenApp, downloaded: Downloaded) -> None:
    app = press_measure(type_lines(open_app(PAGE), *LINES))
    rows = rows_of(downloaded(app, "export_sizing"))
    found = result(app)
    assert [(int(row["dimension"]), row["storage"], int(row["bytes"])) for row in rows] == [
        (setting.dimension, setting.storage, setting.bytes) for setting in found.settings
    ]
    overlaps = [setting.figures.overlap for setting in found.settings]
    assert [float(row["overlap"]) for row in rows] == overlaps
    assert [row["trained"] for row in rows] == [str(setting.trained) for setting in found.settings]
    assert {row["quality"] for row in rows} == {""}
    assert {(row["model"], row["neighbours"]) for row in rows} == {("wordllama", str(found.k))}
