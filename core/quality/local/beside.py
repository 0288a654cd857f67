"""The published score that may stand beside a local one."""

from __future__ import annotations

from functools import cache

from core.quality.local.results import LocalScore, Reference
from core.quality.published import SINGLE, scores, task_facts


def reference(local: LocalScore) -> Reference | None:
    """Return the published score of the same task, splits and subsets, or None.

    Published rows are means over splits and subsets. A benchmark may take some subsets only, so its
    row stands for a task of one subset; for others only the row of the task by itself does.
    """
    about = task_facts().get(local.task)
    if about is None or {part.split for part in local.parts} != set(about.splits):
        return None
    one_subset = len({part.subset for part in local.parts}) == 1
    found = _published().get((local.model, local.task), {})
    whole = found.get(SINGLE)
    if whole is not None or not one_subset:
        return whole
    same = [each for each in found.values() if each.dataset_revision == local.dataset_revision]
    return next(iter(same or found.values()), None)


@cache
def _published() -> dict[tuple[str, str], dict[str, Reference]]:
    """Return the published scores by model and task, then by benchmark."""
    names = (
        "benchmark",
        "model",
        "task",
        "score",
        "dataset_revision",
        "revision",
        "mteb_version",
    )
    table = scores()
    found: dict[tuple[str, str], dict[str, Reference]] = {}
    for benchmark, model, task, score, data, revision, mteb in zip(
        *(table[name].to_list() for name in names), strict=True
    ):
        found.setdefault((model, task), {})[benchmark] = Reference(
            score=score, dataset_revision=data, revision=revision, mteb_version=mteb
        )
    return found
