"""Which encoding a text file is in, and where it breaks it."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

BLOCK = 1 << 20
SAMPLE_BYTES = 1 << 16
LINE_BYTES = 1 << 10
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Python's euc_jp lacks the vendors' characters that euc_jis_2004 has (①, ㈱), and the other way.
JAPANESE = ("cp932", "euc_jp", "euc_jis_2004")
UTF_16 = {0: "utf-16-le", 1: "utf-16-be"}
# One fault among so many characters outside ASCII still tells UTF-8.
GOOD_PER_BAD = 4
CONTROLS = bytes(set(range(32)) - {*b"\t\n\v\f\r\x1a\x1b\x1f"})
HALF_WIDTH = 0.5  # EUC-JP read as CP932 is mostly half-width kana
PLAUSIBLE = 0.4


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """``fault_at`` is the first byte that the encoding does not allow, None where there is none."""

    name: str
    fault_at: int | None = None


def detect(data: memoryview) -> Encoding | None:
    """Return the encoding, None where the bytes are no text.

    Text that is in none of the encodings that are read, or breaks the one it is in, has a
    ``fault_at``.
    """
    for mark, name in MARKS:
        if bytes(data[: len(mark)]) == mark:
            return Encoding(name=name, fault_at=first_fault(data, name))
    fault_at = first_fault(data, "utf-8")
    if fault_at is None:
        wide = _utf_16(data, least=0.5)  # ASCII in two bytes each; a text may hold a NUL
        return wide if wide and wide.fault_at is None else Encoding(name="utf-8")
    if _is_nearly_utf8(data, fault_at):
        return Encoding(name="utf-8", fault_at=fault_at)
    # Japanese in two bytes each has a line end or a delimiter now and then.
    wide = _utf_16(data, least=0.02)
    if wide is not None:
        return wide
    found = _japanese(data, fault_at) or Encoding(name="utf-8", fault_at=fault_at)
    return None if found.fault_at is not None and _is_binary(data) else found


def first_fault(data: memoryview, encoding: str) -> int | None:
    """Return the place of the first byte that the encoding does not allow, None for none."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, max(len(data), 1), BLOCK):
        block = bytes(data[start : start + BLOCK])
        kept = len(decoder.getstate()[0])
        try:
            decoder.decode(block, final=start + BLOCK >= len(data))
        except UnicodeDecodeError as error:
            return max(start - kept + error.start, 0)
    return None


def _is_nearly_utf8(data: memoryview, fault_at: int) -> bool:
    # From around the fault: a file may be ASCII for long before its first other character.
    start = max(fault_at - SAMPLE_BYTES, 0)
    sample = bytes(data[start : fault_at + SAMPLE_BYTES])
    text = sample.decode("utf-8", errors="replace")
    bad = text.count("�")
    good = sum(not letter.isascii() for letter in text) - bad
    return good >= GOOD_PER_BAD * bad


def _utf_16(data: memoryview, least: float) -> Encoding | None:
    """Return UTF-16 without its mark, told by its share of ASCII: at least ``least``."""
    sample = bytes(data[:SAMPLE_BYTES])
    if len(data) % 2 or not len(data):
        return None
    zeros = [sample[1::2].count(0), sample[0::2].count(0)]
    at = 0 if zeros[0] > zeros[1] else 1
    if zeros[at] < least * len(sample) / 2 or not zeros[at] or zeros[1 - at]:
        return None
    name = UTF_16[at]
    return Encoding(name=name, fault_at=first_fault(data, name))


def _is_binary(data: memoryview) -> bool:
    sample = bytes(data[:SAMPLE_BYTES])
    return any(byte in sample for byte in CONTROLS)


def _japanese(data: memoryview, fault_at: int) -> Encoding | None:
    start = _line_start(data, fault_at)
    sample = bytes(data[start : start + SAMPLE_BYTES])
    best: tuple[float, Encoding] | None = None
    for name in JAPANESE:
        score = _plausibility(sample.decode(name, errors="replace"))
        fault = first_fault(data, name)
        # One that reads the whole file goes before a likelier one that breaks.
        rank = score + (1.0 if fault is None else 0.0)
        if score >= PLAUSIBLE and (best is None or rank > best[0]):
            best = (rank, Encoding(name=name, fault_at=fault))
    return best[1] if best else None


def _line_start(data: memoryview, at: int) -> int:
    before = max(at - LINE_BYTES, 0)
    return before + bytes(data[before:at]).rfind(b"\n") + 1


def _plausibility(text: str) -> float:
    """Return how much of what is not ASCII looks Japanese, from 0 to 1."""
    total = found = 0.0
    before = " "
    for at, letter in enumerate(text):
        if not letter.isascii():
            total += 1
            after = text[at + 1] if at + 1 < len(text) else " "
            # In Latin-1 read as CP932 single kanji stand within words: "caf駸".
            alone = _is_latin(before) and (_is_latin(after) or after.isspace())
            found += 0.0 if alone else _japanese_weight(letter)
        before = letter
    return found / total if total else 0.0


def _is_latin(letter: str) -> bool:
    return letter.isascii() and letter.isalpha()


def _japanese_weight(letter: str) -> float:
    if "｡" <= letter <= "ﾟ":
        return HALF_WIDTH
    is_ours = "\u3000" <= letter <= "\u30ff" or "\u4e00" <= letter <= "\u9fff"
    return 1.0 if is_ours or "！" <= letter <= "～" else 0.5 if "①" <= letter <= "⓿" else 0.0
