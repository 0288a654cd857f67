"""Fixtures for the tests of comparing: two arithmetic models, or the real embedded ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.encoding import Engine, Scope, VectorStore
from core.models import find, loading
from core.models.encoder import Encoder
from core.models.verdicts import Verdicts
from core.work import Lane
from tests.core.compare.fakes import HashEncoder
from tests.core.fakes import Recorder

PutBehind = Callable[[str, Encoder], None]


@pytest.fixture
def put_behind(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> PutBehind:
    """Put an encoder behind a model of the catalogue that is here."""
    monkeypatch.setattr(loading, "import_libraries", lambda: 0.0)

    def put(model: str, encoder: Encoder) -> None:
        monkeypatch.setitem(loading.LOADERS, find(model).loader, lambda _: (encoder, None))

    return put


@pytest.fixture
def hashed(engine: Engine, put_behind: PutBehind) -> Engine:
    """An engine whose char-ngrams and wordllama (which can be truncated) give hashed directions."""
    put_behind("char-ngrams", HashEncoder())
    put_behind("wordllama", HashEncoder(dimension=256))
    return engine


@pytest.fixture(scope="module")
def real_lane(models_lane: Lane) -> Recorder:
    return Recorder(models_lane)


@pytest.fixture(scope="module")
def real_engine(real_lane: Recorder, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """An engine with the models themselves."""
    folder: Path = tmp_path_factory.mktemp("stores")
    stores = {scope: VectorStore(folder / f"{scope}.sqlite") for scope in Scope}
    return Engine(real_lane, stores, Verdicts(folder / "golden"))
