"""Which labelled texts are those of an MTEB task, so that its published score belongs here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from core.models import find
from core.models.device import Precision
from core.quality.encoder import EvaluatedModel
from core.quality.labelled.data import Classes, Collection, Labelled, Pairs
from core.quality.published import score_of

# By the digest of all texts and labels that are tested. Only digests: the texts are not ours.
KNOWN = {
    "5cf1b068b537589e216ca589adb44888bbc47e4b763de945d65b1f41904b11af": "JSTS",
    "54ccdc3fcae5cbf0b92ab0be2aaf1149f79b2c8ce35ecc2d49bcc9d3065d99bf": "Banking77Classification",
}


@dataclass(frozen=True, kw_only=True)
class PublishedScore:
    """The published main score of a task, 0 to 1."""

    task: str
    score: float


def published_for(data: Labelled, model: EvaluatedModel) -> PublishedScore | None:
    """Return what is published for the model on these very texts, None where nothing is.

    Published scores are of the full dimension in the model's own precision with its own prompts.
    """
    task = KNOWN.get(fingerprint(data))
    as_published = (
        model.dimension is None and model.prompt is None and model.precision is Precision.EXACT
    )
    score = score_of(find(model.model).id, task) if task and as_published else None
    return PublishedScore(task=task, score=score) if task and score is not None else None


def fingerprint(data: Labelled) -> str:
    """Return the digest of the texts and labels that are tested, whatever their order."""
    rows = sorted(_rows(data))
    return hashlib.sha256("\x1e".join(rows).encode("utf-8", "surrogatepass")).hexdigest()


def _rows(data: Labelled) -> Iterator[str]:
    if isinstance(data, Pairs):
        rows = zip(data.first, data.second, (f"{grade:g}" for grade in data.grades), strict=True)
    elif isinstance(data, Classes):
        rows = zip(data.texts, data.labels, strict=True)
    else:
        assert isinstance(data, Collection)
        rows = zip(data.queries, data.queries.values(), strict=True)
    for row in rows:
        yield "\x1f".join((data.kind, *row))
