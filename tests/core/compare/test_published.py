"""Published figures are what their sources say, and carry what is known about them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from core.compare.examples import examples
from core.compare.published import (
    DIMENSIONS_FOLDER,
    PUBLISHED_FOLDER,
    PublishedScores,
    Source,
    Standing,
    published,
    published_dimensions,
)
from core.errors import BadRequest
from core.models import find

LANGUAGES = {"en", "ja"}
# What a golden check allows in exact precision.
TOLERANCE = 0.005
EXPERIMENT = "model card Red Planet example, cosine similarity"

FILES = sorted(PUBLISHED_FOLDER.glob("*.toml"))
every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def of(name: str, model: str, source: Source) -> PublishedScores:
    (found,) = [s for s in published(name) if (s.model, s.source) == (model, source)]
    return found


@every_file
def test_every_figure_says_what_is_known_about_it(path: Path) -> None:
    for scores in published(path.stem):
        assert find(scores.model).name == scores.model
        assert scores.location
        assert scores.note.keys() == LANGUAGES
        assert all(scores.note.values())
        assert all(-1 <= score <= 1 for score in scores.scores)


@every_file
def test_the_standing_follows_from_the_authors_values(path: Path) -> None:
    by_model: dict[str, PublishedScores] = {}
    for scores in published(path.stem):
        if scores.standing is Standing.REFERENCE:
            assert scores.source is Source.MODEL_CARD
            by_model[scores.model] = scores
            continue
        reference = by_model.get(scores.model)
        assert (scores.standing is Standing.UNCHECKED) == (reference is None)
        if reference:
            pairs = zip(scores.scores, reference.scores, strict=True)
            assert max(abs(a - b) for a, b in pairs) > TOLERANCE


def test_every_file_belongs_to_an_example() -> None:
    assert {path.stem for path in FILES} == {
        example.figures for example in examples() if example.figures
    }


def test_the_model_card_values_of_embeddinggemma() -> None:
    card = of("red-planet", "embeddinggemma-300m", Source.MODEL_CARD)
    assert card.scores == (0.3011, 0.6359, 0.4930, 0.4889)
    assert card.location == find("embeddinggemma-300m").url


def test_the_fault_in_the_notes_is_told_with_its_likely_cause() -> None:
    notes = of("red-planet", "embeddinggemma-300m", Source.NOTES)
    assert notes.standing is Standing.DIFFERS
    assert all("4.57" in note for note in notes.note.values())
    assert "not proven" in notes.note["en"]


@pytest.mark.parametrize("model", ["embeddinggemma-300m", "qwen3-embedding-0.6b"])
def test_the_notes_values_are_the_notes(model: str, shared_data: Path) -> None:
    path = shared_data / "notes" / "figures.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if row["experiment"] == EXPERIMENT and row["model"] == find(model).id
        ]
    rows.sort(key=lambda row: row["condition"])
    scores = of("red-planet", model, Source.NOTES)
    assert [row["condition"] for row in rows] == [f"document {n}" for n in range(1, 5)]
    assert scores.scores == tuple(float(row["value"]) for row in rows)
    assert {scores.location} == {row["source_path"] for row in rows}


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadRequest, match="blue-planet") as refused:
        published("blue-planet")
    assert "red-planet" in refused.value.hint


def test_the_card_s_means_of_smaller_vectors_are_the_card_s(shared_data: Path) -> None:
    path = shared_data / "published" / "card.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    full = "768d"
    expected = {
        (find(row["model"]).name, row["benchmark"], row["variant"].removesuffix(f" {full}")): float(
            row["mean_task"]
        )
        for row in rows
    }
    found: dict[tuple[str, str, str], float] = {}
    for model in {find(row["model"]).name for row in rows}:
        for figures in published_dimensions(model):
            assert figures.model == model
            assert figures.source == find(model).url
            for dimension, mean in figures.by_dimension.items():
                found[model, figures.benchmark, f"{dimension}d"] = mean
            for weights, mean in figures.by_weights.items():
                found[model, figures.benchmark, weights] = mean
    assert len(rows) == len(expected)
    assert found == expected


def test_the_files_of_dimensions_are_of_models_that_are_trained_for_them() -> None:
    files = sorted(DIMENSIONS_FOLDER.glob("*.toml"))
    assert files
    for path in files:
        for figures in published_dimensions(path.stem):
            assert set(figures.by_dimension) <= set(find(path.stem).matryoshka)


def test_a_card_that_says_nothing_of_smaller_vectors_has_no_figures() -> None:
    assert published_dimensions("wordllama") == ()
