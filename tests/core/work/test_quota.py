"""What is taken is counted, and whoever comes after the last is told so."""

from __future__ import annotations

import pytest

from core.errors import Busy, Word
from core.work.quota import Quota


def test_the_last_place_is_given_and_no_more() -> None:
    quota = Quota(Word.SESSIONS, 2)
    quota.take()
    quota.take()
    with pytest.raises(Busy, match="2 sessions at once") as raised:
        quota.take()
    assert raised.value.values == {"what": Word.SESSIONS, "most": "2"}


def test_a_place_that_is_given_back_is_taken_again() -> None:
    quota = Quota(Word.JOBS, 1)
    for _ in range(3):
        quota.take()
        quota.give_back()
    quota.take()
    with pytest.raises(Busy):
        quota.take()
