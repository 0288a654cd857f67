"""Texts to batches: tokenised once, sorted by length, padded little, as many tokens as pay off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

# Texts tokenised in one call; on a GPU the next part is tokenised while it computes this one.
PART_TEXTS = 2048
# Padded tokens of a batch. On a CPU more than fits its caches is slower; a GPU wants to be filled.
CPU_TOKENS = 2048
GPU_TOKENS = 1 << 16
# What a tokenizer gives that is one number for each token, and the tokenizer's filler for it.
FILLERS = {"input_ids": "pad_token_id", "token_type_ids": "pad_token_type_id"}
MASK = "attention_mask"


@dataclass(frozen=True, kw_only=True)
class Tokenised:
    """Texts as token numbers: each feature flat, with each text's length in tokens."""

    features: dict[str, np.ndarray]
    lengths: np.ndarray
    extra: dict[str, Any]


def can_batch(model: SentenceTransformer) -> bool:
    """Say whether the model reads plain texts with a tokenizer whose padding is only padding."""
    first: Any = next(iter(model))
    return (
        hasattr(first, "auto_model")
        and "message" not in first.modality_config
        and getattr(first.tokenizer, "pad_token_id", None) is not None
        and not model._can_flatten_inputs()  # pyright: ignore[reportPrivateUsage]
    )


def encode(
    model: SentenceTransformer, texts: Sequence[str], prompt: str, *, most_texts: int | None = None
) -> np.ndarray:
    """Return float32, shape (n_texts, dim), as SentenceTransformer.encode does.

    ``most_texts`` of a batch, None for as many as its tokens allow. Raises torch.OutOfMemoryError
    where not even one text fits.
    """
    import torch

    model.eval()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]), reverse=True)
    parts = [order[i : i + PART_TEXTS] for i in range(0, len(order), PART_TEXTS)]
    rows: list[int] = []
    found: list[torch.Tensor] = []
    budget = budget_of(model)
    with torch.inference_mode():
        for part, tokenised in _tokenise_ahead(model, texts, parts, prompt):
            for batch in batches(tokenised.lengths, budget, most_texts):
                found.extend(_forward(model, tokenised, batch))
                rows.extend(part[i] for i in batch)
        # One copy at the end: until here nothing waits for a GPU.
        vectors = torch.cat(found).float().cpu().numpy()
    in_order = np.empty_like(vectors)
    in_order[rows] = vectors
    return in_order


def budget_of(model: SentenceTransformer) -> int:
    """Return how many tokens a batch may have, padding included."""
    return GPU_TOKENS if model.device.type == "cuda" else CPU_TOKENS


def _tokenise_ahead(
    model: SentenceTransformer, texts: Sequence[str], parts: Sequence[list[int]], prompt: str
) -> Iterator[tuple[list[int], Tokenised]]:
    """Yield each part tokenised. One thread does it, since a fast tokenizer bears no more."""

    def work(part: list[int]) -> Tokenised:
        return tokenise(model, [texts[i] for i in part], prompt)

    if len(parts) == 1 or model.device.type == "cpu":  # a CPU's cores are all in the forward pass
        yield from ((part, work(part)) for part in parts)
        return
    with ThreadPoolExecutor(1, thread_name_prefix="tokenise") as thread:
        ahead = thread.submit(work, parts[0])
        for part, following in zip(parts, [*parts[1:], None], strict=True):
            tokenised = ahead.result()
            if following is not None:
                ahead = thread.submit(work, following)
            yield part, tokenised


def tokenise(model: SentenceTransformer, texts: list[str], prompt: str) -> Tokenised:
    """Return what the model reads of each text, without padding."""
    # By the model's own rules (prompt, limit, lower case), but without padding to the longest.
    plain = {"text": {"padding": False}, "common": {"return_tensors": None}}
    features = dict(model.preprocess(texts, prompt=prompt or None, processing_kwargs=plain))
    lengths = np.fromiter(map(len, features["input_ids"]), dtype=np.int64, count=len(texts))
    flat = {
        name: np.fromiter(
            (number for row in features.pop(name) for number in row),
            dtype=np.int64,
            count=int(lengths.sum()),
        )
        for name in FILLERS
        if name in features
    }
    features.pop(MASK, None)
    return Tokenised(features=flat, lengths=lengths, extra=features)


def batches(lengths: np.ndarray, budget: int, most_texts: int | None) -> Iterator[np.ndarray]:
    """Yield rows, longest first: at most ``budget`` tokens with padding, or one text."""
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        count = max(1, budget // max(1, int(lengths[order[start]])))
        count = min(count, most_texts or count)
        yield order[start : start + count]
        start += count


def _forward(
    model: SentenceTransformer, tokenised: Tokenised, batch: np.ndarray
) -> list[torch.Tensor]:
    """Return the batch's vectors on its device, in as many pieces as the memory asks for."""
    import torch

    try:
        features = padded(model, tokenised, batch)
        return [model(features)["sentence_embedding"]]
    except torch.OutOfMemoryError:
        if len(batch) == 1:
            raise
    # Outside of the handler, which still holds what the failed pass had made.
    torch.cuda.empty_cache()
    half = len(batch) // 2
    return [
        *_forward(model, tokenised, batch[:half]),
        *_forward(model, tokenised, batch[half:]),
    ]


def padded(model: SentenceTransformer, tokenised: Tokenised, batch: np.ndarray) -> dict[str, Any]:
    """Return the rows as tensors, shape (n_rows, longest), on the model's device."""
    import torch

    tokenizer: Any = model.tokenizer
    device = model.device
    lengths = tokenised.lengths[batch]
    longest = max(1, int(lengths.max()))
    columns = np.arange(longest)
    if tokenizer.padding_side == "left":
        mask = columns >= longest - lengths[:, None]
    else:
        mask = columns < lengths[:, None]
    ends = tokenised.lengths.cumsum()[batch]
    # The places of the batch's tokens in the flat arrays, text after text.
    places = np.arange(lengths.sum()) + np.repeat(ends - lengths.cumsum(), lengths)
    arrays = {MASK: mask.astype(np.int64)}
    for name, flat in tokenised.features.items():
        array = np.full(mask.shape, getattr(tokenizer, FILLERS[name]), dtype=np.int64)
        array[mask] = flat[places]
        arrays[name] = array
    features = dict(tokenised.extra)
    for name, array in arrays.items():
        tensor = torch.from_numpy(array)
        # Pinned memory is what a copy can leave without the CPU waiting for it.
        if device.type == "cuda":
            tensor = tensor.pin_memory().to(device, non_blocking=True)
        features[name] = tensor if device.type in ("cpu", "cuda") else tensor.to(device)
    return features
