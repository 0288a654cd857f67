"""A model is loaded once for each identity, and prompts reach the text that they belong to."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from core.models import find, loading
from core.models.card import Loader
from core.models.device import Precision
from core.models.encoder import SentenceTransformerEncoder
from core.models.identity import identify
from core.models.load_request import LoadRequest
from tests.core.fakes import CPU, LengthEncoder

CARD = find("char-ngrams")
REQUEST = LoadRequest(card=CARD, identity=identify(CARD, Precision.EXACT, CPU))


class Module:
    def __init__(self, *, include_prompt: bool) -> None:
        self.include_prompt = include_prompt


class LengthModel:
    """As much of a SentenceTransformer as the encoder uses, with lengths for vectors."""

    def __init__(self, *, include_prompt: bool) -> None:
        self.modules = [object(), Module(include_prompt=include_prompt)]
        self.calls: list[tuple[str, list[str]]] = []

    def __iter__(self) -> Iterator[object]:
        return iter(self.modules)

    def encode(self, texts: list[str], *, prompt: str, **options: object) -> np.ndarray:
        self.calls.append((prompt, texts))
        return np.array([[len(prompt), len(text)] for text in texts], dtype=np.float32)


TEXTS, PROMPTS = ["a", "bb", "ccc", "dddd"], ["q: ", "", "q: ", "doc: "]


def test_prompts_that_count_as_text_are_joined_to_it_in_one_call() -> None:
    model = LengthModel(include_prompt=True)
    vectors = SentenceTransformerEncoder(model, batch_size=8).encode(TEXTS, PROMPTS)
    assert model.calls == [("", ["q: a", "bb", "q: ccc", "doc: dddd"])]
    assert vectors.tolist() == [[0, 4], [0, 2], [0, 6], [0, 9]]


def test_prompts_that_pooling_leaves_out_are_passed_as_prompts_and_the_order_is_kept() -> None:
    model = LengthModel(include_prompt=False)
    vectors = SentenceTransformerEncoder(model, batch_size=8).encode(TEXTS, PROMPTS)
    assert model.calls == [("q: ", ["a", "ccc"]), ("", ["bb"]), ("doc: ", ["dddd"])]
    assert vectors.tolist() == [[3, 1], [0, 2], [3, 3], [5, 4]]


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[LoadRequest]:
    """Every load of char-ngrams, by a fake."""
    seen: list[LoadRequest] = []

    def load(request: LoadRequest) -> tuple[LengthEncoder, None]:
        seen.append(request)
        return LengthEncoder(), None

    monkeypatch.setattr(loading, "_loaded", OrderedDict())
    monkeypatch.setitem(loading.LOADERS, Loader.CHAR_NGRAMS, load)
    return seen


def test_a_model_is_loaded_once_by_load_or_by_the_first_encode(loads: list[LoadRequest]) -> None:
    loading.encode(REQUEST, ["a"], [""])
    loading.encode(REQUEST, ["b"], [""])
    report = loading.load(REQUEST)
    assert loads == [REQUEST]
    assert (report.import_seconds, report.load_seconds) == (0, 0)


def test_an_equal_request_is_the_same_load_and_another_identity_a_new_one(
    loads: list[LoadRequest],
) -> None:
    loading.load(REQUEST)
    loading.load(LoadRequest(card=replace(CARD), identity=replace(REQUEST.identity)))
    changed = LoadRequest(card=CARD, identity=replace(REQUEST.identity, files_sha256="changed"))
    loading.load(changed)
    assert loads == [REQUEST, changed]


def test_a_load_that_failed_is_tried_again(
    loads: list[LoadRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: LoadRequest) -> tuple[LengthEncoder, None]:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setitem(loading.LOADERS, Loader.CHAR_NGRAMS, fail)
        with pytest.raises(MemoryError):
            loading.load(REQUEST)
    loading.load(REQUEST)
    assert loads == [REQUEST]


def test_every_loader_of_the_catalogue_is_there() -> None:
    assert loading.LOADERS.keys() == set(Loader)
