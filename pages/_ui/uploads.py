"""Tables that a user uploads."""

from __future__ import annotations

from core.errors import BadTable, Word


def text_of(data: bytes, most_mb: int) -> str:
    """Return the file's text. Raises BadTable for one that is too large or not UTF-8."""
    # The field's own limit holds in the browser only.
    if len(data) > most_mb * 2**20:
        raise BadTable(
            f"The file has {len(data):,} bytes; {most_mb} MB can be read.",
            hint="Read a smaller table.",
            row=0,
            column="",
            problem=Word.TOO_LARGE,
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start)
        raise BadTable(
            f"Row {row}: byte {error.start} is not UTF-8.",
            hint="Save the table as UTF-8 and read it again.",
            row=row,
            column="",
            problem=Word.NOT_UTF8,
        ) from None
