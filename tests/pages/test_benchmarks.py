"""The Benchmarks page: what stands, what is left blank, and why."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from core.models import catalogue
from core.quality.published import (
    Benchmark,
    head_to_head,
    leaderboard,
    models_of,
    share_won,
    tasks_of,
)
from pages._ui.keys import Key
from pages._ui.texts import table
from tests.pages.compare_page import press, shown_table, shown_texts
from tests.pages.conftest import Downloaded, OpenApp

PAGE = "measure/benchmarks.py"
EN = table("en")
GEMMA, QWEN = "google/embeddinggemma-300m", "Qwen/Qwen3-Embedding-0.6B"
OURS = {card.id for card in catalogue()}


def opened(open_app: OpenApp, benchmark: Benchmark, *models: str, lang: str = "en") -> AppTest:
    query = {"benchmark": benchmark.value, "lang": lang}
    return open_app(PAGE, **query, **({"benchmark_models": list(models)} if models else {}))


def choose(app: AppTest, key: Key, value: object) -> AppTest:
    app.selectbox(key=key).set_value(value).run()
    assert not app.exception
    return app


def open_tab(app: AppTest, name: str, lang: str = "en") -> AppTest:
    app.session_state[Key.BENCHMARKS_TABS] = table(lang)[f"benchmarks.tab_{name}"]
    app.run()
    assert not app.exception
    return app


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_first_visit_shows_the_catalogue_s_models_on_the_language_s_benchmark(
    open_app: OpenApp, lang: str
) -> None:
    app = open_app(PAGE, lang=lang)
    first = Benchmark.JMTEB if lang == "ja" else Benchmark.ENGLISH
    assert app.selectbox(key=Key.BENCHMARK).value == first
    shown = shown_table(app, "mean_by_type")
    listed = {name.rstrip(" *") for name in shown["model"]}
    assert listed <= OURS
    total = len(tasks_of(first))
    assert {int(count.partition("/")[0]) >= 0.85 * total for count in shown["tasks"]} == {True}
    assert any("embeddings-benchmark/results" in each.value for each in app.caption)


def test_means_of_the_card_are_on_the_page(open_app: OpenApp) -> None:
    for benchmark, mean, by_type in (
        (Benchmark.ENGLISH, 69.67, 65.11),
        (Benchmark.CODE, 68.76, 68.76),
    ):
        shown = shown_table(opened(open_app, benchmark, GEMMA), "mean_by_type").iloc[0]
        assert shown["mean"] == pytest.approx(mean, abs=0.005)
        assert shown["mean_by_type"] == pytest.approx(by_type, abs=0.005)


def test_a_benchmark_with_a_gap_shows_how_many_tasks_and_no_mean(open_app: OpenApp) -> None:
    app = opened(open_app, Benchmark.MULTILINGUAL, GEMMA)
    shown = shown_table(app, "mean_by_type").iloc[0]
    assert shown["tasks"] == "130/131"
    assert shown[["mean", "mean_by_type"]].isna().all()
    (said,) = [text for text in shown_texts(app) if GEMMA in text]
    assert "130 tasks" in said
    assert "131 tasks of the benchmark" in said


def test_best_first_by_the_mean_that_compares_them(open_app: OpenApp) -> None:
    models = [model for model in models_of(Benchmark.JMTEB) if model in OURS]
    shown = shown_table(opened(open_app, Benchmark.JMTEB, *models), "mean_by_type")
    found = leaderboard(Benchmark.JMTEB, models)
    expected = sorted(found.standings, key=lambda each: -(each.common_mean or 0))
    assert [name.rstrip(" *") for name in shown["model"]] == [each.model for each in expected]
    assert shown["common"].tolist() == pytest.approx([100 * e.common_mean for e in expected])


def test_the_filter_chooses_models(open_app: OpenApp) -> None:
    app = opened(open_app, Benchmark.ENGLISH)
    app.session_state[Key.BENCHMARKS_FILTER] = True
    app.run()
    choose(app, Key.BENCHMARKS_SIZE, "small")
    choose(app, Key.BENCHMARKS_DIMENSION, "small")
    app.multiselect(key=Key.BENCHMARKS_LICENCES).set_value(["apache-2.0"]).run()
    press(app, Key.BENCHMARKS_CHOOSE)
    shown = shown_table(app, "mean_by_type")
    assert len(shown) > 3
    assert (shown["parameters"] < 100).all()
    assert (shown["dimension"] <= 384).all()
    assert set(shown["licence"]) == {"apache-2.0"}
    press(app, Key.BENCHMARKS_OURS)
    assert set(app.multiselect(key=Key.BENCHMARKS_MODELS).value) <= OURS


def test_another_benchmark_keeps_the_models_that_it_has(open_app: OpenApp) -> None:
    app = opened(open_app, Benchmark.ENGLISH, GEMMA, QWEN)
    choose(app, Key.BENCHMARK, Benchmark.CODE.value)
    assert app.multiselect(key=Key.BENCHMARKS_MODELS).value == [GEMMA, QWEN]


def test_no_model_is_no_traceback(open_app: OpenApp) -> None:
    app = opened(open_app, Benchmark.ENGLISH, GEMMA)
    app.multiselect(key=Key.BENCHMARKS_MODELS).set_value([]).run()
    assert not app.exception
    assert EN["benchmarks.empty"] in [each.value for each in app.info]


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_task_is_explained_and_its_scores_have_their_data(open_app: OpenApp, lang: str) -> None:
    app = opened(open_app, Benchmark.ENGLISH, GEMMA, QWEN, lang=lang)
    open_tab(app, "by_task", lang)
    texts = table(lang)
    choose(
        app,
        Key.BENCHMARKS_TASK,
        "STS16" if "STS16" in app.selectbox(key=Key.BENCHMARKS_TASK).options else "SICK-R",
    )
    shown = shown_table(app, texts["benchmarks.mteb_version"])
    assert len(shown) >= 1
    assert any(texts["metric.cosine_spearman"] in each.value for each in app.markdown)


def test_two_models_task_by_task(open_app: OpenApp) -> None:
    app = open_tab(opened(open_app, Benchmark.ENGLISH, GEMMA, QWEN), "pair")
    first, second = (
        app.selectbox(key=key).value for key in (Key.BENCHMARKS_FIRST, Key.BENCHMARKS_SECOND)
    )
    found = head_to_head(Benchmark.ENGLISH, first, second)
    shown = shown_table(app, "difference")
    assert list(shown["task"]) == [each.task for each in found]
    assert any(f"on {share_won(found):.0%} of {len(found)} tasks" in t for t in shown_texts(app))
    choose(app, Key.BENCHMARKS_SECOND, first)
    assert EN["benchmarks.need_two"] in [each.value for each in app.info]


def test_the_notes_are_marked_and_in_no_ranking(open_app: OpenApp) -> None:
    app = open_tab(opened(open_app, Benchmark.ENGLISH, GEMMA, QWEN), "notes")
    shown = shown_table(app, "known")
    assert len(shown) == 10
    marks = dict(zip(shown["model"], shown["known"], strict=True))
    assert marks == {
        GEMMA: EN["benchmarks.notes_doubtful"],
        QWEN: EN["benchmarks.notes_near"],
    }
    assert any(EN["benchmarks.notes_about"] in each.value for each in app.markdown)


def test_the_card_s_means_stand_beside_the_table_s(open_app: OpenApp) -> None:
    app = open_tab(opened(open_app, Benchmark.ENGLISH, GEMMA), "cards")
    shown = shown_table(app, EN["benchmarks.variant"])
    assert shown[EN["benchmarks.mean"]].tolist()[:2] == [69.67, 69.18]
    assert EN["benchmarks.card_and_table"].format(mean="69.67") in [c.value for c in app.caption]
    open_tab(opened(open_app, Benchmark.ENGLISH, QWEN), "cards")


def test_the_table_is_saved_as_it_is_shown(open_app: OpenApp, downloaded: Downloaded) -> None:
    app = opened(open_app, Benchmark.CODE, GEMMA, QWEN)
    lines = downloaded(app, "export_benchmark").decode("utf-8-sig").splitlines()
    shown = shown_table(app, "mean_by_type")
    assert lines[0].split(",")[:3] == list(shown.columns)[:3]
    assert [line.split(",")[0] for line in lines[1:]] == list(shown["model"])


def test_a_link_that_is_not_known_gives_the_defaults(open_app: OpenApp) -> None:
    app = open_app(PAGE, benchmark="MTEB(<b>)", benchmark_models=["nobody/nothing"])
    assert app.selectbox(key=Key.BENCHMARK).value == Benchmark.ENGLISH
    assert set(app.multiselect(key=Key.BENCHMARKS_MODELS).value) <= OURS


def test_the_models_are_not_told_what_they_are_for_the_box_would_forget_what_is_typed(
    open_app: OpenApp,
) -> None:
    app = opened(open_app, Benchmark.ENGLISH, GEMMA)
    app.multiselect(key=Key.BENCHMARKS_MODELS).set_value([QWEN]).run().run()
    assert app.multiselect(key=Key.BENCHMARKS_MODELS).value == [QWEN]
    assert not app.multiselect(key=Key.BENCHMARKS_MODELS).proto.set_value
