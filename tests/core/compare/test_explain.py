"""Every result is explained, and one model's failure is its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.compare import CompareRequest, Comparison, Document, compare
from core.compare.background import Band, Kind, Language, background
from core.compare.explain import explain, is_quick
from core.encoding import Engine
from core.errors import BadRequest, OutOfMemory, WorkerLost
from core.models import Prompt, PromptOrigin, tokens
from core.models.device import Device
from core.models.load_request import LoadRequest
from core.models.similarity import Similarity
from core.models.tokens import TokenCount, TokenCounts
from tests.core.compare.conftest import PutBehind
from tests.core.compare.fakes import FailsOn
from tests.core.fakes import Recorder

REQUEST = CompareRequest(
    queries=("Which planet is red?", "😀"),
    documents=(Document("Mars"), Document("Venus")),
    models=("wordllama", "char-ngrams"),
)
COUNT = TokenCount(tokens=3, unknown=0.0, bytes=0.0, cut_at=None)


@pytest.fixture
def with_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the arithmetic wordllama a tokenizer."""

    def count(request: LoadRequest, texts: Sequence[str]) -> TokenCounts:
        return TokenCounts(counts=(COUNT,) * len(texts), limit=None)

    monkeypatch.setattr(tokens, "count", count)


@pytest.mark.usefixtures("with_tokens")
def test_each_model_has_its_percentiles_and_each_tokenizer_its_reading(hashed: Engine) -> None:
    comparison = compare(REQUEST, hashed)
    found = explain(comparison, hashed)
    assert found.comparison is comparison
    assert list(found.calibrations) == ["wordllama", "char-ngrams"]
    assert list(found.readings) == ["wordllama"]
    assert found.failures == ()
    for name, calibration in found.calibrations.items():
        assert calibration.model == name
        assert np.isnan(calibration.percentiles).tolist() == [[False] * 2, [True] * 2]
    assert found.readings["wordllama"].queries == (COUNT, COUNT)


def test_it_is_quick_once_unrelated_texts_are_encoded_and_the_model_is_at_hand(
    hashed: Engine,
) -> None:
    first = compare(REQUEST, hashed)
    assert not is_quick(first, hashed)
    explain(first, hashed)
    assert is_quick(first, hashed)
    again = compare(REQUEST, hashed)  # all of it from the store: no model need be loaded
    assert not is_quick(again, hashed)
    other = replace(REQUEST, queries=("Which planet is blue?",))
    assert is_quick(compare(other, hashed), hashed)
    japanese = replace(REQUEST, queries=("赤い惑星はどれですか",))
    assert not is_quick(compare(japanese, hashed), hashed)


@pytest.mark.usefixtures("with_tokens")
def test_what_an_earlier_explanation_found_is_taken_over(
    hashed: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier = (explain(compare(REQUEST, hashed), hashed),)
    again = compare(REQUEST, hashed)
    longer = compare(replace(REQUEST, documents=(*REQUEST.documents, Document("Io"))), hashed)
    expected = explain(again, hashed)
    encoded: list[object] = []
    monkeypatch.setattr(Engine, "encode", lambda *args, **_: encoded.append(args))
    monkeypatch.setattr(Engine, "ask", lambda *args, **_: encoded.append(args))
    assert is_quick(again, hashed, earlier=earlier)
    found = explain(again, hashed, earlier=earlier)
    assert encoded == []
    assert found.comparison is again
    assert found.failures == ()
    assert found.readings == expected.readings
    for name, calibration in expected.calibrations.items():
        np.testing.assert_array_equal(found.calibrations[name].percentiles, calibration.percentiles)
    assert is_quick(longer, hashed, earlier=earlier)  # its own text was just encoded


@pytest.mark.usefixtures("with_tokens")
@pytest.mark.parametrize(
    "change",
    [
        {"identity": "backend_version"},
        {"dimension": 128},
        {"similarity": Similarity.EUCLIDEAN},
        {"query_prompt": Prompt(template="query: ", origin=PromptOrigin.CUSTOM)},
    ],
)
def test_what_was_found_for_another_model_or_prompt_is_not(
    hashed: Engine, change: dict[str, Any]
) -> None:
    before = compare(REQUEST, hashed)
    kept = explain(before, hashed)
    first = before.results[0]
    if "identity" in change:
        change = {"identity": replace(first.identity, backend_version="another")}
    other = replace(before, results=(replace(first, **change), *before.results[1:]))
    found = explain(other, hashed, earlier=(kept,))
    for result in other.results:
        scored, known = (e.calibrations[result.model].unrelated for e in (found, kept))
        is_same = [scored[pair] is known[pair] for pair in known]
        assert is_same == [result is not other.results[0]] * len(known)


def test_a_server_is_never_quick(hashed: Engine) -> None:
    comparison = compare(REQUEST, hashed)
    explain(comparison, hashed)
    server = Device(kind="server", name="there", threads=0, native_bfloat16=False)
    results = tuple(replace(each, device=server) for each in comparison.results)
    assert not is_quick(replace(comparison, results=results), hashed)


def test_what_can_not_be_found_out_is_left_to_the_explanation(hashed: Engine) -> None:
    comparison = compare(REQUEST, hashed)
    results = tuple(replace(each, model="gone") for each in comparison.results)
    assert not is_quick(replace(comparison, results=results), hashed)


def test_a_model_that_can_not_be_read_keeps_its_percentiles(hashed: Engine) -> None:
    # wordllama's arithmetic stand-in has no tokenizer, though its card says otherwise.
    found = explain(compare(REQUEST, hashed), hashed)
    assert list(found.calibrations) == ["wordllama", "char-ngrams"]
    assert found.readings == {}
    (failure,) = found.failures
    assert failure.model == "wordllama"
    assert isinstance(failure.error, BadRequest)


@pytest.mark.usefixtures("with_tokens")
@pytest.mark.parametrize("failing", REQUEST.models)
def test_a_model_that_can_not_be_calibrated_is_not_read_and_costs_the_others_nothing(
    hashed: Engine, put_behind: PutBehind, failing: str
) -> None:
    topic = background()[Kind(Language.EN, Band.SHORT)][0]
    dimension = {"wordllama": 256, "char-ngrams": 2048}[failing]
    put_behind(failing, FailsOn(topic, OutOfMemory("no memory"), dimension=dimension))
    comparison = compare(REQUEST, hashed)
    assert comparison.failures == ()
    found = explain(comparison, hashed)
    assert list(found.calibrations) == [name for name in REQUEST.models if name != failing]
    assert list(found.readings) == [name for name in ("wordllama",) if name != failing]
    (failure,) = found.failures
    assert failure.model == failing
    assert isinstance(failure.error, OutOfMemory)


def test_a_lost_worker_is_each_model_s_failure_once(hashed: Engine, recorder: Recorder) -> None:
    comparison = compare(REQUEST, hashed)
    recorder.fail = WorkerLost("lost")
    found = explain(comparison, hashed)
    assert (found.calibrations, found.readings) == ({}, {})
    assert [failure.model for failure in found.failures] == list(REQUEST.models)
    assert all(isinstance(failure.error, WorkerLost) for failure in found.failures)


def test_a_model_that_gave_no_answer_is_not_explained(
    hashed: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    request = replace(REQUEST, models=("embeddinggemma-300m", "char-ngrams"))
    found = explain(compare(request, hashed), hashed)
    assert list(found.calibrations) == ["char-ngrams"]
    assert found.failures == ()


def test_without_any_answer_there_is_nothing_to_explain(hashed: Engine) -> None:
    found = explain(Comparison(request=REQUEST, results=()), hashed)
    assert (found.calibrations, found.readings, found.failures) == ({}, {}, ())


@pytest.mark.usefixtures("with_tokens")
def test_progress_names_the_model(hashed: Engine) -> None:
    comparison = compare(REQUEST, hashed)
    seen: list[tuple[str, int, int]] = []
    explain(comparison, hashed, on_progress=lambda *args: seen.append(args))
    assert list(dict.fromkeys(model for model, _, _ in seen)) == ["wordllama", "char-ngrams"]
    topics = len(background()[Kind(Language.EN, Band.SHORT)])
    for name in REQUEST.models:
        assert [args for args in seen if args[0] == name][-1] == (name, topics, topics)


@pytest.mark.usefixtures("with_tokens")
def test_a_stop_from_progress_ends_the_whole_work(hashed: Engine) -> None:
    class Stopped(Exception):
        pass

    def stop(model: str, done: int, total: int) -> None:
        raise Stopped

    comparison = compare(REQUEST, hashed)
    with pytest.raises(Stopped):
        explain(comparison, hashed, on_progress=stop)
