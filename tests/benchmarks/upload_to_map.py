"""From an uploaded file to its UMAP picture, against a plain script that does the same."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.encoding import EncodeRequest, Engine, Prompted, Scope
from core.encoding.stores import session_store
from core.maps.projection import ProjectionRequest, project, warm
from core.models import find
from core.models.device import Precision
from core.models.files import locate
from core.models.openvino.exports import ExportState
from core.models.openvino.serving import Serving, run_export
from core.models.verdicts import Verdicts
from core.sets.reading import guess, read_file, to_set
from core.settings import ROOT
from core.work import Lane
from tests.benchmarks.measuring import Clock, Pace, Run, take_turns
from tests.benchmarks.outcome import Outcome, Ratio
from tests.benchmarks.texts import short_texts

MODEL = "all-MiniLM-L6-v2"
TARGET_WARM, TARGET_COLD, TARGET_SECONDS = 0.3, 0.6, 10.0
# What such a script usually is: everything at its defaults, but the seed.
PLAIN_SCRIPT = """
import csv, sys
import umap
from sentence_transformers import SentenceTransformer
with open(sys.argv[1], encoding="utf-8", newline="") as file:
    texts = [row["text"] for row in csv.DictReader(file)]
vectors = SentenceTransformer(sys.argv[2]).encode(texts)
points = umap.UMAP(metric="cosine", random_state=0).fit_transform(vectors)
assert points.shape == (len(texts), 2)
"""
OUR_SCRIPT = """
import sys
from pathlib import Path
from tests.benchmarks.upload_to_map import cold
cold(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@dataclass(frozen=True, kw_only=True)
class Sizes:
    rounds: int = 3
    texts: int = 5000


FULL = Sizes()
TINY = Sizes(rounds=1, texts=60)


def measure(sizes: Sizes, folder: Path, pace: Pace) -> list[Outcome]:
    texts = short_texts(sizes.texts)
    path = folder / "texts.csv"
    path.write_bytes(_csv(texts))
    models, compute, exporter = Lane("models"), Lane("compute"), Lane("exports")
    try:
        # Warm: the model has been used before, so OpenVINO's export of it is there, as in the app.
        exports = folder / "openvino"
        verdicts = Verdicts(folder / "golden")
        engine = Engine(models, {}, verdicts, serving=Serving(exports))
        device = engine.device()
        export = (find(MODEL), exports, device.threads, device.native_bfloat16)
        assert exporter.submit(run_export, *export).result().state is ExportState.READY
        exporter.shutdown()
        compute.submit(warm).result()
        _draw(path, engine.with_store(Scope.SESSION, session_store(folder)), compute)

        def ours(_: int) -> Run:
            clock = Clock()
            _draw(path, engine.with_store(Scope.SESSION, session_store(folder)), compute)
            return clock.read()

        def ours_cold(number: int) -> Run:
            return _run(OUR_SCRIPT, path, folder / f"cold-{number}")

        def theirs(_: int) -> Run:
            return _run(PLAIN_SCRIPT, path, locate(find(MODEL)) or Path())

        ways = {"warm": ours, "cold": ours_cold, "script": theirs}
        turns = take_turns(ways, pace, rounds=sizes.rounds, warmups=0)
        precision = _precision(engine)
    finally:
        for lane in (models, compute, exporter):
            lane.shutdown()
    what = f"{sizes.texts:,} texts, {MODEL} {precision}, UMAP: from the file to the picture"
    return [
        Outcome(
            what=f"{what}, {name}",
            peer="a plain script: SentenceTransformer.encode and umap.UMAP, defaults",
            ratio=Ratio.OURS_BY_PEER,
            target=target,
            target_seconds=seconds,
            ours=turns.found[name],
            theirs=turns.found["script"],
            busy_before=turns.busy_before,
        )
        for name, target, seconds in (
            # The seconds are of a CPU that has the fast precision.
            ("warm", TARGET_WARM, TARGET_SECONDS if precision is Precision.FAST else None),
            ("cold", TARGET_COLD, None),
        )
    ]


def cold(path: Path, folder: Path) -> None:
    """Do everything in a process that has nothing yet."""
    models, compute = Lane("models"), Lane("compute")
    try:
        stores = {Scope.SESSION: session_store(folder)}
        _draw(path, Engine(models, stores, Verdicts(folder / "golden")), compute)
    finally:
        models.shutdown()
        compute.shutdown()


def _csv(texts: tuple[str, ...]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([["text"], *([text] for text in texts)])
    return out.getvalue().encode()


def _draw(path: Path, engine: Engine, compute: Executor) -> np.ndarray:
    started = compute.submit(warm)  # as the page does when it is opened
    read = read_file(path.name, path.read_bytes())
    texts = to_set(read, guess(read)).text_set.texts
    request = EncodeRequest(
        model=MODEL,
        inputs=tuple(Prompted("", text) for text in texts),
        scope=Scope.SESSION,
        precision=_precision(engine),
    )
    vectors = engine.encode(request).vectors
    started.result()
    return compute.submit(project, vectors, ProjectionRequest()).result().points


def _precision(engine: Engine) -> Precision:
    return Precision.FAST if engine.device().native_bfloat16 else Precision.EXACT


def _run(script: str, path: Path, argument: Path) -> Run:
    clock = Clock()
    subprocess.run(
        [sys.executable, "-c", script, str(path), str(argument)],
        cwd=ROOT,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        check=True,
        capture_output=True,
    )
    return clock.read()
