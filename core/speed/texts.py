"""The texts that are measured with: 43 paragraphs each, written for this project."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from itertools import cycle, islice

from core.settings import ASSETS

FOLDER = ASSETS / "speed"
PARAGRAPHS, WORDS = 43, 3633  # of mteb's former SpeedTask
LINE_WORDS = 12
QUERY = "Which planet is known as the Red Planet?"
DOCUMENTS = (
    "Venus is often called Earth's twin because of its similar size and proximity.",
    "Mars, known for its reddish appearance, is often referred to as the Red Planet.",
    "Jupiter, the largest planet in our solar system, has a prominent red spot.",
    "Saturn, famous for its rings, is sometimes mistaken for the Red Planet.",
)


class Language(StrEnum):
    ENGLISH = "english"
    JAPANESE = "japanese"


@cache
def paragraphs(language: Language) -> tuple[str, ...]:
    """Return the text's paragraphs, in order."""
    whole = (FOLDER / f"{language}.txt").read_text(encoding="utf-8")
    return tuple(line for line in whole.splitlines() if line)


def lines(count: int) -> tuple[str, ...]:
    """Return ``count`` different English lines of LINE_WORDS words each."""
    words = [word for text in paragraphs(Language.ENGLISH) for word in text.split()]
    return tuple(" ".join(words[i * LINE_WORDS : (i + 1) * LINE_WORDS]) for i in range(count))


def words(count: int) -> str:
    """Return ``count`` English words as one text; after the last one the first comes again."""
    whole = [word for text in paragraphs(Language.ENGLISH) for word in text.split()]
    return " ".join(islice(cycle(whole), count))


def counts(texts: Sequence[str]) -> dict[str, int]:
    """Return how many texts, words (as spaces part them) and characters there are."""
    return {
        "texts": len(texts),
        "words": sum(len(text.split()) for text in texts),
        "characters": sum(map(len, texts)),
    }
