"""Many threads on one model: each gets its own text's tokens, limit and vector.

A fast tokenizer keeps padding and truncation as its own state, so that two calls at once mix them
up without an error. Here 16 threads look at tokens under four limits while they encode.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.models import ModelCard, loading, tokens
from core.models.load_request import LoadRequest
from core.models.tokens import TokenView
from tests.models.conftest import load_request
from tests.models.tiny import Kind

THREADS = 16
LIMITS = (8, 16, 32, None)
MODEL_LIMIT = 64
WORDS = ("the", "river", "planet", "query", "text", "search", "火星", "title:")
# Of every length from one word to three times what the model reads.
TEXTS = tuple(
    " ".join(WORDS[(i * j) % len(WORDS)] for j in range(1, 2 + i * 7 % 190)) for i in range(60)
)
TOLERANCE = 2e-6
ROUNDS, ATTEMPTS = 2, 20


@pytest.fixture(params=[Kind.BERT, Kind.QWEN3])
def request_(request: pytest.FixtureRequest, tiny_models: Mapping[Kind, ModelCard]) -> LoadRequest:
    card = replace(tiny_models[request.param], max_tokens=MODEL_LIMIT, golden=None)
    return load_request(card)


def views(request: LoadRequest, text: str) -> list[TokenView]:
    return [view for limit in LIMITS for view in tokens.view(request, [text], limit)]


def vectors(request: LoadRequest, text: str) -> np.ndarray:
    return loading.encode(request, [text, "the", text + " end"], ["", "query: ", ""])


Answer = tuple[list[TokenView], np.ndarray] | Exception


def one_by_one(request: LoadRequest) -> list[Answer]:
    return [(views(request, text), vectors(request, text)) for text in TEXTS]


def all_at_once(request: LoadRequest) -> list[Answer]:
    """Return the same from threads that all start at the same moment."""
    start = threading.Barrier(THREADS)

    def work(texts: tuple[str, ...], views_first: bool) -> list[Answer]:
        start.wait()
        return [answer(text, views_first) for text in texts]

    def answer(text: str, views_first: bool) -> Answer:
        order = (views, vectors) if views_first else (vectors, views)
        try:
            found: dict[Any, Any] = {call: call(request, text) for call in order}
        except Exception as error:  # noqa: BLE001 - counted as a wrong answer
            return error
        return found[views], found[vectors]

    answers: list[Answer] = [AssertionError("not asked")] * len(TEXTS)
    with ThreadPoolExecutor(THREADS) as pool:
        parts = [pool.submit(work, TEXTS[i::THREADS], i % 2 == 0) for i in range(THREADS)]
        for i, part in enumerate(parts):
            answers[i::THREADS] = part.result()
    return answers


def wrong(found: list[Answer], expected: list[Answer]) -> list[Answer]:
    return [answer for answer, due in zip(found, expected, strict=True) if not same(answer, due)]


def same(answer: Answer, due: Answer) -> bool:
    if isinstance(answer, Exception) or isinstance(due, Exception):
        return False
    return answer[0] == due[0] and np.allclose(answer[1], due[1], atol=TOLERANCE)


def test_sixteen_threads_get_what_one_gets(request_: LoadRequest) -> None:
    expected = one_by_one(request_)
    seen = [view for answer in expected if not isinstance(answer, Exception) for view in answer[0]]
    assert {view.limit for view in seen} == {8, 16, 32, MODEL_LIMIT}
    assert any(len(view.tokens) > 2 * MODEL_LIMIT for view in seen)
    for _ in range(ROUNDS):
        assert wrong(all_at_once(request_), expected) == []


def test_without_the_lock_they_would_not(request_: LoadRequest) -> None:
    """Otherwise the test above would show nothing; one round has been enough each time."""
    expected = one_by_one(request_)
    encoder: Any = loading.get(request_).encoder
    encoder.lock = nullcontext()
    assert any(wrong(all_at_once(request_), expected) for _ in range(ATTEMPTS))
