"""Text to vectors: what every encoder does, and sentence-transformers' models behind it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from core.models import batches

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH_SIZE = 32  # of a model that does not batch by tokens


class Encoder(Protocol):
    """Text to vectors."""

    def encode(self, texts: Sequence[str], prompts: Sequence[str]) -> np.ndarray:
        """Return float32, shape (n_texts, dim): row i is texts[i] with prompts[i] before it."""
        ...


class SentenceTransformerEncoder:
    """A sentence-transformers model behind the Encoder protocol, safe to call from many threads."""

    def __init__(self, model: SentenceTransformer, *, batch_size: int | None = None) -> None:
        self._model = model
        self._batch_size = batch_size
        self._by_tokens = batches.can_batch(model)
        self._pools_prompt = all(getattr(module, "include_prompt", True) for module in model)
        # A fast tokenizer that two threads call at once returns wrong batches without an error.
        self.lock = threading.Lock()

    def encode(self, texts: Sequence[str], prompts: Sequence[str]) -> np.ndarray:
        if self._pools_prompt:
            # The prompt is text like any other, so one call serves every prompt.
            joined = [prompt + text for prompt, text in zip(prompts, texts, strict=True)]
            return self._encode(joined, "")
        vectors: list[np.ndarray] = [np.empty(0)] * len(texts)
        for prompt in dict.fromkeys(prompts):
            rows = [i for i, p in enumerate(prompts) if p == prompt]
            found = self._encode([texts[i] for i in rows], prompt)
            for row, vector in zip(rows, found, strict=True):
                vectors[row] = vector
        return np.stack(vectors)

    def _encode(self, texts: list[str], prompt: str) -> np.ndarray:
        with self.lock:
            if self._by_tokens:
                return batches.encode(self._model, texts, prompt, most_texts=self._batch_size)
            vectors = self._model.encode(
                texts,
                prompt=prompt,  # "" too: it keeps a default prompt from being added
                batch_size=self._batch_size or BATCH_SIZE,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return np.asarray(vectors, dtype=np.float32)
