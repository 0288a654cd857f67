"""Teaching a model as a job: everything as JSON, there and back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import BadRequest
from core.models import find
from core.models.catalogue import added_models, known
from core.sets.places import PlaceSet
from core.settings import settings
from core.training.lesson import Lesson, Made
from core.training.measures import (
    Encode,
    Measure,
    changes,
    of_own,
    of_places,
    of_probes,
    of_proximity,
    of_taught_places,
    of_triplets,
)
from core.training.picture import picture
from core.training.recipes import PLACES, Recipe, lesson_of, names_held_out
from core.training.record import Checkpoint
from core.training.settings import Loss, TrainingSettings
from core.training.triplets import Triplet, digest
from core.work.job import JSON
from core.work.report import Report

if TYPE_CHECKING:
    from core.training.training import TrainingRequest

TARGET = "core.training.job:run_job"
KIND = "training"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True, kw_only=True)
class TeachingRequest:
    """What is taught to which model. ``own`` None: the recipe, with ``names`` of the places and
    ``hold_out`` of them left out. ``name`` is the new model's; ``kept`` has by name what shall not
    be forgotten.
    """

    model: str
    name: str
    settings: TrainingSettings
    recipe: Recipe = Recipe.PROXIMITY
    names: PlaceSet = PlaceSet.PREFECTURES_EN
    hold_out: int = 0
    own: Lesson | None = None
    kept: Mapping[str, tuple[Triplet, ...]] = field(default_factory=dict[str, tuple[Triplet, ...]])

    @property
    def held_out(self) -> tuple[int, ...]:
        """Return the places of the names that the recipe leaves out."""
        if self.own is not None:
            return ()
        return names_held_out(self.recipe, self.names, self.hold_out, self.settings.seed)

    @property
    def drawn(self) -> PlaceSet:
        """Return the prefectures that are drawn at each checkpoint."""
        if self.own is not None:
            return PlaceSet.PREFECTURES_EN
        return PLACES.get(self.names, self.names)

    @property
    def measured(self) -> str:
        """Return what names the sets that shall not be forgotten."""
        return json.dumps({name: digest(rows) for name, rows in self.kept.items()}, sort_keys=True)

    @cached_property
    def lesson(self) -> Lesson:
        """Return what is learned from."""
        if self.own is not None:
            return self.own
        return lesson_of(self.recipe, self.names, self.held_out, self.settings.seed)

    def training(self, folder: Path) -> TrainingRequest:
        """Return how the model is trained into the folder. Raises ModelNotFound."""
        from core.training.training import TrainingRequest

        return TrainingRequest(
            card=find(self.model),
            lesson=self.lesson,
            settings=self.settings,
            folder=folder,
            measured=self.measured,
        )


def folder_of(name: str) -> Path:
    """Return where the model of this name is written."""
    return settings().data_dir / "taught" / name


def check_name(name: str) -> None:
    """Raises BadRequest for what can't name a new model's folder, and for a name that is taken."""
    if not NAME.fullmatch(name):
        raise BadRequest(
            f"{name!r} can't be a model's name.",
            hint="Use letters, digits, dots, hyphens and underscores.",
        )
    mine = str(folder_of(name))
    if any(card.name == name and Path(card.folder or ".") != Path(mine) for card in known()):
        raise BadRequest(f"There is a model named {name} already.", hint="Choose another name.")


def run_job(params: Mapping[str, Any], report: Report) -> dict[str, JSON]:
    """Teach in a job's process; stopped, it goes on from its last checkpoint when asked again."""
    from core.training.training import train

    request = from_params(params)
    check_name(request.name)
    folder = folder_of(request.name)
    report.say("tune.loading", model=request.model)

    def on_step(done: int, total: int, loss: float | None) -> None:
        report(done, total)

    found = train(
        request.training(folder),
        lambda encode: measure(encode, request),
        on_step=on_step,
        draw=lambda encode: picture(encode, request.drawn),
    )
    added_models().add_folder(folder)
    return to_json(found.checkpoints, found.losses)


def measure(encode: Encode, request: TeachingRequest) -> list[Measure]:
    """Return the aim, what was held out first, and all that may be forgotten."""
    if request.own is not None:
        aim = of_triplets(encode, request.own.triplets, request.own.test)
    elif request.recipe is Recipe.PLACES:
        aim = of_taught_places(encode, request.names, request.held_out)
    else:
        aim = of_proximity(encode, request.names, request.held_out)
    near = [] if is_near(request) else of_proximity(encode, PlaceSet.PREFECTURES_EN)
    taught = request.names if request.own is None else None
    return [
        *aim,
        *near,
        *of_places(encode, without=taught),
        *of_probes(encode),
        *of_own(encode, request.kept),
    ]


def is_near(request: TeachingRequest) -> bool:
    """Say whether proximity is the aim."""
    return request.own is None and request.recipe is Recipe.PROXIMITY


def to_json(
    checkpoints: Sequence[Checkpoint], losses: Sequence[tuple[int, float]]
) -> dict[str, JSON]:
    """Return shares at each checkpoint, and what changed from the first to the last."""
    return {
        "checkpoints": [
            {
                "percent": checkpoint.percent,
                "measures": [
                    {k: v for k, v in asdict(each).items() if k != "passed"}
                    for each in checkpoint.measures
                ],
                "points": checkpoint.points,
            }
            for checkpoint in checkpoints
        ],
        "losses": [list(each) for each in losses],
        "changes": [
            {**asdict(each), "is_sure": each.is_sure}
            for each in changes(checkpoints[0].measures, checkpoints[-1].measures)
        ],
    }


def as_params(request: TeachingRequest) -> dict[str, JSON]:
    """Return the request as a job's parameters."""
    return {
        "model": request.model,
        "name": request.name,
        "settings": asdict(request.settings),
        "recipe": request.recipe,
        "names": request.names,
        "hold_out": request.hold_out,
        "own": None if request.own is None else asdict(request.own),
        "kept": {name: [list(row) for row in rows] for name, rows in request.kept.items()},
    }


def from_params(params: Mapping[str, Any]) -> TeachingRequest:
    asked: dict[str, Any] = {
        **params["settings"],
        "loss": Loss(params["settings"]["loss"]),
        "matryoshka": tuple(params["settings"]["matryoshka"]),
    }
    return TeachingRequest(
        model=params["model"],
        name=params["name"],
        settings=TrainingSettings(**asked),
        recipe=Recipe(params["recipe"]),
        names=PlaceSet(params["names"]),
        hold_out=params["hold_out"],
        own=None if params["own"] is None else _lesson(params["own"]),
        kept={name: tuple(Triplet(*row) for row in rows) for name, rows in params["kept"].items()},
    )


def _lesson(entry: Mapping[str, Any]) -> Lesson:
    triplets, test = (tuple(Triplet(*row) for row in entry[name]) for name in ("triplets", "test"))
    return Lesson(
        triplets=triplets,
        test=test,
        mined=entry["mined"],
        classes=entry["classes"],
        made=Made(entry["made"]),
    )
