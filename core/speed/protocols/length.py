"""Length: tokens per second of texts of 16 tokens, of twice as many, up to the model's limit."""

from __future__ import annotations

from core.speed.records import Measured, Protocol, Record
from core.speed.subject import OnRound, Subject
from core.speed.texts import counts, words

FIRST, MOST = 16, 8192  # the most where the model has no limit of its own
BATCH = 4
ROUNDS = 5
SLOW_SECONDS = 10.0  # of one round, after which longer texts are left out and the record says so


def measure(subject: Subject, on_round: OnRound) -> Record:
    """Return the rounds at each length; each text is the longest that has no more tokens."""
    limit = min(subject.report.max_tokens or subject.request.card.max_tokens or MOST, MOST)
    sizes = [size for size in _doubled() if size < limit] + [limit]
    total = len(sizes) * ROUNDS
    measured: list[Measured] = []
    stopped = ""
    for place, size in enumerate(sizes):
        text, tokens = _text(subject, size)
        if subject.time([text] * BATCH) > SLOW_SECONDS:  # the warm-up
            stopped = f"{size} tokens: over {SLOW_SECONDS:.0f} s a round"
            break
        seconds: list[float] = []
        for number in range(ROUNDS):
            on_round(place * ROUNDS + number, total)
            seconds.append(subject.time([text] * BATCH))
        counted = {**counts([text] * BATCH), "tokens": tokens * BATCH}
        measured.append(Measured(name=str(size), at=tokens, seconds=tuple(seconds), counts=counted))
    on_round(total, total)
    return subject.record(Protocol.LENGTH, measured, batch_size=BATCH, stopped=stopped)


def _doubled() -> list[int]:
    return [FIRST << i for i in range((MOST // FIRST).bit_length())]


def _text(subject: Subject, size: int) -> tuple[str, int]:
    """Return a text of at most ``size`` tokens and how many it has."""
    low, high = 1, size  # a word has a token at least
    while low < high:
        middle = (low + high + 1) // 2
        # Cut texts count as the limit, so the limit itself can't be told from more.
        if (subject.tokens([words(middle)]) or 0) <= size - (size == subject.report.max_tokens):
            low = middle
        else:
            high = middle - 1
    return words(low), subject.tokens([words(low)]) or 0
