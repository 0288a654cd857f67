"""Looking at a loaded model: is it built and run as its authors built it? For the models lane."""

from __future__ import annotations

import math
from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from packaging.version import Version

from core.models.card import Attention, ModelCard
from core.models.golden import Cause, CauseKind
from core.models.prompts import NO_TITLE

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PROBE_TEXT = "the river runs from the hills to the sea"
ATTENTION_TOLERANCE = 1e-4


def find_causes(card: ModelCard, model: SentenceTransformer) -> tuple[Cause, ...]:
    """Return everything that is not as the card says, the likeliest to change vectors first."""
    checks = (_release, _attention, _modules, _pooling, _prompts, _dtype)
    return tuple(cause for check in checks for cause in check(card, model))


def attention_of(model: SentenceTransformer) -> Attention | None:
    """Say whether a token sees what follows it; None for a model without a transformer.

    Measured, not read from a configuration: does the last token change the first token's state?
    None too where that can't be told, because the states are not finite.
    """
    import torch

    first: Any = model[0]
    if not hasattr(first, "auto_model"):
        return None
    features = dict(first.preprocess([PROBE_TEXT]))
    ids = features["input_ids"]
    if ids.shape[1] < 3:
        return None
    start = int(features["attention_mask"][0].argmax())  # the first token that is not padding
    last = ids.shape[1] - 2  # the very last may be a mark that every text ends with
    others = [int(i) for i in ids[0, start:last] if int(i) != int(ids[0, last])]
    if not others:
        return None
    changed = ids.clone()
    changed[0, last] = others[-1]
    states: list[Any] = []
    with torch.inference_mode():
        for variant in (ids, changed):
            inputs = {
                name: value.to(model.device) if hasattr(value, "to") else value
                for name, value in {**features, "input_ids": variant}.items()
            }
            states.append(first(inputs)["token_embeddings"][0, start])
    moved = float((states[0] - states[1]).abs().max())
    if not math.isfinite(moved):
        return None  # NaN is no smaller than the tolerance, only not larger
    return Attention.BIDIRECTIONAL if moved > ATTENTION_TOLERANCE else Attention.CAUSAL


def module_name(module: Any) -> str:
    """Return the name of sentence-transformers' module, whoever stands in its place."""
    return getattr(module, "stands_for", type(module).__name__)


def missing_weights(model: SentenceTransformer) -> tuple[str, ...]:
    """Return the names of the weights that a transformer's files lack, which are now random.

    transformers reports them in its log only; what it did read it marks. The pooler is left out:
    sentence-transformers never asks it, and many files have none.
    """
    first: Any = model[0]
    if not hasattr(first, "auto_model"):
        return ()
    return tuple(
        name
        for name, weight in first.auto_model.named_parameters()
        if not getattr(weight, "_is_hf_initialized", False) and "pooler" not in name.split(".")
    )


def _release(card: ModelCard, model: SentenceTransformer) -> Iterator[Cause]:
    installed = version("transformers")
    if card.min_transformers and Version(installed) < Version(card.min_transformers):
        yield Cause(
            kind=CauseKind.TRANSFORMERS,
            expected=f"{card.min_transformers} or newer",
            found=installed,
        )


def _attention(card: ModelCard, model: SentenceTransformer) -> Iterator[Cause]:
    expected = card.architecture.attention if card.architecture else None
    found = attention_of(model) if expected else None
    if expected and found and found is not expected:
        yield Cause(kind=CauseKind.ATTENTION, expected=expected, found=found)


def _modules(card: ModelCard, model: SentenceTransformer) -> Iterator[Cause]:
    expected = card.architecture.modules if card.architecture else ()
    found = tuple(module_name(module) for module in model)
    if expected and found != expected:
        yield Cause(kind=CauseKind.MODULES, expected=" → ".join(expected), found=" → ".join(found))


def _pooling(card: ModelCard, model: SentenceTransformer) -> Iterator[Cause]:
    expected = card.architecture.pooling if card.architecture else ""
    modes = [str(m.pooling_mode) for m in model if hasattr(m, "pooling_mode")]
    if expected and modes and modes != [expected]:
        yield Cause(kind=CauseKind.POOLING, expected=expected, found=", ".join(modes))


def _prompts(card: ModelCard, model: SentenceTransformer) -> Iterator[Cause]:
    for entry in card.prompts:
        if not entry.stored:
            continue
        expected = entry.text.replace("{instruction}", entry.instruction)
        expected = expected.replace("{title}", NO_TITLE)
        found = model.prompts.get(entry.stored)
        if found != expected:
            yield Cause(
                kind=CauseKind.PROMPT,
                expected=f"{entry.stored}: {expected!r}",
                found=f"{entry.stored}: {found!r}" if found is not None else "none",
            )


def _dtype(card: ModelCard, model: SentenceTransformer) -> Iterator[Cause]:
    dtype = str(model.dtype).removeprefix("torch.")
    if dtype == "float16" and not card.float16:
        yield Cause(kind=CauseKind.DTYPE, expected="float32 or bfloat16", found=dtype)
