"""Fast against exact precision, measured."""

from __future__ import annotations

import pytest

from core.encoding import worker
from core.speed import precision
from core.speed.subject import open_engine
from tests.core.fakes import CPU

TEXTS = ("The cat sleeps.", "Mars is red.", "火星は赤い。")


def test_fast_is_near_exact_and_both_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "probe", lambda: CPU)  # bfloat16 runs anywhere, only slowly
    monkeypatch.setattr(precision, "paragraphs", lambda _: TEXTS)
    monkeypatch.setattr(precision, "ROUNDS", 1)
    rounds = []
    found = precision.check_precision(
        "all-MiniLM-L6-v2", open_engine(), lambda done, total: rounds.append((done, total))
    )
    assert found.exact_golden == found.fast_golden == "verified"
    assert 0.999 < found.smallest_cosine < 1.0
    assert 0.0 < found.mean_score_error <= found.largest_score_error < 0.02
    assert min(found.exact_seconds, found.fast_seconds) > 0
    assert rounds[-1] == (1, 2)
