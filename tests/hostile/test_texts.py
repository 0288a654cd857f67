"""Text files that went wrong are refused by name, row and column."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from core.errors import (
    BadCell,
    BadColumn,
    BadFile,
    BadRow,
    Word,
)
from core.sets.reading import FileKind
from tests.hostile import files
from tests.hostile.conftest import Watched, told

# What the name says


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("table.txt", files.npy(np.ones((2, 3), np.float32)), FileKind.NPY),
        ("table.csv", b'{"a": 1}\n{"a": 2}\n', FileKind.JSONL),
        ("table.xlsx", b"a,b\n1,2\n", FileKind.CSV),
        ("table.csv", b"a\tb\n1\t2\n", FileKind.TSV),
        ("table.npy", files.parquet(pa.table({"a": ["x"]})), FileKind.PARQUET),
    ],
)
def test_the_content_decides_whatever_the_name_says(
    watched: Watched, name: str, data: bytes, kind: FileKind
) -> None:
    assert watched.whole(name, data).kind is kind


@pytest.mark.parametrize("name", ["picture.csv", "picture.npy", "picture"])
def test_what_is_none_of_the_kinds_is_refused(watched: Watched, name: str) -> None:
    png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 4
    assert told(watched.refused(name, png), BadFile) == {"problem": Word.UNKNOWN_KIND}


# Nearly nothing


def test_an_empty_file_is_refused(watched: Watched) -> None:
    assert told(watched.refused("a.csv", b""), BadFile) == {"problem": Word.EMPTY}


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl"])
def test_a_blank_file_is_refused(watched: Watched, name: str) -> None:
    assert told(watched.refused(name, b" \n\n"), BadFile)["problem"] in (Word.EMPTY, Word.NO_ROWS)


def test_a_header_alone_is_refused(watched: Watched) -> None:
    assert told(watched.refused("a.csv", b"id,text\n"), BadFile) == {"problem": Word.NO_ROWS}


def test_one_row_is_read(watched: Watched) -> None:
    read = watched.whole("a.csv", b"id,text\n007,NA\n")
    assert read.columns == {"id": ("007",), "text": ("NA",)}


def test_one_column_is_read_whatever_its_texts_hold(watched: Watched) -> None:
    read = watched.whole("a.csv", b"text\nHello, world\nno comma\n")
    assert read.columns == {"text": ("Hello, world", "no comma")}


# Tables


def test_a_row_with_more_cells_than_the_header_is_named(watched: Watched) -> None:
    error = watched.refused("a.csv", b"a,b\n1,2\n1,2,3\n")
    assert told(error, BadRow) == {"row": 2, "problem": Word.EXTRA_CELL}


def test_a_row_with_fewer_cells_than_the_header_is_named(watched: Watched) -> None:
    error = watched.refused("a.csv", b"a,b\n1,2\n1\n")
    assert told(error, BadRow) == {"row": 2, "problem": Word.FEWER_CELLS}


def test_the_row_that_breaks_its_encoding_is_named(watched: Watched) -> None:
    lines = [f"{row},日本語の文\n".encode() for row in range(1, 101)]
    lines[56] = b"57,\xff\xfe\n"
    error = watched.refused("a.csv", b"id,text\n" + b"".join(lines))
    assert told(error, BadRow) == {"row": 57, "problem": Word.NOT_DECODABLE}


def test_the_row_of_an_unknown_encoding_is_named(watched: Watched) -> None:
    data = "id,text\n1,plain\n2,café crème déjà\n".encode("latin-1")
    error = watched.refused("a.csv", data)
    assert told(error, BadRow) == {"row": 2, "problem": Word.NOT_DECODABLE}


def test_two_columns_of_one_name_are_named(watched: Watched) -> None:
    error = watched.refused("a.csv", b"text,id,text\na,1,b\n")
    assert told(error, BadColumn) == {"column": "text", "problem": Word.TWO_COLUMNS}


def test_a_quote_without_its_end_is_named(watched: Watched) -> None:
    error = watched.refused("a.csv", b'a,b\n1,2\n"3,4\n5,6\n')
    assert told(error, BadRow) == {"row": 2, "problem": Word.OPEN_QUOTE}


def test_a_nul_is_named(watched: Watched) -> None:
    error = watched.refused("a.csv", b"id,text\n1,fine\n2,no\0t\n")
    assert told(error, BadCell) == {"row": 2, "column": "text", "problem": Word.NUL}


# JSON


def test_a_lone_surrogate_is_named(watched: Watched) -> None:
    error = watched.refused("a.jsonl", b'{"text": "fine"}\n{"text": "\\ud83d"}\n')
    assert told(error, BadCell) == {"row": 2, "column": "text", "problem": Word.HALF_CHARACTER}


def test_a_lone_surrogate_in_a_name_is_told(watched: Watched) -> None:
    error = watched.refused("a.jsonl", b'{"\\ud83d": "fine"}\n')
    assert told(error, BadColumn)["problem"] is Word.HALF_CHARACTER


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"[1, 2]", Word.NOT_AN_OBJECT),
        (b'"text"', Word.NOT_AN_OBJECT),
        (b"null", Word.NOT_AN_OBJECT),
        (b'{"text": "cut', Word.NOT_JSON),
        (b'{"text": [' + b"9" * 5000 + b"]}", Word.NOT_JSON),
        (b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", Word.TOO_DEEP),
        (b'{"text": ' + b'{"a": ' * 100_000 + b"1" + b"}" * 100_000 + b"}", Word.TOO_DEEP),
    ],
    ids=["list", "text", "null", "cut", "digits", "deep lists", "deep objects"],
)
def test_a_line_that_is_no_object_is_named(watched: Watched, line: bytes, problem: Word) -> None:
    error = watched.refused("a.jsonl", b'{"text": "fine"}\n' + line + b"\n")
    assert told(error, BadRow) == {"row": 2, "problem": problem}


def test_nested_values_stay_json(watched: Watched) -> None:
    read = watched.whole("a.jsonl", '{"t": {"名": [1, 2.5, null]}, "n": 1.0}\n'.encode())
    assert read.columns == {"t": ('{"名": [1, 2.5, null]}',), "n": ("1.0",)}
