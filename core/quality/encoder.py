"""Our engine as a model of mteb: texts go through the store, and each task gets its prompt.

What imports mteb does so inside functions: it is for jobs and commands, never for the pages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core.encoding import EncodeRequest, Engine, Prompted, Scope
from core.encoding.vectors import truncate
from core.models import ModelCard, Origin, Prompt, PromptChoice, PromptOrigin, Side, Task, find
from core.models.device import Precision
from core.models.files import stored_prompts
from core.models.prompts import resolve
from core.models.similarity import SIMILARITIES, Similarity
from core.quality.local.results import LOCAL

OnProgress = Callable[[int, int], None]

# What mteb's task types are for, in the words of model cards.
TASKS: Mapping[str, Task] = {
    "Retrieval": Task.SEARCH,
    "InstructionRetrieval": Task.SEARCH,
    "Reranking": Task.SEARCH,
    "InstructionReranking": Task.SEARCH,
    "STS": Task.SIMILARITY,
    "PairClassification": Task.SIMILARITY,
    "Summarization": Task.SIMILARITY,
    "BitextMining": Task.SIMILARITY,
    "Classification": Task.CLASSIFICATION,
    "MultilabelClassification": Task.CLASSIFICATION,
    "Regression": Task.CLASSIFICATION,
    "Clustering": Task.CLUSTERING,
}
# mteb's loaders see similarities by these names.
SCORING: Mapping[Similarity, str] = {Similarity.COSINE: "cosine", Similarity.DOT: "dot"}
PAIR_CHUNK = 1024


@dataclass(frozen=True, kw_only=True)
class EvaluatedModel:
    """A model as it is evaluated: whatever of this differs, the scores are others.

    ``prompt`` None: for each task the one that the model documents. ``dimension`` None: all of it.
    """

    model: str
    prompt: PromptChoice | None = None
    dimension: int | None = None
    precision: Precision = Precision.EXACT


def from_entry(entry: Mapping[str, Any]) -> EvaluatedModel:
    """Return the model that ``dataclasses.asdict`` made a mapping of, as a job keeps it."""
    prompt = entry["prompt"]
    return EvaluatedModel(
        model=entry["model"],
        prompt=PromptChoice(**{**prompt, "task": Task(prompt["task"])}) if prompt else None,
        dimension=entry["dimension"],
        precision=Precision(entry["precision"]),
    )


def prompt_for(
    card: ModelCard, kind: str, side: Side | None, *, choice: PromptChoice | None = None
) -> Prompt:
    """Return what goes before each text of an mteb task of this type.

    The model's own prompt under mteb's names, else what its card has for the task, else none.
    ``side`` None: the task has no sides.
    """
    stored = stored_prompts(card) or {}
    if choice is not None:
        return resolve(card, choice, side or Side.QUERY, stored=stored or None)
    for name in (*((f"{kind}-{side}",) if side else ()), kind):
        if name in stored:
            return Prompt(template=stored[name], origin=PromptOrigin.STORED, source=name)
    task = TASKS.get(kind, Task.NONE)
    found = resolve(card, PromptChoice(task=task), side or Side.QUERY, stored=stored or None)
    if found.origin is PromptOrigin.UNDOCUMENTED and side and side in stored:
        return Prompt(template=stored[side], origin=PromptOrigin.STORED, source=side)
    return found


class EngineEncoder:
    """An encoder as mteb's EncoderProtocol asks for it, for ``mteb.evaluate``.

    ``prompts`` are those that were sent, by "type" or "type-side"; ``store_scope`` says whose texts
    they are. ``on_progress`` gets (done, total) of the texts of the call that must be computed;
    what it raises ends the evaluation.
    """

    def __init__(
        self,
        engine: Engine,
        evaluated: EvaluatedModel,
        *,
        store_scope: Scope = Scope.SHARED,
        on_progress: OnProgress | None = None,
    ) -> None:
        self.evaluated = evaluated
        self.prompts: dict[str, str] = {}
        self._card = find(evaluated.model)
        self._engine = engine
        self._scope = store_scope
        self._on_progress = on_progress
        self._meta: Any = None

    @property
    def mteb_model_meta(self) -> Any:
        """Return mteb's ModelMeta of this model as it is evaluated: a cache folder of its own.

        Raises what Engine.load_request raises.
        """
        if self._meta is None:
            self._meta = model_meta(self._engine, self.evaluated)
        return self._meta

    def encode(
        self,
        inputs: Any,
        *,
        task_metadata: Any,
        hf_split: str = "",
        hf_subset: str = "",
        prompt_type: Any = None,
        **kwargs: Any,
    ) -> np.ndarray:
        """Return float32, shape (n_texts, dimension), for the texts of mteb's batches."""
        texts = [str(text) for batch in inputs for text in batch["text"]]
        side = Side(prompt_type.value) if prompt_type is not None else None
        kind = str(task_metadata.type)
        prompt = prompt_for(self._card, kind, side, choice=self.evaluated.prompt).render()
        self.prompts[f"{kind}-{side}" if side else kind] = prompt
        encoded = self._engine.encode(
            EncodeRequest(
                model=self._card.name,
                inputs=tuple(Prompted(prompt, text) for text in texts),
                scope=self._scope,
                precision=self.evaluated.precision,
            ),
            on_progress=self._on_progress,
        )
        return truncate(encoded.vectors, _dimension(self._card, self.evaluated)).vectors.copy()

    def similarity(self, embeddings1: Any, embeddings2: Any) -> Any:
        """Return a tensor, shape (n_1, n_2), of the model's own similarity."""
        import torch

        first, second = _rows(embeddings1), _rows(embeddings2)
        own = SIMILARITIES[Similarity(self._card.similarity)]
        return torch.from_numpy(own(first, second))

    def similarity_pairwise(self, embeddings1: Any, embeddings2: Any) -> Any:
        """Return a tensor, shape (n,), of the similarities of the pairs."""
        import torch

        first, second = _rows(embeddings1), _rows(embeddings2)
        own = SIMILARITIES[Similarity(self._card.similarity)]
        parts = [
            np.diagonal(own(first[at : at + PAIR_CHUNK], second[at : at + PAIR_CHUNK]))
            for at in range(0, len(first), PAIR_CHUNK)
        ]
        return torch.from_numpy(np.concatenate(parts))


def model_meta(engine: Engine, evaluated: EvaluatedModel) -> Any:
    """Return mteb's ModelMeta; all that changes the vectors is in it, so no two share a folder."""
    from mteb.models import ModelMeta
    from mteb.models.model_meta import ScoringFunction

    card = find(evaluated.model)
    identity = engine.load_request(card.name, evaluated.precision).identity
    scoring = SCORING.get(Similarity(card.similarity))
    return ModelMeta.create_empty(
        overwrites={
            "name": mteb_name(card),
            "revision": card.revision or identity.files_sha256[:40] or "none",
            "embed_dim": _dimension(card, evaluated) or card.dimension,
            "max_tokens": card.max_tokens,
            "n_parameters": card.parameters,
            "framework": ["Sentence Transformers"],
            "similarity_fn_name": ScoringFunction(scoring) if scoring else None,
            "experiment_kwargs": experiment(evaluated, card, identity.digest()),
        }
    )


def experiment(evaluated: EvaluatedModel, card: ModelCard, identity: str) -> dict[str, str]:
    """Return what mteb keeps beside each result, as short values: they name a folder."""
    prompts = "documented"
    if evaluated.prompt is not None:
        text = repr(sorted(asdict(evaluated.prompt).items()))
        prompts = f"{evaluated.prompt.task}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    documented = repr((card.prompts, stored_prompts(card)))
    return {
        "prompts": prompts,
        "prompt_texts": hashlib.sha256(documented.encode()).hexdigest()[:8],
        "dimension": str(_dimension(card, evaluated) or card.dimension or "full"),
        "precision": str(evaluated.precision),
        "load": identity[:12],
    }


def mteb_name(card: ModelCard) -> str:
    """Return the model's name for mteb: the hub's id, else one under "local/"."""
    on_hub = card.origin in (Origin.HUB, Origin.EMBEDDED) and card.id.count("/") == 1
    return card.id if on_hub else f"{LOCAL}{card.name}"


def _dimension(card: ModelCard, evaluated: EvaluatedModel) -> int | None:
    return evaluated.dimension if card.truncatable else None


def _rows(embeddings: Any) -> np.ndarray:
    rows = np.asarray(embeddings, dtype=np.float64)
    return rows[None, :] if rows.ndim == 1 else rows
