"""The folders that the app fills, their sizes, and emptying them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.models.card import ModelCard, Origin


class FolderKind(StrEnum):
    STORE = "store"  # vectors of earlier texts
    GOLDEN = "golden"  # what golden checks found
    OPENVINO = "openvino"  # transformers exported for OpenVINO
    HUB = "hub"  # models downloaded from the hub, shared with other programs


@dataclass(frozen=True, kw_only=True)
class Folder:
    kind: FolderKind
    path: Path
    size_bytes: int


def folders(data_dir: Path) -> tuple[Folder, ...]:
    """Return the folders in use with what they hold now."""
    places = {
        FolderKind.STORE: data_dir / "stores",
        FolderKind.GOLDEN: data_dir / "golden",
        FolderKind.OPENVINO: data_dir / "openvino",
        FolderKind.HUB: hub_cache(),
    }
    return tuple(
        Folder(kind=kind, path=path, size_bytes=size_of(path)) for kind, path in places.items()
    )


def hub_cache() -> Path:
    """Return the folder where huggingface_hub keeps what it downloads (``HF_HOME``)."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def size_of(path: Path) -> int:
    """Return the bytes of all files below, each once (the hub's cache links to its blobs)."""
    files = (p for p in path.rglob("*") if p.is_file() and not p.is_symlink())
    return sum(file.stat().st_size for file in files)


def model_folder(card: ModelCard) -> Path | None:
    """Return what the hub's cache holds of this model, None where that is nothing."""
    if card.origin is not Origin.HUB:
        return None
    folder = hub_cache() / f"models--{card.id.replace('/', '--')}"
    return folder if folder.is_dir() else None


def delete_model(card: ModelCard) -> int:
    """Delete the model's files from the hub's cache; return the bytes that were freed."""
    folder = model_folder(card)
    if folder is None:
        return 0
    freed = size_of(folder)
    shutil.rmtree(folder)
    return freed


def empty(folder: Folder) -> int:
    """Delete what the app keeps in its own folder; return the bytes that were freed.

    The hub's cache is other programs' too: of that, models are deleted one by one.
    """
    if folder.kind is FolderKind.HUB or not folder.path.is_dir():
        return 0
    for path in folder.path.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return folder.size_bytes
