"""The peer of the engine: sentence-transformers called directly, alone in a process of its own.

Each function here runs in that process and takes its own time, so that no crossing between
processes counts against the peer.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.models import find
from core.models.files import locate
from core.work.guard import end_with_parent
from tests.benchmarks.measuring import Run, timed

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH_SIZES = {"all-MiniLM-L6-v2": 32, "wordllama": 1024}

_models: dict[str, SentenceTransformer] = {}


@contextmanager
def opened_peer() -> Iterator[Executor]:
    """Give an executor of one fresh process in which both models are loaded and warm."""
    watch = {"initializer": end_with_parent, "initargs": (os.getpid(),)}
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), **watch) as pool:
        pool.submit(load).result()
        yield pool


def load() -> None:
    import logging

    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    _models["all-MiniLM-L6-v2"] = SentenceTransformer(str(locate(find("all-MiniLM-L6-v2"))))
    _models["wordllama"] = _wordllama()
    for name in _models:
        encode(name, ["warm"])


def threads() -> int:
    import torch

    return torch.get_num_threads()


def encode(model: str, texts: Sequence[str]) -> tuple[Run, np.ndarray]:
    """Encode everything in one call, as a script would."""
    return timed(lambda: _models[model].encode(list(texts), batch_size=BATCH_SIZES[model]))


def compare(models: Sequence[str], query: str, documents: Sequence[str]) -> tuple[Run, None]:
    """Score the documents with each model: a call for the query and one for the documents."""

    def work() -> None:
        for model in [_models[name] for name in models]:
            model.similarity(model.encode([query]), model.encode(list(documents)))

    return timed(work)


def compare_in_one_call(
    models: Sequence[str], query: str, documents: Sequence[str]
) -> tuple[Run, None]:
    """Score the documents with each model, query and documents encoded together."""

    def work() -> None:
        for model in [_models[name] for name in models]:
            vectors = model.encode([query, *documents])
            model.similarity(vectors[:1], vectors[1:])

    return timed(work)


def compare_many(
    models: Sequence[str], queries: Sequence[str], documents: Sequence[str]
) -> tuple[Run, list[np.ndarray]]:
    """Score every query against every document with each model, all of which give unit vectors."""

    def work() -> list[np.ndarray]:
        return [_vectors(model, queries) @ _vectors(model, documents).T for model in models]

    return timed(work)


def _vectors(model: str, texts: Sequence[str]) -> np.ndarray:
    if model == "char-ngrams":
        from sklearn.feature_extraction.text import HashingVectorizer

        vectorizer = HashingVectorizer(analyzer="char_wb", ngram_range=(2, 4), n_features=2048)
        return vectorizer.transform(texts).toarray()
    return _models[model].encode(list(texts), batch_size=BATCH_SIZES[model])


def _wordllama() -> SentenceTransformer:
    from safetensors.numpy import load_file
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Normalize
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer

    folder = locate(find("wordllama")) or Path()
    (weights,) = load_file(folder / "weights" / "l2_supercat_256.safetensors").values()
    tokenizer = Tokenizer.from_file(
        str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json")
    )
    tokenizer.no_truncation()
    # The file is in float16; both sides compute in float32.
    static = StaticEmbedding(tokenizer, embedding_weights=weights.astype(np.float32))
    return SentenceTransformer(modules=[static, Normalize()], device="cpu")
