"""The Speed page: records of this machine, figures of others apart, and a run as a job."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from core.settings import settings
from core.speed.machine import Machine
from core.speed.records import Measured, Protocol, Record, keep, records_folder
from core.speed.run import from_params
from core.work import jobs
from pages._ui.keys import Key
from pages._ui.texts import table
from tests.pages.compare_page import press, shown_texts
from tests.pages.conftest import OpenApp

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


def record(protocol: Protocol, *measured: Measured, machine: Machine = MACHINE) -> Record:
    return Record(
        protocol=protocol,
        version=1,
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
    assert any("wordllama: 0.500 ± 0.000 s, and 10.00" in text for text in shown_texts(app))
    assert any("Test CPU" in each.value for each in app.caption)


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

    def start(root, kind, target, params):
        asked.append((kind, from_params(params)))

    monkeypatch.setattr(jobs, "start", start)
    app = opened(open_app, "run")
    app.multiselect(key=Key.SPEED_MODELS).set_value(["wordllama"])
    press(app, Key.SPEED_RUN_BUTTON)
    ((kind, request),) = asked
    assert (kind, request.models) == ("speed", ("wordllama",))
    assert request.protocols == (Protocol.WORDS, Protocol.LINES)
