"""What suits a model's kind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.errors import BadRequest, ModelNotHere
from core.models import ModelCard
from core.models.card import Loader
from core.models.files import locate
from core.training.settings import STATIC, TRANSFORMER, TrainingSettings
from core.whole_files import read_json

STATIC_MODULE = "StaticEmbedding"


def default_settings(card: ModelCard) -> TrainingSettings:
    """Return what suits the model's kind. Raises BadRequest for one that can't be trained."""
    if card.loader in (Loader.SERVER, Loader.CHAR_NGRAMS) or card.remote_code:
        raise BadRequest(
            f"{card.name} can't be trained: it has no weights here that could be changed.",
            hint="Choose a transformer or a static embedding.",
        )
    return STATIC if _is_static(card) else TRANSFORMER


def _is_static(card: ModelCard) -> bool:
    if card.architecture is not None:
        return STATIC_MODULE in card.architecture.modules
    if card.loader is Loader.WORDLLAMA:
        return True
    try:
        folder = locate(card)
    except ModelNotHere:  # loading it will say so
        return False
    modules: Any = read_json(folder / "modules.json") if folder is not None else None
    return any(str(each.get("type", "")).endswith(STATIC_MODULE) for each in modules or ())


def with_changes(settings: TrainingSettings, **given: Any) -> TrainingSettings:
    """Return the settings with those that are given."""
    return replace(settings, **{name: value for name, value in given.items() if value is not None})
