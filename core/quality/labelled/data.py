"""Labelled texts by what they can measure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TypeAlias


class Kind(StrEnum):
    """What is measured; each is a type of mteb task."""

    STS = "sts"  # pairs of sentences with a grade
    PAIRS = "pairs"  # pairs of texts with yes (1) or no (0)
    CLASSIFICATION = "classification"  # texts with a class, in a training and a test part
    CLUSTERING = "clustering"  # texts with a class
    RETRIEVAL = "retrieval"  # queries, documents, and which of them belong together
    RERANKING = "reranking"  # the same, each query's judged documents put in order


# mteb's names.
MAIN_SCORES = {
    Kind.STS: "cosine_spearman",
    Kind.PAIRS: "similarity_ap",
    Kind.CLASSIFICATION: "accuracy",
    Kind.CLUSTERING: "v_measure",
    Kind.RETRIEVAL: "ndcg_at_10",
    Kind.RERANKING: "map_at_1000",
}


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """``grades[i]`` is of ``first[i]`` and ``second[i]``: a number, for Kind.PAIRS 0 or 1."""

    kind: Kind
    first: tuple[str, ...]
    second: tuple[str, ...]
    grades: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.grades)


@dataclass(frozen=True, kw_only=True)
class Classes:
    """Texts with their classes; ``train`` ones are empty where nothing is learned."""

    kind: Kind
    texts: tuple[str, ...]
    labels: tuple[str, ...]
    train_texts: tuple[str, ...] = ()
    train_labels: tuple[str, ...] = ()

    def numbers(self, labels: Sequence[str]) -> list[int]:
        """Return each class as its place among all classes: mteb's figures of two want 0 and 1."""
        order = sorted({*self.labels, *self.train_labels})
        places = {name: place for place, name in enumerate(order)}
        return [places[each] for each in labels]

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True, kw_only=True)
class Collection:
    """``queries`` and ``documents`` by id, a document as (title, text); ``relevant`` has for each
    query the relevance of its documents, above 0 where they are right. For Kind.RERANKING those
    with a relevance, 0 too, are the query's candidates.
    """

    queries: Mapping[str, str]
    documents: Mapping[str, tuple[str, str]]
    relevant: Mapping[str, Mapping[str, int]]
    kind: Kind = Kind.RETRIEVAL

    def __len__(self) -> int:
        return len(self.queries)


Labelled: TypeAlias = Pairs | Classes | Collection


def digest(data: Labelled) -> str:
    """Return what names exactly these texts and labels: change one, and it is another."""
    text = json.dumps(asdict(data), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
