"""Exact and fast precision on the Compare page."""

from __future__ import annotations

import pytest

from core.encoding import worker
from core.models.device import Precision
from pages._ui.keys import Key
from pages._ui.texts import table
from tests.core.fakes import CPU
from tests.pages.compare_page import captions, choose_models, press_compare, result
from tests.pages.conftest import OpenApp

EN = table("en")
EXACT, FAST = EN["precision.exact"], EN["precision.fast"]


@pytest.fixture
def native_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "probe", lambda: CPU)


@pytest.mark.usefixtures("native_bfloat16")
def test_both_precisions_are_offered_where_the_hardware_has_both(open_app: OpenApp) -> None:
    app = open_app()
    box = app.selectbox(key=Key.COMPARE_PRECISION)
    assert box.options == [EXACT, FAST]
    assert box.value == Precision.EXACT
    assert box.help == EN["compare.precision_help"]


def test_only_exact_is_offered_where_the_hardware_has_no_bfloat16(open_app: OpenApp) -> None:
    box = open_app().selectbox(key=Key.COMPARE_PRECISION)
    assert box.options == [EXACT]
    assert box.help == EN["compare.precision_exact_only"]


@pytest.mark.usefixtures("native_bfloat16")
def test_a_result_says_how_precisely_it_was_computed(open_app: OpenApp) -> None:
    app = choose_models(open_app(precision="fast"), "wordllama", "all-MiniLM-L6-v2")
    press_compare(app)
    assert result(app).request.precision is Precision.FAST
    assert sum(FAST in text for text in captions(app)) == 2
    app.selectbox(key=Key.COMPARE_PRECISION).set_value("exact").run()
    assert any(EN["compare.stale"] in text for text in captions(app))
    press_compare(app)
    assert sum(EXACT in text for text in captions(app)) == 2
    assert not any(FAST in text for text in captions(app))


def test_a_link_to_fast_precision_is_exact_where_there_is_no_bfloat16(open_app: OpenApp) -> None:
    app = open_app(precision="fast")
    assert app.selectbox(key=Key.COMPARE_PRECISION).value == Precision.EXACT
    assert "precision" not in app.query_params
    assert result(press_compare(app)).request.precision is Precision.EXACT
    assert len(result(app).results) == 3
