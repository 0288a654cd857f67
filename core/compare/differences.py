"""What is not the same in two comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.compare.experiment import Experiment, to_content
from core.compare.request import Comparison


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A query's first document under one model, in the one comparison and in the other."""

    model: str
    query: str
    before: str
    after: str


def changed_settings(before: Comparison, after: Comparison) -> Mapping[str, tuple[Any, Any]]:
    """Return the fields of the request that differ, each with both values."""
    old, new = (to_content(Experiment(request=c.request)) for c in (before, after))
    return {name: (old[name], new[name]) for name in old if old[name] != new[name]}


def moved_firsts(before: Comparison, after: Comparison) -> tuple[Moved, ...]:
    """Return where a model that is in both puts another document first for the same query."""
    old, new = _firsts(before), _firsts(after)
    return tuple(
        Moved(model=model, query=query, before=old[model, query], after=first)
        for (model, query), first in new.items()
        if old.get((model, query), first) != first
    )


def _firsts(comparison: Comparison) -> dict[tuple[str, str], str]:
    request = comparison.request
    return {
        (result.model, query): request.documents[first].text
        for result in comparison.results
        for query, first in zip(request.queries, result.order[:, 0].tolist(), strict=True)
    }
