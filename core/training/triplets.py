"""What a model learns from: an anchor, a text that is near it, and one that is not."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.errors import BadLabels, BadRequest, Word

LEAST = 2
LONGEST = 20_000  # characters; one such text would fill every batch
SHOWN = 5
COLUMNS = {
    "anchor": ("anchor", "query", "sentence1"),
    "positive": ("positive", "pos", "sentence2"),
    "negative": ("negative", "neg", "sentence3"),
}


class Triplet(NamedTuple):
    """``positive`` shall be nearer to ``anchor`` than ``negative`` is."""

    anchor: str
    positive: str
    negative: str


@dataclass(frozen=True, kw_only=True)
class Doubts:
    """Rows (from 1) that can be learned from, and perhaps should not."""

    same: tuple[int, ...]  # anchor and positive are the same text
    contradictory: tuple[int, ...]  # its pair stands as a negative elsewhere
    repeated: tuple[int, ...]


def from_columns(columns: Mapping[str, Sequence[str]]) -> tuple[Triplet, ...]:
    """Return the triplets of a table. Raises BadLabels for a column or text that is missing."""
    by_lower = {name.lower(): name for name in reversed(list(columns))}
    picked: list[Sequence[str]] = []
    for role, known in COLUMNS.items():
        name = next((by_lower[each] for each in known if each in by_lower), None)
        if name is None:
            raise BadLabels(
                f"No column is named {role!r}; there are {', '.join(map(repr, columns))}.",
                hint=f"Name three columns {', '.join(COLUMNS)}.",
                problem=Word.MISSING_COLUMN,
                where=role,
                count=0,
            )
        picked.append(columns[name])
    return checked([Triplet(*row) for row in zip(*picked, strict=True)])


def checked(triplets: Sequence[Triplet]) -> tuple[Triplet, ...]:
    """Return the triplets. Raises BadLabels for a text that is empty or endless, BadRequest."""
    faults = {
        "empty": [i for i, each in enumerate(triplets, 1) if not all(t.strip() for t in each)],
        f"longer than {LONGEST:,} characters": [
            i for i, each in enumerate(triplets, 1) if max(map(len, each)) > LONGEST
        ],
    }
    for fault, rows in faults.items():
        if rows:
            shown = ", ".join(map(str, rows[:SHOWN])) + (", …" if len(rows) > SHOWN else "")
            raise BadLabels(
                f"In {len(rows)} rows a text is {fault}: {shown}.",
                hint="Mend these rows or take them out.",
                problem=fault,
                where=shown,
                count=len(rows),
            )
    if len(triplets) < LEAST:
        raise BadRequest(
            f"There are {len(triplets)} triplets; {LEAST} are the fewest.", hint="Give more."
        )
    return tuple(triplets)


def doubts(triplets: Sequence[Triplet]) -> Doubts:
    """Return what is odd about the triplets."""
    near = {(each.anchor, each.positive) for each in triplets}
    seen: set[Triplet] = set()
    repeated: list[int] = []
    for row, each in enumerate(triplets, 1):
        if each in seen:
            repeated.append(row)
        seen.add(each)
    rows = list(enumerate(triplets, 1))
    return Doubts(
        same=tuple(row for row, each in rows if each.anchor == each.positive),
        contradictory=tuple(row for row, each in rows if (each.anchor, each.negative) in near),
        repeated=tuple(repeated),
    )


def from_distances(
    names: Sequence[str],
    distances: np.ndarray,
    *,
    nearest: int = 10,
    held_out: Sequence[int] = (),
    seed: int = 42,
) -> tuple[Triplet, ...]:
    """Return each name with its nearest and a far one each, by distances (n_names, n_names).

    Far is the farther half. Names held out are in no triplet in any role.
    """
    kept = np.array([i for i in range(len(names)) if i not in set(held_out)])
    if len(kept) < 2 * nearest:
        raise BadRequest(
            f"{len(kept)} places are left; their {nearest} nearest need {2 * nearest}.",
            hint="Hold fewer out.",
        )
    generator = np.random.default_rng(seed)
    found: list[Triplet] = []
    for place in kept.tolist():
        others = kept[kept != place]
        order = others[np.argsort(distances[place, others], kind="stable")]
        far = generator.choice(order[len(order) // 2 :], nearest).tolist()
        found += [
            Triplet(names[int(place)], names[int(near)], names[int(other)])
            for near, other in zip(order[:nearest].tolist(), far, strict=True)
        ]
    return tuple(found)


def digest(triplets: Sequence[Triplet]) -> str:
    """Return what names exactly these triplets in this order."""
    text = "\x1e".join("\x1f".join(each) for each in triplets)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
