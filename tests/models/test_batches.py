"""Batches by tokens: little padding, nothing lost where memory is short, the same vectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from core.models import ModelCard, batches
from tests.models.tiny import DOCUMENTS, Kind

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

TEXTS = ["Mars", *DOCUMENTS, "", "the river planet " * 40, "the planet", "火星"] * 3


@pytest.fixture
def model(tiny_models: Mapping[Kind, ModelCard]) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(tiny_models[Kind.QWEN3].folder, device="cpu", local_files_only=True)


def test_a_batch_has_at_most_its_tokens_or_one_text() -> None:
    lengths = np.array([3, 50, 1, 7, 7, 0, 3])
    found = [rows.tolist() for rows in batches.batches(lengths, 14, None)]
    assert found == [[1], [3, 4], [0, 6, 2, 5]]
    assert [len(rows) for rows in batches.batches(lengths, 14, 1)] == [1] * 7


@pytest.mark.parametrize("part", [5, 2048])
def test_parts_and_budgets_change_no_vector(
    model: SentenceTransformer, part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "PART_TEXTS", part)
    expected = model.encode(TEXTS, batch_size=1)
    for budget in (1, 64, 1 << 16):
        monkeypatch.setattr(batches, "CPU_TOKENS", budget)
        np.testing.assert_allclose(batches.encode(model, TEXTS, ""), expected, atol=2e-6)


def test_memory_that_runs_out_halves_the_batch_with_the_same_vectors(
    model: SentenceTransformer,
) -> None:
    import torch

    expected, sizes = batches.encode(model, TEXTS, ""), []

    def only_two_fit(module: object, args: tuple[dict[str, Any], ...]) -> None:
        sizes.append(len(args[0]["input_ids"]))
        if sizes[-1] > 2:
            raise torch.OutOfMemoryError("CUDA out of memory.")

    model[0].register_forward_pre_hook(only_two_fit)
    np.testing.assert_allclose(batches.encode(model, TEXTS, ""), expected, atol=2e-6)
    assert max(sizes) > 2


def test_one_text_that_does_not_fit_is_told(model: SentenceTransformer) -> None:
    import torch

    def none_fits(module: object, args: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    model[0].register_forward_pre_hook(none_fits)
    with pytest.raises(torch.OutOfMemoryError):
        batches.encode(model, TEXTS[:3], "")
