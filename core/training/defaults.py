"""What suits a model's kind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.errors import BadRequest
from core.models import ModelCard
from core.models.card import Loader
from core.training.settings import STATIC, TRANSFORMER, TrainingSettings


def default_settings(card: ModelCard) -> TrainingSettings:
    """Return what suits the model's kind. Raises BadRequest for one that can't be trained."""
    if card.loader in (Loader.SERVER, Loader.CHAR_NGRAMS) or card.remote_code:
        raise BadRequest(
            f"{card.name} can't be trained: it has no weights here that could be changed.",
            hint="Choose a transformer or a static embedding.",
        )
    static = card.loader is Loader.WORDLLAMA or (
        card.architecture is not None and "StaticEmbedding" in card.architecture.modules
    )
    return STATIC if static else TRANSFORMER


def with_changes(settings: TrainingSettings, **given: Any) -> TrainingSettings:
    """Return the settings with those that are given."""
    return replace(settings, **{name: value for name, value in given.items() if value is not None})
