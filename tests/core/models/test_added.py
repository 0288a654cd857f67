"""The user's own list of models: one damaged folder never costs the others."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from core.models import catalogue, find, known
from core.models.added import AddedModels
from core.models.card import ModelCard
from core.models.files import is_here
from tests.core.models.test_files import QWEN, cache, download

__all__ = ["cache"]


def folder_with(tmp_path: Path, config: str) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "config.json").write_text("{}", encoding="utf-8")
    (folder / "config_sentence_transformers.json").write_text(config, encoding="utf-8")
    return folder


def test_a_folder_is_added_with_its_prompts_and_taken_off(tmp_path: Path) -> None:
    added = AddedModels(tmp_path / "models.json")
    card = added.add_folder(folder_with(tmp_path, '{"prompts": {"query": "q: "}}'))
    assert [prompt.text for prompt in card.prompts] == ["q: "]
    assert added.cards() == (card,)
    added.remove(card.name)
    assert added.cards() == ()


def test_a_folder_whose_configuration_is_damaged_stays_on_the_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = AddedModels(tmp_path / "models.json")
    card = added.add_folder(folder_with(tmp_path, "{}"))
    (tmp_path / "own" / "config_sentence_transformers.json").write_text("{cut", encoding="utf-8")
    # The package's function of this name hides the module.
    monkeypatch.setattr(sys.modules["core.models.catalogue"], "added_models", lambda: added)
    assert [known_card.name for known_card in known()] == [
        *(listed.name for listed in catalogue()),
        card.name,
    ]
    assert find(card.name).prompts == ()


@pytest.mark.parametrize("name", ["modules.json", "model.safetensors.index.json"])
def test_a_download_whose_lists_can_not_be_read_is_not_here(cache: Path, name: str) -> None:
    card: ModelCard = QWEN
    download(cache, card, **{name: "{cut"})
    assert not is_here(card)
