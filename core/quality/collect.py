"""Making the table of published scores that ships: ``python -m core.quality.collect SCORES``.

Scores come from a Parquet file with a row per benchmark, model and task; facts about tasks and
models from mteb's registries. No sentence of anybody's is taken over, only facts and figures.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from core.quality.published import FACTS_FILE, SCORES_FILE, Benchmark

COLUMNS = (
    "benchmark",
    "model",
    "task",
    "score",
    "metric",
    "revision",
    "dataset_revision",
    "mteb_version",
    "provisional",
    "source",
)
REPEATED = [name for name in COLUMNS if name != "score"]


def collect(scores: pd.DataFrame, folder: Path) -> None:
    """Write the scores and what is known about their tasks and models beside them."""
    # Upstream has rows for runs that gave no score.
    kept = scores.loc[scores["score"].notna(), list(COLUMNS)].copy()
    kept[REPEATED] = kept[REPEATED].astype("category")
    folder.mkdir(parents=True, exist_ok=True)
    kept.to_parquet(folder / SCORES_FILE.name, index=False, compression="zstd")
    facts = {
        "benchmarks": {each: benchmark_tasks(each) for each in Benchmark},
        "tasks": task_facts(sorted(set(scores["task"]))),
        "models": model_facts(sorted(set(scores["model"]))),
    }
    text = json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / FACTS_FILE.name).write_text(text + "\n", encoding="utf-8")


def benchmark_tasks(name: str) -> list[str]:
    """Return the names of the benchmark's tasks."""
    import mteb

    return sorted({task.metadata.name for task in mteb.get_benchmark(name).tasks})


def task_facts(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return for each task that mteb knows what it is made of."""
    import mteb

    found: dict[str, dict[str, Any]] = {}
    for name in names:
        try:
            task = mteb.get_task(name)
        except KeyError:
            continue
        about: Any = task.metadata
        found[name] = {
            "type": about.type,
            "main_score": about.main_score,
            "languages": sorted(task.languages),
            "licence": about.license or "",
            "reference": str(about.reference or ""),
            "dataset": about.dataset.get("path", ""),
            "dataset_revision": about.dataset.get("revision", ""),
            "splits": list(task.eval_splits),
            "samples": dict(about.n_samples or {}),
            "category": about.category or "",
        }
    return found


def model_facts(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return for each model that mteb knows its size and licence; unknown figures are null."""
    import mteb

    found: dict[str, dict[str, Any]] = {}
    for name in names:
        try:
            about: Any = mteb.get_model_meta(name, fetch_from_hf=False)
        except (KeyError, ValueError):
            continue
        found[name] = {
            "parameters": about.n_parameters,
            "dimension": _number(about.embed_dim),
            "max_tokens": _number(about.max_tokens),
            "languages": sorted(about.languages or ()),
            "licence": str(about.license or ""),
            "open_weights": about.open_weights,
            "released": str(about.release_date or ""),
        }
    return found


def _number(value: Any) -> int | None:
    if isinstance(value, (list, tuple)):
        value = max(value) if value else None  # a Matryoshka model may list all of its own
    return int(value) if value is not None and math.isfinite(value) else None


if __name__ == "__main__":
    collect(pd.read_parquet(sys.argv[1]), SCORES_FILE.parent)
