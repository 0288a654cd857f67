"""A model on a server, added on the Models page and compared beside one of this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.core.models.embeddings_server import NAME, EmbeddingsServer, page
from tests.e2e.conftest import NewVisit
from tests.e2e.server import Server
from tests.e2e.test_models import PATIENCE, at_models, open_tab
from tests.e2e.visit import Visit


@pytest.fixture
def embeddings() -> Iterator[EmbeddingsServer]:
    with EmbeddingsServer() as served:
        yield served


def fill(here: Visit, **fields: str) -> None:
    for key, text in fields.items():
        here.by_key(key).get_by_role("textbox").fill(text)


def same_two(here: Visit) -> bool:
    found = here.rankings()
    return len(found) == 2 and found[0] == found[1]


def test_a_server_is_added_compared_and_taken_off(
    fresh_server: Server, visitor: NewVisit, embeddings: EmbeddingsServer
) -> None:
    here = at_models(visitor(fresh_server))
    embeddings.key, embeddings.fault = "sk-secret", page
    fill(here, server_url=embeddings.url, server_name=NAME, server_key_0="sk-secret")
    here.click("add_server")
    expect(here.main).to_contain_text("it is not valid JSON", timeout=PATIENCE)
    embeddings.fault = None
    here.click("add_server")  # what was typed is still there
    expect(here.page.get_by_role("heading", level=2, name=NAME)).to_be_visible(timeout=PATIENCE)
    expect(here.by_key("server_key_1").get_by_role("textbox")).to_have_value("")
    here.open(f"/?models={NAME}&models=wordllama")
    expect(here.by_key("models")).to_contain_text(NAME)
    here.enter(["a ship at sea"], ["a cup of tea", "the boat sails", "三毛猫"])
    here.compare()
    # The server has wordllama's own vectors, so its ranking is wordllama's.
    here.until(lambda: same_two(here), True)
    here.until_explained()
    expect(here.main).to_contain_text("a server does not say its tokenizer")
    assert any("the boat sails" in asked.texts for asked in embeddings.asked)
    assert "sk-secret" not in fresh_server.log
    assert "openai" not in fresh_server.modules()
    here.open(f"/models?model={NAME}")
    open_tab(here, "files")
    expect(here.main).to_contain_text(embeddings.url)
    here.click("remove_model")
    here.until(lambda: NAME in [row[0] for row in here.tables()[0]["rows"]], False)
