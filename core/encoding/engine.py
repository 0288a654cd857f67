"""From texts to vectors: the store first, then the models lane, chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import ParamSpec, TypeVar

import numpy as np

from core.encoding import worker
from core.encoding.ask_once import AskOnce
from core.encoding.chunks import Company, Paces, chunks
from core.encoding.key import KeyMaker
from core.encoding.request import Embeddings, EncodeRequest, Prompted, Scope
from core.encoding.store import VectorStore
from core.encoding.vectors import check
from core.encoding.worker import Batch
from core.errors import BadRequest, BadText, EngineFailed, StoreFault, Word
from core.models import ModelCard, find
from core.models.device import Device, Precision, server_device
from core.models.golden import GoldenResult, GoldenState
from core.models.identity import OPENVINO, identify, identify_server
from core.models.load_request import LoadReport, LoadRequest
from core.models.openvino.exports import Export
from core.models.openvino.serving import Served, Serving
from core.models.verdicts import Verdicts
from core.work import background

# A server on a CPU may need a second for ten texts; some requests are in flight at once.
SERVER_CHUNK_TEXTS = 128
SERVER_CHUNK_CHARACTERS = 100_000

OnProgress = Callable[[int, int], None]
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
        self._paces, self._company = Paces(), Company()
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

    def latest_verdict(self, model: str) -> GoldenResult | None:
        """Return what the model's latest golden check found, however it was loaded then."""
        return self._verdicts.latest(find(model).id)

    def ask(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the function returns in the models lane. Raises WorkerLost."""
        self._company.meet()
        return self._models.submit(function, *args, **kwargs).result()

    def ask_servers(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the function returns in the servers lane. Raises WorkerLost."""
        return self._servers.submit(function, *args, **kwargs).result()

    def ask_if_free(self, function: Callable[[], T], *, seconds: float = 0.3) -> T | None:
        """Return the same, or None where the lane is too busy to answer within the time."""
        self._company.meet()
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
        if not request.inputs:
            raise BadRequest("There is no text to encode.", hint="Enter at least one.")
        _check_texts(request.inputs)
        try:
            return self._encode(request, on_progress)
        except EngineFailed:
            # It is on record, so this time the identity, and with it every key, is PyTorch's.
            return self._encode(request, on_progress)

    def has_all(self, request: EncodeRequest) -> bool:
        """Say whether every vector is stored already. Raises what load_request raises."""
        keys = self._keys(request, self.load_request(request.model, request.precision))
        known, _ = _read(self._stores[request.scope], keys)
        return len(known) == len(set(keys))

    def _encode(self, request: EncodeRequest, on_progress: OnProgress | None) -> Embeddings:
        load_request = self.load_request(request.model, request.precision)
        store, keys = self._stores[request.scope], self._keys(request, load_request)
        known, fault = _read(store, keys)
        missing = {
            key: prompted
            for key, prompted in zip(keys, request.inputs, strict=True)
            if key not in known
        }
        report, seconds = None, 0.0
        if missing:
            report = self.load(load_request)
            # Vectors of a model that differs are never kept.
            into = store if report.golden.state is not GoldenState.DIFFERS and not fault else None
            with self._company.joined():
                fresh, seconds, unkept = self._compute(load_request, missing, into, on_progress)
            known.update(fresh)
            fault = fault or unkept
        return Embeddings(
            request=request,
            identity=load_request.identity,
            device=self._device_of(load_request.card),
            vectors=_in_order(known, keys, load_request.card),
            golden=self.verdict(load_request),
            encoded=len(missing),
            import_seconds=report.import_seconds if report else 0.0,
            load_seconds=report.load_seconds if report else 0.0,
            encode_seconds=seconds,
            store_fault=fault,
        )

    def _compute(
        self,
        request: LoadRequest,
        missing: Mapping[bytes, Prompted],
        store: VectorStore | None,
        on_progress: OnProgress | None,
    ) -> tuple[dict[bytes, np.ndarray], float, StoreFault | None]:
        """Return vectors by key, the seconds they took, and why they could not be stored."""
        found: dict[bytes, np.ndarray] = {}
        seconds, fault = 0.0, None
        for part in self._chunks(request, missing):
            batch = self._submit(request, [missing[key] for key in part], first=not found)
            fresh = dict(zip(part, batch.vectors, strict=True))
            if store and not fault:
                fault = _keep(store, fresh)
            found.update(fresh)
            seconds += batch.seconds
            if on_progress:
                on_progress(len(found), len(missing))
        return found, seconds, fault

    def _keys(self, request: EncodeRequest, load_request: LoadRequest) -> list[bytes]:
        maker = KeyMaker(load_request.identity)
        return [maker.key(prompted) for prompted in request.inputs]

    def _lane(self, card: ModelCard) -> Executor:
        return self._models if card.endpoint is None else self._servers

    def _device_of(self, card: ModelCard) -> Device:
        return self.device() if card.endpoint is None else server_device(card.endpoint)

    def _chunks(
        self, request: LoadRequest, missing: Mapping[bytes, Prompted]
    ) -> Iterator[list[bytes]]:
        if request.card.endpoint is not None:
            return chunks(missing, lambda: SERVER_CHUNK_CHARACTERS, most_texts=SERVER_CHUNK_TEXTS)
        return chunks(
            missing,
            lambda: self._paces.characters(request.identity, self._company.chunk_seconds()),
        )

    def _submit(self, request: LoadRequest, inputs: list[Prompted], *, first: bool) -> Batch:
        """Have one chunk encoded: the first of a request in its turn, the others behind what came
        since, so that one who has typed a query does not wait for a whole upload.
        """
        card = request.card
        lane = self._lane(card)
        queue = lane if first else background(lane)
        batch = queue.submit(worker.encode, request, inputs).result()
        self._paces.note(
            request.identity,
            characters=sum(len(each.text) + len(each.prompt) for each in inputs),
            seconds=batch.seconds,
        )
        checked = check(batch.vectors, count=len(inputs), dimension=card.dimension, model=card.name)
        return replace(batch, vectors=checked)


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


def _keep(store: VectorStore, vectors: Mapping[bytes, np.ndarray]) -> StoreFault | None:
    # A full disk must not cost the user the answer: it is told beside it.
    try:
        store.put(vectors)
    except StoreFault as fault:
        return fault
    return None


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
