"""Models that the user added: hub ids, local folders and servers, beside the catalogue's."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import BadModelName, CorruptWeights, ModelNotHere
from core.models.card import Loader, ModelCard, Origin, PromptEntry, Side, Task
from core.models.files import stored_prompts
from core.models.servers.card import RETRIEVAL, ServerModel, server_card, server_entry
from core.whole_files import write_json

FORMAT = 1
REVISION = re.compile(r"[0-9a-f]{40}")

QUERY_NAMES = ("query", "Retrieval-query")
DOCUMENT_NAMES = ("document", "passage", "Retrieval-document")
BOTH_SIDES = (Side.QUERY, Side.DOCUMENT)
# Names under which models store prompts (those of mteb's task types among them), and what they
# are for here.
STORED_NAMES: tuple[tuple[tuple[str, ...], tuple[Task, ...], tuple[Side, ...]], ...] = (
    (QUERY_NAMES, RETRIEVAL, (Side.QUERY,)),
    (DOCUMENT_NAMES, RETRIEVAL, (Side.DOCUMENT,)),
    (("STS", "sts"), (Task.SIMILARITY,), BOTH_SIDES),
    (("Classification", "classification"), (Task.CLASSIFICATION,), BOTH_SIDES),
    (("Clustering", "clustering"), (Task.CLUSTERING,), BOTH_SIDES),
)


def is_hub_id(text: str) -> bool:
    """Say whether the text can be a model of the hub: owner/name."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(text)
    except HFValidationError:
        return False
    return "/" in text


class AddedModels:
    """The list in one file; every change is written beside it, then renamed over it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def cards(self) -> tuple[ModelCard, ...]:
        """Return the added models; those whose folder is gone too."""
        if not self._path.exists():  # pages ask some twenty times a run
            return ()
        return tuple(_card(entry) for entry in self._entries())

    def add_folder(self, folder: Path) -> ModelCard:
        """Add a local folder under its name. Raises ModelNotHere, NoRoom."""
        place = folder.expanduser().resolve()
        if not (place / "modules.json").is_file() and not (place / "config.json").is_file():
            raise ModelNotHere(
                f"There is no model in {folder}.",
                hint="Name the folder that holds config.json and model.safetensors.",
                name=str(folder),
                how="config.json, model.safetensors",
            )
        return self._add({"id": place.name, "origin": Origin.FOLDER, "folder": str(place)})

    def add_hub(self, id: str, revision: str) -> ModelCard:
        """Add a hub model at a fixed commit. Raises BadModelName, NoRoom."""
        if not is_hub_id(id) or not REVISION.fullmatch(revision):
            raise BadModelName(
                f"{id!r} at {revision!r} is not a hub id at a commit.",
                hint="Write it as owner/name.",
                name=id,
            )
        return self._add({"id": id, "origin": Origin.HUB, "revision": revision})

    def add_server(self, model: ServerModel) -> ModelCard:
        """Add a server's model under its name. Raises NoRoom."""
        return self._add(server_entry(model))

    def remove(self, name: str) -> None:
        """Take the model off the list; its files stay where they are. Raises NoRoom."""
        self._write([entry for entry in self._entries() if _card(entry).name != name])

    def _add(self, entry: dict[str, Any]) -> ModelCard:
        card = _card(entry)
        others = [other for other in self._entries() if _card(other).name != card.name]
        self._write([*others, entry])
        return card

    def _entries(self) -> list[dict[str, Any]]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))["models"]
            for entry in found:
                _card(entry)
            return found
        except (OSError, ValueError, KeyError, TypeError):
            return []  # no list yet, or not one of ours

    def _write(self, entries: list[dict[str, Any]]) -> None:
        write_json(self._path, {"format": FORMAT, "models": entries}, folders=True)


def prompts_from(stored: Mapping[str, str]) -> tuple[PromptEntry, ...]:
    """Return the prompts that a model's configuration holds, for the tasks that they are for."""
    return tuple(
        PromptEntry(
            tasks=tasks, sides=sides, text=stored[name], stored=name, source="model configuration"
        )
        for names, tasks, sides in STORED_NAMES
        for name in names
        if name in stored
    )


def hub_card(id: str, revision: str) -> ModelCard:
    """Return the card of a hub model about which nothing else is known."""
    return _card({"id": id, "origin": Origin.HUB, "revision": revision})


def _card(entry: Mapping[str, Any]) -> ModelCard:
    if entry["origin"] == Origin.SERVER:
        return server_card(entry)
    folder = entry.get("folder", "")
    id = entry["id"]
    card = ModelCard(
        name=id.rpartition("/")[2],
        id=id,
        origin=Origin(entry["origin"]),
        loader=Loader.SENTENCE_TRANSFORMERS,
        revision=entry.get("revision", ""),
        licence="",
        url="" if folder else f"https://huggingface.co/{id}",
        dimension=None,
        folder=folder,
    )
    # Nothing is known about it but what its own files say, once they are here.
    try:
        stored = stored_prompts(card) or {}
    except CorruptWeights:
        stored = {}  # loading tells of it; the list of models must not fail
    return replace(card, prompts=prompts_from(stored))
