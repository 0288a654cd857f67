"""The notes' quality figures, beside the published ones and in no ranking."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from core.quality.published import FOLDER, SINGLE, scores

FILE = FOLDER / "notes.toml"
# The notes measured other similarities than this model's card gives: see the file.
DOUBTFUL = "google/embeddinggemma-300m"


@dataclass(frozen=True, kw_only=True)
class NotesScore:
    """A main score of the notes, 0 to 1, and the published one of the same task, if there is any.

    ``same_data`` says whether both were made from one revision of the data.
    """

    model: str
    task: str
    split: str
    score: float
    mteb_version: str
    dataset_revision: str
    published: float | None
    same_data: bool

    @property
    def difference(self) -> float | None:
        return None if self.published is None else self.score - self.published

    @property
    def doubtful(self) -> bool:
        """Say whether the model is known not to have worked as its authors say."""
        return self.model == DOUBTFUL


@cache
def notes_scores() -> tuple[NotesScore, ...]:
    """Return all of them, in the order of the file."""
    whole = tomllib.loads(FILE.read_text(encoding="utf-8"))
    known = _published()
    found: list[NotesScore] = []
    for entry in whole["scores"]:
        published, revision = known.get((entry["model"], entry["task"]), (None, ""))
        found.append(
            NotesScore(
                **entry,
                mteb_version=whole["mteb_version"],
                published=published,
                same_data=revision == entry["dataset_revision"],
            )
        )
    return tuple(found)


def _published() -> dict[tuple[str, str], tuple[float, str]]:
    """Return score and revision of the data by model and task.

    A benchmark may take some languages of a task only, so a row of the task by itself goes first.
    """
    table = scores()
    table = table.iloc[(table["benchmark"] != SINGLE).to_numpy().argsort(kind="stable")]
    found: dict[tuple[str, str], tuple[float, str]] = {}
    names = ("model", "task", "score", "dataset_revision")
    for model, task, score, revision in zip(*(table[n].to_list() for n in names), strict=True):
        found.setdefault((model, task), (score, revision))
    return found
