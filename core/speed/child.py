"""The fresh process of a protocol: ``python -m core.speed.child REQUEST ANSWER``.

Nothing heavy is imported before the clock runs, so this module's imports are the light ones.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from core.errors import ExplorerError
from core.models import find
from core.models.card import Loader
from core.models.device import Precision
from core.models.loading import WITHOUT_LIBRARIES, import_libraries
from core.models.similarity import Similarity, similarity_matrix
from core.speed.records import Measured, Protocol, Record, to_json
from core.speed.subject import Subject, open_engine, open_subject
from core.speed.texts import DOCUMENTS, QUERY, Language, counts, paragraphs
from core.whole_files import write_json
from core.work.job import JobError

ROUNDS = 5


def cold_start(model: str, precision: Precision) -> Record:
    """Return the seconds of each step from nothing to a similarity.

    The notes' eight steps without the three that only define or print something; loading has the
    check against the model card's example in it, as it has in the app.
    """
    local = find(model).loader is not Loader.SERVER
    needs = find(model).loader not in WITHOUT_LIBRARIES
    engine = open_engine()
    start = time.perf_counter()
    if needs:
        import_libraries()
    if local:
        engine.device()  # torch is asked for the device, whatever the model needs
    imported = time.perf_counter() - start
    start = time.perf_counter()
    subject = open_subject(engine, model, precision)
    loaded = time.perf_counter() - start
    encoder = subject.loaded.encoder
    start = time.perf_counter()
    query = encoder.encode([QUERY], [""])
    first = time.perf_counter()
    documents = encoder.encode(DOCUMENTS, [""] * len(DOCUMENTS))
    second = time.perf_counter()
    similarity_matrix(query, documents, Similarity(subject.request.card.similarity))
    third = time.perf_counter()
    subject.check(query, 1)
    subject.check(documents, len(DOCUMENTS))
    steps = {
        "import": imported,
        "load" if local else "connect": loaded,
        "query": first - start,
        "documents": second - first,
        "similarity": third - second,
    }
    measured = [Measured(name=name, seconds=(seconds,)) for name, seconds in steps.items()]
    return subject.record(Protocol.COLD_START, measured)


def memory(model: str, precision: Precision) -> Record:
    """Return the bytes above those of this process before: resident, and a GPU's allocated peak."""
    process = psutil.Process()
    engine = open_engine()
    before = process.memory_info().rss
    if find(model).loader not in WITHOUT_LIBRARIES:
        import_libraries()
    engine.device()
    libraries = process.memory_info().rss - before
    subject = open_subject(engine, model, precision)
    loaded = process.memory_info().rss - before
    texts = paragraphs(Language.ENGLISH)
    peak = _PeakOfGpu(subject)
    subject.time(texts)
    found = {
        "libraries": libraries,
        "loaded": loaded,
        "encoding": process.memory_info().rss - before,
        **peak.bytes(),
    }
    measured = [Measured(name=name, bytes_used=size) for name, size in found.items()]
    return subject.record(Protocol.MEMORY, measured)


def threads(model: str, precision: Precision, count: int) -> Record:
    """Return the rounds over the English text with so many cores and threads."""
    _hold(count)
    subject = open_subject(open_engine(), model, precision)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(count)
    texts = paragraphs(Language.ENGLISH)
    subject.time(texts)  # one warm-up
    seconds = tuple(subject.time(texts) for _ in range(ROUNDS))
    counted = counts(texts)
    if (tokens := subject.tokens(texts)) is not None:
        counted["tokens"] = tokens
    measured = Measured(name=str(count), at=count, seconds=seconds, counts=counted)
    return subject.record(Protocol.THREADS, [measured], threads=count)


class _PeakOfGpu:
    """The most that torch allocates on a GPU from here on."""

    def __init__(self, subject: Subject) -> None:
        self._cuda: Any = None
        if subject.request.identity.device == "cuda":
            import torch

            self._cuda = torch.cuda
            self._cuda.reset_peak_memory_stats()

    def bytes(self) -> dict[str, int]:
        return {} if self._cuda is None else {"gpu_peak": int(self._cuda.max_memory_allocated())}


def _hold(count: int) -> None:
    """Keep this process on the first cores, where the system can do that."""
    process = psutil.Process()
    if hasattr(process, "cpu_affinity"):
        allowed: Any = process.cpu_affinity()
        process.cpu_affinity(sorted(allowed)[:count])


def main() -> None:
    asked, answer = json.loads(sys.argv[1]), Path(sys.argv[2])
    model, precision = asked["model"], Precision(asked["precision"])
    try:
        if asked["what"] == "threads":
            record = threads(model, precision, int(asked["threads"]))
        else:
            record = {"cold-start": cold_start, "memory": memory}[asked["what"]](model, precision)
    except ExplorerError as error:
        write_json(answer, {"error": vars(JobError.of(error))})
    else:
        write_json(answer, {"record": to_json(record)})


if __name__ == "__main__":
    main()
