"""What the tests of local runs have a job's process do; it imports this by name."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.encoding import Engine, Scope, VectorStore, worker
from core.models import loading
from core.models.card import Loader
from core.models.verdicts import Verdicts
from core.quality.encoder import EvaluatedModel
from core.quality.local.run import LocalRun, as_json, run
from core.work import InlineExecutor
from core.work.report import Report
from tests.core.fakes import CPU, LengthEncoder


def mock_task(name: str) -> Any:
    from mteb import mocks

    return getattr(mocks, name)()


def held_at_the_second_task(params: Mapping[str, Any], report: Report) -> Any:
    """Run two mock tasks; the second one's model waits until the file ``release`` is there."""
    folder = Path(params["folder"])

    class Held(LengthEncoder):
        def encode(self, texts: Sequence[str], prompts: Sequence[str]) -> np.ndarray:
            if list(folder.rglob("MockSTSTask.json")):
                (folder / "second").touch()
                while not (folder / "release").exists():
                    time.sleep(0.01)
            return super().encode(texts, prompts)

    worker.probe = lambda: CPU
    loading.LOADERS[Loader.CHAR_NGRAMS] = lambda _: (Held(), None)
    stores = {scope: VectorStore(folder / f"{scope}.sqlite") for scope in Scope}
    engine = Engine(InlineExecutor(), stores, Verdicts(folder / "golden"))
    request = LocalRun(
        models=(EvaluatedModel(model="char-ngrams"),),
        tasks=("MockSTSTask", "MockClassificationTask"),
    )
    return as_json(run(request, engine, folder / "cache", report, task_of=mock_task))
