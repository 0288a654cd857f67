"""What local runs have left: a file for each model, setting and task, as mteb's ResultCache has it.

Read without mteb, so that pages can.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from statistics import fmean
from typing import Any

from core.whole_files import read_json

META, SENT = "model_meta.json", "sent_prompts.json"
LOCAL = "local/"  # before the name of a model that is on no hub: mteb wants an organisation
TOLERANCE = 0.005  # a difference up to this needs no explanation


@dataclass(frozen=True, kw_only=True)
class SubsetScore:
    """The main score (0 to 1) on one subset of one split."""

    split: str
    subset: str
    score: float


@dataclass(frozen=True, kw_only=True)
class LocalScore:
    """A task that was run here. ``setting`` is what mteb keeps as ``experiment_kwargs``;
    ``prompts`` what was put before the texts, by task type and side.
    """

    model: str
    revision: str
    task: str
    setting: Mapping[str, str]
    prompts: Mapping[str, str]
    parts: tuple[SubsetScore, ...]
    dataset_revision: str
    mteb_version: str
    seconds: float

    @property
    def name(self) -> str:
        """Return a name that ``core.models.find`` knows: the hub's id, or that of our lists."""
        return self.model.removeprefix(LOCAL)

    @property
    def score(self) -> float:
        """Return the mean over subsets of each split, and of those over splits."""
        splits = {
            part.split: [p.score for p in self.parts if p.split == part.split]
            for part in self.parts
        }
        return fmean(fmean(scores) for scores in splits.values())


class Difference(StrEnum):
    """What is not the same in two scores of one model on one task."""

    DATA = "data"  # the revision of the data set: not comparable at all
    MODEL = "model"  # the model's revision
    LOAD = "load"  # the libraries, the device or the files that served the model
    PROMPTS = "prompts"
    PRECISION = "precision"
    DIMENSION = "dimension"
    MTEB = "mteb"  # the version of mteb


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A published score of the same task; an empty text is not known."""

    score: float
    dataset_revision: str
    revision: str
    mteb_version: str


@dataclass(frozen=True, kw_only=True)
class Against:
    """A local score beside the published one; ``differs`` is what may explain the difference.

    ``comparable`` only on the same data. ``explained`` None: the difference needs no explanation.
    """

    local: LocalScore
    published: Reference
    differs: tuple[Difference, ...]

    @property
    def comparable(self) -> bool:
        return Difference.DATA not in self.differs

    @property
    def difference(self) -> float | None:
        return self.local.score - self.published.score if self.comparable else None

    @property
    def explained(self) -> bool | None:
        if self.difference is None or abs(self.difference) <= TOLERANCE:
            return None
        return bool(self.differs)


def against(local: LocalScore, published: Reference, *, full_dimension: int | None) -> Against:
    """Hold a local score against a published one, made with exact precision and all dimensions."""
    setting = local.setting
    full = ("full", str(full_dimension))
    apart = {
        Difference.DATA: local.dataset_revision != published.dataset_revision,
        Difference.MODEL: local.revision != published.revision,
        # What was sent upstream is not published, so a prompt may always be another one.
        Difference.PROMPTS: any(local.prompts.values()) or setting.get("prompts") != "documented",
        Difference.PRECISION: setting.get("precision") != "exact",
        Difference.DIMENSION: setting.get("dimension") not in full,
        Difference.MTEB: local.mteb_version != published.mteb_version,
    }
    return Against(
        local=local,
        published=published,
        differs=tuple(d for d, differs in apart.items() if differs),
    )


def stale(
    local: LocalScore, *, setting: Mapping[str, str], dataset_revision: str, mteb_version: str
) -> tuple[Difference, ...]:
    """Return what has changed since the run; nothing where the score is what a run would give now.

    ``setting`` is the one that a run would have now.
    """
    changed = {
        Difference.DATA: local.dataset_revision != dataset_revision,
        Difference.LOAD: local.setting.get("load") != setting.get("load"),
        Difference.PROMPTS: local.setting.get("prompt_texts") != setting.get("prompt_texts"),
        Difference.PRECISION: local.setting.get("precision") != setting.get("precision"),
        Difference.MTEB: local.mteb_version != mteb_version,
    }
    return tuple(difference for difference, is_so in changed.items() if is_so)


def read(folder: Path) -> tuple[LocalScore, ...]:
    """Return every score under the cache's folder, by model and task."""
    found = (
        score
        for meta in (folder / "results").rglob(META)
        for score in _of_setting(meta.parent, read_json(meta) or {})
    )
    return tuple(
        sorted(found, key=lambda score: (score.model, score.task, *score.setting.values()))
    )


def _of_setting(folder: Path, meta: Mapping[str, Any]) -> Iterator[LocalScore]:
    sent = read_json(folder / SENT) or {}
    for path in folder.glob("*.json"):
        if path.name in (META, SENT):
            continue
        entry = read_json(path)
        if entry is None or "scores" not in entry or not meta.get("experiment_kwargs"):
            continue
        yield LocalScore(
            model=meta["name"],
            revision=meta["revision"],
            task=entry["task_name"],
            setting=meta["experiment_kwargs"],
            prompts=sent.get(entry["task_name"], {}),
            parts=tuple(
                SubsetScore(split=split, subset=each["hf_subset"], score=each["main_score"])
                for split, parts in entry["scores"].items()
                for each in parts
            ),
            dataset_revision=entry["dataset_revision"],
            mteb_version=entry["mteb_version"],
            seconds=entry.get("evaluation_time") or 0.0,
        )
