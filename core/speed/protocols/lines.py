"""Cost per line: requests of 25, 50 and 100 lines, five rounds each, and the line through them."""

from __future__ import annotations

from core.speed.fits import Line, fit
from core.speed.records import Measured, Protocol, Record
from core.speed.subject import OnRound, Subject
from core.speed.texts import counts, lines

SIZES = (25, 50, 100)
ROUNDS = 5


def measure(subject: Subject, on_round: OnRound) -> Record:
    """Return the rounds, the sizes taken in turn so that a slow minute is nobody's alone."""
    seconds: dict[int, list[float]] = {size: [] for size in SIZES}
    total = len(SIZES) * ROUNDS
    subject.time(lines(SIZES[-1]))  # one warm-up
    for number in range(ROUNDS):
        for place, size in enumerate(SIZES):
            on_round(number * len(SIZES) + place, total)
            seconds[size].append(subject.time(lines(size)))
    on_round(total, total)
    measured = [
        Measured(name=str(size), at=size, seconds=tuple(each), counts=counts(lines(size)))
        for size, each in seconds.items()
    ]
    return subject.record(Protocol.LINES, measured)


def points(record: Record) -> tuple[tuple[float, float], ...]:
    """Return (lines, seconds) of each round."""
    return tuple(
        (each.at, seconds)
        for each in record.measured
        if each.at is not None
        for seconds in each.seconds
    )


def line(record: Record) -> Line | None:
    """Return the least-squares line of a record of this protocol."""
    found = points(record)
    return fit([x for x, _ in found], [y for _, y in found])
