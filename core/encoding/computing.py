"""Inputs that no store has, computed in a lane chunk by chunk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from core.encoding import worker
from core.encoding.chunks import Company, Paces, chunks
from core.encoding.request import Prompted
from core.encoding.store import VectorStore
from core.encoding.vectors import check
from core.encoding.worker import Encoded
from core.errors import StoreFault
from core.models import ModelCard
from core.models.golden import GoldenState
from core.models.load_request import LoadReport, LoadRequest
from core.work import background

# A server on a CPU may need a second for ten texts; some requests are in flight at once.
SERVER_CHUNK_TEXTS = 128
SERVER_CHUNK_CHARACTERS = 100_000

OnProgress = Callable[[int, int], None]


class Missing(NamedTuple):
    """An input that must be computed, and the first of the requests that has it."""

    part: int
    prompted: Prompted


@dataclass
class Fresh:
    """What was computed, the seconds by request, and why it could not be stored."""

    vectors: dict[bytes, np.ndarray] = field(default_factory=dict)
    seconds: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    report: LoadReport | None = None
    fault: StoreFault | None = None


class Computing:
    """Computes in the lane of each model, at the pace that it has learnt. Any thread may ask."""

    def __init__(self, lane: Callable[[ModelCard], Executor]) -> None:
        self.company = Company()
        self._lane = lane
        self._paces = Paces()

    def compute(
        self,
        request: LoadRequest,
        missing: Mapping[bytes, Missing],
        store: VectorStore | None,
        on_report: Callable[[LoadReport], None],
        on_progress: OnProgress | None,
    ) -> Fresh:
        """Compute the inputs of all requests, and keep each chunk's vectors unless the model
        differs from its authors'. ``on_report`` gets what loading it found, before the rest.
        """
        fresh = Fresh()
        for chunk in self._chunks(request, {key: each.prompted for key, each in missing.items()}):
            keys_of: defaultdict[int, list[bytes]] = defaultdict(list)
            for key in chunk:
                keys_of[missing[key].part].append(key)
            inputs = [[missing[key].prompted for key in keys] for keys in keys_of.values()]
            encoded = self._submit(request, inputs, first=not fresh.vectors)
            if fresh.report is None:
                fresh.report = encoded.report
                on_report(encoded.report)
                if encoded.report.golden.state is GoldenState.DIFFERS:  # such are never kept
                    store = None
            found: dict[bytes, np.ndarray] = {}
            for (part, keys), batch in zip(keys_of.items(), encoded.batches, strict=True):
                found.update(zip(keys, batch.vectors, strict=True))
                fresh.seconds[part] += batch.seconds
            if store and not fresh.fault:
                fresh.fault = _keep(store, found)
            fresh.vectors.update(found)
            if on_progress:
                on_progress(len(fresh.vectors), len(missing))
        return fresh

    def _chunks(
        self, request: LoadRequest, missing: Mapping[bytes, Prompted]
    ) -> Iterator[list[bytes]]:
        if request.card.endpoint is not None:
            return chunks(missing, lambda: SERVER_CHUNK_CHARACTERS, most_texts=SERVER_CHUNK_TEXTS)
        return chunks(
            missing,
            lambda: self._paces.characters(request.identity, self.company.chunk_seconds()),
        )

    def _submit(
        self, request: LoadRequest, parts: Sequence[list[Prompted]], *, first: bool
    ) -> Encoded:
        """Have one chunk encoded: the first of a request in its turn, the others behind what came
        since, so that one who has typed a query does not wait for a whole upload.
        """
        card = request.card
        lane = self._lane(card)
        queue = lane if first else background(lane)
        encoded = queue.submit(worker.encode, request, *parts).result()
        self._paces.note(
            request.identity,
            characters=sum(len(each.text) + len(each.prompt) for part in parts for each in part),
            seconds=sum(batch.seconds for batch in encoded.batches),
        )
        batches = tuple(
            replace(
                batch,
                vectors=check(
                    batch.vectors, count=len(part), dimension=card.dimension, model=card.name
                ),
            )
            for part, batch in zip(parts, encoded.batches, strict=True)
        )
        return replace(encoded, batches=batches)


def _keep(store: VectorStore, vectors: Mapping[bytes, np.ndarray]) -> StoreFault | None:
    # A full disk must not cost the user the answer: it is told beside it.
    try:
        store.put(vectors)
    except StoreFault as fault:
        return fault
    return None
