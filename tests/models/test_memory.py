"""Loaded models stay within the budget: the one that was not used for longest goes first."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from core.encoding import EncodeRequest, Engine, Prompted, Scope, VectorStore
from core.errors import TooLarge
from core.models import ModelCard, loading, opening
from core.models.memory import Budget, weights_in_memory
from core.models.verdicts import Verdicts
from core.work import InlineExecutor
from tests.models.conftest import load_request
from tests.models.tiny import Kind

FIRST, SECOND, THIRD = Kind.QWEN3, Kind.BERT, Kind.GEMMA2


def in_memory() -> list[str]:
    return [entry.request.card.name for entry in loading.loaded()]


@pytest.fixture
def sizes(tiny_models: Mapping[Kind, ModelCard]) -> dict[Kind, int]:
    return {
        kind: weights_in_memory(card, Path(card.folder), "float32")
        for kind, card in tiny_models.items()
    }


@pytest.fixture
def budget(sizes: dict[Kind, int]) -> int:
    """Room for any two of the three, and not for all of them."""
    three = [sizes[kind] for kind in (FIRST, SECOND, THIRD)]
    return sum(three) - min(three)


def test_a_third_model_unloads_the_least_recently_used(
    tiny_models: Mapping[Kind, ModelCard], budget: int
) -> None:
    first, second, third = (
        load_request(tiny_models[kind], budget_bytes=budget) for kind in (FIRST, SECOND, THIRD)
    )
    assert loading.load(first).unloaded == ()
    assert loading.load(second).unloaded == ()
    assert in_memory() == [FIRST, SECOND]

    assert loading.load(third).unloaded == (FIRST,)
    assert in_memory() == [SECOND, THIRD]

    again = loading.load(first)
    assert again.unloaded == (SECOND,)
    assert again.load_seconds > 0
    assert in_memory() == [THIRD, FIRST]


@pytest.mark.parametrize("use", ["load", "get", "encode"])
def test_using_a_model_keeps_it(
    tiny_models: Mapping[Kind, ModelCard], budget: int, use: str
) -> None:
    first, second, third = (
        load_request(tiny_models[kind], budget_bytes=budget) for kind in (FIRST, SECOND, THIRD)
    )
    before = loading.encode(first, ["Mars"], [""])
    loading.load(second)
    uses = {
        "load": lambda: loading.load(first),
        "get": lambda: loading.get(first),
        "encode": lambda: loading.encode(first, ["Venus"], [""]),
    }
    uses[use]()
    assert loading.load(third).unloaded == (SECOND,)
    assert loading.load(first).load_seconds == 0
    assert np.array_equal(loading.encode(first, ["Mars"], [""]), before)


def test_a_model_that_takes_the_whole_budget_unloads_all_others(
    tiny_models: Mapping[Kind, ModelCard], sizes: dict[Kind, int]
) -> None:
    largest = max(sizes, key=sizes.__getitem__)
    others = [kind for kind in (FIRST, SECOND, THIRD) if kind is not largest]
    for kind in others:
        loading.load(load_request(tiny_models[kind]))
    report = loading.load(load_request(tiny_models[largest], budget_bytes=sizes[largest]))
    assert report.unloaded == tuple(others)
    assert in_memory() == [largest]


def test_a_model_over_the_budget_is_refused_by_name(
    tiny_models: Mapping[Kind, ModelCard], sizes: dict[Kind, int]
) -> None:
    request = load_request(tiny_models[THIRD], budget_bytes=sizes[THIRD] - 1)
    with pytest.raises(TooLarge, match=THIRD):
        loading.load(request)
    assert in_memory() == []


def test_a_model_that_fails_to_load_leaves_the_others(
    tiny_models: Mapping[Kind, ModelCard], budget: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (
        load_request(tiny_models[kind], budget_bytes=budget) for kind in (FIRST, SECOND)
    )
    loading.load(first)
    with monkeypatch.context() as patch:
        patch.setattr(opening, "check_folder", raise_memory_error)
        with pytest.raises(MemoryError):
            loading.load(second)
    assert in_memory() == [FIRST]
    assert loading.load(second).unloaded == ()


def raise_memory_error(folder: object) -> None:
    raise MemoryError


def test_unloading_by_name(tiny_models: Mapping[Kind, ModelCard]) -> None:
    first, second = (load_request(tiny_models[kind]) for kind in (FIRST, SECOND))
    loading.load(first)
    loading.load(second)
    assert loading.unload(FIRST) == 1
    assert loading.unload(FIRST) == 0
    assert in_memory() == [SECOND]
    assert loading.load(first).load_seconds > 0


def test_the_engine_s_answer_is_right_while_models_take_turns(
    engine: Engine,
    tiny_models: Mapping[Kind, ModelCard],
    budget: int,
    verdicts: Verdicts,
    store: VectorStore,
) -> None:
    tight = Engine(InlineExecutor(), dict.fromkeys(Scope, store), verdicts, budget_bytes=budget)
    seen: dict[Kind, list[np.ndarray]] = {}
    texts = ["Mars", "火星"]
    for text in texts:
        for kind in (FIRST, SECOND, THIRD):
            inputs = (Prompted("", text),)
            request = EncodeRequest(model=kind, inputs=inputs, scope=Scope.SESSION)
            seen.setdefault(kind, []).append(tight.encode(request).vectors)
            assert len(in_memory()) <= 2
    for kind, vectors in seen.items():
        expected = loading.encode(load_request(tiny_models[kind]), texts, ["", ""])
        np.testing.assert_allclose(np.concatenate(vectors), expected, atol=2e-6)


@pytest.mark.parametrize(
    ("limit", "needed", "loaded", "holds"),
    [
        (100, 100, (), True),
        (100, 101, (), False),
        (100, 40, (30, 30), True),
        (100, 41, (30, 30), False),
    ],
)
def test_a_budget_counts_what_is_loaded_too(
    limit: int, needed: int, loaded: tuple[int, ...], holds: bool
) -> None:
    assert Budget(limit).holds(needed, loaded) is holds
