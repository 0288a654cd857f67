"""Where exported transformers are, and what became of each export. Imports nothing heavy."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import uuid4

from core.errors import NoRoom
from core.models.card import Loader, ModelCard
from core.models.files import digest, locate
from core.models.identity import OPENVINO, version_of
from core.models.safety import read_json
from core.whole_files import write_json

EXPORT_FORMAT = 1
MODEL, STATE = "model.xml", "state.json"
# What turns a model's files into the graph, beside OpenVINO.
EXPORTED_WITH = ("openvino", "torch", "transformers", "sentence-transformers")


class ExportState(StrEnum):
    READY = "ready"
    FAILED = "failed"  # to export, to compile, or to give PyTorch's vectors


@dataclass(frozen=True, kw_only=True)
class Export:
    """What became of one export. ``reason`` is why it failed, empty if it did not."""

    state: ExportState
    seconds: float = 0.0
    largest_difference: float | None = None
    reason: str = ""


class Exports:
    """A folder of exports, one for each content of a model's files and version of the libraries."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, card: ModelCard) -> Path:
        """Return where the model's export is or will be. Raises as files.digest does."""
        made_of = {
            "format": EXPORT_FORMAT,
            "files": digest(card),
            "text_only": card.text_only,
            **{package: version_of(package) for package in EXPORTED_WITH},
        }
        name = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()
        return self.root / name[:32]

    def read(self, card: ModelCard) -> Export | None:
        """Return what became of the model's export; None where there is none yet."""
        return read(self.folder(card))


def exportable(card: ModelCard) -> bool:
    """Say whether the model has a transformer that sentence-transformers loads. Reads its files."""
    if card.loader is not Loader.SENTENCE_TRANSFORMERS or not version_of(OPENVINO):
        return False
    folder = locate(card)
    modules = read_json(folder / "modules.json") if folder is not None else None
    if not isinstance(modules, list) or not modules or not isinstance(modules[0], dict):
        return False
    return str(modules[0].get("type", "")).endswith(".Transformer")


def read(folder: Path) -> Export | None:
    found: Any = read_json(folder / STATE) if (folder / STATE).is_file() else None
    if not isinstance(found, dict):
        return None
    values: dict[str, Any] = {**found, "state": ExportState(found["state"])}
    export = Export(**values)
    whole = export.state is ExportState.FAILED or (folder / MODEL).is_file()
    return export if whole else None


def place(folder: Path, half_made: Path | None, export: Export) -> None:
    """Put an export and what became of it where it is read, all at once.

    An earlier one gives way; ``half_made`` None stands for an export of which there is nothing.
    Raises NoRoom and leaves nothing of ``half_made`` then.
    """
    half_made = half_made or beside(folder)
    try:
        write_json(half_made / STATE, asdict(export))
    except (NoRoom, OSError):
        shutil.rmtree(half_made, ignore_errors=True)
        raise
    gone = folder.with_name(f".gone-{uuid4().hex}")
    if folder.exists():
        Path(folder).rename(gone)
    try:
        Path(half_made).rename(folder)
    except OSError:  # another process was quicker
        shutil.rmtree(half_made, ignore_errors=True)
        if read(folder) is None:
            raise
    shutil.rmtree(gone, ignore_errors=True)


def beside(folder: Path) -> Path:
    """Return a new empty folder next to this one."""
    half_made = folder.with_name(f".half-made-{uuid4().hex}")
    half_made.mkdir(parents=True)
    return half_made
