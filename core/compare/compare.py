"""Comparing models on the same texts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from core.compare.request import (
    CompareRequest,
    Comparison,
    Document,
    ModelFailure,
    ModelScores,
    Step,
    StepName,
)
from core.encoding import Embeddings, EncodeRequest, Engine, Prompted
from core.encoding.vectors import truncate
from core.errors import BadRequest, BadText, ExplorerError, TooMany, Word
from core.models import ModelCard, Prompt, Side, find, resolve
from core.models.files import stored_prompts
from core.models.similarity import Similarity, similarity_matrix

MOST_PAIRS = 2_000_000  # for each model: 8 MB of scores, as much of ranks and of places

# (model, texts done, texts to do in this step)
OnProgress = Callable[[str, int, int], None]


def compare(
    request: CompareRequest, engine: Engine, *, on_progress: OnProgress | None = None
) -> Comparison:
    """Score every query against every document with every model.

    A model that fails is reported beside the others' answers; if the request itself is empty or
    names no model, raises BadRequest or ModelNotFound.
    """
    _validate(request)
    results: list[ModelScores] = []
    failures: list[ModelFailure] = []
    for card in [find(name) for name in request.models]:
        try:
            results.append(_score(request, card, engine, on_progress))
        except ExplorerError as error:
            failures.append(ModelFailure(card.name, error))
    return Comparison(request=request, results=tuple(results), failures=tuple(failures))


def prompted_queries(queries: Sequence[str], prompt: Prompt) -> tuple[Prompted, ...]:
    return tuple(Prompted(prompt.render(), query) for query in queries)


def prompted_documents(documents: Sequence[Document], prompt: Prompt) -> tuple[Prompted, ...]:
    return tuple(Prompted(prompt.render(doc.title), doc.text) for doc in documents)


def prompts_for(card: ModelCard, request: CompareRequest) -> tuple[Prompt, Prompt]:
    """Return the query prompt and the document prompt that the model gets."""
    stored = stored_prompts(card)
    return (
        resolve(card, request.query_prompt, Side.QUERY, stored=stored),
        resolve(card, request.document_prompt, Side.DOCUMENT, stored=stored),
    )


def _validate(request: CompareRequest) -> None:
    for count, what in (
        (len(request.queries), "query"),
        (len(request.documents), "document"),
        (len(request.models), "model"),
    ):
        if not count:
            raise BadRequest(f"There is no {what}.", hint=f"Give at least one {what}.", what=what)
    pairs = len(request.queries) * len(request.documents)
    if pairs > MOST_PAIRS:
        raise TooMany(
            f"{len(request.queries)} queries with {len(request.documents)} documents are "
            f"{pairs:,} pairs; {MOST_PAIRS:,} can be compared at once.",
            hint="Take fewer queries or fewer documents.",
            queries=len(request.queries),
            documents=len(request.documents),
            pairs=f"{pairs:,}",
            most=f"{MOST_PAIRS:,}",
        )
    check_texts(Word.QUERY, request.queries)
    check_texts(Word.DOCUMENT, [document.text for document in request.documents])
    check_texts(Word.TITLE, [document.title for document in request.documents])


def check_texts(what: Word, texts: Sequence[str]) -> None:
    """Raise BadText for a text that can't be encoded, with its kind and number."""
    for number, text in enumerate(texts, start=1):
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise BadText(
                f"{what.capitalize()} {number} holds half of a character (a lone surrogate) at "
                f"character {error.start + 1} and can't be encoded.",
                hint="Type the character again, or take it out.",
                what=what,
                number=number,
                position=error.start + 1,
            ) from None


def _score(
    request: CompareRequest, card: ModelCard, engine: Engine, on_progress: OnProgress | None
) -> ModelScores:
    def report(done: int, total: int) -> None:
        if on_progress:
            on_progress(card.name, done, total)

    prompts = prompts_for(card, request)
    sides = (
        prompted_queries(request.queries, prompts[0]),
        prompted_documents(request.documents, prompts[1]),
    )
    asked = [
        EncodeRequest(
            model=card.name, inputs=inputs, scope=request.scope, precision=request.precision
        )
        for inputs in sides
    ]
    queries, documents = engine.encode_all(asked, report)
    return _scored(request, card, prompts, queries, documents)


def _scored(
    request: CompareRequest,
    card: ModelCard,
    prompts: tuple[Prompt, Prompt],
    queries: Embeddings,
    documents: Embeddings,
) -> ModelScores:
    start = time.perf_counter()
    dimension = request.dimension if card.truncatable else None
    # Together, so that both sides are rescaled or neither is.
    both = truncate(np.concatenate([queries.vectors, documents.vectors]), dimension)
    kept = np.split(both.vectors, [len(queries.vectors)])
    similarity = request.similarity or Similarity(card.similarity)
    scores = similarity_matrix(kept[0], kept[1], similarity)
    scores.flags.writeable = False
    return ModelScores(
        model=card.name,
        scores=scores,
        similarity=similarity,
        dimension=both.dimension,
        full_dimension=queries.vectors.shape[1],
        renormalised=both.renormalised,
        query_prompt=prompts[0],
        document_prompt=prompts[1],
        identity=queries.identity,
        device=queries.device,
        golden=documents.golden,
        steps=_steps(queries, documents, time.perf_counter() - start),
        store_fault=queries.store_fault or documents.store_fault,
    )


def _steps(
    queries: Embeddings, documents: Embeddings, similarity_seconds: float
) -> tuple[Step, ...]:
    return (
        Step(StepName.IMPORT, queries.import_seconds + documents.import_seconds),
        Step(StepName.LOAD, queries.load_seconds + documents.load_seconds),
        Step(StepName.QUERIES, queries.encode_seconds, queries.encoded),
        Step(StepName.DOCUMENTS, documents.encode_seconds, documents.encoded),
        Step(StepName.SIMILARITY, similarity_seconds),
    )
