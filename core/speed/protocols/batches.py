"""Batch sizes: the same 128 lines, at most so many of them in a batch (in a server's request)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.models.card import Loader
from core.models.encoder import Encoder, SentenceTransformerEncoder
from core.models.servers.encoder import MOST_TEXTS
from core.speed.records import Measured, Protocol, Record
from core.speed.subject import OnRound, Subject
from core.speed.texts import counts, lines

TEXTS = 128
SIZES = (1, 2, 4, 8, 16, 32, 64, 128)
ROUNDS = 5


class InParts:
    """Sends a server so many texts at a time, one request after the other."""

    def __init__(self, encoder: Encoder, size: int) -> None:
        self._encoder, self._size = encoder, size

    def encode(self, texts: Sequence[str], prompts: Sequence[str]) -> np.ndarray:
        """Return float32, shape (n_texts, dim)."""
        starts = range(0, len(texts), self._size)
        parts = [
            self._encoder.encode(texts[i : i + self._size], prompts[i : i + self._size])
            for i in starts
        ]
        return np.concatenate(parts)


def measure(subject: Subject, on_round: OnRound) -> Record:
    """Return the rounds at each size."""
    texts = lines(TEXTS)
    server = subject.loader is Loader.SERVER
    sizes = [size for size in SIZES if not server or size <= MOST_TEXTS]
    total = len(sizes) * ROUNDS
    measured: list[Measured] = []
    for place, size in enumerate(sizes):
        encoder = _encoder(subject, size)
        subject.time(texts[: 2 * size], encoder)  # one warm-up
        seconds: list[float] = []
        for number in range(ROUNDS):
            on_round(place * ROUNDS + number, total)
            seconds.append(subject.time(texts, encoder))
        measured.append(
            Measured(name=str(size), at=size, seconds=tuple(seconds), counts=counts(texts))
        )
    on_round(total, total)
    return subject.record(Protocol.BATCHES, measured)


def _encoder(subject: Subject, size: int) -> Encoder:
    model = subject.loaded.model
    if model is None:
        return InParts(subject.loaded.encoder, size)
    return SentenceTransformerEncoder(model, batch_size=size)
