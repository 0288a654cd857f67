"""What fast precision gains and costs on this machine: speed-up, score error, golden check."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core.encoding import Engine
from core.models.device import Precision
from core.models.similarity import unit
from core.speed.subject import OnRound, open_engine, open_subject
from core.speed.texts import Language, paragraphs
from core.work.job import JSON
from core.work.report import Report

TARGET = "core.speed.precision:run_job"
KIND = "speed-precision"
ROUNDS = 5


@dataclass(frozen=True, kw_only=True)
class PrecisionCheck:
    """Fast against exact on the 43 English paragraphs.

    ``largest_score_error`` is of all cosines between two paragraphs; the golden states are of
    loading each. ``smallest_cosine`` is between a paragraph's two vectors.
    """

    model: str
    exact_seconds: float
    fast_seconds: float
    largest_score_error: float
    mean_score_error: float
    smallest_cosine: float
    exact_golden: str
    fast_golden: str

    @property
    def speed_up(self) -> float:
        return self.exact_seconds / self.fast_seconds


def check_precision(model: str, engine: Engine, on_round: OnRound) -> PrecisionCheck:
    """Measure both, in turn. Raises PrecisionNotOffered, and what loading raises."""
    subjects = {each: open_subject(engine, model, each) for each in reversed(Precision)}
    texts = paragraphs(Language.ENGLISH)
    seconds: dict[Precision, list[float]] = {each: [] for each in Precision}
    vectors: dict[Precision, np.ndarray] = {}
    for number in range(ROUNDS + 1):
        for precision, subject in subjects.items():
            on_round(number, ROUNDS + 1)
            start = time.perf_counter()
            found = subject.loaded.encoder.encode(texts, [""] * len(texts))
            seconds[precision].append(time.perf_counter() - start)
            subject.check(found, len(texts))
            vectors[precision] = unit(found.astype(np.float64))
    exact, fast = vectors[Precision.EXACT], vectors[Precision.FAST]
    pairs = np.triu_indices(len(texts), 1)
    errors = np.abs(exact @ exact.T - fast @ fast.T)[pairs]
    golden = {each: str(subject.report.golden.state) for each, subject in subjects.items()}
    return PrecisionCheck(
        model=model,
        exact_seconds=float(np.median(seconds[Precision.EXACT][1:])),
        fast_seconds=float(np.median(seconds[Precision.FAST][1:])),
        largest_score_error=float(errors.max()),
        mean_score_error=float(errors.mean()),
        smallest_cosine=float((exact * fast).sum(axis=1).min()),
        exact_golden=golden[Precision.EXACT],
        fast_golden=golden[Precision.FAST],
    )


def run_job(params: Mapping[str, Any], report: Report) -> dict[str, JSON]:
    """Run the check of ``params["model"]`` in a job's process, which is to run alone."""
    return asdict(check_precision(params["model"], open_engine(), report))
