"""Teaching a model as a job: everything as JSON, there and back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import BadRequest
from core.maps.geography import prefecture_distances
from core.models import find
from core.models.catalogue import added_models, known
from core.sets.places import PlaceSet, place_set
from core.settings import settings
from core.training.measures import Encode, Measure, changes, of_places, of_probes, of_proximity
from core.training.record import Checkpoint
from core.training.settings import Loss, TrainingSettings
from core.training.triplets import Triplet, from_distances
from core.work.job import JSON
from core.work.report import Report

TARGET = "core.training.job:run_job"
KIND = "training"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True, kw_only=True)
class TeachingRequest:
    """What is taught to which model. ``triplets`` empty: the prefectures' distances, written as
    ``names``, with ``hold_out`` of them left out. ``name`` is the new model's.
    """

    model: str
    name: str
    settings: TrainingSettings
    names: PlaceSet = PlaceSet.PREFECTURES_EN
    hold_out: int = 0
    triplets: tuple[Triplet, ...] = ()

    @property
    def held_out(self) -> tuple[int, ...]:
        """Return the places of the prefectures that are left out."""
        if self.triplets or not self.hold_out:
            return ()
        count = len(place_set(self.names))
        generator = np.random.default_rng(self.settings.seed)
        return tuple(sorted(generator.choice(count, self.hold_out, replace=False).tolist()))

    def all_triplets(self) -> tuple[Triplet, ...]:
        """Return what is learned from."""
        if self.triplets:
            return self.triplets
        return from_distances(
            place_set(self.names).texts,
            prefecture_distances(),
            held_out=self.held_out,
            seed=self.settings.seed,
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
    from core.training.training import TrainingRequest, train

    request = from_params(params)
    check_name(request.name)
    folder = folder_of(request.name)
    report.say("tune.loading", model=request.model)

    def on_step(done: int, total: int, loss: float | None) -> None:
        report(done, total)

    found = train(
        TrainingRequest(
            card=find(request.model),
            triplets=request.all_triplets(),
            settings=request.settings,
            folder=folder,
        ),
        lambda encode: measure(encode, request),
        on_step=on_step,
    )
    added_models().add_folder(folder)
    return to_json(found.checkpoints, found.losses)


def measure(encode: Encode, request: TeachingRequest) -> list[Measure]:
    """Return the aim and all that may be forgotten."""
    near = of_proximity(encode, request.names, request.held_out)
    return [*near, *of_places(encode), *of_probes(encode)]


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
        "names": request.names,
        "hold_out": request.hold_out,
        "triplets": [list(each) for each in request.triplets],
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
        names=PlaceSet(params["names"]),
        hold_out=params["hold_out"],
        triplets=tuple(Triplet(*each) for each in params["triplets"]),
    )
