"""How much of a long request the lane gets at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator, Mapping

from core.encoding.request import Prompted

# A typed query waits for the chunk in flight, whoever's it is: a quarter of a second.
CHUNK_SECONDS = 0.25
FIRST_CHARACTERS = 4_000  # until it is known how long they take
LEAST_TEXTS = 16  # fewer would not fill a batch
MOST_TEXTS = 8192
MOST_CHARACTERS = 1_000_000
MOST_GROWTH = 4.0  # from chunk to chunk: the first may be of uncommon texts


class Paces:
    """What each load of a model last did in CHUNK_SECONDS, in characters. Any thread may ask."""

    def __init__(self) -> None:
        self._characters: dict[Hashable, float] = {}
        self._lock = threading.Lock()

    def characters(self, key: Hashable) -> int:
        """Return how many characters the next chunk may have."""
        with self._lock:
            return int(self._characters.get(key, FIRST_CHARACTERS))

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
