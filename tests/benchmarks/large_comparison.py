"""Twenty queries against 500 documents with three warm models: from the store, and never seen."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.compare import CompareRequest, Comparison, Document, compare
from core.encoding import Engine
from tests.benchmarks import peer as peer_side
from tests.benchmarks.measuring import Pace, Run, Turns, take_turns, timed
from tests.benchmarks.ours import opened_engines
from tests.benchmarks.outcome import Outcome, Ratio
from tests.benchmarks.texts import short_texts

MODELS = ("all-MiniLM-L6-v2", "wordllama", "char-ngrams")
# What a script would do: it keeps no vectors, so it encodes every time.
PEER = "encode of sentence-transformers and scikit-learn, loaded models, then NumPy"
SAME_WITHIN = 1e-4
TARGET_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Sizes:
    rounds: int = 7
    queries: int = 20
    documents: int = 500


FULL = Sizes()
TINY = Sizes(rounds=1, queries=2, documents=4)


def texts_of(sizes: Sizes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return queries and documents, all different."""
    texts = short_texts(sizes.queries + sizes.documents)
    return texts[: sizes.queries], texts[sizes.queries :]


def measure(sizes: Sizes, folder: Path, pace: Pace) -> list[Outcome]:
    queries, documents = texts_of(sizes)
    request = CompareRequest(
        queries=queries, documents=tuple(map(Document, documents)), models=MODELS
    )
    with opened_engines(folder, MODELS) as new_engine, peer_side.opened_peer() as peer:
        full = new_engine()
        compare(request, full)
        found: dict[str, list[np.ndarray]] = {}

        def kept(_: int) -> Run:
            return _ours(request, full, 0)

        def new(_: int) -> Run:
            return _ours(request, new_engine(), len(MODELS) * (len(queries) + len(documents)))

        def theirs(_: int) -> Run:
            run, found["theirs"] = _theirs(peer, queries, documents)
            return run

        turns = take_turns({"kept": kept, "new": new, "peer": theirs}, pace, rounds=sizes.rounds)
        _check(compare(request, full), found["theirs"])
    what = f"{len(queries)} queries, {len(documents)} documents, {len(MODELS)} models"
    return [
        _outcome(f"{what}, vectors in the store", "kept", turns),
        _outcome(f"{what}, texts never seen", "new", turns, target_seconds=None),
    ]


def _ours(request: CompareRequest, engine: Engine, encoded: int) -> Run:
    run, comparison = timed(lambda: compare(request, engine))
    assert not comparison.failures
    assert sum(step.encoded or 0 for r in comparison.results for step in r.steps) == encoded
    return run


def _theirs(
    peer: Executor, queries: tuple[str, ...], documents: tuple[str, ...]
) -> tuple[Run, list[np.ndarray]]:
    return peer.submit(peer_side.compare_many, MODELS, queries, documents).result()


def _check(comparison: Comparison, theirs: list[np.ndarray]) -> None:
    for result, scores in zip(comparison.results, theirs, strict=True):
        difference = float(np.abs(result.scores - scores).max())
        assert difference < SAME_WITHIN, f"{result.model} differs by {difference}."


def _outcome(
    what: str, name: str, turns: Turns, target_seconds: float | None = TARGET_SECONDS
) -> Outcome:
    return Outcome(
        what=what,
        peer=PEER,
        ratio=Ratio.OURS_BY_PEER,
        target_seconds=target_seconds,
        ours=turns.found[name],
        theirs=turns.found["peer"],
        busy_before=turns.busy_before,
    )
