"""Transformers in OpenVINO: PyTorch's vectors, checked before they are trusted, never in the way."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.encoding import EncodeRequest, Engine, Prompted, Scope, VectorStore
from core.encoding import engine as engine_module
from core.errors import EngineFailed, NoRoom, WorkerLost
from core.models import ModelCard, loading
from core.models.device import Device, Precision
from core.models.golden import GoldenState
from core.models.openvino import export as export_module
from core.models.openvino.exports import MODEL, Export, Exports, ExportState, exportable, place
from core.models.openvino.serving import Served, Serving, run_export
from core.models.verdicts import Verdicts
from core.settings import ROOT
from core.work import InlineExecutor
from tests.models.conftest import CPU, offer
from tests.models.tiny import DOCUMENTS, SLIDING_WINDOW, Kind

# One architecture in every run; the others take some 30 s together.
KINDS = [
    Kind.BERT,
    *(pytest.param(kind, marks=pytest.mark.slow) for kind in (Kind.GEMMA, Kind.GEMMA2, Kind.QWEN3)),
]
LONG = "the river planet " * 3 * SLIDING_WINDOW
TEXTS = ("Mars", "", *DOCUMENTS, "木星は火星より遠い。", LONG, " ", "the\n\tplanet", LONG[:-9])
SAME_WITHIN = 1e-5

MakeEngine = Callable[..., Engine]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of exports that the tests of this file share."""
    return tmp_path_factory.mktemp("openvino")


@pytest.fixture
def made(
    tiny_models: Mapping[Kind, ModelCard], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> MakeEngine:
    """Make an engine whose lanes are this process; without a folder it knows PyTorch alone."""
    monkeypatch.setattr(engine_module.worker, "probe", lambda: CPU)
    offer(monkeypatch, *tiny_models.values())

    def made(root: Path | None, exporter: Executor | None = None) -> Engine:
        return Engine(
            InlineExecutor(),
            dict.fromkeys(Scope, VectorStore(tmp_path / "vectors.sqlite")),
            Verdicts(tmp_path / "verdicts"),
            serving=Serving(root, exporter) if root else None,
        )

    return made


def asked(kind: Kind, *texts: str, precision: Precision = Precision.EXACT) -> EncodeRequest:
    inputs = tuple(Prompted("", text) for text in texts)
    return EncodeRequest(model=kind, inputs=inputs, scope=Scope.SESSION, precision=precision)


def ready(made: MakeEngine, kind: Kind, root: Path) -> Engine:
    engine = made(root, InlineExecutor())
    engine.load_request(kind)
    assert engine.served(kind)[0] is Served.READY
    return engine


@pytest.mark.parametrize("kind", KINDS)
def test_exact_vectors_are_pytorchs_and_have_a_key_of_their_own(
    kind: Kind, made: MakeEngine, root: Path
) -> None:
    engine = ready(made, kind, root)
    for texts in (TEXTS, TEXTS[:1], (LONG, "a"), TEXTS[::-1]):
        expected = made(None).encode(asked(kind, *texts))
        found = engine.encode(asked(kind, *texts))
        assert (expected.identity.backend, found.identity.backend) == ("torch", "openvino")
        assert np.isfinite(found.vectors).all()
        assert np.abs(found.vectors - expected.vectors).max() < SAME_WITHIN
    assert found.golden is not None
    assert found.golden.state is GoldenState.VERIFIED


@pytest.mark.parametrize("kind", KINDS)
def test_fast_vectors_are_alike_and_float32(kind: Kind, made: MakeEngine, root: Path) -> None:
    engine = ready(made, kind, root)
    exact = engine.encode(asked(kind, *TEXTS)).vectors
    fast = engine.encode(asked(kind, *TEXTS, precision=Precision.FAST))
    assert fast.identity.dtype == "bfloat16"
    assert fast.vectors.dtype == np.float32
    assert np.isfinite(fast.vectors).all()
    lengths = np.linalg.norm(exact, axis=1) * np.linalg.norm(fast.vectors, axis=1)
    assert ((exact * fast.vectors).sum(1) / lengths).mean() > 0.98


class NeverDone(Executor):
    """An exporter that takes every call and finishes none."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.calls.append(args)
        return Future()


def test_pytorch_serves_while_the_export_goes_on_and_it_is_begun_once(
    made: MakeEngine, tmp_path: Path
) -> None:
    exporter = NeverDone()
    engine = made(tmp_path / "exports", exporter)
    assert engine.served(Kind.BERT) == (Served.WAITING, None)
    for text in ("Mars", "Venus"):
        assert engine.encode(asked(Kind.BERT, text)).identity.backend == "torch"
    assert engine.served(Kind.BERT) == (Served.EXPORTING, None)
    assert len(exporter.calls) == 1


def test_a_gpu_and_models_without_a_transformer_have_no_part_in_it(
    made: MakeEngine, tiny_models: Mapping[Kind, ModelCard], root: Path
) -> None:
    assert not exportable(tiny_models[Kind.STATIC])
    serving = Serving(root, NeverDone())
    gpu = Device(kind="cuda", name="GPU", threads=2, native_bfloat16=True)
    assert serving.folder(tiny_models[Kind.BERT], gpu) is None
    assert serving.served(tiny_models[Kind.BERT], gpu) == (Served.NOT_FOR_IT, None)


class FullDisk(NeverDone):
    """An exporter that finds no room."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future = super().submit(fn, *args, **kwargs)
        future.set_exception(NoRoom("The disk is full.", "Make room."))
        return future


def test_an_export_that_found_no_room_is_tried_again_at_the_next_load(
    made: MakeEngine, tmp_path: Path
) -> None:
    exporter = FullDisk()
    engine = made(tmp_path / "exports", exporter)
    for tries in (1, 2):
        engine.load_request(Kind.BERT)
        assert len(exporter.calls) == tries
        assert engine.served(Kind.BERT) == (Served.WAITING, None)


class DyingWorker(Executor):
    """An exporter whose process ends in every call, as compiling can make it."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_exception(WorkerLost("The exports worker ended.", "Try again.", lane="exports"))
        return future


def test_an_export_that_ends_its_process_is_not_tried_at_every_start(
    made: MakeEngine, tmp_path: Path
) -> None:
    root = tmp_path / "exports"
    for text in ("a", "b", "c"):
        engine = made(root, DyingWorker())
        assert engine.encode(asked(Kind.BERT, text)).identity.backend == "torch"
    later = NeverDone()
    engine = made(root, later)
    assert engine.encode(asked(Kind.BERT, "d")).identity.backend == "torch"
    assert engine.served(Kind.BERT)[0] is Served.FAILED
    assert later.calls == []


def test_servers_beside_one_another_export_a_model_once(
    tiny_models: Mapping[Kind, ModelCard], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card, begun, go_on = tiny_models[Kind.BERT], threading.Event(), threading.Event()
    calls: list[Path] = []

    def slowly(card: ModelCard, root: Path, **_: Any) -> Export:
        calls.append(root)
        begun.set()
        assert go_on.wait(60)
        found = Export(state=ExportState.FAILED, reason="only a trial")
        place(Exports(root).folder(card), None, found)
        return found

    monkeypatch.setattr(export_module, "export", slowly)
    monkeypatch.setattr(os, "nice", lambda _: 0)
    with ThreadPoolExecutor(2) as servers:
        first = servers.submit(run_export, card, tmp_path, 1, False)
        assert begun.wait(60)
        second = servers.submit(run_export, card, tmp_path, 1, False)
        with pytest.raises(TimeoutError):  # it waits for the first
            second.result(timeout=0.5)
        go_on.set()
        assert first.result(60) == second.result(60)
    assert calls == [tmp_path]


def nothing_finite(*_: object) -> list[np.ndarray]:
    raise export_module.NotTheSame("vectors are not finite")


@pytest.mark.parametrize(
    ("part", "fails"),
    [
        ("_write", lambda *_: 1 / 0),
        ("_check", lambda *_, **__: nothing_finite()),
    ],
)
def test_a_failed_export_is_recorded_and_pytorch_serves(
    part: str,
    fails: Callable[..., Any],
    made: MakeEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(export_module, part, fails)
    root = tmp_path / "exports"
    engine = made(root, InlineExecutor())
    assert engine.encode(asked(Kind.BERT, "Mars")).identity.backend == "torch"
    served, export = made(root).served(Kind.BERT)
    assert served is Served.FAILED
    assert export is not None
    assert export.reason
    files = [path for path in root.rglob("*") if path.is_file() and path.stat().st_size]
    assert [path.name for path in files] == ["state.json"]  # beside an empty lock
    assert engine.encode(asked(Kind.BERT, "Venus")).identity.backend == "torch"


def test_vectors_that_are_not_finite_fail_the_check(
    tiny_models: Mapping[Kind, ModelCard], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.models.openvino.transformer import OpenVinoTransformer

    forward = OpenVinoTransformer.forward

    def spoilt(self: Any, features: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        features = forward(self, features)
        features["token_embeddings"][0, 0] = float("nan")
        return features

    monkeypatch.setattr(OpenVinoTransformer, "forward", spoilt)
    found = run_export_here(tiny_models[Kind.BERT], tmp_path)
    assert found.state is ExportState.FAILED
    assert "finite" in found.reason


def run_export_here(card: ModelCard, root: Path) -> Any:
    return export_module.export(card, root, threads=1, bfloat16=True)


def test_an_export_that_can_t_be_run_gives_way_to_pytorch_in_the_same_call(
    made: MakeEngine, root: Path, tmp_path: Path, tiny_models: Mapping[Kind, ModelCard]
) -> None:
    import shutil

    ready(made, Kind.BERT, root)
    damaged = shutil.copytree(root, tmp_path / "damaged")
    folder = Exports(damaged).folder(tiny_models[Kind.BERT])
    (folder / MODEL).write_text("<net>", encoding="utf-8")
    engine = made(damaged)
    with pytest.raises(EngineFailed, match=str(Kind.BERT)):
        engine.load(replace(engine.load_request(Kind.BERT)))
    shutil.rmtree(damaged)
    shutil.copytree(root, damaged)
    (folder / MODEL).write_text("<net>", encoding="utf-8")
    assert engine.encode(asked(Kind.BERT, "Mars")).identity.backend == "torch"
    assert engine.served(Kind.BERT)[0] is Served.FAILED


def test_changed_files_or_another_release_are_another_export(
    tiny_models: Mapping[Kind, ModelCard], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.models.openvino import exports

    card = tiny_models[Kind.BERT]
    before = {Exports(root).folder(card), Exports(root).folder(tiny_models[Kind.QWEN3])}
    for package in exports.EXPORTED_WITH:
        with monkeypatch.context() as patch:
            patch.setattr(exports, "version_of", lambda name, package=package: str(name == package))
            before.add(Exports(root).folder(card))
    assert len(before) == 2 + len(exports.EXPORTED_WITH)


def test_it_can_t_be_saved_and_its_telemetry_is_off(made: MakeEngine, root: Path) -> None:
    engine = ready(made, Kind.BERT, root)
    model = loading.get(engine.load_request(Kind.BERT)).model
    assert model is not None
    with pytest.raises(RuntimeError, match="can't be saved"):
        model[0].save("anywhere")
    assert sys.modules["openvino_telemetry"] is None
    assert run_export.__module__ == "core.models.openvino.serving"


@pytest.mark.slow
def test_the_contract_and_the_golden_check_hold_in_openvino() -> None:
    """Every test of these files again, with each tiny transformer loaded in OpenVINO."""
    files = [f"tests/models/{name}.py" for name in ("test_contract", "test_golden")]
    done = subprocess.run(
        # OpenVINO is never asked for float16.
        [sys.executable, "-m", "pytest", "-q", "-x", "-k", "not float16", *files],
        cwd=ROOT,
        env={**os.environ, "UMEKOMI_TEST_ENGINE": "openvino", "UMEKOMI_REQUIRE": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
