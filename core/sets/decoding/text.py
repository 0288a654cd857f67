"""Text files: their encoding found, and read a line at a time."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

from core.errors import Word
from core.sets.decoding.encodings import detect
from core.sets.decoding.source import Source
from core.sets.decoding.views import as_file

SHOWN = {"utf-8-sig": "utf-8", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}


class LineFault(Exception):
    """The line that comes next can't be read; the caller knows which row that is."""

    def __init__(self, problem: Word) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text file; ``good`` is how many of its bytes, from the first, the encoding allows."""

    source: Source
    codec: str
    good: int

    @property
    def encoding(self) -> str:
        """What a reader calls the codec."""
        return SHOWN.get(self.codec, self.codec)

    def lines(self) -> Iterator[str]:
        """Yield each line with its end. Raises LineFault where one is too long or not decodable."""
        longest = self.source.limits.line_characters
        is_whole = self.good == len(self.source.data)
        file = io.TextIOWrapper(as_file(self.source.data[: self.good]), self.codec, newline="")
        # Not `for line in file`: a line by itself could be the whole file.
        while line := file.readline(longest + 3):
            if len(line.rstrip("\r\n")) > longest:
                raise LineFault(Word.TOO_LONG)
            if not is_whole and not line.endswith(("\r", "\n")):
                break
            yield line
        if not is_whole:
            raise LineFault(Word.NOT_DECODABLE)


def opened(source: Source) -> Text:
    """Return the text. Raises BadFile where it is none."""
    encoding = detect(source.data)
    if encoding is None:
        raise source.bad_file(Word.UNKNOWN_KIND)
    whole = encoding.fault_at is None
    good = len(source.data) if whole else (encoding.fault_at or 0)
    return Text(source=source, codec=encoding.name, good=good)
