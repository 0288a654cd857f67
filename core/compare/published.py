"""Scores that others have published for an example's texts, in ``assets/published``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from core.errors import BadRequest
from core.settings import ASSETS

PUBLISHED_FOLDER = ASSETS / "published"
DIMENSIONS_FOLDER = PUBLISHED_FOLDER / "dimensions"


class Source(StrEnum):
    """Who published a figure."""

    NOTES = "notes"  # the notes that this project starts from
    MODEL_CARD = "model card"


class Standing(StrEnum):
    """What is known about a figure."""

    REFERENCE = "reference"  # the authors' own: what the model should give
    DIFFERS = "differs"  # not what the authors give for the same texts
    UNCHECKED = "unchecked"  # the authors give nothing for these texts


@dataclass(frozen=True, kw_only=True)
class PublishedScores:
    """One model's cosine similarities as published: one score for each document of one query.

    ``note`` says by language what is known about them; ``location`` is a URL, or a path in the
    notes; ``date`` and ``machine`` are empty where they are not known.
    """

    model: str
    source: Source
    scores: tuple[float, ...]
    standing: Standing
    note: Mapping[str, str]
    location: str
    date: str = ""
    machine: str = ""


@cache
def published(id: str, folder: Path = PUBLISHED_FOLDER) -> tuple[PublishedScores, ...]:
    """Return the figures of this id, a model's reference first. Raises BadRequest."""
    files = {path.stem: path for path in sorted(folder.glob("*.toml"))}
    if id not in files:
        known = ", ".join(files)
        raise BadRequest(
            f"No published figures are named {id!r}.",
            hint=f"Known names: {known}.",
            name=id,
            known=known,
        )
    entries = tomllib.loads(files[id].read_text(encoding="utf-8"))["scores"]
    return tuple(_scores(entry) for entry in entries)


def _scores(entry: dict[str, Any]) -> PublishedScores:
    fields = dict(entry)
    fields["source"] = Source(fields["source"])
    fields["standing"] = Standing(fields["standing"])
    fields["scores"] = tuple(fields["scores"])
    return PublishedScores(**fields)


@dataclass(frozen=True, kw_only=True)
class PublishedDimensions:
    """A model's published means on one benchmark, 0 to 100, by dimension and by weight format.

    They are over tasks; those ``_by_type`` are over the types of tasks.
    """

    model: str
    benchmark: str
    by_dimension: Mapping[int, float]
    by_weights: Mapping[str, float]
    by_dimension_by_type: Mapping[int, float]
    by_weights_by_type: Mapping[str, float]
    source: str


@cache
def published_dimensions(
    model: str, folder: Path = DIMENSIONS_FOLDER
) -> tuple[PublishedDimensions, ...]:
    """Return what the model's card says about smaller vectors, nothing where it says nothing."""
    path = folder / f"{model}.toml"
    if not path.is_file():
        return ()
    entry = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(
        PublishedDimensions(
            model=model,
            benchmark=benchmark["name"],
            by_dimension={int(d): mean for d, mean in benchmark["dimensions"].items()},
            by_weights=benchmark["weights"],
            by_dimension_by_type={
                int(d): mean for d, mean in benchmark["dimensions_by_type"].items()
            },
            by_weights_by_type=benchmark["weights_by_type"],
            source=entry["source"],
        )
        for benchmark in entry["benchmarks"]
    )
