"""The README of a model that was taught here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.training.measures import changes, p_shown
from core.training.triplets import digest

if TYPE_CHECKING:
    from core.training.training import Trained

METADATA = """---
library_name: sentence-transformers
pipeline_tag: sentence-similarity
base_model: {base}
tags: [sentence-transformers, umekomi]
---
"""


def model_card(found: Trained) -> str:
    """Return the README: what was taught to which model, how, and what came of it."""
    return METADATA.format(base=found.request.card.id) + "\n".join(_lines(found)) + "\n"


def _lines(found: Trained) -> Iterator[str]:
    request, settings = found.request, found.request.settings
    yield f"# {request.card.name}, taught by Umekomi\n"
    revision = f" at `{request.card.revision}`" if request.card.revision else ""
    yield f"- Base model: `{request.card.id}`{revision}; its licence holds here, too."
    yield f"- Data: {len(found.triplets):,} triplets, SHA-256 `{digest(found.triplets)}`"
    if request.lesson.mined:
        yield "- Hard negatives: the base model's own nearest wrong texts"
    yield f"- Prompt's task: {request.task}"
    yield (
        f"- Settings: {settings.loss} loss, {settings.epochs} epochs, batch {settings.batch_size}, "
        f"learning rate {settings.learning_rate:g}, warm-up {settings.warmup:.0%}, "
        f"seed {settings.seed}\n"
    )
    marks = [f"{each.percent}%" for each in found.checkpoints]
    yield f"| measure | {' | '.join(marks)} | chance |"
    yield f"|---|{'---|' * (len(marks) + 1)}"
    for row, measure in enumerate(found.checkpoints[0].measures):
        shares = [f"{each.measures[row].share:.3f}" for each in found.checkpoints]
        name = f"{measure.group}: {measure.name}"
        yield f"| {name} | {' | '.join(shares)} | {measure.chance:.3f} |"
    worse = [
        each
        for each in changes(found.checkpoints[0].measures, found.checkpoints[-1].measures)
        if each.is_sure and each.after < each.before
    ]
    yield ""
    if worse:
        names = ", ".join(f"{each.name} (p {p_shown(each.p_adjusted)})" for each in worse)
        yield f"Worse than before: {names} (McNemar's test, Holm)."
    else:
        yield "Nothing that was measured became worse beyond chance (McNemar's test, Holm)."
