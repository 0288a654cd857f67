"""Prompts that look wrong for a model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.models.card import ModelCard, Side, Task
from core.models.catalogue import catalogue
from core.models.prompts import Prompt, PromptChoice, PromptOrigin, documented, resolve

LEAST_CHARACTERS = 5  # shorter pieces of a template are in any text
PLACE = re.compile(r"\{\w+\}")


class DoubtKind(StrEnum):
    """Why a prompt looks wrong."""

    ANOTHER_FAMILY = "another-family"  # it is another model's; value: that model
    MISSING = "missing"  # the model documents one for this side; value: that prompt
    SAME_ON_BOTH_SIDES = "same-on-both-sides"  # the model documents two


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """A doubt about the prompt of one side."""

    kind: DoubtKind
    side: Side
    value: str = ""


def doubts(
    card: ModelCard,
    query: Prompt,
    document: Prompt,
    *,
    task: Task = Task.SEARCH,
    stored: Mapping[str, str] | None = None,
) -> tuple[Doubt, ...]:
    """Return what looks wrong about a pair of prompts, for texts of the task."""
    due = {
        side: resolve(card, PromptChoice(task=task), side, stored=stored).render()
        for side in (Side.QUERY, Side.DOCUMENT)
    }
    given = {Side.QUERY: query, Side.DOCUMENT: document}
    own = {entry.text for entry in documented(card, stored)}
    found: list[Doubt] = []
    for side, prompt in given.items():
        if not prompt.render().strip() and due[side]:
            found.append(Doubt(kind=DoubtKind.MISSING, side=side, value=due[side]))
        family = _family(prompt, card, own)
        if family:
            found.append(Doubt(kind=DoubtKind.ANOTHER_FAMILY, side=side, value=family))
    same = query.render() == document.render() and query.render().strip()
    if same and due[Side.QUERY] != due[Side.DOCUMENT]:
        found.append(Doubt(kind=DoubtKind.SAME_ON_BOTH_SIDES, side=Side.DOCUMENT))
    return tuple(found)


def _family(prompt: Prompt, card: ModelCard, own: set[str]) -> str:
    """Return a model whose template the typed prompt follows and the model's own prompts don't."""
    if prompt.origin is not PromptOrigin.CUSTOM:
        return ""
    typed = prompt.template.strip()
    if any(_follows(typed, text) for text in own | {entry.text for entry in card.prompts}):
        return ""
    for other in catalogue():
        if any(_follows(typed, entry.text) for entry in other.prompts):
            return other.name
    return ""


def _follows(typed: str, template: str) -> bool:
    """Say whether the text has all fixed pieces of the template, in order, from its start."""
    pieces = [piece.strip() for piece in PLACE.split(template)]
    pieces = [piece for piece in pieces if piece]
    if sum(map(len, pieces)) < LEAST_CHARACTERS or not typed.startswith(pieces[0]):
        return False
    position = 0
    for piece in pieces:
        position = typed.find(piece, position)
        if position < 0:
            return False
        position += len(piece)
    return True
