"""Columns are guessed by name and content, and sets made of the rows that have a text."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.errors import BadCell, BadColumn, Word
from core.sets.reading import (
    ColumnChoice,
    FileKind,
    ReadFile,
    guess,
    read_file,
    to_set,
    with_metadata,
)


def read_of(vectors: np.ndarray | None = None, **columns: tuple[str, ...]) -> ReadFile:
    rows = len(vectors) if vectors is not None else len(next(iter(columns.values())))
    return ReadFile(name="a.csv", kind=FileKind.CSV, columns=columns, vectors=vectors, rows=rows)


PLACES = read_of(
    code=("01", "02", "03"),
    text=("one", " ", "three"),
    kind=("a", "b", "c"),
    lat=("43.1", "", "-39"),
    lon=("141.3", "x", "180"),
)
WHOLE = replace(PLACES, columns={**PLACES.columns, "lat": ("1", "2", "3"), "lon": ("1", "2", "3")})
CHOICE = ColumnChoice(text="text", title="kind", latitude="lat", longitude="lon")


# Guessing


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (
            ("id", "title", "text", "label", "lat", "lon"),
            ColumnChoice(
                id="id", title="title", text="text", label="label", latitude="lat", longitude="lon"
            ),
        ),
        (
            ("番号", "タイトル", "本文", "カテゴリ", "緯度", "経度"),
            ColumnChoice(
                id="番号",
                title="タイトル",
                text="本文",
                label="カテゴリ",
                latitude="緯度",
                longitude="経度",
            ),
        ),
        (
            ("Item ID", "Product Name", "reviewText", "product_category", "Latitude", "LNG"),
            ColumnChoice(
                id="Item ID",
                title="Product Name",
                text="reviewText",
                label="product_category",
                latitude="Latitude",
                longitude="LNG",
            ),
        ),
    ],
)
def test_names_tell_what_a_column_is(names: tuple[str, ...], expected: ColumnChoice) -> None:
    cells = ("1", "A title", "A text", "a", "35.5", "139.5")
    assert guess(read_of(**{name: (cell,) for name, cell in zip(names, cells, strict=True)})) == (
        expected
    )


def test_without_a_name_the_longest_texts_are_the_text() -> None:
    read = read_of(a=("1", "2"), b=("some words", "more"), n=("123456789012", "123456789012"))
    assert guess(read).text == "b"


def test_a_column_that_is_named_like_a_text_goes_before_a_longer_one() -> None:
    read = read_of(url=("https://example.org/a/long/address",), sentence_en=("Short.",))
    assert guess(read).text == "sentence_en"
    read = read_of(text=("",), note=("words",))
    assert guess(read).text == "note"


@pytest.mark.parametrize("latitude", ["91", "north", "nan", ""])
def test_what_is_no_place_is_not_guessed_as_one(latitude: str) -> None:
    choice = guess(read_of(text=("x",), lat=(latitude,), lon=("139",)))
    assert (choice.latitude, choice.longitude) == ("", "")


def test_one_coordinate_alone_is_none() -> None:
    assert guess(read_of(text=("x",), lat=("35",))).latitude == ""


def test_vectors_alone_have_no_text_column() -> None:
    read = read_of(np.ones((2, 3), np.float32))
    assert guess(read) == ColumnChoice(text="")
    assert to_set(read, guess(read)).text_set.texts == ("1", "2")


# Making


def test_rows_without_a_text_are_dropped_and_counted() -> None:
    vectors = np.arange(6, dtype=np.float32).reshape(3, 2)
    made = to_set(replace(PLACES, vectors=vectors), CHOICE)
    assert made.dropped == 1
    assert made.text_set.texts == ("one", "three")
    assert made.text_set.labels == ("a", "c")
    assert made.text_set.columns == {
        "code": ("01", "03"),
        "kind": ("a", "c"),
        "lat": ("43.1", "-39"),
        "lon": ("141.3", "180"),
    }
    np.testing.assert_array_equal(made.text_set.places, [[43.1, 141.3], [-39, 180]])
    np.testing.assert_array_equal(made.vectors, [[0, 1], [4, 5]])
    assert not made.text_set.is_built_in


@pytest.mark.parametrize(
    ("column", "cell", "problem"),
    [
        ("lat", "90.01", Word.NOT_A_LATITUDE),
        ("lat", "north", Word.NOT_A_LATITUDE),
        ("lat", "nan", Word.NOT_A_LATITUDE),
        ("lon", "-181", Word.NOT_A_LONGITUDE),
        ("lon", "", Word.EMPTY),
    ],
)
def test_a_bad_coordinate_is_named(column: str, cell: str, problem: Word) -> None:
    cells = (*PLACES.columns[column][:2], cell)
    with pytest.raises(BadCell) as raised:
        to_set(replace(PLACES, columns={**PLACES.columns, column: cells}), CHOICE)
    assert raised.value.values == {"file": "a.csv", "row": 3, "column": column, "problem": problem}


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(BadColumn, match="'body': this column is missing"):
        to_set(PLACES, ColumnChoice(text="body"))


def test_a_column_without_any_text_is_named() -> None:
    with pytest.raises(BadColumn, match="'text': none of its rows has a text"):
        to_set(read_of(text=("", " ")), ColumnChoice(text="text"))


def test_the_id_is_the_same_for_the_same_content_under_another_name() -> None:
    again = replace(WHOLE, name="b.xlsx", kind=FileKind.XLSX)
    assert to_set(again, CHOICE).text_set.id == to_set(WHOLE, CHOICE).text_set.id
    assert len(to_set(WHOLE, CHOICE).text_set.id) == 64


@pytest.mark.parametrize(
    ("read", "choice"),
    [
        (WHOLE, replace(CHOICE, title="")),
        (WHOLE, replace(CHOICE, label="kind")),
        (WHOLE, replace(CHOICE, id="code")),
        (WHOLE, replace(CHOICE, latitude="", longitude="")),
        (WHOLE, replace(CHOICE, text="kind")),
        (replace(WHOLE, columns={**WHOLE.columns, "more": ("", "", "")}), CHOICE),
        (replace(WHOLE, columns={**WHOLE.columns, "code": ("0", "102", "03")}), CHOICE),
        (replace(WHOLE, vectors=np.ones((3, 2), np.float32)), CHOICE),
        (replace(WHOLE, vectors=np.ones((3, 1), np.float32)), CHOICE),
    ],
    ids=["title", "label", "id", "place", "text", "column", "cells", "vectors", "shape"],
)
def test_the_id_changes_with_all_that_makes_the_set(read: ReadFile, choice: ColumnChoice) -> None:
    assert to_set(read, choice).text_set.id != to_set(WHOLE, CHOICE).text_set.id


def test_cells_that_run_together_alike_are_different_content() -> None:
    one = to_set(read_of(text=("ab", "c")), ColumnChoice(text="text"))
    other = to_set(read_of(text=("a", "bc")), ColumnChoice(text="text"))
    assert one.text_set.id != other.text_set.id


# Metadata

VECTORS = read_of(np.ones((3, 2), np.float32))


def test_metadata_with_a_header_gives_its_columns() -> None:
    merged = with_metadata(VECTORS, PLACES)
    assert merged.columns == PLACES.columns
    assert merged.vectors is VECTORS.vectors


def test_metadata_of_one_column_has_no_header() -> None:
    one = read_of(first=("second", "third"))
    assert with_metadata(VECTORS, one).columns == {"label": ("first", "second", "third")}


def test_a_column_that_both_have_is_named() -> None:
    with pytest.raises(BadColumn, match="'code': two columns have this name"):
        with_metadata(replace(VECTORS, columns={"code": ("a", "b", "c")}), PLACES)


# From bytes to a set, through the reader's own process


def test_a_file_becomes_a_set() -> None:
    data = "番号,本文,緯度,経度\n007,NA,35.5,139\n008,,36,140\n009,こんにちは,36,141\n"
    read = read_file("表.csv", data.encode("cp932"))
    assert (read.kind, read.encoding, read.delimiter, read.rows) == (FileKind.CSV, "cp932", ",", 3)
    made = to_set(read, guess(read))
    assert made.text_set.texts == ("NA", "こんにちは")
    assert made.dropped == 1


def test_vectors_come_back_read_only() -> None:
    read = read_file("v.tsv", b"0.5\t1\n0\t0\n")
    assert read.vectors is not None
    assert read.vectors.dtype == np.float32
    assert not read.vectors.flags.writeable
    assert read.zero_vectors == 1
