"""Where sentences end, in English and Japanese and what is written like them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator

Span = tuple[int, int]  # characters [start, end)

PARTNER = dict(zip("「『（【〈《“〔［", "」』）】〉》”〕］", strict=True))
CLOSING = frozenset(PARTNER.values())
BRACKET = re.compile("[" + "".join(PARTNER) + "".join(CLOSING) + "]")
FOLLOWING = re.compile(r"\s*(\S?)")
# A full stop ends a sentence before white space only: 3.14, example.com.
END = re.compile(
    r"""
    (?: [。！？｡‼⁇⁈⁉]+ [。！？｡!?…]*  # ends one wherever it stands
      | [!?．]+ (?= [」』）】〉》”〕］)"'’\]]* (?: \s | $ | [^\x00-\u2e7f] ) )
      | [.!?…]+ (?= [”’)"'\]]* (?: \s | $ ) )
    )
    [」』）】〉》”’〕］)"'\]]*
    """,
    re.VERBOSE,
)
LINE = re.compile(r"[\r\n\u2028\u2029\x0b\x0c\x85]+")
# What a full stop after a word leaves open, by what can follow in the same sentence: a name after a
# title, a number after "fig", anything but a capital letter after the others.
BEFORE_NAMES = """
    mr mrs ms dr prof st mt gen col sgt capt lt rev hon gov sen rep vs cf e.g i.e
"""
BEFORE_NUMBERS = """
    no nos vol fig figs eq eqs sec ch p pp jan feb mar apr jun jul aug sep sept oct nov dec
"""
OTHERS = "sr jr etc ed eds inc ltd co corp dept est approx al a.m p.m u.s u.k u.n ph.d"
FOLLOWERS: dict[str, Callable[[str], bool]] = {
    **dict.fromkeys(BEFORE_NAMES.split(), str.isalnum),
    **dict.fromkeys(BEFORE_NUMBERS.split(), str.isdigit),
    **dict.fromkeys(OTHERS.split(), lambda after: not after.isupper()),
}
WORD_BEFORE = re.compile(r"[^\W\d_]+(?:\.[^\W\d_]+)*$")
# 「行こう。」と言った is one sentence.
GOES_ON = "とっのにはがをもでへなやか、，,"


def sentences(text: str) -> list[Span]:
    """Return the sentences as characters [start, end), without white space at their ends.

    A line break ends a sentence too. What stands between 「 and 」, or in brackets, is not parted.
    """
    found: list[Span] = []
    for start, end in _lines(text):
        inside = _inside(text, start, end)
        begin = start
        for match in END.finditer(text, start, end):
            if _ends(text, match, end, inside):
                found.append((begin, match.end()))
                begin = match.end()
        found.append((begin, end))
    return [span for span in (trimmed(text, *span) for span in found) if span[0] < span[1]]


def trimmed(text: str, start: int, end: int) -> Span:
    """Return the characters without the white space at both ends."""
    part = text[start:end]
    kept = part.strip()
    start += len(part) - len(part.lstrip())
    return start, start + len(kept)


def _lines(text: str) -> Iterator[Span]:
    start = 0
    for match in LINE.finditer(text):
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def _inside(text: str, start: int, end: int) -> list[Span]:
    """Return what stands between brackets, the outer ones; one without its partner is none."""
    opened: list[tuple[str, int]] = []
    spans: list[Span] = []
    for match in BRACKET.finditer(text, start, end):
        if match[0] in PARTNER:
            opened.append((PARTNER[match[0]], match.start()))
        elif opened and opened[-1][0] == match[0]:
            spans.append((opened.pop()[1], match.start()))
    outer: list[Span] = []
    for span in sorted(spans):
        if not outer or span[0] > outer[-1][1]:
            outer.append(span)
    return outer


def _ends(text: str, match: re.Match[str], end: int, inside: list[Span]) -> bool:
    stop = match.end()
    at = bisect_left(inside, (match.start(), 0)) - 1
    if at >= 0 and stop <= inside[at][1]:
        return False
    if match[0][-1] in CLOSING and text[stop : min(stop + 1, end)] in GOES_ON:
        return stop >= end
    following = FOLLOWING.match(text, stop, end)
    after = following[1] if following else ""
    return not after.islower() and not _abbreviated(text, match, after)


def _abbreviated(text: str, match: re.Match[str], after: str) -> bool:
    if match[0] != ".":
        return False
    before = WORD_BEFORE.search(text, max(0, match.start() - 20), match.start())
    if before is None:
        return False
    word = before[0]
    if len(word) == 1 and word.isupper() and word != "I":
        return after.isalpha()  # an initial: J. Smith
    follows = FOLLOWERS.get(word.lower())
    return follows is not None and bool(after) and follows(after)
