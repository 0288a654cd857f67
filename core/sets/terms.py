"""Words that tell a cluster's texts from the other clusters'."""

from __future__ import annotations

import math
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np

LENGTHS = (2, 3, 4)  # characters of a fragment
CANDIDATES = 12  # looked at for each term that is wanted
# Of two fragments that overlap one is dropped, or both become one, where they stand together in
# this share of their occurrences.
TOGETHER = 0.7
LEAST_LETTERS = 2

# Scripts without spaces between words: kanji and katakana, Thai, Lao, Khmer, Burmese; hiragana.
CONTENT = "々〆ヶァ-ヺー㐀-䶿一-鿿\U00020000-\U0003fffd\u0e01-\u0eff\u1780-\u17ff\u1000-\u109f"
HIRAGANA = "ぁ-ゖ"
# Of a text with kanji or katakana a fragment begins with one and has at most one kana of an ending
# behind the last: 食べ and 女の子, but not の女 and not 食べて.
PARTICLES = "をはがのにでともへ"
ENDINGS = "".join(kana for kana in map(chr, range(0x3041, 0x3097)) if kana not in PARTICLES)
RUN = re.compile(f"[{CONTENT}{HIRAGANA}]+")
HAS_CONTENT = re.compile(f"[{CONTENT}]")
FRAGMENT = re.compile(f"[{CONTENT}](?:.*[{CONTENT}])?[{ENDINGS}]?", re.DOTALL)
# What scikit-learn's list spells without its apostrophe.
CONTRACTED = """
    ain aren couldn didn doesn don hadn hasn haven isn ll mustn shouldn ve wasn weren won wouldn
    does did doing just
"""


def labels_for(
    texts: Sequence[str], labels: np.ndarray | Sequence[int], n: int = 5
) -> dict[int, tuple[str, ...]]:
    """Return up to n terms for each cluster but noise (-1), the most telling first.

    Class-based TF-IDF (Grootendorst, 2022, https://arxiv.org/abs/2203.05794) of words, and of
    fragments of 2 to 4 characters in scripts without spaces; overlapping fragments become one.
    """
    joined: dict[int, list[str]] = {}
    for text, label in zip(texts, np.asarray(labels).tolist(), strict=True):
        if label >= 0:
            joined.setdefault(label, []).append(unicodedata.normalize("NFKC", text).lower())
    counts = {label: Counter(_terms(own)) for label, own in sorted(joined.items())}
    everywhere: Counter[str] = Counter()
    for each in counts.values():
        everywhere.update(each)
    mean = everywhere.total() / max(len(counts), 1)
    return {
        label: _chosen(_ranked(each, everywhere, mean), "\n".join(joined[label]), n)
        for label, each in counts.items()
    }


def _terms(texts: Sequence[str]) -> Iterator[str]:
    words, stop = _word(), _stop_words()
    for text in texts:
        for word in words.findall(RUN.sub(" ", text)):
            if len(word) >= LEAST_LETTERS and word not in stop:
                yield word
        mixed = HAS_CONTENT.search(text) is not None
        for run in RUN.findall(text):
            yield from _fragments(run, mixed=mixed)


def _fragments(run: str, *, mixed: bool) -> Iterator[str]:
    if len(run) == 1 and HAS_CONTENT.match(run):
        yield run
    for length in LENGTHS:
        for start in range(len(run) - length + 1):
            fragment = run[start : start + length]
            if not mixed or FRAGMENT.fullmatch(fragment):
                yield fragment


def _ranked(own: Counter[str], everywhere: Counter[str], mean: float) -> list[str]:
    def weight(term: str) -> float:
        return own[term] * math.log(1 + mean / everywhere[term])

    # Of equal ones the longer, which says more; then the order of the texts.
    return sorted(own, key=lambda term: (-weight(term), -len(term)))


def _chosen(ranked: Sequence[str], text: str, n: int) -> tuple[str, ...]:
    chosen: list[str] = []
    for term in ranked[: n * CANDIDATES]:
        if not RUN.fullmatch(term) or not _absorbed(term, chosen, text):
            chosen.append(term)
    return tuple(chosen[:n])


def _absorbed(term: str, chosen: list[str], text: str) -> bool:
    """Return whether a chosen term says what this one says; it may grow by it."""
    for i, other in enumerate(chosen):
        if term in other:
            return True
        both = _both(other, term, text)
        if both is None or not RUN.fullmatch(other):
            continue
        together = text.count(both)
        if together >= TOGETHER * text.count(other):
            chosen[:] = [
                both if j == i else each
                for j, each in enumerate(chosen)
                if j == i or each not in both
            ]
            return True
        if together >= TOGETHER * text.count(term):
            return True
    return False


def _both(first: str, second: str, text: str) -> str | None:
    """Return the two as one where they overlap, and as they stand in the text."""
    if first in second:
        return second
    ways: list[str] = []
    for left, right in ((first, second), (second, first)):
        shared = range(min(len(left), len(right)) - 1, 0, -1)
        ways.extend(left + right[k:] for k in shared if left.endswith(right[:k]))
    return max(ways, key=text.count, default=None)


@cache
def _word() -> re.Pattern[str]:
    """Return what a word is: a letter, then letters, digits and marks such as vowel signs."""
    marks = "".join(
        chr(code)
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)).startswith("M")
    )
    return re.compile(rf"[^\W\d_](?:[^\W_]|[{re.escape(marks)}])*")


@cache
def _stop_words() -> frozenset[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS) | frozenset(CONTRACTED.split())
