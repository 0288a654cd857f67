"""``add-server`` adds a model on a server, which the other commands then use."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.core.commands.conftest import Call
from tests.core.models.embeddings_server import NAME, EmbeddingsServer, status


@pytest.fixture
def server() -> Iterator[EmbeddingsServer]:
    with EmbeddingsServer() as served:
        yield served


def test_a_server_is_added_and_compared(
    call: Call, server: EmbeddingsServer, own_data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.key = "sk-secret"
    monkeypatch.setenv("MY_KEY", "sk-secret")
    done = call("add-server", server.url, NAME, "--name", "mine", "--key-variable", "MY_KEY")
    assert (done.code, done.out) == (0, "mine 256\n")
    texts = ("--query", "a ship at sea", "--document", "a cup of tea", "--document", "boats sail")
    done = call("similarity", "--model", "mine", *texts, "--json")
    assert done.code == 0, done.err
    (result,) = json.loads(done.out)["results"]
    (tea, boats) = result["scores"][0]
    assert boats > tea
    assert result["device"]["kind"] == "server"
    assert "sk-secret" not in done.out + done.err

    listed = json.loads(call("models", "--json").out)
    assert next(row for row in listed if row["name"] == "mine")["endpoint"]["url"] == server.url
    keys = (own_data_dir / "server-keys.json").read_text()
    assert "sk-secret" not in keys


def test_a_fault_is_one_line(call: Call, server: EmbeddingsServer) -> None:
    server.fault = status(401)
    done = call("add-server", server.url, NAME)
    assert (done.code, done.out) == (1, "")
    assert done.err.count("\n") == 1
    assert "401" in done.err
    done = call("add-server", "http://me:secret@host/v1", NAME)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "secret" not in done.err
