"""A hundred thousand texts: encoded, searched and drawn, and the memory that it takes."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from core.encoding import Scope
from core.encoding.stores import session_store
from core.maps.projection import Method, ProjectionRequest, project, warm
from core.sets.search import search
from core.work import Lane
from tests.benchmarks import ours, peer
from tests.benchmarks.measuring import Pace, Run, take_turns, timed
from tests.benchmarks.outcome import Outcome, Ratio
from tests.benchmarks.texts import short_texts

MODEL = "wordllama"
QUERY = "a table for two this evening"
K = 10
TARGET_SEARCH_SECONDS = 0.2
MOST_DRAWN = 20_000  # of the Map page


@dataclass(frozen=True, kw_only=True)
class Sizes:
    rounds: int = 3
    texts: int = 100_000


FULL = Sizes()
TINY = Sizes(rounds=1, texts=300)


def measure(sizes: Sizes, folder: Path, pace: Pace) -> list[Outcome]:
    texts = short_texts(sizes.texts)
    compute = Lane("compute")
    try:
        with ours.opened_engines(folder, [MODEL]) as new_engine, peer.opened_peer() as other:
            compute.submit(warm).result()
            engine = new_engine().with_store(Scope.SESSION, session_store(folder))
            encoded, vectors = timed(lambda: ours.encode(engine, MODEL, texts).vectors)
            direct, _ = other.submit(peer.encode, MODEL, texts).result()
            query = ours.encode(engine, MODEL, [QUERY]).vectors
            searched = _search(vectors, query, sizes, pace)
            drawn = _draw(vectors, compute)
            memory = _peak_bytes()
    finally:
        compute.shutdown()
    count = f"{len(texts):,} texts, {MODEL}"
    quiet = (0.0,)
    return [
        Outcome(
            what=f"{count}: encode and keep",
            peer="SentenceTransformer.encode",
            ratio=Ratio.PEER_BY_OURS,
            ours=(encoded,),
            theirs=(direct,),
            busy_before=quiet,
        ),
        searched,
        Outcome(
            what=f"{count}: UMAP of the {min(MOST_DRAWN, len(texts)):,} that are drawn; peak memory "
            f"of all processes together {memory / 2**20:,.0f} MiB",
            peer="PCA of the same",
            ratio=Ratio.OURS_BY_PEER,
            ours=(drawn[Method.UMAP],),
            theirs=(drawn[Method.PCA],),
            busy_before=quiet,
        ),
    ]


def _search(vectors: np.ndarray, query: np.ndarray, sizes: Sizes, pace: Pace) -> Outcome:
    def by_us(_: int) -> tuple[Run, np.ndarray]:
        run, found = timed(lambda: search(vectors, query, K))
        return run, found.places[0]

    def by_numpy(_: int) -> tuple[Run, np.ndarray]:
        def look() -> np.ndarray:
            scores = vectors @ query[0]
            best = np.argpartition(-scores, K)[:K]
            return best[np.argsort(-scores[best], kind="stable")]

        return timed(look)

    turns = take_turns({"ours": by_us, "numpy": by_numpy}, pace, rounds=sizes.rounds)
    for (_, places), (_, others) in zip(turns.found["ours"], turns.found["numpy"], strict=True):
        np.testing.assert_allclose(
            vectors[places] @ query[0], vectors[others] @ query[0], atol=1e-6
        )
    return Outcome(
        what=f"{len(vectors):,} vectors of {vectors.shape[1]}: the nearest {K}, exactly",
        peer="NumPy: one product in float32 and argpartition",
        ratio=Ratio.OURS_BY_PEER,
        target_seconds=TARGET_SEARCH_SECONDS,
        ours=tuple(run for run, _ in turns.found["ours"]),
        theirs=tuple(run for run, _ in turns.found["numpy"]),
        busy_before=turns.busy_before,
    )


def _draw(vectors: np.ndarray, compute: Executor) -> dict[Method, Run]:
    ids = np.random.default_rng(0).permutation(len(vectors))[:MOST_DRAWN]
    sample = vectors[np.sort(ids)]
    return {
        method: timed(
            lambda method=method: compute.submit(
                project, sample, ProjectionRequest(method=method)
            ).result()
        )[0]
        for method in (Method.PCA, Method.UMAP)
    }


def _peak_bytes() -> int:
    """Return the sum of the most that each process has had; no more than that were in use."""
    own = psutil.Process()
    total = 0
    for process in (own, *own.children(recursive=True)):
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
        total += next(
            int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")
        )
    return total
