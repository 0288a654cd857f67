"""The card of a server's model, and its entry in the list of added models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.models.card import (
    Endpoint,
    Loader,
    ModelCard,
    Origin,
    PromptEntry,
    Side,
    Task,
)

RETRIEVAL = (Task.SEARCH, Task.QUESTION_ANSWERING, Task.FACT_CHECKING, Task.CODE_RETRIEVAL)


@dataclass(frozen=True, kw_only=True)
class ServerModel:
    """What the list keeps of a server's model; of its API key, nothing.

    ``query_prompt`` and ``document_prompt`` are the user's own, before those of ``endpoint.base``.
    """

    name: str
    endpoint: Endpoint
    dimension: int
    query_prompt: str = ""
    document_prompt: str = ""


def server_entry(model: ServerModel) -> dict[str, Any]:
    """Return the entry for the file."""
    return {
        "id": server_id(model.endpoint),
        "origin": Origin.SERVER.value,
        "name": model.name,
        "url": model.endpoint.url,
        "served_name": model.endpoint.served_name,
        "base": model.endpoint.base,
        "dimension": model.dimension,
        "query_prompt": model.query_prompt,
        "document_prompt": model.document_prompt,
    }


def server_card(entry: Mapping[str, Any]) -> ModelCard:
    """Return the card: what the server said and, where it serves a known model, what that is.

    That model's prompts are those of its card here, since a server stores none; its golden example
    then checks the server. Raises KeyError, TypeError, ValueError for an entry of another kind.
    """
    endpoint = Endpoint(
        url=str(entry["url"]), served_name=str(entry["served_name"]), base=str(entry["base"])
    )
    base = _base(endpoint.base)
    typed = _typed(entry)
    prompts = (*typed, *(_unstored(each) for each in (base.prompts if base else ())))
    return ModelCard(
        name=str(entry["name"]),
        id=server_id(endpoint),
        origin=Origin.SERVER,
        loader=Loader.SERVER,
        revision="",
        licence=base.licence if base else "",
        url=base.url if base else "",
        dimension=int(entry["dimension"]),
        matryoshka=base.matryoshka if base else (),
        parameters=base.parameters if base else None,
        similarity=base.similarity if base else "cosine",
        languages=base.languages if base else (),
        released=base.released if base else "",
        prompts=prompts,
        golden=base.golden if base and not typed else None,  # which holds for its own prompts
        training=base.training if base else None,
        endpoint=endpoint,
    )


def server_id(endpoint: Endpoint) -> str:
    """Return the address and the name there, which no other model has."""
    return f"{endpoint.url}#{endpoint.served_name}"


def base_of(card: ModelCard) -> ModelCard | None:
    """Return the catalogue's card of the model that a server serves, None where it isn't said."""
    return _base(card.endpoint.base) if card.endpoint else None


def _base(name: str) -> ModelCard | None:
    from core.models.catalogue import catalogue  # which reads the added models itself

    return next((card for card in catalogue() if card.name == name), None)


def _typed(entry: Mapping[str, Any]) -> tuple[PromptEntry, ...]:
    typed = {Side.QUERY: entry["query_prompt"], Side.DOCUMENT: entry["document_prompt"]}
    return tuple(
        PromptEntry(tasks=RETRIEVAL, sides=(side,), text=str(text), typed=True)
        for side, text in typed.items()
        if text
    )


def _unstored(entry: PromptEntry) -> PromptEntry:
    return replace(entry, stored="")
