"""From texts to vectors: the store first, then the models lane, chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import ParamSpec, TypeVar

import numpy as np

from core.encoding import worker
from core.encoding.ask_once import AskOnce
from core.encoding.computing import Computing, Fresh, Missing, OnProgress
from core.encoding.key import KeyMaker
from core.encoding.request import Embeddings, EncodeRequest, Prompted, Scope
from core.encoding.store import VectorStore
from core.encoding.vectors import check
from core.errors import BadRequest, BadText, BadVectors, EngineFailed, StoreFault, Word
from core.models import ModelCard, find
from core.models.device import Device, Precision, server_device
from core.models.golden import GoldenResult
from core.models.identity import OPENVINO, identify, identify_server
from core.models.load_request import LoadReport, LoadRequest
from core.models.openvino.exports import Export
from core.models.openvino.serving import Served, Serving
from core.models.verdicts import Verdicts

P = ParamSpec("P")
T = TypeVar("T")


class Engine:
    """Encodes with the models lane and keeps vectors in the store of each request's scope.

    ``verdicts`` keeps what golden checks found; ``budget_bytes`` is what loaded models may hold.
    ``servers`` asks models on servers, None where the models lane does that too. ``serving`` says
    which models run in OpenVINO, None for none of them.
    """

    def __init__(
        self,
        models: Executor,
        stores: Mapping[Scope, VectorStore],
        verdicts: Verdicts,
        *,
        budget_bytes: int | None = None,
        servers: Executor | None = None,
        serving: Serving | None = None,
    ) -> None:
        self._models = models
        self._servers = servers or models
        self._stores = dict(stores)
        self._verdicts = verdicts
        self._budget_bytes = budget_bytes
        self._serving = serving
        self._computing = Computing(self._lane)
        self._device = AskOnce(lambda: models.submit(worker.describe_device))

    def with_store(self, scope: Scope, store: VectorStore) -> Engine:
        """Return an engine that keeps this scope's vectors in ``store`` and shares all else."""
        other = copy(self)
        other._stores = {**self._stores, scope: store}
        return other

    def device(self) -> Device:
        """Return the models lane's device. Raises WorkerLost."""
        return self._device.wait()

    def known_device(self) -> Device | None:
        """Return the device if the lane has said it by now; the question is asked if need be."""
        return self._device.peek()

    def load_request(self, model: str, precision: Precision = Precision.EXACT) -> LoadRequest:
        """Return how the model is to be loaded here and now. Raises ModelNotFound, ModelNotHere,
        ModelFilesDiffer, PrecisionNotOffered, WorkerLost; for a server's model, to which it
        connects, what worker.meet_server raises.
        """
        card = find(model)
        folder: Path | None = None
        if card.endpoint is not None:
            met = self._servers.submit(worker.meet_server, card).result()
            identity = identify_server(card, met.digest)
        else:
            device = self.device()
            folder = self._serving.folder(card, device) if self._serving else None
            identity = identify(card, precision, device, backend=OPENVINO if folder else "")
        return LoadRequest(
            card=card,
            identity=identity,
            precision=precision,
            budget_bytes=self._budget_bytes,
            export_folder=str(folder or ""),
        )

    def served(self, model: str) -> tuple[Served, Export | None]:
        """Return what computes the model here: OpenVINO, or PyTorch and why. Raises WorkerLost."""
        if self._serving is None:
            return Served.NOT_FOR_IT, None
        return self._serving.served(find(model), self.device())

    def load(self, request: LoadRequest) -> LoadReport:
        """Have the model in memory and its golden check on record. Raises as loading.load does."""
        report = self._lane(request.card).submit(worker.load, request).result()
        self._verdicts.put(request, report.golden)
        return report

    def verdict(self, request: LoadRequest) -> GoldenResult | None:
        """Return what the last golden check of exactly this load found; None: never checked."""
        return self._verdicts.get(request)

    def latest_verdict(self, card: ModelCard) -> GoldenResult | None:
        """Return what the model's latest golden check found, however it was loaded then."""
        return self._verdicts.latest(card.id)

    def ask(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the function returns in the models lane. Raises WorkerLost."""
        self._computing.company.meet()
        return self._models.submit(function, *args, **kwargs).result()

    def ask_servers(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the function returns in the servers lane. Raises WorkerLost."""
        return self._servers.submit(function, *args, **kwargs).result()

    def ask_if_free(self, function: Callable[[], T], *, seconds: float = 0.3) -> T | None:
        """Return the same, or None where the lane is too busy to answer within the time."""
        self._computing.company.meet()
        future = self._models.submit(function)
        try:
            return future.result(timeout=seconds)
        except TimeoutError:
            future.cancel()
            return None

    def encode(self, request: EncodeRequest, on_progress: OnProgress | None = None) -> Embeddings:
        """Return a vector for each input, in its order; each distinct input is encoded once.

        ``on_progress`` gets (done, total) of the inputs that must be computed; an exception in it
        ends the work, and what was computed until then is kept. Vectors of a model that differs
        from its authors' are never kept. Raises what load_request and load raise, BadVectors,
        OutOfMemory.
        """
        return self.encode_all((request,), on_progress)[0]

    def encode_all(
        self, requests: Sequence[EncodeRequest], on_progress: OnProgress | None = None
    ) -> tuple[Embeddings, ...]:
        """Do the same for requests that differ in their inputs alone, in the calls of one.

        An input of several is encoded for the first of them; ``on_progress`` counts all.
        """
        for request in requests:
            if not request.inputs:
                raise BadRequest("There is no text to encode.", hint="Enter at least one.")
            _check_texts(request.inputs)
        try:
            return self._encode(requests, on_progress)
        except EngineFailed:
            # It is on record, so this time the identity, and with it every key, is PyTorch's.
            return self._encode(requests, on_progress)

    def has_all(self, request: EncodeRequest) -> bool:
        """Say whether every vector is stored already. Raises what load_request raises."""
        keys = self._keys(request, self.load_request(request.model, request.precision))
        known, _ = _read(self._stores[request.scope], keys)
        return len(known) == len(set(keys))

    def _encode(
        self, requests: Sequence[EncodeRequest], on_progress: OnProgress | None
    ) -> tuple[Embeddings, ...]:
        asked = requests[0]
        load_request = self.load_request(asked.model, asked.precision)
        store = self._stores[asked.scope]
        keys = [self._keys(request, load_request) for request in requests]
        known, fault = _read(store, [key for its in keys for key in its])
        missing: dict[bytes, Missing] = {}
        for part, (request, its) in enumerate(zip(requests, keys, strict=True)):
            for key, prompted in zip(its, request.inputs, strict=True):
                if key not in known and key not in missing:
                    missing[key] = Missing(part, prompted)
        fresh = Fresh()
        if missing:
            into = None if fault else store
            with self._computing.company.joined(), self._verdict_in_any_case(load_request):
                fresh = self._computing.compute(
                    load_request,
                    missing,
                    into,
                    lambda report: self._verdicts.put(load_request, report.golden),
                    on_progress,
                )
        known.update(fresh.vectors)
        report = fresh.report
        return tuple(
            Embeddings(
                request=request,
                identity=load_request.identity,
                device=self._device_of(load_request.card),
                vectors=_in_order(known, its, load_request.card),
                golden=self.verdict(load_request),
                encoded=sum(each.part == part for each in missing.values()),
                # Whichever text came first waited for it.
                import_seconds=report.import_seconds if report and not part else 0.0,
                load_seconds=report.load_seconds if report and not part else 0.0,
                encode_seconds=fresh.seconds[part],
                store_fault=fault or fresh.fault,
            )
            for part, (request, its) in enumerate(zip(requests, keys, strict=True))
        )

    @contextmanager
    def _verdict_in_any_case(self, request: LoadRequest) -> Generator[None]:
        """Have the golden check on record where the model gives vectors that are none."""
        try:
            yield
        except BadVectors:
            self.load(request)
            raise

    def _keys(self, request: EncodeRequest, load_request: LoadRequest) -> list[bytes]:
        maker = KeyMaker(load_request.identity)
        return [maker.key(prompted) for prompted in request.inputs]

    def _lane(self, card: ModelCard) -> Executor:
        return self._models if card.endpoint is None else self._servers

    def _device_of(self, card: ModelCard) -> Device:
        return self.device() if card.endpoint is None else server_device(card.endpoint)


def _check_texts(inputs: Sequence[Prompted]) -> None:
    for i, prompted in enumerate(inputs):
        try:
            "".join(prompted).encode()
        except UnicodeEncodeError as error:
            raise BadText(
                f"Text {i + 1} holds half of a character (a lone surrogate) and can't be encoded.",
                hint="Type the character again, or take it out.",
                what=Word.TEXT,
                number=i + 1,
                position=error.start,
            ) from None


def _read(
    store: VectorStore, keys: Sequence[bytes]
) -> tuple[dict[bytes, np.ndarray], StoreFault | None]:
    try:
        return store.get(keys), None
    except StoreFault as fault:
        return {}, fault


def _in_order(
    known: Mapping[bytes, np.ndarray], keys: Sequence[bytes], card: ModelCard
) -> np.ndarray:
    vectors = check(
        np.stack([known[key] for key in keys]),
        count=len(keys),
        dimension=card.dimension,
        model=card.name,
    )
    vectors.flags.writeable = False
    return vectors
