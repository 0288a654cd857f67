"""Where a text may be cut so that its parts have at most so many tokens."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

import numpy as np

from core.sets.sentences import Span, sentences

SPACELESS = "\u2e80"  # from here on scripts are mostly written without spaces
ZERO_WIDTH_JOINER = "\u200d"


class Tokens:
    """A text and where it may be cut; ``count`` is the number of its tokens."""

    def __init__(self, text: str, spans: np.ndarray) -> None:
        self.text = text
        self.count = len(spans)
        self._starts = np.maximum.accumulate(spans[:, 0]) if len(spans) else spans[:, 0]
        self._ends = np.maximum.accumulate(spans[:, 1]) if len(spans) else spans[:, 1]

    def character(self, token: int) -> int:
        """Return where a part that begins with this token begins, or one before it ends."""
        if token >= self.count:
            return len(self.text)
        return int(self._starts[token]) if token else 0

    def first(self, character: int) -> int:
        """Return the first token that stands for this character or a later one."""
        return int(np.searchsorted(self._ends, character, side="right"))

    def whole(self, token: int) -> bool:
        """Return whether a cut before this token parts no character."""
        if not 0 < token < self.count:
            return True
        at = int(self._starts[token])
        return at >= self._ends[token - 1] and not _joined(self.text, at)

    def word(self, token: int) -> bool:
        """Return whether a cut before this token parts no word, as far as spaces show words."""
        if not 0 < token < self.count:
            return True
        before, after = self.text[self._starts[token] - 1], self.text[self._starts[token]]
        spaceless = before >= SPACELESS or after >= SPACELESS
        return self.whole(token) and (spaceless or not (before.isalnum() and after.isalnum()))


def _joined(text: str, at: int) -> bool:
    """Return whether the character belongs to the one before: an accent, a part of an emoji."""
    category = unicodedata.category(text[at])
    return category.startswith("M") or ZERO_WIDTH_JOINER in text[at - 1 : at + 1]


def windows(
    tokens: Tokens, room: int, overlap: int, first: int = 0, end: int | None = None
) -> list[Span]:
    """Return windows of the tokens from ``first`` to ``end``, each of at most ``room``.

    One is longer only where a single character has more tokens. Cut between words where one ends
    in the last quarter.
    """
    stop = tokens.count if end is None else end
    spans: list[Span] = []
    while True:
        cut = _window_end(tokens, first, stop, room, overlap)
        spans.append((tokens.character(first) if first else 0, tokens.character(cut)))
        if cut >= stop:
            return spans
        first = next(i for i in range(max(cut - overlap, first + 1), cut + 1) if tokens.whole(i))


def _window_end(tokens: Tokens, first: int, stop: int, room: int, overlap: int) -> int:
    if first + room >= stop:
        return stop
    least = first + overlap + 1
    late = max(least, first + room - room // 4)
    backwards = range(first + room, least - 1, -1)
    for cut in range(first + room, late - 1, -1):
        if tokens.word(cut):
            return cut
    for cut in (*backwards, *range(first + room + 1, stop)):
        if tokens.whole(cut):
            return cut
    return stop


def packed_sentences(tokens: Tokens, room: int, overlap: int) -> list[Span]:
    """Return sentences packed as many as fit; one that does not is cut into windows."""
    spans: list[Span] = []
    packed: list[_Unit] = []
    for start, end in sentences(tokens.text):
        unit = _Unit(start, end, tokens.first(start), tokens.first(end - 1) + 1)
        if packed and unit.stop - packed[0].first > room:
            spans.append((packed[0].start, packed[-1].end))
            packed = _overlapping(packed, unit, room, overlap)
        if unit.stop - unit.first <= room:
            packed.append(unit)
            continue
        parts = windows(tokens, room, overlap, unit.first, unit.stop)
        starts = [start, *(max(part[0], start) for part in parts[1:])]
        ends = [*(min(part[1], end) for part in parts[:-1]), end]
        spans.extend(zip(starts, ends, strict=True))
    if packed:
        spans.append((packed[0].start, packed[-1].end))
    return spans


class _Unit(NamedTuple):
    """A sentence: its characters [start, end), its tokens [first, stop)."""

    start: int
    end: int
    first: int
    stop: int


def _overlapping(packed: list[_Unit], unit: _Unit, room: int, overlap: int) -> list[_Unit]:
    """Return the last sentences that the next chunk can begin with."""
    return [
        each
        for each in packed
        if packed[-1].stop - each.first <= overlap and unit.stop - each.first <= room
    ]
