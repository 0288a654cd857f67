"""Labelled texts as mteb tasks. Everything here imports mteb: for jobs and commands only."""

# mteb's own tasks override load_data with fewer parameters and set other shapes of dataset, too.
# pyright: reportIncompatibleMethodOverride=false, reportAttributeAccessIssue=false
# pyright: reportCallIssue=false, reportArgumentType=false, reportIncompatibleVariableOverride=false

from __future__ import annotations

import math
from typing import Any

from core.quality.labelled.data import (
    MAIN_SCORES,
    Classes,
    Collection,
    Kind,
    Labelled,
    Pairs,
    digest,
)

SEED = 42
DRAWS = 10  # mteb's own number of training draws and of clusterings
MOST_PER_CLASS = 8  # texts of each class in a draw, mteb's own
TYPES = {
    Kind.STS: "STS",
    Kind.PAIRS: "PairClassification",
    Kind.CLASSIFICATION: "Classification",
    Kind.CLUSTERING: "Clustering",
    Kind.RETRIEVAL: "Retrieval",
    Kind.RERANKING: "Reranking",
}


def task_of(data: Labelled, *, language: str = "eng-Latn") -> Any:
    """Return a fresh mteb task: one for each model, since tasks draw samples as they run."""
    return MAKERS[data.kind](data, _metadata(data, language))


def _metadata(data: Labelled, language: str) -> Any:
    from mteb.abstasks.task_metadata import TaskMetadata

    name = f"Own{TYPES[data.kind]}"
    return TaskMetadata(
        name=name,
        description="A user's own labelled texts.",
        reference=None,
        type=TYPES[data.kind],
        category="t2c" if isinstance(data, Classes) else "t2t",
        modalities=["text"],
        eval_splits=["test"],
        eval_langs=[language],
        main_score=MAIN_SCORES[data.kind],
        dataset={"path": f"own/{name}", "revision": digest(data)[:40]},
        date=None,
        domains=None,
        task_subtypes=None,
        license=None,
        annotations_creators=None,
        dialect=None,
        sample_creation=None,
        bibtex_citation=None,
    )


def _sts(data: Pairs, about: Any) -> Any:
    from datasets import Dataset, DatasetDict
    from mteb.abstasks import AbsTaskSTS

    class OwnSTS(AbsTaskSTS):
        metadata = about
        min_score = math.floor(min(data.grades))
        max_score = math.ceil(max(data.grades))

        def load_data(self, **_: Any) -> None:
            columns = {"sentence1": data.first, "sentence2": data.second, "score": data.grades}
            self.dataset = DatasetDict(test=Dataset.from_dict(_lists(columns)))
            self.data_loaded = True

    return OwnSTS(seed=SEED)


def _pairs(data: Pairs, about: Any) -> Any:
    from datasets import Dataset, DatasetDict
    from mteb.abstasks import AbsTaskPairClassification

    class OwnPairs(AbsTaskPairClassification):
        metadata = about

        def load_data(self, **_: Any) -> None:
            labels = [int(grade) for grade in data.grades]
            columns = {"sentence1": data.first, "sentence2": data.second, "labels": labels}
            self.dataset = DatasetDict(test=Dataset.from_dict(_lists(columns)))
            self.data_loaded = True

    return OwnPairs(seed=SEED)


def _classification(data: Classes, about: Any) -> Any:
    from datasets import Dataset, DatasetDict
    from mteb.abstasks import AbsTaskClassification

    class OwnClassification(AbsTaskClassification):
        metadata = about
        n_experiments = DRAWS
        samples_per_label = MOST_PER_CLASS

        def load_data(self, **_: Any) -> None:
            train = {"text": data.train_texts, "label": data.numbers(data.train_labels)}
            test = {"text": data.texts, "label": data.numbers(data.labels)}
            self.dataset = DatasetDict(
                train=Dataset.from_dict(_lists(train)), test=Dataset.from_dict(_lists(test))
            )
            self.data_loaded = True

    return OwnClassification(seed=SEED)


def _clustering(data: Classes, about: Any) -> Any:
    from datasets import Dataset, DatasetDict
    from mteb.abstasks import AbsTaskClustering

    class OwnClustering(AbsTaskClustering):
        metadata = about
        # mteb embeds 4 % by itself, which of a user's set would be next to nothing.
        max_fraction_of_documents_to_embed = None
        n_clusters = DRAWS

        def load_data(self, **_: Any) -> None:
            columns = {"sentences": data.texts, "labels": data.labels}
            self.dataset = DatasetDict(test=Dataset.from_dict(_lists(columns)))
            self.data_loaded = True

    return OwnClustering(seed=SEED)


def _retrieval(data: Collection, about: Any) -> Any:
    from datasets import Dataset
    from mteb.abstasks import AbsTaskRetrieval

    reranks = data.kind is Kind.RERANKING
    candidates = {q: list(r) for q, r in data.relevant.items()} if reranks else None

    class OwnRetrieval(AbsTaskRetrieval):
        metadata = about
        by_query: dict[str, dict[str, float]]

        def load_data(self, **_: Any) -> None:
            documents = [
                {"id": id, "title": title, "text": text}
                for id, (title, text) in data.documents.items()
            ]
            queries = [{"id": id, "text": text} for id, text in data.queries.items()]
            self.dataset = {
                "default": {
                    "test": {
                        "corpus": Dataset.from_list(documents),
                        "queries": Dataset.from_list(queries),
                        "relevant_docs": {q: dict(r) for q, r in data.relevant.items()},
                        "top_ranked": candidates,
                    }
                }
            }
            self.data_loaded = True

        def task_specific_scores(
            self, scores: dict[str, dict[str, float]], *_: Any, **__: Any
        ) -> dict[str, float]:
            self.by_query = scores  # mteb's own figures of each query
            return {}

    return OwnRetrieval(seed=SEED)


def _lists(columns: dict[str, Any]) -> dict[str, list[Any]]:
    return {name: list(cells) for name, cells in columns.items()}


MAKERS: dict[Kind, Any] = {
    Kind.STS: _sts,
    Kind.PAIRS: _pairs,
    Kind.CLASSIFICATION: _classification,
    Kind.CLUSTERING: _clustering,
    Kind.RETRIEVAL: _retrieval,
    Kind.RERANKING: _retrieval,  # mteb tells the two apart by the candidates
}
