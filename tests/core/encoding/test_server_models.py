"""A server's model through the engine: stored under what it is, and never as what it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from core.compare import CompareRequest, Document, compare
from core.compare.reading import read
from core.encoding import Embeddings, EncodeRequest, Engine, Prompted, Scope, VectorStore
from core.errors import (
    BadRequest,
    BadServerAnswer,
    ServerModelChanged,
    ServerRefused,
)
from core.models import loading
from core.models.adding import ServerRequest, add_server
from core.models.golden import GoldenState
from core.models.servers.memory import SENTENCES, last_met
from core.models.tokens import reader_of
from core.settings import settings
from tests.core.fakes import Recorder
from tests.core.models.embeddings_server import (
    NAME,
    EmbeddingsServer,
    changed,
    status,
    wordllama_vectors,
)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddingsServer]:
    monkeypatch.setenv("UMEKOMI_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(loading, "_loaded", type(loading._loaded)())
    settings.cache_clear()
    with EmbeddingsServer() as served:
        add_server(ServerRequest(url=served.url, served_name=NAME))
        yield served
    settings.cache_clear()


def encode(engine: Engine, *texts: str) -> Embeddings:
    inputs = tuple(Prompted("", text) for text in texts)
    return engine.encode(EncodeRequest(model=NAME, inputs=inputs, scope=Scope.SESSION))


def turned(degrees: float) -> Callable[[Sequence[str]], np.ndarray]:
    """Return another model: wordllama's vectors with their first two axes turned."""

    def embed(texts: Sequence[str]) -> np.ndarray:
        vectors = wordllama_vectors(texts).copy()
        first, second = vectors[:, 0].copy(), vectors[:, 1].copy()
        angle = np.radians(degrees)
        vectors[:, 0] = np.cos(angle) * first - np.sin(angle) * second
        vectors[:, 1] = np.sin(angle) * first + np.cos(angle) * second
        return vectors

    return embed


def noisy(size: float) -> Callable[[Sequence[str]], np.ndarray]:
    """Return the same model with noise of its own at each call, as batching gives."""
    random = np.random.default_rng(0)

    def embed(texts: Sequence[str]) -> np.ndarray:
        vectors = wordllama_vectors(texts)
        return vectors + random.normal(0, size / 16, vectors.shape).astype(np.float32)

    return embed


def test_each_text_is_sent_once_and_served_from_the_store_then(
    server: EmbeddingsServer, engine: Engine, recorder: Recorder
) -> None:
    found = encode(engine, "a", "b", "a")
    np.testing.assert_allclose(found.vectors, wordllama_vectors(["a", "b", "a"]), atol=1e-6)
    assert (found.encoded, found.device.kind) == (2, "server")
    server.asked.clear()
    again = encode(engine, "b", "a")
    assert again.encoded == 0
    assert [asked.texts for asked in server.asked] == [SENTENCES]  # each connection asks for these


def test_a_swapped_model_is_noticed_and_one_that_comes_back_is_known(
    server: EmbeddingsServer, engine: Engine
) -> None:
    first = encode(engine, "a")
    server.embed = turned(90)
    second = encode(engine, "a")
    assert second.encoded == 1
    assert second.identity != first.identity
    assert not np.allclose(first.vectors, second.vectors)
    endpoint = engine.load_request(NAME).card.endpoint
    assert endpoint is not None
    met = last_met(endpoint)
    assert met is not None
    assert met.models == 2
    server.embed = wordllama_vectors
    back = encode(engine, "a")
    assert (back.encoded, back.identity) == (0, first.identity)


def test_noise_of_a_server_is_no_other_model(server: EmbeddingsServer, engine: Engine) -> None:
    first = engine.load_request(NAME)
    server.embed = noisy(1e-3)
    for _ in range(20):
        assert engine.load_request(NAME).identity == first.identity
    server.embed = noisy(1e-1)
    assert engine.load_request(NAME).identity != first.identity


def test_a_model_of_another_dimension_is_an_error(server: EmbeddingsServer, engine: Engine) -> None:
    server.embed = lambda texts: wordllama_vectors(texts)[:, :64]
    with pytest.raises(ServerModelChanged, match="64 dimensions and gave 256"):
        encode(engine, "a")


def test_nothing_of_an_answer_with_a_fault_is_stored(
    server: EmbeddingsServer, engine: Engine, stores: dict[Scope, VectorStore]
) -> None:
    encode(engine, "here before")
    server.faults = [
        None,
        changed(lambda content: content["data"][0]["embedding"].__setitem__(0, float("nan"))),
    ]
    with pytest.raises(BadServerAnswer):
        encode(engine, "bad")
    server.faults = [None, status(400)]
    with pytest.raises(ServerRefused):
        encode(engine, "bad")
    server.asked.clear()
    assert encode(engine, "here before").encoded == 0
    assert encode(engine, "bad").encoded == 1


def test_an_answer_in_which_the_example_fails_is_given_and_not_kept(
    server: EmbeddingsServer, engine: Engine
) -> None:
    add_server(ServerRequest(url=server.url, served_name=NAME, base="all-MiniLM-L6-v2"))
    for _ in range(2):
        found = encode(engine, "a")
        assert found.golden is not None
        assert (found.golden.state, found.encoded) == (GoldenState.DIFFERS, 1)


def test_a_server_says_no_tokens_and_a_comparison_with_it_works(
    server: EmbeddingsServer, engine: Engine
) -> None:
    request = CompareRequest(
        queries=("ships",),
        documents=(Document(text="a boat"), Document(text="rain")),
        models=(NAME,),
    )
    (result,) = compare(request, engine).results
    assert result.scores[0, 0] > result.scores[0, 1]
    assert reader_of(engine.load_request(NAME).card) is None
    assert read(request, result, engine) is None


def test_the_prompt_is_put_before_the_text_here(server: EmbeddingsServer, engine: Engine) -> None:
    inputs = (Prompted("query: ", "a"),)
    engine.encode(EncodeRequest(model=NAME, inputs=inputs, scope=Scope.SESSION))
    assert ("query: a",) in [asked.texts for asked in server.asked]


def test_tokens_of_a_server_are_counted_only_where_its_base_is_here(
    server: EmbeddingsServer, engine: Engine
) -> None:
    from core.encoding.counting import count_tokens

    with pytest.raises(BadRequest, match="its tokenizer"):
        count_tokens(["a"], engine=engine, model=NAME)
    card = add_server(ServerRequest(url=server.url, served_name=NAME, base="wordllama"))
    reader = reader_of(card)
    assert reader is not None
    assert reader.name == "wordllama"
    missing = add_server(ServerRequest(url=server.url, served_name=NAME, base="bge-m3"))
    assert reader_of(missing) is None
