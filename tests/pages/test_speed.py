"""The Speed page: records of this machine, figures of others apart, and a run as a job."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.encoding import worker
from core.quality.local.run import cache_folder
from core.settings import settings
from core.speed import precision
from core.speed.cost import Cost
from core.speed.machine import Machine
from core.speed.records import SHIPPED, VERSIONS, Measured, Protocol, Record, keep, records_folder
from core.speed.run import from_params
from core.whole_files import read_json, write_json
from core.work import jobs
from pages._ui import job_progress
from pages._ui.keys import Key
from pages._ui.texts import table
from pages.measure.timing import kept
from tests.core.fakes import CPU, PLAIN_CPU
from tests.pages.a_job import a_job
from tests.pages.compare_page import captions, press, shown_texts
from tests.pages.conftest import OpenApp
from tests.pages.test_benchmarks_local import keep as keep_score

PAGE = "measure/speed.py"
MACHINE = Machine(
    cpu="Test CPU",
    physical_cores=1,
    cores=2,
    memory_bytes=1 << 30,
    gpu="",
    gpu_memory_bytes=None,
    driver="",
    power="",
    system="Linux",
    python="3.11",
    versions={},
)


@pytest.fixture(autouse=True)
def nothing_ships(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "SHIPPED", tmp_path / "nothing")


@pytest.fixture
def ships(nothing_ships: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "SHIPPED", SHIPPED)


def record(protocol: Protocol, *measured: Measured, machine: Machine = MACHINE) -> Record:
    return Record(
        protocol=protocol,
        version=VERSIONS[protocol],
        model="wordllama",
        model_id="wordllama",
        dimension=256,
        precision="exact",
        dtype="float32",
        backend="torch",
        device="cpu",
        threads=2,
        batch_size=None,
        machine=machine,
        measured=measured,
        measured_at="2026-11-27T00:00:00+00:00",
        source="test",
    )


def lines() -> Record:
    """Half a second, and ten milliseconds for each line."""
    sizes = (25, 50, 100)
    measured = [Measured(name=str(n), at=n, seconds=(0.5 + 0.01 * n,) * 5) for n in sizes]
    return record(Protocol.LINES, *measured)


def opened(open_app: OpenApp, tab: str = "lines", lang: str = "en") -> AppTest:
    app = open_app(PAGE, lang=lang)
    app.session_state[Key.SPEED_TABS] = table(lang)[f"speed.tab_{tab}"]
    app.run()
    assert not app.exception
    return app


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_notes_lines_stand_apart_with_an_interval_where_there_are_enough(
    open_app: OpenApp, lang: str
) -> None:
    app = opened(open_app, lang=lang)
    texts = table(lang)
    assert [each.value for each in app.info] == [texts["speed.none"]]
    said = "\n".join(shown_texts(app))
    assert "0.274 ± 0.0" in said
    assert "8.65 ± 0.29" in said
    assert "0.596" in said
    assert "94.4" in said
    assert texts["speed.by_eye"].format(fixed="0.28", each="8.4") in said


def test_a_record_of_this_machine_is_drawn_with_its_line(open_app: OpenApp) -> None:
    keep(lines(), records_folder(settings().data_dir))
    app = opened(open_app)
    assert any(
        "wordllama: 0.500 ± 0.000 s per request, and 10.00" in text for text in shown_texts(app)
    )
    assert any("Test CPU" in each.value for each in app.caption)


@pytest.mark.usefixtures("ships")
@pytest.mark.parametrize("tab", ["lines", "words"])
def test_until_something_is_measured_the_shipped_records_are_shown_as_such(
    open_app: OpenApp, tab: str
) -> None:
    app = opened(open_app, tab)
    texts = table("en")
    assert texts["speed.shipped"] in [each.value for each in app.header]
    assert texts["speed.none_but"] in [each.value for each in app.info]
    assert any("AMD EPYC" in caption for caption in captions(app))


@pytest.mark.usefixtures("ships")
def test_records_of_this_machine_are_never_drawn_beside_shipped_ones(open_app: OpenApp) -> None:
    keep(lines(), records_folder(settings().data_dir))
    app = opened(open_app)
    assert table("en")["speed.here"] in [each.value for each in app.header]
    assert not app.info
    assert any("Test CPU" in caption for caption in captions(app))
    assert not any("AMD EPYC" in caption for caption in captions(app))


@pytest.mark.usefixtures("ships")
def test_shipped_costs_are_told_from_this_machine_s(open_app: OpenApp) -> None:
    app = opened(open_app, "cost")
    assert app.selectbox(key=Key.SPEED_COST).value == Cost.BYTES
    app.selectbox(key=Key.SPEED_COST).set_value(str(Cost.MEMORY)).run()
    assert table("en")["speed.none_but"] in [each.value for each in app.info]
    (row,) = table_of(app).itertuples(index=False)
    assert row[0] == "all-MiniLM-L6-v2 · exact"


def test_every_record_is_in_the_table(open_app: OpenApp) -> None:
    keep(lines(), records_folder(settings().data_dir))
    (shown,) = opened(open_app, "all").dataframe
    assert list(shown.value[table("en")["speed.setting"]]) == ["25", "50", "100"]


def test_rates_are_drawn_by_text(open_app: OpenApp) -> None:
    measured = (
        Measured(name="english", seconds=(2.0,) * 7, counts={"words": 3633}),
        Measured(name="japanese", seconds=(1.0,) * 7, counts={"characters": 900}),
    )
    keep(record(Protocol.WORDS, *measured), records_folder(settings().data_dir))
    app = opened(open_app, "words")
    assert [chart.key for chart in app.get("plotly_chart")] == ["speed_words", "speed_characters"]


def test_a_stranger_can_not_measure(open_app: OpenApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UMEKOMI_PROFILE", "public")
    settings.cache_clear()
    app = opened(open_app, "run")
    assert table("en")["speed.not_here"] in [each.value for each in app.info]
    assert not any(button.key == Key.SPEED_RUN_BUTTON for button in app.button)


def test_a_run_is_a_job_that_is_asked_for_as_chosen(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def start(root, kind, target, params, *, alone):
        asked.append((kind, from_params(params), alone))

    monkeypatch.setattr(jobs, "start", start)
    app = opened(open_app, "run")
    app.multiselect(key=Key.SPEED_MODELS).set_value(["wordllama"])
    press(app, Key.SPEED_RUN_BUTTON)
    ((kind, request, alone),) = asked
    assert (kind, request.models, alone) == ("speed", ("wordllama",), True)
    assert request.protocols == (Protocol.WORDS, Protocol.LINES)


# Quality against cost


def test_every_model_has_its_vectors_size_before_anything_is_measured(open_app: OpenApp) -> None:
    app = opened(open_app, "cost")
    assert app.selectbox(key=Key.SPEED_COST).value == Cost.BYTES
    shown = {row[0]: row[1:] for row in table_of(app).itertuples(index=False)}
    quality, size, _ = shown["embeddinggemma-300m"]
    assert 50 < quality < 80
    assert size == 4 * 768
    assert any("wordllama" in text for text in captions(app))  # which has no published score


def test_measured_time_stands_against_published_quality(open_app: OpenApp) -> None:
    measured = replace(
        lines(), model="all-MiniLM-L6-v2", model_id="sentence-transformers/all-MiniLM-L6-v2"
    )
    keep(measured, records_folder(settings().data_dir))
    app = opened(open_app, "cost")
    assert app.selectbox(key=Key.SPEED_COST).value == Cost.LATENCY
    (row,) = table_of(app).itertuples(index=False)
    assert row[0] == "all-MiniLM-L6-v2 · exact"
    assert row[2] == pytest.approx(30.0)  # 0.75 s for 25 lines
    assert row[3]
    app.selectbox(key=Key.SPEED_COST).set_value(str(Cost.MEMORY)).run()
    assert [each.value for each in app.info] == [table("en")["speed.none"]]


def test_models_without_a_score_are_not_shown(open_app: OpenApp) -> None:
    keep(lines(), records_folder(settings().data_dir))
    app = opened(open_app, "cost")
    assert [each.value for each in app.info] == [table("en")["speed.cost_unscored"]]


def test_a_score_measured_here_is_a_quality_where_it_is_current(open_app: OpenApp) -> None:
    open_app(PAGE)
    keep_score(0.6265)
    app = opened(open_app, "cost")
    app.selectbox(key=Key.SPEED_QUALITY).set_value("local:JSTS").run()
    (row,) = table_of(app).itertuples(index=False)
    assert row[:3] == ("all-MiniLM-L6-v2", pytest.approx(62.65), 4 * 384)


def test_a_score_of_other_data_is_no_quality(open_app: OpenApp) -> None:
    open_app(PAGE)
    keep_score(0.7, dataset_revision="older")
    assert not any("JSTS" in option for option in qualities(opened(open_app, "cost")))


def test_a_score_of_a_model_that_is_gone_is_no_quality(open_app: OpenApp) -> None:
    open_app(PAGE)
    keep_score(0.7)
    (path,) = cache_folder(settings().data_dir).rglob("model_meta.json")
    write_json(path, {**(read_json(path) or {}), "name": "local/gone"})
    assert not any("JSTS" in option for option in qualities(opened(open_app, "cost")))


def test_a_stranger_is_offered_published_qualities_alone(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_app(PAGE)
    keep_score(0.6265)
    monkeypatch.setenv("UMEKOMI_PROFILE", "public")
    settings.cache_clear()
    assert not any("JSTS" in option for option in qualities(opened(open_app, "cost")))


def qualities(app: AppTest) -> list[str]:
    return app.selectbox(key=Key.SPEED_QUALITY).options


def table_of(app: AppTest) -> pd.DataFrame:
    (shown,) = app.dataframe
    return shown.value


# Fast or exact


def test_fast_is_not_compared_where_the_processor_has_no_bfloat16(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "probe", lambda: PLAIN_CPU)
    app = opened(open_app, "precise")
    assert table("en")["speed.precise_not_offered"] in [each.value for each in app.info]


def test_the_comparison_is_a_job_whose_result_is_shown(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(worker, "probe", lambda: CPU)
    asked = []
    monkeypatch.setattr(jobs, "start", lambda root, *asks, alone: asked.append((*asks, alone)))
    app = opened(open_app, "precise")
    press(app, Key.SPEED_PRECISE_BUTTON)
    assert asked == [(precision.KIND, precision.TARGET, {"model": "all-MiniLM-L6-v2"}, True)]
    found = precision.PrecisionCheck(
        model="all-MiniLM-L6-v2",
        exact_seconds=3.0,
        fast_seconds=1.5,
        largest_score_error=0.0123,
        mean_score_error=0.001,
        smallest_cosine=0.9999,
        exact_golden="verified",
        fast_golden="verified",
    )
    ended = a_job(tmp_path, kind=precision.KIND, result=asdict(found))
    monkeypatch.setattr(job_progress, "latest", lambda kind: ended)
    app.run()
    assert [each.value for each in app.metric] == ["2.00×", "0.0123", "0.00100", "0.99990"]
