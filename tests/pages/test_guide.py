"""The welcome of a first visit, and how each page says that it is read."""

from __future__ import annotations

import pytest

from pages._ui import guide
from pages._ui.keys import Key
from pages._ui.texts import LANGUAGES, table
from tests.pages.conftest import OpenApp


def welcomes(app) -> bool:
    return any(button.key == Key.WELCOME_CLOSE for button in app.button)


def test_the_welcome_is_closed_for_good_with_one_click(open_app: OpenApp) -> None:
    first = open_app()
    assert welcomes(first)
    first.button(Key.WELCOME_CLOSE).click().run()
    assert not welcomes(first)
    assert not welcomes(open_app())


def test_a_stranger_s_welcome_is_closed_for_the_session_alone(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UMEKOMI_PROFILE", "public")
    first = open_app()
    first.button(Key.WELCOME_CLOSE).click().run()
    assert not welcomes(first)
    assert not guide.mark().exists()
    assert welcomes(open_app())


def test_who_comes_by_a_link_to_another_page_is_not_welcomed_over_it(open_app: OpenApp) -> None:
    assert not welcomes(open_app("explore/map.py"))
    assert welcomes(open_app())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_says_how_it_is_read(open_app: OpenApp, lang: str) -> None:
    texts = table(lang)
    for page in ("measure/benchmarks.py", "models/models.py"):
        app = open_app(page, lang=lang)
        name = page.partition("/")[2].removesuffix(".py")
        drawn = [each.value for each in app.markdown]
        assert any(texts[f"guide.{name}_number"] in each for each in drawn)
