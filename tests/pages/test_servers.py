"""A model on a server through the pages: added, compared, taken off again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.models import find, known
from core.models.servers.keys import has_key
from core.settings import settings
from pages._ui.keys import Key
from pages._ui.texts import table
from tests.core.models.embeddings_server import NAME, EmbeddingsServer, page
from tests.pages.conftest import OpenApp

PAGE = "models/models.py"


@pytest.fixture
def server() -> Iterator[EmbeddingsServer]:
    with EmbeddingsServer() as served:
        yield served


def fill(app, server: EmbeddingsServer, *, url: str = "", key: str = ""):
    app.text_input(key=Key.SERVER_URL).set_value(url or server.url)
    app.text_input(key=Key.SERVER_NAME).set_value(NAME)
    app.text_input(key=f"{Key.SERVER_KEY}_0").set_value(key)
    return app.button(key=Key.SERVER_BUTTON).click().run()


def told(app) -> str:
    kinds = (app.text, app.caption, app.markdown)
    return "\n".join(element.value for kind in kinds for element in kind)


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_server_is_added_and_then_a_model_like_any_other(
    open_app: OpenApp, server: EmbeddingsServer, lang: str
) -> None:
    texts = table(lang)
    server.key = "sk-secret"
    app = fill(open_app(PAGE, lang=lang), server, key="sk-secret")
    assert not app.exception
    assert app.selectbox(key=Key.MODEL).value == NAME
    listed = next(frame.value for frame in app.dataframe if "state" in frame.value)
    row = listed[listed["name"] == NAME].iloc[0]
    assert (row["state"], row["dimension"]) == (texts["models.origin_server"], 256)
    app.button(key=Key.MODEL_CHECK_BUTTON).click().run()
    assert texts["served.no_example"] in told(app)
    for tab in ("parts", "prompts", "tokenizer", "files"):
        app.session_state[Key.MODEL_TABS] = texts[f"model.{tab}"]
        app.run()
        assert not app.exception
    assert server.url in told(app)
    assert "sk-secret" not in told(app)
    app.button(key=Key.MODEL_REMOVE_BUTTON).click().run()
    assert not app.exception
    assert NAME not in [card.name for card in known()]
    assert not has_key(server.url)


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "http://me:secret@host/v1"])
def test_a_fault_is_told_and_nothing_typed_is_lost(
    open_app: OpenApp, server: EmbeddingsServer, lang: str, url: str
) -> None:
    server.fault = page
    app = fill(open_app(PAGE, lang=lang), server, url=url, key="sk-secret")
    assert not app.exception
    assert table(lang)["errors.heading"] in told(app)
    assert app.text_input(key=Key.SERVER_NAME).value == NAME
    assert not (settings().data_dir / "models.json").exists()


def test_a_server_is_compared_and_its_tokens_are_said_to_be_unknown(
    open_app: OpenApp, server: EmbeddingsServer
) -> None:
    fill(open_app(PAGE), server)
    assert find(NAME).dimension == 256
    app = open_app(models=NAME)
    app.text_area(key=Key.COMPARE_QUERIES).set_value("a ship at sea")
    app.text_area(key=Key.COMPARE_DOCUMENTS).set_value("the boat sails\na cup of tea")
    app.button(key=Key.COMPARE_RUN_BUTTON).click().run()
    assert not app.exception
    (result,) = app.session_state[Key.COMPARE_RESULT].results
    assert (result.model, result.scores.shape) == (NAME, (1, 2))
    assert result.scores[0, 0] > result.scores[0, 1]
    assert table("en")["served.tokens_unknown"].split("{models}")[1] in told(app)


def test_a_server_that_fails_is_told_where_it_is_compared(
    open_app: OpenApp, server: EmbeddingsServer
) -> None:
    fill(open_app(PAGE), server)
    server.fault = page
    app = open_app(models=[NAME, "char-ngrams"])
    app.text_area(key=Key.COMPARE_QUERIES).set_value("a ship at sea")
    app.text_area(key=Key.COMPARE_DOCUMENTS).set_value("the boat sails\na cup of tea")
    app.button(key=Key.COMPARE_RUN_BUTTON).click().run()
    assert not app.exception
    found = app.session_state[Key.COMPARE_RESULT]
    assert [result.model for result in found.results] == ["char-ngrams"]
    assert [failure.model for failure in found.failures] == [NAME]


def test_a_stranger_may_add_no_server(open_app: OpenApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UMEKOMI_PROFILE", "public")
    settings.cache_clear()
    app = open_app(PAGE)
    assert Key.SERVER_BUTTON not in [button.key for button in app.button]
