"""The texts of a file that say the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import typer

from core.commands.engine import opened_engine
from core.commands.options import AsJson, ModelOption
from core.commands.results import PrecisionOption, figure, print_json, print_lines, print_table
from core.commands.sets import (
    ColumnOption,
    FileArgument,
    SetTaskOption,
    embed,
    encoding_of,
    numbered,
    read_set,
    shown,
)
from core.models import Task, find
from core.models.device import Precision
from core.sets.duplicates import MOST_PAIRS, Duplicates, groups, pairs_above, same_texts

SHOWN_PAIRS = 50


@dataclass(frozen=True, kw_only=True)
class DuplicatesOptions:
    """The options of ``duplicates``; None where one is not given."""

    file: FileArgument
    model: ModelOption
    threshold: Annotated[
        float, typer.Option(min=-1, max=1, help="The smallest cosine of two near-duplicates.")
    ] = 0.95
    most: Annotated[
        int, typer.Option(min=1, help="Pairs to give, the nearest; all are counted.")
    ] = MOST_PAIRS
    column: ColumnOption = None
    task: SetTaskOption = Task.SIMILARITY
    precision: PrecisionOption = Precision.EXACT
    as_json: AsJson = False


def duplicates(asked: DuplicatesOptions) -> None:
    """Find the texts of a file that say the same, word for word or nearly so.

    Groups are chains of the pairs that are given: two texts of one need not be near each other.
    """
    how = encoding_of(asked.task, asked.precision)
    card = find(asked.model)
    texts = read_set(asked.file, asked.column).texts
    with opened_engine() as engine:
        vectors = embed(engine, texts, card.name, how)
    pairs = pairs_above(vectors, asked.threshold, asked.most)
    joined, same = groups(pairs, len(texts)), same_texts(texts)
    if asked.as_json:
        print_json(
            {
                "model": card.name,
                "texts": len(texts),
                "threshold": pairs.threshold,
                "pairs_in_all": pairs.total,
                "pairs": list(_pairs(texts, pairs)),
                "groups": [numbered(texts, group) for group in joined],
                "same_texts": [numbered(texts, group) for group in same],
            }
        )
        return
    print_table(
        f"{card.name} · cosine {asked.threshold:g} or more · {len(texts):,} texts",
        ("cosine", "number", "text", "number", "text"),
        (
            (
                figure(pair["cosine"], 4),
                str(pair["first"]["number"]),
                shown(pair["first"]["text"]),
                str(pair["second"]["number"]),
                shown(pair["second"]["text"]),
            )
            for pair, _ in zip(_pairs(texts, pairs), range(SHOWN_PAIRS), strict=False)
        ),
    )
    print_lines(_counts(pairs, joined, same))


def _pairs(texts: tuple[str, ...], pairs: Duplicates) -> Iterator[dict[str, Any]]:
    rows = zip(pairs.first.tolist(), pairs.second.tolist(), pairs.scores.tolist(), strict=True)
    for first, second, cosine in rows:
        yield {
            "cosine": cosine,
            "first": {"number": first + 1, "text": texts[first]},
            "second": {"number": second + 1, "text": texts[second]},
        }


def _counts(
    pairs: Duplicates, joined: tuple[np.ndarray, ...], same: tuple[np.ndarray, ...]
) -> Iterator[str]:
    given = min(len(pairs), SHOWN_PAIRS)
    more = f" ({given:,} of them above; --json gives {len(pairs):,})" if given < pairs.total else ""
    yield f"Pairs: {pairs.total:,}{more}."
    yield f"Groups: {len(joined):,}, with {sum(map(len, joined)):,} texts."
    extra = sum(len(group) - 1 for group in same)
    yield f"Word for word: {extra:,} repeat an earlier text."
