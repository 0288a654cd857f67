"""One set of texts under every pair of prompts that a model documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from core.compare.compare import check_texts, prompted_documents, prompted_queries
from core.compare.experiment import Relevant
from core.compare.relevance import rank_figures
from core.compare.request import Document
from core.compare.statistics import rank_correlations
from core.encoding import Embeddings, EncodeRequest, Engine, Prompted, Scope
from core.errors import BadRequest, TooMany, Word
from core.models import ModelCard, Prompt, PromptChoice, PromptOrigin, Side, Task, find, resolve
from core.models.device import Precision
from core.models.files import stored_prompts
from core.models.prompts import documented
from core.models.similarity import Similarity, similarity_matrix

MOST_SCORES = 20_000_000  # over all pairs of prompts

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class PromptStudyRequest:
    """The texts, and the task whose documented prompts are the recommended pair.

    ``custom`` are prompts of the user's own, tried on both sides. ``relevant`` are the right
    documents of each query, where they are known.
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
class Variant:
    """A prompt that is tried; ``names`` are those under which the model documents it."""

    prompt: Prompt
    names: tuple[str, ...]


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


def variants_of(
    card: ModelCard, custom: Iterable[str] = (), task: Task = Task.SEARCH
) -> tuple[tuple[Variant, ...], tuple[int, int]]:
    """Return the distinct prompts to try, and the places of the recommended pair.

    Every prompt that the model documents stands once, however many names it has; then none, then
    the user's own.
    """
    stored = stored_prompts(card)
    recommended = [
        resolve(card, PromptChoice(task=task), side, stored=stored)
        for side in (Side.QUERY, Side.DOCUMENT)
    ]
    found: dict[str, tuple[Prompt, list[str]]] = {}

    def add(prompt: Prompt, name: str) -> None:
        known = found.setdefault(prompt.render(), (prompt, []))
        if name and name not in known[1]:
            known[1].append(name)

    for prompt in recommended:  # first, because these have a place for a title where there is one
        add(prompt, "")
    for entry in documented(card, stored):
        titled = "{title}" in entry.text
        add(
            Prompt(
                template=entry.text, origin=entry.origin, source=entry.source, takes_title=titled
            ),
            entry.name,
        )
    add(Prompt(template="", origin=PromptOrigin.NONE), "")
    for text in custom:
        choice = PromptChoice(task=Task.CUSTOM, custom=text)
        add(resolve(card, choice, Side.QUERY), "")
    variants = tuple(Variant(prompt=prompt, names=tuple(names)) for prompt, names in found.values())
    places = list(found)
    query, document = (places.index(prompt.render()) for prompt in recommended)
    return variants, (query, document)


def study_prompts(
    request: PromptStudyRequest,
    engine: Engine,
    compute: Executor,
    *,
    on_progress: OnProgress | None = None,
) -> PromptStudy:
    """Rank the documents under every pair of prompts.

    Raises BadRequest, BadText, TooMany, ModelNotFound, and what Engine.encode raises.
    """
    card = find(request.model)
    variants, recommended = variants_of(card, request.custom, request.task)
    _validate(request, len(variants))
    prompts = [variant.prompt for variant in variants]
    queries = _encode(
        request, [prompted_queries(request.queries, p) for p in prompts], engine, on_progress
    )
    documents = _encode(
        request, [prompted_documents(request.documents, p) for p in prompts], engine, on_progress
    )
    similarity = Similarity(card.similarity)
    query_vectors = _by_variant(queries, len(variants))
    document_vectors = _by_variant(documents, len(variants))
    scores = np.stack(
        [[similarity_matrix(q, d, similarity) for d in document_vectors] for q in query_vectors]
    )
    tau = compute.submit(rank_correlations, scores, scores[recommended]).result()
    return PromptStudy(
        request=request,
        variants=variants,
        recommended=recommended,
        first=scores.argmax(axis=-1),
        margins=_margins(scores),
        tau=_mean_of_finite(tau),
        ndcg=_ndcg(scores, request.relevant),
        query_cosines=_cosines(query_vectors, recommended[0]),
        document_cosines=_cosines(document_vectors, recommended[1]),
        dtype=queries.identity.dtype,
    )


def _validate(request: PromptStudyRequest, n_variants: int) -> None:
    for count, what in ((len(request.queries), "query"), (len(request.documents), "document")):
        if not count:
            raise BadRequest(f"There is no {what}.", hint=f"Give at least one {what}.", what=what)
    check_texts(Word.QUERY, request.queries)
    check_texts(Word.DOCUMENT, [document.text for document in request.documents])
    check_texts(Word.TITLE, [document.title for document in request.documents])
    pairs = len(request.queries) * len(request.documents)
    most = MOST_SCORES // n_variants**2
    if pairs > most:
        raise TooMany(
            f"{len(request.queries)} queries with {len(request.documents)} documents are "
            f"{pairs:,} pairs; {most:,} can be studied under {n_variants} prompts.",
            hint="Take fewer queries or fewer documents.",
            queries=len(request.queries),
            documents=len(request.documents),
            pairs=f"{pairs:,}",
            most=f"{most:,}",
        )


def _encode(
    request: PromptStudyRequest,
    sides: Sequence[tuple[Prompted, ...]],
    engine: Engine,
    on_progress: OnProgress | None,
) -> Embeddings:
    inputs = tuple(prompted for side in sides for prompted in side)
    asked = EncodeRequest(
        model=request.model, inputs=inputs, scope=request.scope, precision=request.precision
    )
    return engine.encode(asked, on_progress=on_progress)


def _by_variant(encoded: Embeddings, n_variants: int) -> np.ndarray:
    count, dimension = encoded.vectors.shape
    return encoded.vectors.reshape(n_variants, count // n_variants, dimension)


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
    means = [np.mean([rank_figures(each[q], relevant[q]).ndcg for q in judged]) for each in rows]
    return np.array(means).reshape(scores.shape[:2])


def _cosines(vectors: np.ndarray, reference: int) -> np.ndarray:
    against = vectors[reference]
    return np.stack(
        [
            [
                float(similarity_matrix(row[None], other[None], Similarity.COSINE)[0, 0])
                for row, other in zip(each, against, strict=True)
            ]
            for each in vectors
        ]
    ).astype(np.float32)


def _mean_of_finite(tau: np.ndarray) -> np.ndarray:
    """Return the mean over the last axis of what is finite, NaN where nothing is."""
    finite = np.isfinite(tau)
    total = np.where(finite, tau, 0).sum(axis=-1)
    count = finite.sum(axis=-1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)
