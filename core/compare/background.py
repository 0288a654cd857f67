"""Texts that have nothing to do with each other, in ``assets/background``.

What a model gives for pairs of them is what its scores are without any relation.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from itertools import islice, product
from pathlib import Path
from typing import NamedTuple

from core.settings import ASSETS

BACKGROUND_FILE = ASSETS / "background" / "topics.toml"
LETTERS_LOOKED_AT = 1000
# Names, numbers and code of the Latin script are common in Japanese, the reverse is rare.
LEAST_JAPANESE = 0.2
LEAST_LATIN = 0.8
# A longer text in the characters that Chinese and Japanese share, without any kana, is Chinese.
MOST_WITHOUT_KANA = 12


class Language(StrEnum):
    """The languages of the background. English stands for whatever is in the Latin script."""

    EN = "en"
    JA = "ja"


class Band(StrEnum):
    """How long a text is: a search phrase or title, a sentence or two, a paragraph."""

    SHORT = "short"
    MEDIUM = "medium"
    LONG = "long"


class Kind(NamedTuple):
    """Texts of one language and one band."""

    language: Language
    band: Band


# The most characters of a text of each band; what is longer than all has no background.
MOST_CHARACTERS: dict[Language, dict[Band, int]] = {
    Language.EN: {Band.SHORT: 60, Band.MEDIUM: 190, Band.LONG: 1000},
    Language.JA: {Band.SHORT: 25, Band.MEDIUM: 85, Band.LONG: 450},
}


def kind_of(text: str) -> Kind | None:
    """Return the kind whose background fits the text, None where there is none."""
    found = language_of(text)
    if found is None:
        return None
    length = len(text.strip())
    bands = (band for band, most in MOST_CHARACTERS[found].items() if length <= most)
    band = next(bands, None)
    return Kind(found, band) if band else None


def language_of(text: str) -> Language | None:
    """Return the language as the script shows it, None for another script or no letter at all."""
    letters = list(islice(filter(str.isalpha, text), LETTERS_LOOKED_AT))
    if not letters:
        return None
    kana = sum(map(_is_kana, letters))
    han = sum(map(_is_han, letters))
    if (kana + han) / len(letters) >= LEAST_JAPANESE:
        return Language.JA if kana or len(letters) <= MOST_WITHOUT_KANA else None
    latin = sum(map(_is_latin, letters))
    return Language.EN if latin / len(letters) >= LEAST_LATIN else None


@cache
def background(path: Path = BACKGROUND_FILE) -> Mapping[Kind, tuple[str, ...]]:
    """Return the texts of each kind; those at one place are on one topic, all others unrelated."""
    topics = tomllib.loads(path.read_text(encoding="utf-8"))["topics"]
    return {
        Kind(language, band): tuple(topic[language][band] for topic in topics)
        for language, band in product(Language, Band)
    }


def _is_kana(letter: str) -> bool:
    return "\u3040" <= letter <= "\u30ff" or "\uff66" <= letter <= "\uff9f"


def _is_han(letter: str) -> bool:
    return "\u3400" <= letter <= "\u9fff" or "\uf900" <= letter <= "\ufaff" or letter in "々〆〇"


def _is_latin(letter: str) -> bool:
    return letter < "\u0250" or "\u1e00" <= letter <= "\u1eff" or "\uff21" <= letter <= "\uff5a"
