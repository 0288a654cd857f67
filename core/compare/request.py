"""What a comparison is asked, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import count
from typing import NamedTuple

import numpy as np

from core.encoding import Scope
from core.errors import ExplorerError, StoreFault
from core.models import Prompt, PromptChoice
from core.models.device import Device, Precision
from core.models.golden import GoldenResult
from core.models.identity import ModelIdentity
from core.models.similarity import Similarity

DEFAULT_PROMPT = PromptChoice()
_serials = count()


class Document(NamedTuple):
    """A document; the title is used by document prompts that have a place for one."""

    text: str
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class CompareRequest:
    """Everything that decides a comparison.

    ``dimension`` None is each model's full output; ``similarity`` None is each model's own.
    """

    queries: tuple[str, ...]
    documents: tuple[Document, ...]
    models: tuple[str, ...]
    query_prompt: PromptChoice = DEFAULT_PROMPT
    document_prompt: PromptChoice = DEFAULT_PROMPT
    dimension: int | None = None
    similarity: Similarity | None = None
    precision: Precision = Precision.EXACT
    scope: Scope = Scope.SESSION


class StepName(StrEnum):
    IMPORT = "import"
    LOAD = "load"
    QUERIES = "encode-queries"
    DOCUMENTS = "encode-documents"
    SIMILARITY = "similarity"


class Step(NamedTuple):
    """Wall-clock seconds of a step; ``encoded`` counts the texts computed, not read, in it."""

    name: StepName
    seconds: float
    encoded: int | None = None


@dataclass(frozen=True, kw_only=True)
class ModelScores:
    """One model's answer. ``scores`` is float32, shape (n_queries, n_documents)."""

    model: str
    scores: np.ndarray
    similarity: Similarity
    dimension: int
    full_dimension: int
    renormalised: bool
    query_prompt: Prompt
    document_prompt: Prompt
    identity: ModelIdentity
    device: Device
    golden: GoldenResult | None
    steps: tuple[Step, ...]
    store_fault: StoreFault | None = None

    @cached_property
    def ranks(self) -> np.ndarray:
        """Return int32, shape (n_queries, n_documents), 1 for the best; equal scores share one."""
        found = np.empty(self.scores.shape, dtype=np.int32)
        for ranks, scores in zip(found, self.scores, strict=True):
            ranks[:] = 1 + np.searchsorted(np.sort(-scores), -scores)
        return found

    @cached_property
    def order(self) -> np.ndarray:
        """Return the documents' indices, int32, best first, shape (n_queries, n_documents)."""
        found = np.empty(self.scores.shape, dtype=np.int32)
        for order, scores in zip(found, self.scores, strict=True):
            order[:] = np.argsort(-scores, kind="stable")
        return found

    @cached_property
    def margins(self) -> np.ndarray:
        """Return first minus second score, shape (n_queries,); NaN with a single document."""
        if self.scores.shape[1] < 2:
            return np.full(len(self.scores), np.nan, dtype=np.float32)
        best = -np.partition(-self.scores, 1, axis=1)
        return best[:, 0] - best[:, 1]


class ModelFailure(NamedTuple):
    """A model that gave no answer; the others' answers stand."""

    model: str
    error: ExplorerError


class Numbered:
    """Has a number that nothing else of this process has: a key for what shows it."""

    @cached_property
    def serial(self) -> int:
        return next(_serials)


@dataclass(frozen=True, kw_only=True)
class Comparison(Numbered):
    """The models' answers in the order of the request."""

    request: CompareRequest
    results: tuple[ModelScores, ...]
    failures: tuple[ModelFailure, ...] = ()
