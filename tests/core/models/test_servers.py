"""Asking a server: its vectors in order, and one clear error for each way in which it can fail."""

from __future__ import annotations

import json
import logging
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import (
    BadServerAddress,
    BadServerAnswer,
    ExplorerError,
    ModelNameTaken,
    ServerBusy,
    ServerHasNoModel,
    ServerKeyRefused,
    ServerRedirects,
    ServerRefused,
    ServerTooSlow,
    ServerUnreachable,
    Word,
)
from core.models import PromptOrigin, Side, find, known
from core.models.adding import ServerRequest, add_server
from core.models.card import Endpoint
from core.models.prompts import PromptChoice, resolve
from core.models.servers import keys
from core.models.servers.address import checked_url
from core.models.servers.client import Client, Limits
from core.models.servers.encoder import IN_FLIGHT, MOST_TEXTS, ServerEncoder
from core.settings import settings
from tests.core.models.embeddings_server import (
    NAME,
    EmbeddingsServer,
    Fault,
    announced_gigabyte,
    broken_off,
    changed,
    dripping,
    half_json,
    page,
    silent,
    squeezed,
    status,
    streamed_gigabyte,
)

QUICK = Limits(wait_seconds=0.01)
TEXTS = ["one text", "another text"]


@pytest.fixture
def server() -> Iterator[EmbeddingsServer]:
    def lengths(texts: Any) -> np.ndarray:
        return np.array([[len(t), 1.0] for t in texts], dtype=np.float32)

    with EmbeddingsServer(lengths) as served:
        yield served


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("UMEKOMI_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def endpoint(server: EmbeddingsServer) -> Endpoint:
    return Endpoint(url=server.url, served_name=NAME)


def ask(server: EmbeddingsServer, *, limits: Limits = QUICK, key: str = "") -> np.ndarray:
    return Client(endpoint(server), key, limits).embed(TEXTS)


def permute(content: dict[str, Any]) -> None:
    content["data"] = content["data"][::-1]


def set_value(value: Any) -> Fault:
    return changed(lambda content: content["data"][1]["embedding"].__setitem__(0, value))


ANSWERS: dict[str, tuple[Fault, Word]] = {
    "html": (page, Word.NOT_JSON),
    "half of the json": (half_json, Word.NOT_JSON),
    "no list": (changed(lambda content: content.pop("data")), Word.ANSWER_NO_LIST),
    "too few": (changed(lambda content: content["data"].pop()), Word.ANSWER_COUNT),
    "too many": (changed(lambda c: c["data"].append(c["data"][0])), Word.ANSWER_COUNT),
    "permuted": (changed(permute), Word.ANSWER_ORDER),
    "no index": (changed(lambda c: c["data"][0].pop("index")), Word.ANSWER_ORDER),
    "true as index": (changed(lambda c: c["data"][1].update(index=True)), Word.ANSWER_ORDER),
    "one longer": (
        changed(lambda c: c["data"][1]["embedding"].append(1.0)),
        Word.ANSWER_DIMENSIONS,
    ),
    "empty vector": (
        changed(lambda c: c["data"][1].update(embedding=[])),
        Word.ANSWER_NO_NUMBERS,
    ),
    "base64": (changed(lambda c: c["data"][1].update(embedding="AAAA")), Word.ANSWER_NO_NUMBERS),
    "null": (set_value(None), Word.ANSWER_NO_NUMBERS),
    "NaN": (set_value(float("nan")), Word.ANSWER_NOT_FINITE),
    "infinity": (set_value(float("inf")), Word.ANSWER_NOT_FINITE),
    "too large a number": (set_value(1e39), Word.ANSWER_NOT_FINITE),
    "announced gigabyte": (announced_gigabyte, Word.ANSWER_TOO_LARGE),
    "streamed gigabyte": (streamed_gigabyte, Word.ANSWER_TOO_LARGE),
    "compressed": (squeezed, Word.ANSWER_PACKED),
}
REFUSALS: dict[str, tuple[Fault, type[ExplorerError], int]] = {
    "401": (status(401), ServerKeyRefused, 1),
    "403": (status(403), ServerKeyRefused, 1),
    "404": (status(404), ServerHasNoModel, 1),
    "400": (status(400), ServerRefused, 1),
    "429": (status(429, retry_after="0"), ServerBusy, 3),
    "500": (status(500), ServerRefused, 3),
    "503": (status(503), ServerRefused, 3),
    "broken off": (broken_off, ServerUnreachable, 3),
    "redirect": (status(307, location="http://127.0.0.1:9/v1/embeddings"), ServerRedirects, 1),
}


def one_line(error: ExplorerError) -> bool:
    return bool(error.message and error.hint) and "\n" not in error.message + error.hint


@pytest.mark.parametrize("fault", ANSWERS)
def test_an_answer_that_is_wrong_is_one_error_and_asked_for_once(
    server: EmbeddingsServer, fault: str
) -> None:
    server.fault, why = ANSWERS[fault]
    with pytest.raises(BadServerAnswer) as caught:
        ask(server)
    assert caught.value.values["why"] is why
    assert one_line(caught.value)
    assert len(server.asked) == 1


@pytest.mark.parametrize("fault", REFUSALS)
def test_a_refusal_is_one_error_after_as_many_tries_as_can_help(
    server: EmbeddingsServer, fault: str
) -> None:
    server.fault, kind, tries = REFUSALS[fault]
    with pytest.raises(kind) as caught:
        ask(server)
    assert one_line(caught.value)
    assert len(server.asked) == tries


@pytest.mark.parametrize("fault", [silent, dripping], ids=lambda fault: fault.__name__)
def test_a_slow_server_ends_at_the_limit(server: EmbeddingsServer, fault: Fault) -> None:
    server.fault = fault
    with pytest.raises(ServerTooSlow, match=r"0\.4 s"):
        ask(server, limits=Limits(seconds=0.4))


def test_a_server_that_is_down_is_told() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # taken, and nobody listens
        place = Endpoint(url=f"http://127.0.0.1:{bound.getsockname()[1]}/v1", served_name=NAME)
        with pytest.raises(ServerUnreachable) as caught:
            Client(place, "", QUICK).embed(TEXTS)
    assert caught.value.values["reason"] is Word.NOT_CONNECTED


def test_a_fault_that_passes_costs_nothing_but_a_try(server: EmbeddingsServer) -> None:
    server.faults = [status(503), broken_off, None]
    np.testing.assert_array_equal(ask(server), [[8, 1], [12, 1]])
    assert len(server.asked) == 3


def test_texts_go_out_in_small_requests_at_once_and_come_back_in_order(
    server: EmbeddingsServer,
) -> None:
    server.seconds = 0.05
    texts = ["a" * (i % 97) for i in range(MOST_TEXTS * IN_FLIGHT + 5)] + ["b" * 20_000]
    found = ServerEncoder(endpoint(server), QUICK).encode(texts, ["p: "] * len(texts))
    np.testing.assert_array_equal(found[:, 0], [len(text) + 3 for text in texts])
    assert 1 < server.most_at_once <= IN_FLIGHT
    assert max(len(asked.texts) for asked in server.asked) == MOST_TEXTS
    assert all(text.startswith("p: ") for asked in server.asked for text in asked.texts)


def test_requests_of_two_dimensions_are_an_error(server: EmbeddingsServer) -> None:
    def longer(content: dict[str, Any]) -> None:
        for row in content["data"]:
            row["embedding"].append(0.0)

    server.faults = [None, changed(longer)]
    with pytest.raises(BadServerAnswer) as caught:
        ServerEncoder(endpoint(server), QUICK).encode(["x"] * (MOST_TEXTS + 1), [""] * 33)
    assert caught.value.values["why"] is Word.ANSWER_DIMENSIONS


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("http://me:secret@host/v1", Word.ADDRESS_USER),
        ("http://secret@host/v1", Word.ADDRESS_USER),
        ("file:///etc/passwd", Word.ADDRESS_SCHEME),
        ("file:/etc/passwd", Word.ADDRESS_SCHEME),
        ("ftp://host/v1", Word.ADDRESS_SCHEME),
        ("http://", Word.ADDRESS_NO_HOST),
        ("", Word.ADDRESS_NO_HOST),
        ("http://host/v1?key=secret", Word.ADDRESS_QUERY),
        ("http://host:99999/v1", Word.ADDRESS_PORT),
        ("http://host:x/v1", Word.ADDRESS_PORT),
        ("http://ho st/v1", Word.ADDRESS_CHARACTER),
        ("http://[host/v1", Word.ADDRESS_CHARACTER),
        ("http://a..b/v1", Word.ADDRESS_CHARACTER),
        (f"http://{'a' * 64}/v1", Word.ADDRESS_CHARACTER),
        ("http://a\\b/v1", Word.ADDRESS_CHARACTER),
    ],
)
def test_an_address_that_is_none_is_refused(typed: str, why: Word) -> None:
    with pytest.raises(BadServerAddress) as caught:
        checked_url(typed)
    assert caught.value.values["why"] is why
    if why is Word.ADDRESS_USER:
        assert "secret" not in str(caught.value) + str(caught.value.values)


@pytest.mark.parametrize(
    "typed",
    ["http://Host:8080/v1", " http://host:8080/v1/ ", "host:8080/v1/embeddings"],
)
def test_one_address_has_one_spelling(typed: str) -> None:
    assert checked_url(typed) == "http://host:8080/v1"


def test_the_key_goes_to_its_own_server_and_is_in_nothing_else(
    server: EmbeddingsServer,
    data: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("API_KEY", "ORG_ID", "PROJECT_ID"):
        monkeypatch.setenv(f"OPENAI_{name}", "for-another")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Secret: for-another")
    caplog.set_level(logging.DEBUG)
    server.key = "sk-secret"
    with pytest.raises(ServerKeyRefused):
        ask(server)
    wrong = Client(endpoint(server), "sk-wrong", QUICK)
    with pytest.raises(ServerKeyRefused) as caught:  # the server repeats the key
        wrong.embed(TEXTS)
    assert "sk-wrong" not in str(caught.value) + str(caught.value.values)
    request = ServerRequest(url=server.url, served_name=NAME, key="sk-secret")
    card = add_server(request)
    assert "for-another" not in str([asked.headers for asked in server.asked])
    assert server.asked[-1].headers["authorization"] == "Bearer sk-secret"
    assert keys.kept_key(server.url) == "sk-secret"
    assert stat.S_IMODE(keys.keys_file().stat().st_mode) == 0o600
    others = [p for p in data.rglob("*") if p.is_file() and p != keys.keys_file()]
    assert others
    assert not any(b"sk-secret" in path.read_bytes() for path in others)
    assert "sk-" not in repr(card) + repr(request) + caplog.text


def test_a_key_may_be_in_an_environment_variable(
    server: EmbeddingsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.key = "sk-secret"
    request = ServerRequest(url=server.url, served_name=NAME, key="$MY_KEY")
    with pytest.raises(BadServerAddress, match=r"\$MY_KEY"):
        add_server(request)
    monkeypatch.setenv("MY_KEY", "sk-secret")
    add_server(request)
    assert "sk-secret" not in keys.keys_file().read_text()


def test_a_redirect_is_not_followed(server: EmbeddingsServer) -> None:
    with EmbeddingsServer() as elsewhere:
        server.fault = status(307, location=f"{elsewhere.url}/embeddings")
        with pytest.raises(ServerRedirects):
            ask(server, key="sk-secret")
        assert elsewhere.asked == []


def test_a_server_is_added_with_the_prompts_and_example_of_its_base(
    server: EmbeddingsServer,
) -> None:
    card = add_server(
        ServerRequest(url=server.url, served_name=NAME, name="gemma", base="embeddinggemma-300m")
    )
    assert find("gemma") == card
    assert card in known()
    assert card.golden == find("embeddinggemma-300m").golden
    prompt = resolve(card, PromptChoice(), Side.QUERY, stored={})
    assert (prompt.template, prompt.origin) == ("task: search result | query: ", PromptOrigin.CARD)


def test_typed_prompts_come_first_and_take_the_example_away(server: EmbeddingsServer) -> None:
    card = add_server(
        ServerRequest(
            url=server.url, served_name=NAME, base="embeddinggemma-300m", query_prompt="q: "
        )
    )
    prompt = resolve(card, PromptChoice(), Side.QUERY, stored={})
    assert (prompt.template, prompt.origin) == ("q: ", PromptOrigin.CUSTOM)
    assert card.golden is None


def test_an_address_without_a_path_is_tried_with_v1_first(server: EmbeddingsServer) -> None:
    bare = server.url.removesuffix("/v1")
    assert add_server(ServerRequest(url=bare, served_name=NAME)).endpoint == endpoint(server)
    server.path = "/embeddings"
    card = add_server(ServerRequest(url=bare, served_name=NAME, name="bare"))
    assert card.endpoint == Endpoint(url=bare, served_name=NAME)


def test_a_server_that_fails_is_not_added_and_its_key_is_not_kept(
    server: EmbeddingsServer, data: Path
) -> None:
    server.fault = page
    with pytest.raises(BadServerAnswer):
        add_server(ServerRequest(url=server.url, served_name=NAME, key="sk-secret"))
    assert [path for path in data.rglob("*") if path.is_file()] == []
    server.fault = None
    with pytest.raises(ModelNameTaken):
        add_server(ServerRequest(url=server.url, served_name=NAME, name="wordllama"))


def test_adding_the_same_again_brings_it_up_to_date(server: EmbeddingsServer, data: Path) -> None:
    add_server(ServerRequest(url=server.url, served_name=NAME))
    add_server(ServerRequest(url=server.url, served_name=NAME, query_prompt="q: "))
    (entry,) = json.loads((data / "models.json").read_text())["models"]
    assert entry["query_prompt"] == "q: "
