"""Teaching a model on triplets, and what it gained and forgot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from core.commands import console
from core.commands.files import read
from core.commands.options import AsJson
from core.commands.proximity import SETS, Labels
from core.commands.results import figure, print_json, print_lines, print_table
from core.models import find
from core.models.catalogue import added_models
from core.sets.places import PlaceSet, place_set
from core.sets.reading import read_file
from core.training.defaults import default_settings, with_changes
from core.training.job import TeachingRequest, measure, to_json
from core.training.lesson import Lesson, kept_of, of_columns
from core.training.measures import changes, p_shown
from core.training.recipes import Recipe
from core.training.settings import Loss
from core.training.training import Trained, train
from core.training.triplets import doubts


class Places(StrEnum):
    """Places that are taught with their prefectures."""

    MUNICIPALITIES_JA = PlaceSet.MUNICIPALITIES_JA
    CAPITALS_JA = PlaceSet.CAPITALS_JA
    CAPITALS_EN = PlaceSet.CAPITALS_EN


@dataclass(frozen=True, kw_only=True)
class FinetuneOptions:
    """The options of ``finetune``; None where one is not given."""

    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help="A table: anchor, positive, negative; or text, label; "
            "or sentence1, sentence2, score.",
        ),
    ] = None
    model: Annotated[str, typer.Option(metavar="NAME", help="Short name or hub id.")]
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the model is written.")]
    recipe: Annotated[
        Recipe | None,
        typer.Option(
            help="In place of FILE. proximity: Japan's prefectures by their distances. "
            "place-to-prefecture: places with their prefectures, against the model's own guesses."
        ),
    ] = None
    labels: Annotated[Labels, typer.Option(help="How proximity writes names.")] = Labels.NAME_EN
    places: Annotated[Places, typer.Option(help="Which places, for place-to-prefecture.")] = (
        Places.MUNICIPALITIES_JA
    )
    hold_out: Annotated[
        int, typer.Option(min=0, help="Names, or anchors of FILE, that only test.")
    ] = 0
    hard_negatives: Annotated[
        bool,
        typer.Option("--hard-negatives", help="Of FILE: the model's own nearest wrong texts."),
    ] = False
    keep: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A labelled table that shall not be forgotten."),
    ] = None
    epochs: Annotated[int | None, typer.Option(min=1)] = None
    batch_size: Annotated[int | None, typer.Option(min=2)] = None
    learning_rate: Annotated[float | None, typer.Option(min=1e-8, max=1.0)] = None
    loss: Annotated[Loss, typer.Option()] = Loss.RANKING
    seed: Annotated[int, typer.Option(min=0)] = 42
    as_json: AsJson = False


def finetune(asked: FinetuneOptions) -> None:
    """Teach a model, and measure at six checkpoints what it gains and what it forgets.

    The result is a folder that sentence-transformers loads, and a model of Umekomi's lists. A run
    that was stopped goes on from its last checkpoint.
    """
    if (asked.file is None) == (asked.recipe is None):
        raise typer.BadParameter("Give FILE or --recipe.", param_hint="--recipe")
    card = find(asked.model)
    settings = with_changes(
        default_settings(card),
        epochs=asked.epochs,
        batch_size=asked.batch_size,
        learning_rate=asked.learning_rate,
        loss=asked.loss,
        seed=asked.seed,
    )
    recipe = asked.recipe or Recipe.PROXIMITY
    request = TeachingRequest(
        model=card.name,
        name=asked.out.name,
        settings=settings,
        recipe=recipe,
        names=SETS[asked.labels] if recipe is Recipe.PROXIMITY else PlaceSet(asked.places),
        hold_out=asked.hold_out,
        own=_of_file(asked.file, asked) if asked.file is not None else None,
        kept={path.name: kept_of(_columns(path)) for path in asked.keep or ()},
    )
    lesson = request.lesson
    for name, rows in asdict(doubts(lesson.triplets)).items():
        if rows:
            console.note(f"{len(rows)} triplets look {name}: rows {', '.join(map(str, rows[:5]))}.")
    found = train(
        request.training(asked.out),
        lambda encode: measure(encode, request),
        on_step=_tell,
    )
    added = added_models().add_folder(asked.out)
    if asked.as_json:
        print_json(_as_dict(request, found, added.name))
        return
    _show(found, len(request.held_out) or len(_held_anchors(request)))
    print_lines([f"Written to {asked.out}; its name here is {added.name}."])


def _tell(done: int, total: int, loss: float | None) -> None:
    if done % max(1, total // 10) == 0:
        said = f", loss {loss:.3f}" if loss is not None else ""
        console.note(f"Step {done:,} of {total:,}{said}")


def _columns(path: Path) -> Mapping[str, Sequence[str]]:
    return read_file(path.name, read(path)).columns


def _of_file(path: Path, asked: FinetuneOptions) -> Lesson:
    found = of_columns(_columns(path), hold_out=asked.hold_out, seed=asked.seed)
    return replace(found, mined=asked.hard_negatives)


def _as_dict(request: TeachingRequest, found: Trained, name: str) -> dict[str, Any]:
    names = place_set(request.names).texts
    return {
        "base": request.model,
        "name": name,
        "folder": str(found.request.folder),
        "triplets": len(found.triplets),
        "settings": asdict(request.settings),
        "held_out": [names[i] for i in request.held_out] or _held_anchors(request),
        **to_json(found.checkpoints, found.losses),
    }


def _held_anchors(request: TeachingRequest) -> list[str]:
    return list(dict.fromkeys(each.anchor for each in request.lesson.test))


def _show(found: Trained, held: int) -> None:
    shown = found.checkpoints
    print_table(
        f"{found.request.card.name}, {len(found.triplets)} triplets"
        + (f", {held} names held out" if held else ""),
        ("measure", *(f"{each.percent} %" for each in shown), "chance"),
        (
            (
                f"{measure.group} {measure.name}",
                *(figure(each.measures[row].share, 3) for each in shown),
                figure(measure.chance, 3),
            )
            for row, measure in enumerate(shown[0].measures)
        ),
    )
    print_lines(_verdict(found))


def _verdict(found: Trained) -> Iterator[str]:
    first, last = found.checkpoints[0].measures, found.checkpoints[-1].measures
    for before, after in zip(first, last, strict=True):
        if not before.passed:
            yield f"{before.group} {before.name}: {before.share:.3f} to {after.share:.3f}."
    moved = [each for each in changes(first, last) if each.is_sure]
    for each in sorted(moved, key=lambda each: each.after - each.before):
        word = "worse" if each.after < each.before else "better"
        yield (
            f"{each.name}: {each.before:.3f} to {each.after:.3f}: {word}, "
            f"p {p_shown(each.p_adjusted)} (McNemar, Holm)."
        )
    if not moved:
        yield "Nothing else changed beyond chance."
