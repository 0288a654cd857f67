"""How small vectors can be: dimension by precision, against the full float32 vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.compare import quantised
from core.compare.compare import check_texts
from core.compare.quantised import Figures, Labels
from core.compare.storages import Storage, vector_bytes
from core.encoding import EncodeRequest, Engine, Prompted, Scope
from core.encoding.vectors import has_unit_length
from core.errors import AllAlike, BadDimension, BadRequest, TooFew, TooMany, Word
from core.models import ModelCard, PromptChoice, Side, Task, find, resolve
from core.models.device import Precision
from core.models.files import stored_prompts

NEIGHBOURS = 10
MOST_QUERIES = 1000  # of a set or of labelled pairs; a stated sample beyond
MOST_PAIRS = 20_000_000
SEED = 20_251_123
DIMENSIONS = (32, 64, 128, 256, 384, 512, 768, 1024)  # common ones, beside a model's own

DEFAULT_PROMPT = PromptChoice(task=Task.SIMILARITY)

OnProgress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class DimensionRequest:
    """The texts of one model's grid.

    Without ``queries`` each document is looked for among the others: a set. Of a large set, and of
    many labelled pairs, MOST_QUERIES texts are looked for. ``dimensions`` empty are the model's own
    and the common ones. ``choice`` decides the prompts of both sides.
    """

    model: str
    documents: tuple[str, ...]
    queries: tuple[str, ...] = ()
    labels: Labels | None = None
    dimensions: tuple[int, ...] = ()
    storages: tuple[Storage, ...] = tuple(Storage)
    choice: PromptChoice = DEFAULT_PROMPT
    precision: Precision = Precision.EXACT
    scope: Scope = Scope.SESSION


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One way to keep vectors, what it costs in bytes, and what it loses.

    ``trained`` says whether the model was trained to be cut there, or is not cut at all.
    """

    dimension: int
    storage: Storage
    trained: bool
    bytes: int
    figures: Figures

    @property
    def loss(self) -> float:
        """Return the share of near neighbours that are lost."""
        return 1 - self.figures.overlap


@dataclass(frozen=True, kw_only=True)
class DimensionStudy:
    """Every setting; ``k`` neighbours were looked at for ``queries_used`` queries.

    Overlap and score error are those of these queries; Spearman's rho is of all labelled pairs.
    """

    request: DimensionRequest
    settings: tuple[Setting, ...]
    full_dimension: int
    k: int
    queries_used: int
    documents_used: int
    renormalised: bool
    dtype: str

    def smallest(self, most_loss: float) -> Setting | None:
        """Return the setting of the fewest bytes within the loss; the best one among equals."""
        within = [s for s in self.settings if s.loss <= most_loss + 1e-9]
        return min(within, key=lambda s: (s.bytes, s.loss)) if within else None


def dimensions_of(card: ModelCard, full: int) -> tuple[int, ...]:
    """Return the dimensions that a grid of the model has at first, largest first."""
    if not card.truncatable:
        return (full,)
    wanted = {*card.matryoshka, *DIMENSIONS, full}
    return tuple(sorted((d for d in wanted if d <= full), reverse=True))


def study_dimensions(
    request: DimensionRequest, engine: Engine, *, on_progress: OnProgress | None = None
) -> DimensionStudy:
    """Measure every dimension with every storage.

    Texts are encoded once; what follows is cut from the vectors. ``on_progress`` gets (step, done,
    total), the step "texts" or "settings". Raises TooFew, TooMany, BadText, BadRequest,
    BadDimension, AllAlike, and what Engine.encode raises.
    """
    card = find(request.model)
    _validate(request)
    if card.dimension is not None:  # else it is known once the texts are encoded
        _check_dimensions(request.dimensions, card, card.dimension)
    queries, documents, dtype = _vectors(request, card, engine, on_progress)
    full = documents.shape[1]
    dimensions = request.dimensions or dimensions_of(card, full)
    _check_dimensions(dimensions, card, full)
    _check_spread(card, documents)
    search = _search(request, queries, documents)
    settings: list[Setting] = []
    for done, dimension in enumerate(dimensions, start=1):
        trained = dimension == full or dimension in card.matryoshka
        settings.extend(_settings(request, search, dimension, engine, trained=trained))
        if on_progress:
            on_progress("settings", done, len(dimensions))
    return DimensionStudy(
        request=request,
        settings=tuple(settings),
        full_dimension=full,
        k=search.k,
        queries_used=len(search.looked_for),
        documents_used=len(documents),
        renormalised=has_unit_length(queries) and has_unit_length(documents),
        dtype=dtype,
    )


class _Search(NamedTuple):
    """The texts of both sides; ``looked_for`` are places among the queries, of a set's texts in it.

    The queries of a set are those of its texts that are looked for.
    """

    queries: np.ndarray
    documents: np.ndarray
    looked_for: np.ndarray
    is_set: bool
    k: int


def _search(request: DimensionRequest, queries: np.ndarray, documents: np.ndarray) -> _Search:
    is_set = not request.queries
    looked_for = np.arange(len(queries))
    if is_set or _has_pairs(request):
        looked_for = _sample(len(documents) if is_set else len(queries))
    return _Search(
        queries=documents[looked_for] if is_set else queries,
        documents=documents,
        looked_for=looked_for,
        is_set=is_set,
        k=_neighbours(len(documents) - is_set),
    )


def _settings(
    request: DimensionRequest, search: _Search, dimension: int, engine: Engine, *, trained: bool
) -> list[Setting]:
    places = search.looked_for.tolist()
    figures = engine.ask(
        quantised.measure,
        search.queries,
        search.documents,
        dimension,
        request.storages,
        k=search.k,
        rows=places if search.is_set else None,
        labels=request.labels,
        sample=None if search.is_set else places,
    )
    return [
        Setting(
            dimension=dimension,
            storage=storage,
            trained=trained,
            bytes=vector_bytes(dimension, storage),
            figures=found,
        )
        for storage, found in zip(request.storages, figures, strict=True)
    ]


def _has_pairs(request: DimensionRequest) -> bool:
    return bool(request.labels and request.labels.pairs)


def _validate(request: DimensionRequest) -> None:
    least = 2
    if len(request.documents) < least:
        raise TooFew(
            f"There are {len(request.documents)} texts; {least} are the fewest that have a "
            "neighbour.",
            hint="Add texts.",
            count=len(request.documents),
            least=least,
        )
    queries = len(request.queries)
    if not request.queries or _has_pairs(request):
        queries = min(queries or len(request.documents), MOST_QUERIES)
    pairs = queries * len(request.documents)
    if pairs > MOST_PAIRS:
        raise TooMany(
            f"{queries:,} queries with {len(request.documents):,} documents are {pairs:,} pairs; "
            f"{MOST_PAIRS:,} can be studied at once.",
            hint="Take fewer texts.",
            queries=queries,
            documents=len(request.documents),
            pairs=f"{pairs:,}",
            most=f"{MOST_PAIRS:,}",
        )
    if not request.storages:
        raise BadRequest("There is no precision.", hint="Choose at least one.")
    check_texts(Word.QUERY, request.queries)
    check_texts(Word.DOCUMENT, request.documents)


def _vectors(
    request: DimensionRequest, card: ModelCard, engine: Engine, on_progress: OnProgress | None
) -> tuple[np.ndarray, np.ndarray, str]:
    stored = stored_prompts(card)
    prompts = [
        resolve(card, request.choice, side, stored=stored).render()
        for side in (Side.QUERY, Side.DOCUMENT)
    ]
    inputs = (
        *(Prompted(prompts[0], text) for text in request.queries),
        *(Prompted(prompts[1], text) for text in request.documents),
    )
    encoded = engine.encode(
        EncodeRequest(
            model=card.name, inputs=inputs, scope=request.scope, precision=request.precision
        ),
        on_progress=lambda done, total: on_progress("texts", done, total) if on_progress else None,
    )
    queries, documents = np.split(encoded.vectors, [len(request.queries)])
    return queries, documents, encoded.identity.dtype


def _check_dimensions(dimensions: Sequence[int], card: ModelCard, full: int) -> None:
    for dimension in dimensions:
        if (1 <= dimension < full and card.truncatable) or dimension == full:
            continue
        raise BadDimension(
            f"The dimension is {dimension}; {card.name} has vectors of {full}"
            + ("." if card.truncatable else ", which can't be cut."),
            hint=f"Choose from 1 to {full}." if card.truncatable else f"Choose {full}.",
            model=card.name,
            dimension=dimension,
            full=full,
        )


def _check_spread(card: ModelCard, documents: np.ndarray) -> None:
    if np.ptp(documents, axis=0).max() == 0:
        raise AllAlike(
            f"{card.name} gives the same vector for all {len(documents)} texts.",
            hint="Use texts that differ.",
            model=card.name,
            count=len(documents),
        )


def _sample(count: int) -> np.ndarray:
    """Return the places that are looked for: all, or a fixed choice of them in ascending order."""
    if count <= MOST_QUERIES:
        return np.arange(count)
    return np.sort(np.random.default_rng(SEED).choice(count, MOST_QUERIES, replace=False))


def _neighbours(n_documents: int) -> int:
    # Of a few documents the nearest ten are nearly all, which tells nothing.
    return max(1, min(NEIGHBOURS, n_documents // 2))


def pairs_as_request(
    model: str, first: Sequence[str], second: Sequence[str], scores: Sequence[float]
) -> DimensionRequest:
    """Return the request for pairs of texts with a known similarity each (as STS has them)."""
    return DimensionRequest(
        model=model,
        queries=tuple(first),
        documents=tuple(second),
        labels=Labels(
            pairs=tuple((i, i) for i in range(len(first))), pair_scores=tuple(map(float, scores))
        ),
    )
