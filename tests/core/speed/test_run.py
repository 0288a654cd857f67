"""Protocols: what they send, what they leave out, and how a run ends."""

from __future__ import annotations

import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.encoding import Engine
from core.models import loading
from core.models.card import Loader
from core.models.device import Precision
from core.speed import subject
from core.speed.protocols import FRESH, HERE, Unfit, lines, unfit_for
from core.speed.records import Protocol
from core.speed.run import SpeedRun, as_params, from_params, run
from core.speed.subject import open_subject
from core.speed.texts import Language, paragraphs
from core.work.report import JobCancelled
from tests.core.fakes import LengthEncoder

MODEL = "char-ngrams"


class Told:
    def __init__(self, most: int = 10**9) -> None:
        self.most = most
        self.calls: list[tuple[int, int]] = []

    def __call__(self, done: int, total: int) -> None:
        self.calls.append((done, total))
        if len(self.calls) > self.most:
            raise JobCancelled

    def say(self, key: str, **values: Any) -> None:
        assert key == "speed.step"


class Counting(LengthEncoder):
    def __init__(self) -> None:
        super().__init__()
        self.sent: list[int] = []

    def encode(self, texts: Sequence[str], prompts: Sequence[str]) -> np.ndarray:
        self.sent.append(len(texts))
        return super().encode(texts, prompts)


@pytest.fixture
def encoder(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Counting:
    counting = Counting()
    monkeypatch.setattr(subject, "LEAST_SECONDS", 0.0)  # a round is one call
    monkeypatch.setitem(loading.LOADERS, Loader.CHAR_NGRAMS, lambda _: (counting, None))
    return counting


def test_every_protocol_has_a_way_to_measure() -> None:
    assert {*HERE, *FRESH} == set(Protocol)


def test_words_are_one_warm_up_and_seven_rounds_of_each_text(
    engine: Engine, encoder: Counting
) -> None:
    (found,) = run(SpeedRun(models=(MODEL,), protocols=(Protocol.WORDS,)), engine, Told()).records
    assert [len(each.seconds) for each in found.measured] == [7, 7]
    assert encoder.sent.count(43) == 16
    english, japanese = found.measured
    assert english.counts["words"] == 3633
    assert japanese.counts["characters"] == sum(map(len, paragraphs(Language.JAPANESE)))
    assert "tokens" not in english.counts  # it has no tokenizer


def test_a_round_of_what_is_quick_lasts_long_enough_to_be_told(
    engine: Engine, encoder: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter(np.arange(10.0) / 16)
    monkeypatch.setattr(subject, "LEAST_SECONDS", 0.1)
    monkeypatch.setattr(subject, "time", SimpleNamespace(perf_counter=lambda: next(now)))
    opened = open_subject(engine, MODEL)
    encoder.sent.clear()
    assert opened.time(["a", "b"]) == 1 / 16
    assert encoder.sent == [2, 2]
    monkeypatch.setattr(subject, "LEAST_SECONDS", 0.0)
    assert opened.time(["a"]) == 1 / 16
    assert encoder.sent == [2, 2, 1]


def test_lines_are_five_rounds_of_three_sizes_in_turn(engine: Engine, encoder: Counting) -> None:
    (found,) = run(SpeedRun(models=(MODEL,), protocols=(Protocol.LINES,)), engine, Told()).records
    assert encoder.sent[-15:] == [25, 50, 100] * 5
    assert len(lines.points(found)) == 15
    assert lines.line(found) is not None


def test_what_says_nothing_about_a_model_is_skipped_with_the_reason(
    engine: Engine, encoder: Counting
) -> None:
    asked = SpeedRun(models=(MODEL,), protocols=(Protocol.BATCHES, Protocol.LENGTH))
    found = run(asked, engine, Told())
    assert [each.why for each in found.skipped] == [Unfit.NO_BATCHES, Unfit.NO_TOKENIZER]
    assert found.records == ()
    assert unfit_for(Protocol.LENGTH, "all-MiniLM-L6-v2") is None


def test_a_failure_is_of_its_own_and_the_others_go_on(engine: Engine, encoder: Counting) -> None:
    found = run(SpeedRun(models=("nobody", MODEL), protocols=(Protocol.WORDS,)), engine, Told())
    assert [each.model for each in found.failures] == ["nobody"]
    assert [each.model for each in found.records] == [MODEL]


def test_a_wrong_answer_has_no_time(
    engine: Engine, encoder: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nan(texts: Sequence[str], prompts: Sequence[str]) -> np.ndarray:
        vectors = LengthEncoder().encode(texts, prompts)
        return vectors * np.nan if len(texts) == 43 else vectors

    monkeypatch.setattr(encoder, "encode", nan)
    found = run(SpeedRun(models=(MODEL,), protocols=(Protocol.WORDS,)), engine, Told())
    assert [type(each.error).__name__ for each in found.failures] == ["BadVectors"]


def test_progress_never_goes_back_and_a_cancelled_run_ends(
    engine: Engine, encoder: Counting
) -> None:
    asked, told = SpeedRun(models=(MODEL,)), Told()
    run(asked, engine, told)
    done = [each for each, _ in told.calls]
    assert done == sorted(done)
    assert told.calls[-1][0] == told.calls[-1][1]
    with pytest.raises(JobCancelled):
        run(asked, engine, Told(most=3))


def test_a_request_is_the_same_after_its_journey_to_a_job() -> None:
    asked = SpeedRun(models=("a", "b"), protocols=tuple(Protocol), precision=Precision.FAST)
    assert from_params(json.loads(json.dumps(as_params(asked)))) == asked
