"""Stand-ins with arithmetic answers, and a recorder around a real executor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from itertools import chain
from typing import Any

import numpy as np

from core.encoding import Prompted, worker
from core.models.device import Device
from core.models.ngrams import DIMENSION
from core.work import InlineExecutor

CPU = Device(kind="cpu", name="CPU", threads=2, native_bfloat16=True)
PLAIN_CPU = Device(kind="cpu", name="CPU", threads=2, native_bfloat16=False)


class LengthEncoder:
    """Vectors of the two lengths and a one: (len(prompt), len(text), 1, 0, 0, ...)."""

    def __init__(self, *, dimension: int = DIMENSION) -> None:
        self.dimension = dimension

    def encode(self, texts: Sequence[str], prompts: Sequence[str]) -> np.ndarray:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        vectors[:, 0] = [len(prompt) for prompt in prompts]
        vectors[:, 1] = [len(text) for text in texts]
        vectors[:, 2] = 1.0
        return vectors


class BrokenEncoder(LengthEncoder):
    """Gives ``answer`` for any two texts."""

    def __init__(self, answer: np.ndarray) -> None:
        super().__init__()
        self.answer = answer

    def encode(self, texts: Sequence[str], prompts: Sequence[str]) -> np.ndarray:
        return self.answer if len(texts) == 2 else super().encode(texts, prompts)


class Recorder(Executor):
    """Hands every call on, and remembers it; ``fail`` makes all further calls raise that error."""

    def __init__(self, inner: Executor | None = None) -> None:
        self.inner = inner or InlineExecutor()
        self.calls: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []
        self.fail: Exception | None = None

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.calls.append((fn, args))
        if self.fail is not None:
            future: Future[Any] = Future()
            future.set_exception(self.fail)
            return future
        return self.inner.submit(fn, *args, **kwargs)

    @property
    def batches(self) -> list[list[Prompted]]:
        """The inputs of each call that was asked to encode, of all its parts."""
        return [list(chain(*args[1:])) for fn, args in self.calls if fn is worker.encode]

    @property
    def encoded(self) -> list[Prompted]:
        return [prompted for batch in self.batches for prompted in batch]
