"""What goes wrong costs what it must: a chunk, a stored copy; never a wrong or a stored bad vector."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.encoding import EncodeRequest, Engine, Prompted, Scope, VectorStore, chunks, worker
from core.encoding import store as store_module
from core.errors import BadRequest, BadVectors, ModelNotFound, WorkerLost
from core.models import loading
from core.models.card import Loader
from core.models.golden import GoldenState
from core.models.ngrams import DIMENSION
from core.models.verdicts import Verdicts
from tests.core.encoding.requests import lengths, request
from tests.core.fakes import CPU, BrokenEncoder, LengthEncoder, Recorder


def use(monkeypatch: pytest.MonkeyPatch, encoder: LengthEncoder, *, loader: Loader) -> None:
    """Have another encoder, loaded anew."""
    monkeypatch.setitem(loading.LOADERS, loader, lambda _: (encoder, None))
    monkeypatch.setattr(loading, "_loaded", OrderedDict())


def test_a_worker_lost_half_way_costs_only_its_own_chunk(
    engine: Engine, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "MOST_TEXTS", 2)

    def lose(done: int, total: int) -> None:
        recorder.fail = WorkerLost("lost")

    with pytest.raises(WorkerLost):
        engine.encode(request("a", "bb", "ccc"), lose)
    recorder.fail = None
    assert engine.encode(request("a", "bb", "ccc")).encoded == 1


def test_stored_vectors_are_served_while_the_worker_is_lost(
    engine: Engine, recorder: Recorder
) -> None:
    first = engine.encode(request("a", "bb"))
    recorder.fail = WorkerLost("lost")
    assert np.array_equal(engine.encode(request("a", "bb")).vectors, first.vectors)
    with pytest.raises(WorkerLost):
        engine.encode(request("a", "ccc"))


def test_a_device_that_could_not_be_asked_is_asked_again(
    engine: Engine, recorder: Recorder
) -> None:
    recorder.fail = WorkerLost("lost")
    with pytest.raises(WorkerLost):
        engine.device()
    recorder.fail = None
    assert engine.device() == CPU


def bad_answers() -> dict[str, np.ndarray]:
    nan, infinite = np.ones((2, DIMENSION)), np.ones((2, DIMENSION))
    nan[1, 5], infinite[0, 0] = np.nan, -np.inf
    shapes: Sequence[tuple[int, ...]] = [(1, DIMENSION), (3, DIMENSION), (2, 100), (DIMENSION,)]
    return {"NaN": nan, "infinity": infinite} | {str(shape): np.ones(shape) for shape in shapes}


@pytest.mark.parametrize("answer", bad_answers().values(), ids=bad_answers().keys())
def test_bad_vectors_are_an_error_and_never_stored(
    engine: Engine,
    stores: dict[Scope, VectorStore],
    monkeypatch: pytest.MonkeyPatch,
    answer: np.ndarray,
) -> None:
    use(monkeypatch, BrokenEncoder(answer), loader=Loader.CHAR_NGRAMS)
    with pytest.raises(BadVectors, match="char-ngrams"):
        engine.encode(request("a", "bb"))
    assert not stores[Scope.SESSION].path.exists()
    use(monkeypatch, LengthEncoder(), loader=Loader.CHAR_NGRAMS)
    assert engine.encode(request("a", "bb")).encoded == 2


def test_an_executor_that_answers_wrongly_is_found_out_too(
    recorder: Recorder, stores: dict[Scope, VectorStore], verdicts: Verdicts
) -> None:
    class Swapped(Recorder):
        def submit(self, fn, /, *args, **kwargs):
            if fn is worker.encode:
                args = (args[0], args[1][:-1])  # a row is lost on the way
            return super().submit(fn, *args, **kwargs)

    with pytest.raises(BadVectors):
        Engine(Swapped(), stores, verdicts).encode(request("a", "bb"))
    assert not stores[Scope.SESSION].path.exists()


def test_a_store_that_can_not_be_written_gives_the_answer_with_the_fault(
    engine: Engine,
    stores: dict[Scope, VectorStore],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(store_module, "LOCK_SECONDS", 0.01)
    monkeypatch.setattr(chunks, "MOST_TEXTS", 1)
    stores[Scope.SESSION].put({})
    with closing(sqlite3.connect(stores[Scope.SESSION].path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        found = engine.encode(request("a", "bb", "ccc"))
    assert [length for _, length in lengths(found.vectors)] == [1, 2, 3]
    assert found.store_fault is not None
    assert "locked" in found.store_fault.message
    assert engine.encode(request("a")).store_fault is None


def test_a_store_that_recovers_half_way_does_not_hide_the_fault(
    engine: Engine, stores: dict[Scope, VectorStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "LOCK_SECONDS", 0.01)
    monkeypatch.setattr(chunks, "MOST_TEXTS", 1)
    stores[Scope.SESSION].put({})
    with closing(sqlite3.connect(stores[Scope.SESSION].path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        found = engine.encode(
            request("a", "bb"), lambda done, _: other.execute("ROLLBACK") if done == 1 else None
        )
    assert found.store_fault is not None


def test_a_store_whose_folder_can_not_be_made_gives_the_answer_with_the_fault(
    recorder: Recorder, verdicts: Verdicts, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    store = VectorStore(tmp_path / "file" / "folder" / "vectors.sqlite")
    found = Engine(recorder, {Scope.SESSION: store}, verdicts).encode(request("a"))
    assert found.store_fault is not None


def test_no_text_and_no_such_model_are_refused_before_any_work(
    engine: Engine, recorder: Recorder
) -> None:
    with pytest.raises(BadRequest):
        engine.encode(request())
    with pytest.raises(ModelNotFound):
        engine.encode(
            EncodeRequest(model="no-such", inputs=(Prompted("", "a"),), scope=Scope.SESSION)
        )
    assert recorder.calls == []


def test_vectors_of_a_model_that_differs_from_its_authors_are_given_and_never_kept(
    engine: Engine,
    recorder: Recorder,
    stores: dict[Scope, VectorStore],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use(monkeypatch, LengthEncoder(dimension=384), loader=Loader.SENTENCE_TRANSFORMERS)
    monkeypatch.setattr(loading, "import_libraries", lambda: 0.0)
    asked = replace(request("a", "bb"), model="all-MiniLM-L6-v2")
    for _ in range(2):
        found = engine.encode(asked)
        assert found.golden is not None
        assert found.golden.state is GoldenState.DIFFERS
        assert found.encoded == 2
        assert [length for _, length in lengths(found.vectors)] == [1, 2]
    assert not stores[Scope.SESSION].path.exists()
