"""The notes' curves are the notes' own figures."""

from __future__ import annotations

import csv
from pathlib import Path

from core.training.notes import notes_curves

NAMES = {
    "proximity": "prefecture proximity top-10 overlap",
    "municipalities": "municipality -> prefecture clustering",
    "castles": "castle -> prefecture",
    "old-provinces": "old province -> prefecture",
    "stations": "JR station (without 駅) -> prefecture",
}


def test_each_point_is_a_figure_of_the_notes(shared_data: Path) -> None:
    with (shared_data / "notes" / "figures.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    known = {
        (row["experiment"], row["model"], round(float(row["value"]), 6))
        for row in rows
        if row["value"]
    }
    found = [(each, share) for each in notes_curves() for share in each.shares]
    assert len(found) == 26
    for each, share in found:
        assert (NAMES[each.what], each.model, share) in known


def test_curves_go_from_the_start_to_the_end() -> None:
    for each in notes_curves():
        assert (each.percent[0], each.percent[-1]) == (0, 100)
        assert each.doubtful == ("gemma" in each.model)
