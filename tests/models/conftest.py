"""Tiny models on disk, and the engine around them in this process."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from core.encoding import Engine, Scope, VectorStore
from core.encoding import engine as engine_module
from core.models import ModelCard, loading
from core.models.device import Device, Precision
from core.models.identity import OPENVINO, identify
from core.models.load_request import LoadReport, LoadRequest
from core.models.openvino.serving import Serving
from core.models.verdicts import Verdicts
from core.work import InlineExecutor
from tests.models import tiny
from tests.models.tiny import Kind

# The same tests with the transformers in OpenVINO: `test_openvino.py` runs them once so.
IN_OPENVINO = os.environ.get("UMEKOMI_TEST_ENGINE") == "openvino"

CPU = Device(kind="cpu", name="CPU", threads=2, native_bfloat16=True)

Copy = Callable[[Kind], ModelCard]
Load = Callable[[ModelCard], LoadReport]


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Kind, ModelCard]:
    """Every tiny model, untouched; a test that changes files takes a copy."""
    folder = tmp_path_factory.mktemp("tiny")
    return {kind: tiny.build(kind, folder / kind) for kind in Kind}


@pytest.fixture(scope="package", autouse=True)
def one_thread() -> Iterator[None]:
    """Matrices this small take longer to share out among threads than to multiply."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_loaded", OrderedDict())


@pytest.fixture
def copy(tiny_models: Mapping[Kind, ModelCard], tmp_path: Path) -> Copy:
    """Copy a tiny model's folder; the card is the untouched one's, golden example and all."""

    def copy(kind: Kind) -> ModelCard:
        card = tiny_models[kind]
        folder = shutil.copytree(card.folder, tmp_path / f"copy-of-{kind}")
        return replace(card, folder=str(folder))

    return copy


@pytest.fixture
def store(tmp_path: Path) -> VectorStore:
    return VectorStore(tmp_path / "vectors.sqlite")


@pytest.fixture
def verdicts(tmp_path: Path) -> Verdicts:
    return Verdicts(tmp_path / "verdicts")


@pytest.fixture
def engine(
    tiny_models: Mapping[Kind, ModelCard],
    store: VectorStore,
    verdicts: Verdicts,
    monkeypatch: pytest.MonkeyPatch,
) -> Engine:
    """An engine whose catalogue is the tiny models, on a plain CPU."""
    monkeypatch.setattr(engine_module.worker, "probe", lambda: CPU)
    offer(monkeypatch, *tiny_models.values())
    if IN_OPENVINO:
        for card in tiny_models.values():
            exported(card)
    serving = Serving(exports_root()) if IN_OPENVINO else None
    return Engine(InlineExecutor(), dict.fromkeys(Scope, store), verdicts, serving=serving)


def offer(monkeypatch: pytest.MonkeyPatch, *cards: ModelCard) -> None:
    """Let the engine know these models by their names, and no others."""
    monkeypatch.setattr(engine_module, "find", {card.name: card for card in cards}.__getitem__)


def load_request(card: ModelCard, *, budget_bytes: int | None = None) -> LoadRequest:
    """Return the request to load the model in float32."""
    folder = exported(card) if IN_OPENVINO else None
    identity = identify(card, Precision.EXACT, CPU, backend=OPENVINO if folder else "")
    return LoadRequest(
        card=card,
        identity=identity,
        budget_bytes=budget_bytes,
        export_folder=str(folder or ""),
    )


def exported(card: ModelCard) -> Path | None:
    """Return the model's export, made here if need be; None for one without a transformer."""
    serving = Serving(exports_root(), InlineExecutor())
    return serving.folder(card, CPU) or serving.folder(card, CPU)


@cache
def exports_root() -> Path:
    return Path(tempfile.mkdtemp(prefix="umekomi-test-exports-"))
