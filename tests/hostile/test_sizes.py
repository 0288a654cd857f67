"""Files of too much are refused before it is all read."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import (
    BadRow,
    FileTooLarge,
    Word,
)
from core.sets.reading import Limits
from tests.hostile import files
from tests.hostile.conftest import Watched, told

WIDE = Limits(file_bytes=2_000_000_000, rows=200_000)


# Too much


def test_more_bytes_than_are_read_are_refused(watched: Watched) -> None:
    error = watched.refused("a.csv", bytes(25_000_001))
    assert told(error, FileTooLarge) == {"most": "25", "what": Word.MEGABYTES}


@pytest.mark.parametrize("name", ["a.csv", "a.txt", "a.jsonl"])
def test_more_rows_than_are_read_are_refused(watched: Watched, name: str) -> None:
    line = b'{"a": 1}\n' if name == "a.jsonl" else b"a\n"
    error = watched.refused(name, line * 200_002)
    assert told(error, FileTooLarge) == {"most": "200,000", "what": Word.ROWS}


def test_more_rows_of_vectors_than_are_read_are_refused(watched: Watched) -> None:
    error = watched.refused("a.npy", files.npy(np.ones((200_001, 2), np.float32)))
    assert told(error, FileTooLarge) == {"most": "200,000", "what": Word.ROWS}


def test_as_many_cells_as_are_read_are_read(watched: Watched) -> None:
    line = b",".join(b"%d" % (at % 1000) for at in range(20)) + b"\n"
    header = b",".join(b"c%d" % at for at in range(20)) + b"\n"
    read = watched.whole("a.csv", header + line * 200_000)
    assert (read.rows, len(read.columns)) == (200_000, 20)


def test_more_cells_than_are_read_are_refused(watched: Watched) -> None:
    error = watched.refused("a.csv", b"," * 99 + b"\n" + (b"," * 99 + b"\n") * 100_000)
    assert told(error, FileTooLarge) == {"most": "4,000,000", "what": Word.CELLS}


def test_a_name_more_in_each_line_is_refused(watched: Watched) -> None:
    lines = b"".join(b'{"name%d": 1}\n' % row for row in range(100_000))
    error = watched.refused("a.jsonl", lines)
    assert told(error, FileTooLarge) == {"most": "1,000", "what": Word.COLUMNS}


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl"])
def test_a_gigabyte_in_one_line_is_refused(watched: Watched, name: str) -> None:
    with files.sparse(1_000_000_000, b"text\n") as data:
        error = watched.refused(name, data)
        assert told(error, FileTooLarge) == {"most": "25", "what": Word.MEGABYTES}


@pytest.mark.parametrize(("name", "row"), [("a.txt", 2), ("a.csv", 1), ("a.jsonl", 2)])
def test_a_gigabyte_in_one_line_is_not_read_where_it_is_let_in(
    watched: Watched, name: str, row: int
) -> None:
    first = b'{"text": 1}\n' if name == "a.jsonl" else b"text\n"
    with files.sparse(1_000_000_000, first) as data:
        error = watched.refused(name, data, WIDE)
    assert told(error, BadRow) == {"row": row, "problem": Word.TOO_LONG}


def test_a_quoted_cell_over_many_lines_that_is_too_long_is_named(watched: Watched) -> None:
    data = b'a,b\n1,2\n"' + b"some text\n" * 150_000 + b'",2\n'
    error = watched.refused("a.csv", data)
    assert told(error, BadRow) == {"row": 2, "problem": Word.TOO_LONG}
