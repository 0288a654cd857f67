"""One set of texts under every pair of prompts that a model documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from core.compare.compare import check_texts, prompted_documents, prompted_queries
from core.compare.experiment import Relevant
from core.compare.relevance import ndcg_of_rows
from core.compare.request import Document
from core.compare.statistics import rank_correlations
from core.compare.variants import Variant, variants_of
from core.encoding import EncodeRequest, Engine, Prompted, Scope
from core.errors import BadRequest, TooMany, Word
from core.models import Task, find
from core.models.device import Precision
from core.models.similarity import Similarity, similarity_matrix, unit

MOST_SCORES = 20_000_000  # over all pairs of prompts
MOST_RANKINGS = 20_000  # over all pairs of prompts: half a minute of Kendall's tau
RANKINGS_AT_ONCE = 1000  # between two signs of progress
MOST_CUSTOM = 20

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class PromptStudyRequest:
    """The texts, and the task whose documented prompts are the recommended pair.

    ``custom`` are prompts of the user's own, MOST_CUSTOM at most, tried on both sides. ``relevant``
    are the right documents of each query, where they are known.
    """

    model: str
    queries: tuple[str, ...]
    documents: tuple[Document, ...]
    task: Task = Task.SEARCH
    custom: tuple[str, ...] = ()
    relevant: Relevant = ()
    precision: Precision = Precision.EXACT
    scope: Scope = Scope.SESSION


@dataclass(frozen=True, kw_only=True)
class PromptStudy:
    """What every pair of prompts gives, by the places in ``variants``.

    ``recommended`` is the pair (query, document) that the model documents for the task. ``first``
    is the document in the first place, ``margins`` its lead over the second, both of shape
    (n_variants, n_variants, n_queries): query prompt, document prompt, query. ``tau`` is Kendall's
    tau-b with the recommended pair's ranking, a mean over queries, ``ndcg`` the mean nDCG@10 of the
    queries with right documents (None without any), both of shape (n_variants, n_variants).
    ``query_cosines`` (n_variants, n_queries) and ``document_cosines`` hold each text's vector
    against its own under the recommended prompt: 1 is no move.
    """

    request: PromptStudyRequest
    variants: tuple[Variant, ...]
    recommended: tuple[int, int]
    first: np.ndarray
    margins: np.ndarray
    tau: np.ndarray
    ndcg: np.ndarray | None
    query_cosines: np.ndarray
    document_cosines: np.ndarray
    dtype: str

    def changed(self, query: int, document: int) -> int:
        """Return for how many queries this pair puts another document first."""
        return int((self.first[query, document] != self.first[self.recommended]).sum())

    @property
    def best(self) -> tuple[int, int] | None:
        """Return the pair with the highest nDCG@10, the recommended one among equals."""
        if self.ndcg is None:
            return None
        if self.ndcg[self.recommended] >= self.ndcg.max():
            return self.recommended
        row, column = np.unravel_index(int(self.ndcg.argmax()), self.ndcg.shape)
        return int(row), int(column)


def study_prompts(
    request: PromptStudyRequest,
    engine: Engine,
    compute: Executor,
    *,
    on_progress: OnProgress | None = None,
    on_ranked: OnProgress | None = None,
) -> PromptStudy:
    """Rank the documents under every pair of prompts.

    ``on_progress`` gets the texts done and to do, of the queries and then of the documents;
    ``on_ranked``, which is ``on_progress`` where it is not given, the rankings held against the
    recommended pair's. Raises BadRequest, BadText, TooMany, ModelNotFound, and what Engine.encode
    raises.
    """
    card = find(request.model)
    variants, recommended = variants_of(card, request.custom, request.task)
    _validate(request, len(variants))
    prompts = [variant.prompt for variant in variants]
    queries, dtype = _encode(
        request, [prompted_queries(request.queries, p) for p in prompts], engine, on_progress
    )
    documents, _ = _encode(
        request, [prompted_documents(request.documents, p) for p in prompts], engine, on_progress
    )
    similarity = Similarity(card.similarity)
    scores = np.stack([[similarity_matrix(q, d, similarity) for d in documents] for q in queries])
    return PromptStudy(
        request=request,
        variants=variants,
        recommended=recommended,
        first=scores.argmax(axis=-1),
        margins=_margins(scores),
        tau=_tau(scores, recommended, compute, on_ranked or on_progress),
        ndcg=_ndcg(scores, request.relevant),
        query_cosines=_cosines(queries, recommended[0]),
        document_cosines=_cosines(documents, recommended[1]),
        dtype=dtype,
    )


def _validate(request: PromptStudyRequest, n_variants: int) -> None:
    for count, what in ((len(request.queries), "query"), (len(request.documents), "document")):
        if not count:
            raise BadRequest(f"There is no {what}.", hint=f"Give at least one {what}.", what=what)
    check_texts(Word.QUERY, request.queries)
    check_texts(Word.DOCUMENT, [document.text for document in request.documents])
    check_texts(Word.TITLE, [document.title for document in request.documents])
    own = len(dict.fromkeys(request.custom))
    if own > MOST_CUSTOM:
        raise BadRequest(
            f"There are {own} prompts of your own; {MOST_CUSTOM} can be tried at once.",
            hint="Take fewer of them.",
            count=own,
            most=MOST_CUSTOM,
        )
    _check_size(len(request.queries), len(request.documents), n_variants)


def _check_size(queries: int, documents: int, n_variants: int) -> None:
    pairs = queries * documents
    most = MOST_SCORES // n_variants**2
    why = (
        f"{queries} queries with {documents} documents are {pairs:,} pairs; {most:,} can be "
        f"studied under {n_variants} prompts."
    )
    rankings = queries * n_variants**2
    if rankings > MOST_RANKINGS:
        most = min(most, MOST_RANKINGS // n_variants**2 * documents)
        why = (
            f"{queries} queries under {n_variants} x {n_variants} pairs of prompts are "
            f"{rankings:,} rankings; {MOST_RANKINGS:,} can be studied at once."
        )
    if pairs > most:
        raise TooMany(
            why,
            hint="Take fewer queries or fewer documents.",
            queries=queries,
            documents=documents,
            pairs=f"{pairs:,}",
            most=f"{most:,}",
        )


def _encode(
    request: PromptStudyRequest,
    sides: Sequence[tuple[Prompted, ...]],
    engine: Engine,
    on_progress: OnProgress | None,
) -> tuple[np.ndarray, str]:
    """Return the vectors, shape (n_variants, n_texts, dim), and the dtype they were computed in."""
    inputs = tuple(prompted for side in sides for prompted in side)
    asked = EncodeRequest(
        model=request.model, inputs=inputs, scope=request.scope, precision=request.precision
    )
    encoded = engine.encode(asked, on_progress=on_progress)
    dimension = encoded.vectors.shape[1]
    return encoded.vectors.reshape(len(sides), -1, dimension), encoded.identity.dtype


def _tau(
    scores: np.ndarray,
    recommended: tuple[int, int],
    compute: Executor,
    on_ranked: OnProgress | None,
) -> np.ndarray:
    """Return the mean over queries, row by row, so that there is progress and a way to stop."""
    n_variants, _, n_queries, _ = scores.shape
    reference = scores[recommended]
    found = np.empty(scores.shape[:3], dtype=np.float32)
    step = max(1, RANKINGS_AT_ONCE // n_variants)
    done = 0
    for row, tau in zip(scores, found, strict=True):
        for start in range(0, n_queries, step):
            part = slice(start, start + step)
            asked = compute.submit(rank_correlations, row[:, part], reference[part])
            tau[:, part] = asked.result()
            done += tau[:, part].size
            if on_ranked:
                on_ranked(done, found.size)
    return _mean_of_finite(found)


def _margins(scores: np.ndarray) -> np.ndarray:
    if scores.shape[-1] < 2:
        return np.full(scores.shape[:-1], np.nan, dtype=np.float32)
    best = np.sort(scores, axis=-1)[..., -2:]
    return best[..., 1] - best[..., 0]


def _ndcg(scores: np.ndarray, relevant: Relevant) -> np.ndarray | None:
    judged = [q for q, right in enumerate(relevant) if right]
    if not judged:
        return None
    rows = scores.reshape(-1, *scores.shape[2:])
    by_query = [ndcg_of_rows(rows[:, q], relevant[q]) for q in judged]
    return np.mean(by_query, axis=0).reshape(scores.shape[:2])


def _cosines(vectors: np.ndarray, reference: int) -> np.ndarray:
    against = unit(vectors[reference])
    return np.stack([np.einsum("ij,ij->i", unit(each), against) for each in vectors]).astype(
        np.float32
    )


def _mean_of_finite(tau: np.ndarray) -> np.ndarray:
    """Return the mean over the last axis of what is finite, NaN where nothing is."""
    finite = np.isfinite(tau)
    total = np.where(finite, tau, 0).sum(axis=-1)
    count = finite.sum(axis=-1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)
