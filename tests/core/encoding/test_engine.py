"""The engine encodes each distinct input once, keeps it, and gives vectors in the order asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.encoding import EncodeRequest, Engine, Prompted, Scope, VectorStore, chunks, worker
from core.models.device import Precision
from core.models.golden import GoldenState
from core.models.ngrams import DIMENSION
from core.models.verdicts import Verdicts
from tests.core.encoding.requests import lengths, request
from tests.core.fakes import CPU, Recorder


def test_vectors_come_in_the_order_of_the_inputs(engine: Engine) -> None:
    found = engine.encode(request("ccc", "a", "dddd", "bb", "", "a"))
    assert [length for _, length in lengths(found.vectors)] == [3, 1, 4, 2, 0, 1]
    assert found.vectors.dtype == np.float32
    assert found.vectors.shape == (6, DIMENSION)


def test_each_distinct_input_is_encoded_once(engine: Engine, recorder: Recorder) -> None:
    found = engine.encode(request("a", "bb", "a", "a", "bb"))
    assert sorted(recorder.encoded) == [("", "a"), ("", "bb")]
    assert found.encoded == 2


def test_requests_of_one_model_are_one_call_and_each_gets_its_own(
    engine: Engine, recorder: Recorder
) -> None:
    seen: list[tuple[int, int]] = []
    asked = request("ccc", "a"), request("a", "bb", "bb"), request("ccc")
    found = engine.encode_all(asked, lambda *step: seen.append(step))
    assert [each.request for each in found] == list(asked)
    texts = [[length for _, length in lengths(each.vectors)] for each in found]
    assert texts == [[3, 1], [1, 2, 2], [3]]
    assert [each.encoded for each in found] == [2, 1, 0]  # for the first that has it
    assert [each.encode_seconds > 0 for each in found] == [True, True, False]
    assert [each.load_seconds > 0 for each in found] == [True, False, False]
    assert [fn for fn, _ in recorder.calls] == [worker.describe_device, worker.encode]
    assert seen == [(3, 3)]
    assert [each.encoded for each in engine.encode_all(asked)] == [0, 0, 0]
    assert len(recorder.calls) == 2


def test_a_stored_input_is_not_encoded_again(engine: Engine, recorder: Recorder) -> None:
    first = engine.encode(request("a", "bb"))
    again = engine.encode(request("bb", "a"))
    assert len(recorder.encoded) == 2
    assert again.encoded == 0
    assert np.array_equal(again.vectors, first.vectors[::-1])


def test_a_half_full_store_is_completed_and_the_order_kept(
    engine: Engine, recorder: Recorder
) -> None:
    engine.encode(request("bb", "dddd"))
    recorder.calls.clear()
    found = engine.encode(request("dddd", "a", "bb", "ccc", "a", "dddd"))
    assert sorted(recorder.encoded) == [("", "a"), ("", "ccc")]
    assert [length for _, length in lengths(found.vectors)] == [4, 1, 2, 3, 1, 4]


def test_the_same_text_with_another_prompt_is_another_input(
    engine: Engine, recorder: Recorder
) -> None:
    inputs = (Prompted("q: ", "a"), Prompted("", "a"), Prompted("", "q: a"), Prompted("q: ", "a"))
    found = engine.encode(EncodeRequest(model="char-ngrams", inputs=inputs, scope=Scope.SESSION))
    assert lengths(found.vectors) == [(3, 1), (0, 1), (0, 4), (3, 1)]
    assert len(recorder.encoded) == 3


def test_the_result_carries_its_request_and_can_not_be_changed(engine: Engine) -> None:
    asked = request("a")
    found = engine.encode(asked)
    assert found.request is asked
    assert found.device == CPU
    assert found.identity.model_id == "char-ngrams"
    with pytest.raises(ValueError, match="read-only"):
        found.vectors[0, 0] = 1


def test_chunks_are_merged_in_the_order_asked(
    engine: Engine, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "MOST_TEXTS", 3)
    texts = ["x" * n for n in (5, 9, 1, 7, 3, 8, 2, 6, 4, 0)]
    found = engine.encode(request(*texts))
    assert [length for _, length in lengths(found.vectors)] == [len(text) for text in texts]
    assert [len(batch) for batch in recorder.batches] == [3, 3, 3, 1]


def test_progress_counts_what_must_be_computed_up_to_its_total(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "MOST_TEXTS", 2)
    engine.encode(request("a"))
    seen: list[tuple[int, int]] = []
    engine.encode(request("a", "bb", "ccc", "dddd", "bb"), lambda *args: seen.append(args))
    assert seen == [(2, 3), (3, 3)]


def test_nothing_to_compute_reports_no_progress(engine: Engine) -> None:
    engine.encode(request("a"))
    engine.encode(request("a"), lambda *_: pytest.fail("there was nothing to do"))


def test_an_exception_in_progress_ends_the_work_and_keeps_what_was_computed(
    engine: Engine, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "MOST_TEXTS", 2)

    class Cancelled(Exception):
        pass

    def cancel(done: int, total: int) -> None:
        raise Cancelled

    texts = ["a", "bb", "ccc", "dddd"]
    with pytest.raises(Cancelled):
        engine.encode(request(*texts), cancel)
    assert len(recorder.encoded) == 2
    assert engine.encode(request(*texts)).encoded == 2
    assert len(recorder.encoded) == 4


def test_the_device_is_asked_once(engine: Engine, recorder: Recorder) -> None:
    for text in ("a", "bb"):
        engine.encode(request(text))
    assert [fn for fn, _ in recorder.calls].count(worker.describe_device) == 1


def test_scopes_never_cross(
    engine: Engine, recorder: Recorder, stores: dict[Scope, VectorStore]
) -> None:
    engine.encode(request("mine", scope=Scope.SESSION))
    assert not stores[Scope.SHARED].path.exists()
    assert engine.encode(request("mine", scope=Scope.SHARED)).encoded == 1
    assert engine.encode(request("built in", scope=Scope.SHARED)).encoded == 1
    assert engine.encode(request("built in", scope=Scope.SESSION)).encoded == 1
    assert len(recorder.encoded) == 4


def test_a_session_s_engine_shares_all_but_its_own_store(
    recorder: Recorder,
    stores: dict[Scope, VectorStore],
    verdicts: Verdicts,
    tmp_path: Path,
) -> None:
    shared = Engine(recorder, {Scope.SHARED: stores[Scope.SHARED]}, verdicts)
    sessions = [
        shared.with_store(Scope.SESSION, VectorStore(tmp_path / f"{i}.sqlite")) for i in range(2)
    ]
    for engine in sessions:
        assert engine.encode(request("mine", scope=Scope.SESSION)).encoded == 1
    assert [e.encode(request("all", scope=Scope.SHARED)).encoded for e in sessions] == [1, 0]
    assert [fn for fn, _ in recorder.calls].count(worker.describe_device) == 1
    assert len(shared.encode(request("all", scope=Scope.SHARED)).vectors) == 1
    with pytest.raises(KeyError):
        shared.encode(request("mine", scope=Scope.SESSION))


def test_a_model_is_loaded_only_when_something_must_be_computed(
    engine: Engine, recorder: Recorder
) -> None:
    engine.encode(request("a"))
    recorder.calls.clear()
    found = engine.encode(request("a"))
    assert recorder.calls == []
    assert (found.import_seconds, found.load_seconds, found.encode_seconds) == (0, 0, 0)


def test_the_verdict_stands_beside_stored_vectors_too(engine: Engine) -> None:
    first, again = (engine.encode(request("a")) for _ in range(2))
    assert first.golden is not None
    assert first.golden.state is GoldenState.NO_EXAMPLE
    assert again.golden == first.golden


def test_fast_precision_shares_the_vectors_of_a_model_that_has_only_one(engine: Engine) -> None:
    engine.encode(request("a"))
    fast = EncodeRequest(
        model="char-ngrams",
        inputs=(Prompted("", "a"),),
        scope=Scope.SESSION,
        precision=Precision.FAST,
    )
    assert engine.encode(fast).encoded == 0


def test_chunks_are_short_while_others_ask(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []

    def characters(_: chunks.Paces, __: object, seconds: float) -> int:
        asked.append(seconds)
        return chunks.FIRST_CHARACTERS

    def ask_once(done: int, total: int) -> None:
        if len(asked) == 2:
            engine.ask(int)

    monkeypatch.setattr(chunks.Paces, "characters", characters)
    engine.encode(request(*(f"{n} " * 1000 for n in range(10))), ask_once)
    assert asked == [chunks.ALONE_SECONDS] * 2 + [chunks.CHUNK_SECONDS] * (len(asked) - 2)
    assert len(asked) == 5
