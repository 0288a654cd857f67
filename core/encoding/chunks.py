"""How much of a long request the lane gets at once."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Generator, Hashable, Iterator, Mapping
from contextlib import contextmanager

from core.encoding.request import Prompted

# A typed query waits for the chunk in flight, whoever's it is: a quarter of a second.
CHUNK_SECONDS = 0.25
# Where nobody else asks. Texts of like length come together more often in it, which makes it
# a fifth faster, and the first query that comes after all waits for no more than this.
ALONE_SECONDS = 1.0
COMPANY_SECONDS = 10.0  # who has asked asks again
FIRST_CHARACTERS = 4_000  # until it is known how long they take
LEAST_TEXTS = 16  # fewer would not fill a batch
MOST_TEXTS = 8192
MOST_CHARACTERS = 1_000_000
MOST_GROWTH = 4.0  # from chunk to chunk: the first may be of uncommon texts


class Company:
    """Whether a long request has the lane to itself. Any thread may ask."""

    def __init__(self) -> None:
        self._present = 0
        self._met = -math.inf  # by the monotonic clock
        self._lock = threading.Lock()

    @contextmanager
    def joined(self) -> Generator[None]:
        """Be there with a request; of two at once each is the other's company."""
        with self._lock:
            self._present += 1
        try:
            yield
        finally:
            with self._lock:
                self._present -= 1
            self.meet()

    def meet(self) -> None:
        """Note that someone asks now, be it for a moment."""
        with self._lock:
            if self._present:
                self._met = time.monotonic()

    def chunk_seconds(self) -> float:
        """Return how long the next chunk may take."""
        with self._lock:
            met = time.monotonic() - self._met < COMPANY_SECONDS
            return CHUNK_SECONDS if met or self._present > 1 else ALONE_SECONDS


class Paces:
    """What each load of a model last did in CHUNK_SECONDS, in characters. Any thread may ask."""

    def __init__(self) -> None:
        self._characters: dict[Hashable, float] = {}
        self._lock = threading.Lock()

    def characters(self, key: Hashable, seconds: float = CHUNK_SECONDS) -> int:
        """Return how many characters the next chunk may have to take so long."""
        with self._lock:
            known = self._characters.get(key)
        if known is None:
            return FIRST_CHARACTERS
        return int(min(known * seconds / CHUNK_SECONDS, MOST_CHARACTERS))

    def note(self, key: Hashable, *, characters: int, seconds: float) -> None:
        """Learn from a chunk."""
        with self._lock:
            before = self._characters.get(key, float(FIRST_CHARACTERS))
            fitting = CHUNK_SECONDS * characters / max(seconds, 1e-6)
            # A chunk that is not full says little of what a full one would take: only that it fits.
            if characters < before / 2:
                fitting = min(fitting, before) if seconds > CHUNK_SECONDS else before
            self._characters[key] = min(fitting, MOST_GROWTH * before, MOST_CHARACTERS)


def chunks(
    inputs: Mapping[bytes, Prompted],
    characters: Callable[[], int],
    *,
    most_texts: int | None = None,
) -> Iterator[list[bytes]]:
    """Yield keys longest text first: texts of like length share a batch and little padding.

    ``characters`` is asked before each chunk for what it may hold; LEAST_TEXTS go in any case
    as long as they hold no more than FIRST_CHARACTERS.
    """
    part: list[bytes] = []
    held, most, most_texts = 0, characters(), most_texts or MOST_TEXTS
    for key in sorted(inputs, key=lambda key: len(inputs[key].text), reverse=True):
        length = len(inputs[key].text) + len(inputs[key].prompt)
        if part and (len(part) == most_texts or held + length > _room(len(part), most)):
            yield part
            part, held, most = [], 0, characters()
        part.append(key)
        held += length
    if part:
        yield part


def _room(texts: int, most: int) -> int:
    return max(most, FIRST_CHARACTERS) if texts < LEAST_TEXTS else most
