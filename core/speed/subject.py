"""A model as it is measured: loaded in this process, with nothing between it and the clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from core.encoding import Engine, Scope
from core.encoding.counting import count_tokens
from core.encoding.stores import command_store, shared_store
from core.encoding.vectors import check
from core.errors import BadRequest
from core.models.card import Loader
from core.models.device import Device, Precision, server_device
from core.models.encoder import Encoder
from core.models.load_request import LoadReport, LoadRequest
from core.models.loading import Loaded, get, load
from core.models.verdicts import Verdicts
from core.settings import settings
from core.speed.machine import describe
from core.speed.records import VERSIONS, Measured, Protocol, Record
from core.work import InlineExecutor

SOURCE = "Umekomi"
LEAST_SECONDS = 0.1  # of a round
OnRound = Callable[[int, int], None]  # (done, total) of a protocol's rounds; may raise to end it


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A loaded model. ``report`` is of its first loading here."""

    engine: Engine
    request: LoadRequest
    report: LoadReport
    loaded: Loaded

    @property
    def loader(self) -> Loader:
        return self.request.card.loader

    @property
    def device(self) -> Device:
        endpoint = self.request.card.endpoint
        return self.engine.device() if endpoint is None else server_device(endpoint)

    def time(self, texts: Sequence[str], encoder: Encoder | None = None) -> float:
        """Return the seconds from texts to checked vectors. Raises BadVectors.

        What takes less than LEAST_SECONDS is done over and over for that long, and the mean is
        returned: a clock and a scheduler tell little of a millisecond.
        """
        encode, prompts = (encoder or self.loaded.encoder).encode, [""] * len(texts)
        seconds, times = 0.0, 0
        while not times or seconds < LEAST_SECONDS:
            start = time.perf_counter()
            vectors = encode(texts, prompts)
            seconds += time.perf_counter() - start
            times += 1
            self.check(vectors, len(texts))
        return seconds / times

    def check(self, vectors: np.ndarray, count: int) -> None:
        """Raises BadVectors: a time for a wrong answer is none."""
        check(vectors, count=count, dimension=self.report.dimension, model=self.request.card.name)

    def tokens(self, texts: Sequence[str]) -> int | None:
        """Return how many tokens the model reads of the texts; None where they can't be counted."""
        try:
            found = count_tokens(
                texts,
                engine=self.engine,
                model=self.request.card.name,
                precision=self.request.precision,
            )
        except BadRequest:
            return None
        limit = found.limit
        return sum(min(each.tokens, limit or each.tokens) for each in found.counts)

    def record(
        self,
        protocol: Protocol,
        measured: Sequence[Measured],
        *,
        threads: int | None = None,
        batch_size: int | None = None,
        stopped: str = "",
    ) -> Record:
        """Return the record of what was measured, with the machine and the model's own facts."""
        identity, device = self.request.identity, self.device
        return Record(
            protocol=protocol,
            version=VERSIONS[protocol],
            model=self.request.card.name,
            model_id=identity.model_id,
            dimension=self.report.dimension,
            precision=str(self.request.precision),
            dtype=identity.dtype,
            backend=f"{identity.backend} {identity.backend_version}".strip(),
            device=device.name if device.kind == "server" else identity.device,
            threads=device.threads if threads is None else threads,
            batch_size=batch_size,
            machine=describe(device),
            measured=tuple(measured),
            measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
            source=SOURCE,
            stopped=stopped,
        )


def open_engine() -> Engine:
    """Return an engine whose models are in this process: a lane's messages take time too."""
    data_dir = settings().data_dir
    stores = {Scope.SHARED: shared_store(data_dir), Scope.SESSION: command_store(data_dir)}
    return Engine(InlineExecutor(), stores, Verdicts(data_dir / "golden"))


def open_subject(engine: Engine, model: str, precision: Precision = Precision.EXACT) -> Subject:
    """Return the model, loaded. Raises what Engine.load_request and loading.load raise."""
    request = engine.load_request(model, precision)
    report = load(request)
    return Subject(engine=engine, request=request, report=report, loaded=get(request))
