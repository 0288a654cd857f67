"""The calls that the models lane runs, each a plain function with plain values."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.encoding.request import Prompted
from core.encoding.vectors import check
from core.models import ModelCard, loading
from core.models.device import Device, probe
from core.models.load_request import LoadReport, LoadRequest
from core.models.servers.memory import Met


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Vectors of one part of a call, float32, shape (n_inputs, dim), and the seconds they took."""

    vectors: np.ndarray
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """A batch for each part, and what having the model ready took."""

    report: LoadReport
    batches: tuple[Batch, ...]


def warm() -> float:
    """Import the libraries ahead of the first request; return the seconds it took."""
    return loading.import_libraries()


def describe_device() -> Device:
    return probe()


def meet_server(card: ModelCard) -> Met:
    """Connect to a server's model, and say which one answers. Raises as encoder.meet_again does."""
    from core.models.servers.encoder import meet_again

    return meet_again(card)


def load(request: LoadRequest) -> LoadReport:
    return loading.load(request)


def encode(request: LoadRequest, *parts: Sequence[Prompted]) -> Encoded:
    """Encode each part by itself, having loaded the model: one call, since each waits its turn.

    Raises what loading.load raises, BadVectors.
    """
    report = loading.load(request)
    return Encoded(report=report, batches=tuple(_batch(request, part) for part in parts))


def _batch(request: LoadRequest, inputs: Sequence[Prompted]) -> Batch:
    start = time.perf_counter()
    prompts = [prompted.prompt for prompted in inputs]
    vectors = loading.encode(request, [prompted.text for prompted in inputs], prompts)
    checked = check(
        vectors, count=len(inputs), dimension=request.card.dimension, model=request.card.name
    )
    return Batch(vectors=checked, seconds=time.perf_counter() - start)
