"""Minimal pairs that test what a model can tell apart: the built-in packs, and a user's own."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from core.compare.background import Language
from core.compare.tables import bad_cell, read_table
from core.errors import Word
from core.settings import ASSETS

PROBES_FOLDER = ASSETS / "probes"
TEXT_COLUMNS = ("anchor", "closer", "farther")
COLUMNS = (*TEXT_COLUMNS, "kind", "reason")


class PackName(StrEnum):
    """What a pack tests, in the order in which the packs are shown."""

    NEGATION = "negation"
    NUMBERS = "numbers"  # and units
    ROLES = "roles"  # and word order
    ENTITIES = "entities"
    SURFACE = "surface"  # surface form against meaning
    CROSS_LANGUAGE = "cross-language"
    OWN = "own"  # the user's


@dataclass(frozen=True, kw_only=True)
class Item:
    """A model passes when ``closer`` scores higher with ``anchor`` than ``farther`` does.

    ``kind`` names the sub-phenomenon; ``reason`` says by language why the closer text is closer.
    """

    anchor: str
    closer: str
    farther: str
    kind: str = ""
    reason: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Pack:
    """Items of one phenomenon; ``language`` None is for a user's own."""

    name: PackName
    language: Language | None
    items: tuple[Item, ...]


@cache
def packs(language: Language, folder: Path = PROBES_FOLDER) -> tuple[Pack, ...]:
    """Return the built-in packs of a language, in their order."""
    return tuple(
        Pack(name=name, language=language, items=_read(folder / language / f"{name}.toml"))
        for name in PackName
        if name is not PackName.OWN
    )


def own_pack(rows: Iterable[Mapping[str, Any]]) -> Pack:
    """Return a pack of the user's own rows, empty ones left out.

    Raises BadTable for an empty cell, or where the closer and the farther text are the same.
    """
    items: list[Item] = []
    for number, row in enumerate(rows, start=1):
        cells = {name: str(row.get(name) or "").strip() for name in COLUMNS}
        if not any(cells[name] for name in TEXT_COLUMNS):
            continue
        for name in TEXT_COLUMNS:
            if not cells[name]:
                raise bad_cell(number, name, Word.EMPTY)
        if cells["closer"] == cells["farther"]:
            raise bad_cell(number, "farther", Word.SAME_TEXTS)
        reason = {str(language): cells["reason"] for language in Language}
        texts = {name: cells[name] for name in (*TEXT_COLUMNS, "kind")}
        items.append(Item(**texts, reason=reason))
    return Pack(name=PackName.OWN, language=None, items=tuple(items))


def rows_from_csv(text: str) -> list[dict[str, str]]:
    """Return the rows of a table with a header: anchor, closer, farther, and kind and reason if
    they are there.

    The delimiter may be a comma, a semicolon or a tab. Raises BadTable, which names row and column;
    the header is row 0.
    """
    table = read_table(text)
    for name in TEXT_COLUMNS:
        if name not in table.names:
            raise bad_cell(0, name, Word.MISSING_COLUMN)
    for number, name in enumerate(table.names, start=1):
        if name not in COLUMNS or table.names.count(name) > 1:
            raise bad_cell(0, name or str(number), Word.EXTRA_COLUMN)
    return list(table.rows)


def _read(path: Path) -> tuple[Item, ...]:
    entries: Sequence[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["items"]
    return tuple(Item(**entry) for entry in entries)
