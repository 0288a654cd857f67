"""Are Japan's prefectures that are near each other near each other as embeddings?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from core.commands.engine import opened_engine
from core.commands.files import read
from core.commands.options import AsJson
from core.commands.results import PrecisionOption, figure, print_json, print_lines, print_table
from core.commands.sets import SetTaskOption, embed, encoding_of
from core.encoding import Scope
from core.errors import BadRequest
from core.maps.geography import prefecture_distances
from core.maps.proximity import Proximity
from core.maps.proximity import proximity as measure
from core.models import Task, find
from core.models.device import Precision
from core.sets.neighbours import Metric
from core.sets.places import PlaceSet, place_set, prefecture_of, prefectures
from core.sets.reading import read_file

SHOWN_NEIGHBOURS = 5


class Labels(StrEnum):
    """How the prefectures' names are written."""

    NAME_EN = "name_en"
    NAME_JA = "name_ja"
    KANA = "kana"


SETS: dict[Labels, PlaceSet] = {
    Labels.NAME_EN: PlaceSet.PREFECTURES_EN,
    Labels.NAME_JA: PlaceSet.PREFECTURES_JA,
    Labels.KANA: PlaceSet.PREFECTURES_KANA,
}


@dataclass(frozen=True, kw_only=True)
class ProximityOptions:
    """The options of ``proximity``; None where one is not given."""

    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="Short name or hub id. Or --vectors.")
    ] = None
    vectors: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Vectors of the 47 prefectures in place of a model's: a row each with an index, "
            "a name (English, Japanese or kana) and numbers, tab between, no header.",
        ),
    ] = None
    labels: Annotated[Labels | None, typer.Option(help="What is encoded. Default: name_en.")] = None
    k: Annotated[int, typer.Option("-k", "--k", min=1, max=46, help="Neighbours to compare.")] = 10
    metric: Annotated[Metric, typer.Option()] = Metric.COSINE
    task: SetTaskOption = Task.CLUSTERING
    precision: PrecisionOption = Precision.EXACT
    as_json: AsJson = False


def proximity(asked: ProximityOptions) -> None:
    """Hold the prefectures' nearest by embedding against their nearest on the ground.

    Distances on the ground are between prefectural offices, on the WGS84 ellipsoid. The share is
    the mean over prefectures of how many of the k nearest are the same.
    """
    vectors = _vectors(asked)
    found = measure(vectors, prefecture_distances(), k=asked.k, metric=asked.metric)
    if asked.as_json:
        print_json(_as_dict(asked, found, vectors.shape[1]))
    else:
        _show(asked, found)


def _vectors(asked: ProximityOptions) -> np.ndarray:
    if (asked.model is None) == (asked.vectors is None):
        raise typer.BadParameter("Give --model or --vectors.", param_hint="--model")
    if asked.vectors is not None:
        if asked.labels is not None:
            raise typer.BadParameter("It needs --model.", param_hint="--labels")
        return _of_file(asked.vectors)
    assert asked.model is not None
    how = encoding_of(asked.task, asked.precision)
    texts = place_set(SETS[asked.labels or Labels.NAME_EN]).texts
    with opened_engine() as engine:
        return embed(engine, texts, asked.model, how, scope=Scope.SHARED)


def _of_file(path: Path) -> np.ndarray:
    """Return the file's vectors in the order of the prefectures' codes, float32, (47, dim)."""
    found = read_file(path.name, read(path))
    if found.vectors is None:
        raise BadRequest(
            f"{path} has no vectors.",
            hint="Each row is an index, a name and numbers, tab between, without a header.",
        )
    known = {name: [prefecture_of(cell) for cell in cells] for name, cells in found.columns.items()}
    column = max(known, key=lambda name: len(set(known[name]) - {None}), default=None)
    places = known[column] if column is not None else []
    names = found.columns[column] if column is not None else ()
    for row, (place, name) in enumerate(zip(places, names, strict=True), start=1):
        if place is None:
            raise BadRequest(
                f"Row {row} of {path}: {name!r} is no prefecture.",
                hint="Write the names as in Tokyo, 東京都 or とうきょうと.",
            )
        if places.index(place) < row - 1:
            raise BadRequest(
                f"Row {row} of {path}: {name!r} is there already, in row "
                f"{places.index(place) + 1}.",
                hint="Give each prefecture one row.",
            )
    missing = [name for i, name in enumerate(_names()) if i not in places]
    if missing:
        raise BadRequest(
            f"{path} lacks {len(missing)} prefectures: {', '.join(missing)}.",
            hint="Give each of the 47 prefectures one row.",
        )
    return found.vectors[np.argsort(np.array(places))]


def _names() -> list[str]:
    return list(prefectures()[Labels.NAME_EN.value])


def _as_dict(asked: ProximityOptions, found: Proximity, dimension: int) -> dict[str, Any]:
    names = _names()
    return {
        "model": find(asked.model).name if asked.model else None,
        "vectors": str(asked.vectors) if asked.vectors else None,
        "labels": (asked.labels or Labels.NAME_EN) if asked.model else None,
        "metric": asked.metric,
        "dimension": dimension,
        "k": found.k,
        "share": found.share,
        "chance": found.chance,
        "p_value": found.p_value,
        "mantel": found.mantel,
        "mantel_p_value": found.mantel_p_value,
        "share_by_k": found.share_by_k,
        "prefectures": [
            {
                "name": name,
                "share": found.shares[i],
                "by_embedding": [names[j] for j in found.by_embedding[i, : found.k].tolist()],
                "on_ground": [names[j] for j in found.on_ground[i, : found.k].tolist()],
            }
            for i, name in enumerate(names)
        ],
    }


def _show(asked: ProximityOptions, found: Proximity) -> None:
    names = _names()

    def nearest(near: np.ndarray) -> str:
        return ", ".join(names[j] for j in near[:SHOWN_NEIGHBOURS].tolist())

    print_table(
        f"{asked.model or asked.vectors} · {asked.metric}",
        ("prefecture", f"share@{found.k}", "nearest by embedding", "nearest on the ground"),
        (
            (
                name,
                figure(found.shares[i], 2),
                nearest(found.by_embedding[i]),
                nearest(found.on_ground[i]),
            )
            for i, name in enumerate(names)
        ),
    )
    print_lines(_statements(found))


def _statements(found: Proximity) -> Iterator[str]:
    yield (
        f"Share of the {found.k} nearest that are the same: {found.share:.4f}; by chance "
        f"{found.chance:.4f} (p = {found.p_value:.3g})."
    )
    correlation = f"{found.mantel:.3f} (p = {found.mantel_p_value:.3g})"
    yield f"Correlation of the distances (Mantel): {correlation}."
