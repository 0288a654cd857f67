"""Umekomi words per second: MTEB's former SpeedTask on texts of our own.

One warm-up, then seven rounds over 43 paragraphs of 3,633 words; the result is words over the mean
seconds (mteb 1.x, mteb/abstasks/AbsTaskSpeedTask.py). The text is another, so it is no SpeedTask.
"""

from __future__ import annotations

from core.speed.records import Measured, Protocol, Record
from core.speed.subject import OnRound, Subject
from core.speed.texts import Language, counts, paragraphs

ROUNDS = 7


def measure(subject: Subject, on_round: OnRound) -> Record:
    """Return the rounds on both texts."""
    measured: list[Measured] = []
    total = len(Language) * (ROUNDS + 1)
    for number, language in enumerate(Language):
        texts = paragraphs(language)
        seconds: list[float] = []
        for each in range(ROUNDS + 1):
            on_round(number * (ROUNDS + 1) + each, total)
            seconds.append(subject.time(texts))
        counted = counts(texts)
        if (tokens := subject.tokens(texts)) is not None:
            counted["tokens"] = tokens
        measured.append(Measured(name=language, seconds=tuple(seconds[1:]), counts=counted))
    on_round(total, total)
    return subject.record(Protocol.WORDS, measured)
