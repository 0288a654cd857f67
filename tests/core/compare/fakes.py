"""Results with given scores, and an encoder whose vectors have no ties."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import numpy as np

from core.compare import CompareRequest, Comparison, Document, ModelScores, Similarity
from core.models import Prompt, PromptOrigin, find
from core.models.device import Precision
from core.models.identity import identify
from tests.core.fakes import CPU, LengthEncoder

NONE = Prompt(template="", origin=PromptOrigin.NONE)
IDENTITY = identify(find("char-ngrams"), Precision.EXACT, CPU)


def scored(scores: object, model: str = "char-ngrams") -> ModelScores:
    return ModelScores(
        model=model,
        scores=np.array(scores, dtype=np.float32),
        similarity=Similarity.COSINE,
        dimension=2048,
        full_dimension=2048,
        renormalised=False,
        query_prompt=NONE,
        document_prompt=NONE,
        identity=IDENTITY,
        device=CPU,
        golden=None,
        steps=(),
    )


def compared(**scores: object) -> Comparison:
    """Return a comparison of these models' scores, with texts q0, q1, ... and d0, d1, ..."""
    results = tuple(scored(rows, model) for model, rows in scores.items())
    n_queries, n_documents = results[0].scores.shape
    request = CompareRequest(
        queries=tuple(f"q{i}" for i in range(n_queries)),
        documents=tuple(Document(f"d{i}") for i in range(n_documents)),
        models=tuple(scores),
    )
    return Comparison(request=request, results=results)


class HashEncoder(LengthEncoder):
    """Unit vectors in directions that only the joined prompt and text decide."""

    def encode(self, texts: Sequence[str], prompts: Sequence[str]) -> np.ndarray:
        rows = [self.vector(prompt + text) for prompt, text in zip(prompts, texts, strict=True)]
        return np.array(rows, dtype=np.float32)

    def vector(self, joined: str) -> np.ndarray:
        found = np.random.default_rng(crc32(joined.encode())).normal(size=self.dimension)
        return found / np.linalg.norm(found)


class FailsOn(HashEncoder):
    """Raises ``error`` as soon as it meets the text."""

    def __init__(self, text: str, error: Exception, **options: Any) -> None:
        super().__init__(**options)
        self.text = text
        self.error = error

    def encode(self, texts: Sequence[str], prompts: Sequence[str]) -> np.ndarray:
        if self.text in texts:
            raise self.error
        return super().encode(texts, prompts)
