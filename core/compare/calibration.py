"""What a score means: where it stands among the same model's scores of unrelated texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType

import numpy as np

from core.compare.background import Kind, background, kind_of
from core.compare.request import CompareRequest, ModelScores
from core.encoding import EncodeRequest, Engine, Prompted, Scope
from core.encoding.vectors import truncate
from core.models import Prompt
from core.models.similarity import similarity_matrix

LEAST_PAIRS = 2000

OnProgress = Callable[[int, int], None]
# Scores of unrelated pairs in ascending order, by the kinds of query and document.
Unrelated = Mapping[tuple[Kind, Kind], np.ndarray]
NOTHING_KNOWN: Unrelated = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """One model's percentiles, float32, shape (n_queries, n_documents), 0 to 100.

    NaN where fewer than LEAST_PAIRS unrelated pairs have the kinds of the two texts. Where those
    two kinds are one and both sides have the same prompt, (a, b) and (b, a) are one pair.
    """

    model: str
    percentiles: np.ndarray
    query_kinds: tuple[Kind | None, ...]
    document_kinds: tuple[Kind | None, ...]
    unrelated: Unrelated


def calibrate(
    request: CompareRequest,
    result: ModelScores,
    engine: Engine,
    *,
    known: Unrelated = NOTHING_KNOWN,
    on_progress: OnProgress | None = None,
) -> Calibration:
    """Score unrelated texts as the result's own were: same model, prompts, dimension, precision.

    ``known`` is what an earlier calibration of such a result has found, and need not be scored
    again. Raises what Engine.encode raises.
    """
    query_kinds = tuple(kind_of(query) for query in request.queries)
    document_kinds = tuple(kind_of(document.text) for document in request.documents)
    sides = _distinct(query_kinds), _distinct(document_kinds)
    if _has_all(known, *sides):
        unrelated = {pair: known[pair] for pair in product(*sides)}
    else:
        unrelated = _unrelated(request, result, *sides, engine, on_progress)
    found = np.full(result.scores.shape, np.nan, dtype=np.float32)
    for (query_kind, document_kind), pairs in unrelated.items():
        rows = [i for i, kind in enumerate(query_kinds) if kind == query_kind]
        columns = [i for i, kind in enumerate(document_kinds) if kind == document_kind]
        cell = np.ix_(rows, columns)
        found[cell] = percentiles(result.scores[cell], pairs)
    found.flags.writeable = False
    return Calibration(
        model=result.model,
        percentiles=found,
        query_kinds=query_kinds,
        document_kinds=document_kinds,
        unrelated=unrelated,
    )


def is_prepared(
    request: CompareRequest,
    result: ModelScores,
    engine: Engine,
    *,
    known: Unrelated = NOTHING_KNOWN,
) -> bool:
    """Say whether calibrating encodes nothing. Raises what Engine.encode raises."""
    query_kinds = _distinct(map(kind_of, request.queries))
    document_kinds = _distinct(kind_of(document.text) for document in request.documents)
    return _has_all(known, query_kinds, document_kinds) or engine.has_all(
        _asked(request, result, query_kinds, document_kinds)
    )


def percentiles(scores: np.ndarray, unrelated: np.ndarray) -> np.ndarray:
    """Return how many of 100 unrelated scores are below each score, half of those equal to it.

    ``unrelated`` is ascending; with fewer than LEAST_PAIRS of them, NaN. The result depends on the
    order alone (the percentile rank of scipy.stats.percentileofscore, kind "mean").
    """
    if len(unrelated) < LEAST_PAIRS:
        return np.full(scores.shape, np.nan)
    below = np.searchsorted(unrelated, scores, side="left")
    up_to = np.searchsorted(unrelated, scores, side="right")
    return (below + up_to) * (50.0 / len(unrelated))


def _has_all(known: Unrelated, query_kinds: Sequence[Kind], document_kinds: Sequence[Kind]) -> bool:
    return all(pair in known for pair in product(query_kinds, document_kinds))


def _distinct(kinds: Iterable[Kind | None]) -> list[Kind]:
    return list(dict.fromkeys(kind for kind in kinds if kind is not None))


def _unrelated(
    request: CompareRequest,
    result: ModelScores,
    query_kinds: Sequence[Kind],
    document_kinds: Sequence[Kind],
    engine: Engine,
    on_progress: OnProgress | None,
) -> dict[tuple[Kind, Kind], np.ndarray]:
    if not query_kinds or not document_kinds:
        return {}
    asked = _asked(request, result, query_kinds, document_kinds)
    encoded = engine.encode(asked, on_progress=on_progress)
    topics = len(background()[query_kinds[0]])
    kept = truncate(encoded.vectors, result.dimension).vectors
    parts = np.split(kept, len(kept) // topics)
    queries, documents = parts[: len(query_kinds)], parts[len(query_kinds) :]
    other_topic = ~np.eye(topics, dtype=bool)
    one_prompt = result.query_prompt.render() == result.document_prompt.render()
    found: dict[tuple[Kind, Kind], np.ndarray] = {}
    for query_kind, q_vectors in zip(query_kinds, queries, strict=True):
        for document_kind, d_vectors in zip(document_kinds, documents, strict=True):
            scores = similarity_matrix(q_vectors, d_vectors, result.similarity)
            each_once = one_prompt and query_kind == document_kind
            pairs = np.triu(other_topic) if each_once else other_topic
            found[query_kind, document_kind] = np.sort(scores[pairs])
    return found


def _inputs(kinds: Iterable[Kind], prompt: Prompt) -> tuple[Prompted, ...]:
    rendered = prompt.render()
    return tuple(Prompted(rendered, text) for kind in kinds for text in background()[kind])


def _asked(
    request: CompareRequest,
    result: ModelScores,
    query_kinds: Sequence[Kind],
    document_kinds: Sequence[Kind],
) -> EncodeRequest:
    # The texts are built in, but a prompt may be the user's own.
    typed = request.query_prompt.is_typed or request.document_prompt.is_typed
    return EncodeRequest(
        model=result.model,
        inputs=(
            *_inputs(query_kinds, result.query_prompt),
            *_inputs(document_kinds, result.document_prompt),
        ),
        scope=Scope.SESSION if typed else Scope.SHARED,
        precision=request.precision,
    )
