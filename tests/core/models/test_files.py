"""A model's files are found where they are complete, and known by what they hold."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import ModelFilesDiffer, ModelNotHere
from core.models import ModelCard, Origin, catalogue, find
from core.models.device import Precision
from core.models.files import digest, get_command, is_here, loaded_files, locate, stored_prompts
from core.models.identity import identify
from core.settings import ROOT
from tests.core.fakes import CPU

QWEN = find("qwen3-embedding-0.6b")
GEMMA = find("embeddinggemma-300m")

SMALL_MODEL = {
    "modules.json": json.dumps(
        [
            {"idx": 0, "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "path": "2_Dense", "type": "sentence_transformers.models.Dense"},
        ]
    ),
    "config.json": "{}",
    "config_sentence_transformers.json": json.dumps({"prompts": {"query": "q: ", "document": ""}}),
    "tokenizer.json": "{}",
    "1_Pooling/config.json": "{}",
    "2_Dense/config.json": "{}",
    "2_Dense/model.safetensors": "weights",
    "model.safetensors": "weights",
    "README.md": "# A model",
}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty hub cache; huggingface_hub reads its variable once, at import."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def download(
    cache: Path, card: ModelCard, *, without: Sequence[str] = (), revision: str = "", **more: str
) -> Path:
    """Lay the small model into the cache as a download does: blobs, and links to them."""
    repository = cache / f"models--{card.id.replace('/', '--')}"
    snapshot = repository / "snapshots" / (revision or card.revision)
    for i, (name, text) in enumerate((SMALL_MODEL | more).items()):
        blob = repository / "blobs" / (f"{i}.incomplete" if name in without else str(i))
        blob.parent.mkdir(parents=True, exist_ok=True)
        blob.write_text(text, encoding="utf-8")
        if name not in without:
            path = snapshot / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(blob)
    return snapshot


def test_a_downloaded_model_is_located(cache: Path) -> None:
    assert not is_here(QWEN)
    snapshot = download(cache, QWEN)
    assert locate(QWEN) == snapshot
    assert is_here(QWEN)
    assert not is_here(GEMMA)


def test_a_model_in_the_user_s_own_cache_folder_is_located(tmp_path: Path) -> None:
    snapshot = download(tmp_path / "hub", QWEN)
    code = f"from core.models.files import *; from core.models import find; print(locate(find({QWEN.name!r})))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_CACHE": str(tmp_path / "hub")},
        check=True,
    )
    assert done.stdout.strip() == str(snapshot)


@pytest.mark.parametrize(
    "missing",
    [("modules.json", "config.json"), ("model.safetensors", "2_Dense/model.safetensors")],
    ids=["without configuration", "without weights"],
)
def test_a_partial_download_is_not_located(cache: Path, missing: tuple[str, ...]) -> None:
    download(cache, QWEN, without=missing)
    with pytest.raises(ModelNotHere):
        locate(QWEN)


@pytest.mark.parametrize(
    "missing",
    [
        "model.safetensors",  # the small weights of 2_Dense may come before it
        "2_Dense/model.safetensors",
        "1_Pooling/config.json",
        "model-00002-of-00002.safetensors",
    ],
)
def test_a_download_without_a_file_that_its_own_lists_name_is_not_located(
    cache: Path, missing: str
) -> None:
    shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    index = json.dumps({"weight_map": {f"layer{i}": shard for i, shard in enumerate(shards)}})
    more = {"model.safetensors.index.json": index} | dict.fromkeys(shards, "weights")
    download(cache, QWEN, without=(missing,), **(more if "of" in missing else {}))
    assert not is_here(QWEN)


def test_another_revision_is_not_the_model(cache: Path) -> None:
    download(cache, QWEN, revision="f" * 40)
    assert not is_here(QWEN)


def test_a_model_that_is_not_here_says_how_to_get_it(cache: Path) -> None:
    with pytest.raises(ModelNotHere) as caught:
        locate(QWEN)
    assert f"download --model {QWEN.name}" in caught.value.hint
    assert f"{QWEN.memory_mb} MB" in caught.value.hint
    with pytest.raises(ModelNotHere) as caught:
        locate(GEMMA)
    assert "Accept the licence" in caught.value.hint
    assert "hf auth login" in caught.value.hint
    assert caught.value.values == {"name": GEMMA.name, "how": get_command(GEMMA)}


def test_stored_prompts_are_read_where_the_model_is_here(cache: Path) -> None:
    assert stored_prompts(QWEN) is None
    download(cache, QWEN)
    assert stored_prompts(QWEN) == {"query": "q: ", "document": ""}


@pytest.mark.parametrize("config", ["{}", '{"prompts": null}', '{"prompts": {}}'])
def test_a_model_may_store_no_prompts(cache: Path, config: str) -> None:
    download(cache, QWEN, **{"config_sentence_transformers.json": config})
    assert stored_prompts(QWEN) == {}


def test_a_built_in_model_has_no_files(cache: Path) -> None:
    card = find("char-ngrams")
    assert locate(card) is None
    assert is_here(card)
    assert digest(card) == ""
    assert stored_prompts(card) == {}


@pytest.mark.parametrize("name", [name for name in SMALL_MODEL if name != "README.md"])
def test_a_change_in_any_loaded_file_changes_the_digest(cache: Path, name: str) -> None:
    path = download(cache, QWEN) / name
    before = digest(QWEN)
    text = path.read_text(encoding="utf-8")
    path.write_text(text + " ", encoding="utf-8")
    assert digest(QWEN) != before
    path.write_text(text, encoding="utf-8")
    assert digest(QWEN) == before


def test_a_file_that_is_added_or_moved_changes_the_digest_and_a_readme_does_not(
    cache: Path,
) -> None:
    folder = download(cache, QWEN)
    before = digest(QWEN)
    (folder / "README.md").write_text("changed", encoding="utf-8")
    assert digest(QWEN) == before
    (folder / "tokenizer.json").rename(folder / "other.json")
    moved = digest(QWEN)
    (folder / "added_tokens.json").write_text("{}", encoding="utf-8")
    assert len({before, moved, digest(QWEN)}) == 3


embedded = [card for card in catalogue() if card.origin is Origin.EMBEDDED]


@pytest.mark.parametrize("card", embedded, ids=lambda card: card.name)
def test_an_embedded_model_is_here_and_its_digest_is_the_published_one(card: ModelCard) -> None:
    folder = locate(card)
    assert folder is not None
    names = {path.relative_to(folder).as_posix() for path in loaded_files(card, folder)}
    assert card.sha256.keys() <= names
    assert len(digest(card)) == 64
    assert digest(card) == digest(card)


@pytest.mark.parametrize("card", embedded, ids=lambda card: card.name)
def test_locating_an_embedded_model_does_not_import_its_package(card: ModelCard) -> None:
    locate(card)
    assert card.package not in sys.modules


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[ModelCard, Path]:
    """WordLlama in a package of another name, whose files a test may damage."""
    spec = importlib.util.find_spec("wordllama")
    assert spec is not None
    assert spec.origin is not None
    source, package = Path(spec.origin).parent, tmp_path / "copied_wordllama"
    for folder in ("weights", "tokenizers"):
        shutil.copytree(source / folder, package / folder)
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    # Each test has its own copy under the one name, which is else found once.
    monkeypatch.setattr("core.models.files._packages", {})
    return replace(find("wordllama"), package=package.name), package


def test_a_changed_byte_in_the_weights_is_told_wherever_the_model_is_asked_for(
    copied: tuple[ModelCard, Path],
) -> None:
    card, package = copied
    assert digest(card) == digest(find("wordllama"))
    weights = package / "weights" / "l2_supercat_256.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 0x01
    weights.write_bytes(data)
    with pytest.raises(ModelFilesDiffer, match=r"weights/l2_supercat_256\.safetensors") as caught:
        digest(card)
    assert "pip install --force-reinstall" in caught.value.hint
    with pytest.raises(ModelFilesDiffer):
        identify(card, Precision.EXACT, CPU)


def test_a_changed_byte_in_a_tokenizer_makes_it_another_model(
    copied: tuple[ModelCard, Path],
) -> None:
    card, package = copied
    tokenizer = package / "tokenizers" / "l2_supercat_tokenizer_config.json"
    tokenizer.write_bytes(tokenizer.read_bytes() + b" ")
    assert digest(card) != digest(find("wordllama"))


def test_an_embedded_package_without_its_weights_is_not_here(
    copied: tuple[ModelCard, Path],
) -> None:
    card, package = copied
    (package / "weights" / "l2_supercat_256.safetensors").unlink()
    with pytest.raises(ModelNotHere):
        digest(card)


def test_an_embedded_folder_without_its_pinned_file_is_not_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "empty_minilm"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModelNotHere):
        digest(replace(find("all-MiniLM-L6-v2"), package=package.name))


def test_a_package_that_is_not_installed_says_how_to_get_it() -> None:
    card = replace(find("wordllama"), package="no_such_package_here")
    with pytest.raises(ModelNotHere, match="wordllama") as caught:
        locate(card)
    assert "pip install -r requirements.txt" in caught.value.hint
