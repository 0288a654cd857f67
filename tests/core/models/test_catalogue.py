"""The catalogue holds together, and an unknown name gets a suggestion."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.errors import ModelNotFound
from core.models import Golden, ModelCard, Origin, PromptEntry, Side, Task, catalogue, find
from core.models.card import Loader
from core.models.identity import BACKENDS
from core.models.loaders import LOADERS
from core.models.similarity import Similarity

each_model = pytest.mark.parametrize("card", catalogue(), ids=lambda card: card.name)


def test_the_models_that_need_no_network_come_first() -> None:
    here = [card.origin is not Origin.HUB for card in catalogue()]
    assert here == sorted(here, reverse=True)
    assert sum(here) >= 3


@each_model
def test_a_model_is_found_by_its_name_and_by_its_id(card: ModelCard) -> None:
    assert find(card.name) is card
    assert find(card.id) is card


@each_model
def test_a_card_says_what_every_page_needs(card: ModelCard) -> None:
    assert card.licence
    assert card.url.startswith("https://")
    assert card.dimension
    assert card.dimension > 0
    assert Similarity(card.similarity)
    assert card.loader in LOADERS
    assert card.loader in BACKENDS


@each_model
def test_an_embedded_model_s_files_are_pinned(card: ModelCard) -> None:
    if card.origin is Origin.EMBEDDED:
        assert card.package
        assert card.sha256
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in card.sha256.values())


@each_model
def test_a_task_has_one_prompt_a_side(card: ModelCard) -> None:
    places = [
        (task, side) for entry in card.prompts for task in entry.tasks for side in entry.sides
    ]
    assert len(places) == len(set(places))
    assert not {Task.NONE, Task.CUSTOM} & {task for task, _ in places}


@each_model
def test_a_prompt_names_its_source_and_has_only_known_places(card: ModelCard) -> None:
    for entry in card.prompts:
        assert entry.source
        assert set(re.findall(r"{(\w*)}", entry.text)) <= {"title", "instruction"}
        assert ("{instruction}" in entry.text) == bool(entry.instruction)


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("all-MiniLM-L6", "all-MiniLM-L6-v2"),
        ("wordlama", "wordllama"),
        ("embedding-gemma-300m", "embeddinggemma-300m"),
    ],
)
def test_a_misspelt_name_gets_the_nearest_one(wrong: str, meant: str) -> None:
    with pytest.raises(ModelNotFound) as caught:
        find(wrong)
    assert repr(wrong) in caught.value.message
    assert f"Did you mean {meant!r}?" in caught.value.hint
    assert caught.value.values["name"] == wrong


@pytest.mark.parametrize("wrong", ["", "zzz", "../../etc/passwd"])
def test_a_name_like_none_gets_the_list(wrong: str) -> None:
    with pytest.raises(ModelNotFound) as caught:
        find(wrong)
    assert "Did you mean" not in caught.value.hint
    assert all(card.name in caught.value.hint for card in catalogue())


ENTRY = """
[[model]]
name = "tiny"
id = "org/tiny"
origin = "hub"
revision = "1"
licence = "MIT"
url = "https://example.org"
dimension = 4
matryoshka = [2, 4]
"""
MORE = """
[[model.prompts]]
tasks = ["search", "clustering"]
sides = ["query"]
text = "q: "
source = "card"

[model.golden]
task = "none"
queries = ["a"]
documents = ["b", "c"]
expected = [[0.1, 0.2]]
source = "https://example.org"
"""


def test_an_entry_becomes_a_card_of_frozen_values(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.toml"
    path.write_text(ENTRY + MORE, encoding="utf-8")
    (card,) = catalogue(path)
    assert card == ModelCard(
        name="tiny",
        id="org/tiny",
        origin=Origin.HUB,
        loader=Loader.SENTENCE_TRANSFORMERS,
        revision="1",
        licence="MIT",
        url="https://example.org",
        dimension=4,
        matryoshka=(2, 4),
        prompts=(
            PromptEntry(
                tasks=(Task.SEARCH, Task.CLUSTERING), sides=(Side.QUERY,), text="q: ", source="card"
            ),
        ),
        golden=Golden(
            queries=("a",),
            documents=("b", "c"),
            expected=((0.1, 0.2),),
            task=Task.NONE,
            source="https://example.org",
        ),
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('origin = "hub"', 'origin = "hud"'),
        ("dimension = 4\n", ""),
        ("dimension = 4\n", "dimension = 4\ndimensions = 4\n"),
    ],
    ids=["unknown origin", "no dimension", "unknown field"],
)
def test_a_faulty_entry_is_refused(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "catalogue.toml"
    path.write_text(ENTRY.replace(old, new), encoding="utf-8")
    with pytest.raises((TypeError, ValueError)):
        catalogue(path)
