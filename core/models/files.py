"""Where a model's files are on this machine, what they hold, and what they weigh."""

from __future__ import annotations

import hashlib
import importlib.util
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from core.errors import CorruptWeights, ModelFilesDiffer, ModelNotHere
from core.models.card import Loader, ModelCard, Origin
from core.models.safety import missing_file, read_json

# What a sentence-transformers model is made of; everything else in a folder (readme, other
# backends' exports, licence) changes no vector.
LOADED_SUFFIXES = frozenset({".json", ".safetensors", ".txt", ".model", ".spm", ".jinja"})

_digests: dict[tuple[Path, int, int], str] = {}
_digests_lock = threading.Lock()


def is_here(card: ModelCard) -> bool:
    """Say whether the model can be loaded without a download."""
    try:
        locate(card)
    except ModelNotHere:
        return False
    return True


def locate(card: ModelCard) -> Path | None:
    """Return the model's folder, or None for one without files. Raises ModelNotHere."""
    if card.origin in (Origin.BUILT_IN, Origin.SERVER):
        return None
    folder = FINDERS[card.origin](card)
    pinned = card.sha256
    if folder is None or not folder.is_dir() or not all((folder / f).is_file() for f in pinned):
        raise ModelNotHere(
            f"The files of {card.name} are not on this machine.",
            hint=how_to_get(card),
            name=card.name,
            how=get_command(card) or card.folder,
        )
    return folder


def how_to_get(card: ModelCard) -> str:
    """Return the command that brings the model's files here, and what must be done before."""
    if card.origin is Origin.FOLDER:
        return f"Put the folder back: {card.folder}"
    if card.origin is Origin.EMBEDDED:
        return f"Install it: {get_command(card)}"
    size = f" ({card.memory_mb} MB)" if card.memory_mb else ""
    command = get_command(card)
    if card.gated:
        return f"Accept the licence at {card.url}, run: hf auth login, then: {command}{size}"
    return f"Download it with: {command}{size}"


def get_command(card: ModelCard) -> str:
    """Return the command that brings the model's files; none for a folder of the user's own."""
    commands = {
        Origin.EMBEDDED: "pip install -r requirements.txt",
        Origin.HUB: f"python -m core download --model {card.name}",
    }
    return commands.get(card.origin, "")


def stored_prompts(card: ModelCard) -> dict[str, str] | None:
    """Return the prompts of the model's own configuration by name; None where it isn't here."""
    try:
        folder = locate(card)
    except ModelNotHere:
        return None
    return prompts_in(folder) if folder else {}


def prompts_in(folder: Path) -> dict[str, str]:
    """Return the prompts that a sentence-transformers folder stores, by name."""
    config: Any = read_json(folder / "config_sentence_transformers.json")
    prompts: Any = config.get("prompts") if isinstance(config, dict) else None
    if not isinstance(prompts, dict):
        return {}
    return {str(name): str(text) for name, text in prompts.items()}


def loaded_files(card: ModelCard, folder: Path) -> list[Path]:
    """Return the files that decide the model's vectors, sorted."""
    if card.sha256 and card.loader is Loader.WORDLLAMA:
        wanted = [folder / name for name in card.sha256]
        return sorted([*wanted, *folder.glob("tokenizers/*.json")])
    files = (p for p in folder.rglob("*") if p.suffix in LOADED_SUFFIXES)
    return sorted(p for p in files if p.is_file())


def digest(card: ModelCard) -> str:
    """Return the SHA-256 over the names and contents of every file that is loaded.

    Raises ModelNotHere, or ModelFilesDiffer where the catalogue knows a file's digest and it is
    another one.
    """
    folder = locate(card)
    if folder is None:
        return ""
    total = hashlib.sha256()
    for path in loaded_files(card, folder):
        name, found = path.relative_to(folder).as_posix(), file_sha256(path)
        _check(card, name, found)
        total.update(f"{name}\0{found}\n".encode())
    return total.hexdigest()


def file_sha256(path: Path) -> str:
    """Return the file's SHA-256, read again only when its size or time has changed."""
    stat = path.stat()
    key = (path, stat.st_size, stat.st_mtime_ns)
    with _digests_lock:
        if key in _digests:
            return _digests[key]
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    with _digests_lock:
        _digests[key] = found
    return found


def _check(card: ModelCard, name: str, found: str) -> None:
    expected: Mapping[str, str] = card.sha256
    if expected.get(name, found) != found:
        raise ModelFilesDiffer(
            f"{name} of {card.name} has SHA-256 {found[:12]}..., not {expected[name][:12]}...",
            hint=_how_to_restore(card),
            name=card.name,
            how=_how_to_restore(card),
        )


def _how_to_restore(card: ModelCard) -> str:
    if card.origin is Origin.EMBEDDED:
        return "Install it again: pip install --force-reinstall -r requirements.txt"
    return f"Download it again: python -m core download --model {card.name}"


def _package_folder(card: ModelCard) -> Path | None:
    if card.package not in _packages:
        # find_spec, not import: wordllama's import changes the root logger.
        spec = importlib.util.find_spec(card.package)
        if spec is None or spec.origin is None:
            return None  # asked again: it may be installed meanwhile
        _packages[card.package] = Path(spec.origin).parent
    return _packages[card.package] / card.folder


def _hub_folder(card: ModelCard) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    wanted = ("modules.json", "config.json")
    found = (try_to_load_from_cache(card.id, name, revision=card.revision) for name in wanted)
    folder = next((Path(path).parent for path in found if isinstance(path, str)), None)
    return folder if folder is not None and _is_whole(folder) else None


def _is_whole(folder: Path) -> bool:
    try:
        return missing_file(folder) is None
    except CorruptWeights:
        return False  # a list that can't be read is one that is not there


# Found once: looking along the whole path takes a third of a millisecond, many times a page.
_packages: dict[str, Path] = {}

FINDERS: dict[Origin, Callable[[ModelCard], Path | None]] = {
    Origin.EMBEDDED: _package_folder,
    Origin.HUB: _hub_folder,
    Origin.FOLDER: lambda card: Path(card.folder),
}
