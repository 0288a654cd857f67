"""The catalogue: which models there are, read from ``assets/models/catalogue.toml``."""

from __future__ import annotations

import difflib
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from core.errors import ModelNotFound
from core.models.added import AddedModels
from core.models.card import (
    Architecture,
    Attention,
    Golden,
    Loader,
    ModelCard,
    Origin,
    PromptEntry,
    Side,
    Task,
    Training,
)
from core.settings import ASSETS, settings

CATALOGUE_FILE = ASSETS / "models" / "catalogue.toml"


@cache
def catalogue(path: Path = CATALOGUE_FILE) -> tuple[ModelCard, ...]:
    """Return every model, in the order in which a picker should offer them."""
    with path.open("rb") as file:
        return tuple(_card(entry) for entry in tomllib.load(file)["model"])


def known() -> tuple[ModelCard, ...]:
    """Return the catalogue and, after it, the models that the user added."""
    listed, added = catalogue(), added_models().cards()
    if not added:
        return listed
    names = {card.name for card in listed}
    return (*listed, *(card for card in added if card.name not in names))


def added_models() -> AddedModels:
    """Return the user's own list, which is a file in the data folder."""
    return AddedModels(settings().data_dir / "models.json")


def find(name: str) -> ModelCard:
    """Return the model of this short name or hub id. Raises ModelNotFound."""
    cards = known()
    wanted = name.casefold()
    for card in cards:
        if wanted in (card.name.casefold(), card.id.casefold()):
            return card
    names = [card.name for card in cards]
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    advice = f"Did you mean {close[0]!r}? " if close else ""
    raise ModelNotFound(
        f"No model is named {name!r}.",
        hint=f"{advice}Known names: {', '.join(names)}.",
        name=name,
        known=", ".join(names),
    )


def _card(entry: dict[str, Any]) -> ModelCard:
    fields = dict(entry)
    fields["origin"] = Origin(fields["origin"])
    fields["loader"] = Loader(fields.get("loader", Loader.SENTENCE_TRANSFORMERS))
    fields["matryoshka"] = tuple(fields.get("matryoshka", ()))
    fields["languages"] = tuple(fields.get("languages", ()))
    fields["prompts"] = tuple(_prompt(p) for p in fields.get("prompts", ()))
    if "golden" in fields:
        fields["golden"] = _golden(fields["golden"])
    if "architecture" in fields:
        fields["architecture"] = _architecture(fields["architecture"])
    if "training" in fields:
        fields["training"] = Training(**fields["training"])
    return ModelCard(**fields)


def _prompt(entry: dict[str, Any]) -> PromptEntry:
    fields = dict(entry)
    fields["tasks"] = tuple(Task(task) for task in fields["tasks"])
    fields["sides"] = tuple(Side(side) for side in fields["sides"])
    return PromptEntry(**fields)


def _golden(entry: dict[str, Any]) -> Golden:
    return Golden(
        queries=tuple(entry["queries"]),
        documents=tuple(entry["documents"]),
        expected=tuple(tuple(row) for row in entry["expected"]),
        task=Task(entry["task"]),
        source=entry["source"],
    )


def _architecture(entry: dict[str, Any]) -> Architecture:
    attention = entry.get("attention")
    return Architecture(
        modules=tuple(entry["modules"]),
        pooling=entry.get("pooling", ""),
        attention=Attention(attention) if attention else None,
    )
