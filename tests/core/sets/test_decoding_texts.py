"""How text files are read: encodings, delimiters, vectors, JSON lines."""

from __future__ import annotations

import numpy as np
import pytest

from core.sets.decoding.encodings import detect
from tests.core.sets.decoded import columns, decoded

TEXTS = "番号,本文\n007,埋め込みモデルは、文を数に変えます。\n008,カタカナとｶﾀｶﾅ\n"


# Encodings


@pytest.mark.parametrize(
    ("codec", "shown"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16"),
        ("utf-16-be", "utf-16"),
        ("shift_jis", "cp932"),
        ("cp932", "cp932"),
        ("euc_jp", "euc_jp"),
    ],
)
def test_japanese_is_read_in_every_encoding(codec: str, shown: str) -> None:
    read = decoded("a.csv", TEXTS.encode(codec))
    assert read.encoding == shown
    assert columns(read)["番号"] == ["007", "008"]
    assert columns(read)["本文"] == ["埋め込みモデルは、文を数に変えます。", "カタカナとｶﾀｶﾅ"]


@pytest.mark.parametrize(
    "text", ["東京都", "大阪\n", "北海道,札幌市\n", "京都 kyoto\n", "ｶﾀｶﾅと漢字"]
)
@pytest.mark.parametrize("codec", ["cp932", "euc_jp"])
def test_short_texts_are_told_apart(text: str, codec: str) -> None:
    found = detect(memoryview(text.encode(codec)))
    assert found is not None
    assert text.encode(codec).decode(found.name) == text


@pytest.mark.parametrize(
    ("word", "codec"),
    [
        ("㈱日本①﨑山", "cp932"),
        ("～日本", "cp932"),
        ("㈱日本①", "euc_jis_2004"),
        ("丂丄", "euc_jp"),
    ],
)
def test_the_vendors_own_characters_are_read(word: str, codec: str) -> None:
    text = f"{word}は日本語の会社です\n"
    found = detect(memoryview(text.encode(codec)))
    assert found is not None
    assert text.encode(codec).decode(found.name) == text


@pytest.mark.parametrize("text", ["café", "Müller\n", "naïve déjà vu\n", "El niño, año\n"])
def test_latin_letters_are_not_taken_for_kanji(text: str) -> None:
    found = detect(memoryview(text.encode("latin-1")))
    assert found is not None
    assert found.fault_at is not None


def test_a_fault_is_found_across_blocks() -> None:
    data = "あ".encode() * 400_000  # over a block's edge
    assert detect(memoryview(data)).fault_at is None
    assert detect(memoryview(data + b"\xff" + data)).fault_at == len(data)


# Delimiters


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    lines = (("a", "b", "c"), ("1,5", "x;y", "p|q"), ("2,5", "z", "r"))
    data = "\n".join(delimiter.join(f'"{cell}"' for cell in line) for line in lines)
    read = decoded("a.csv", data.encode())
    assert read.delimiter == delimiter
    assert columns(read) == {"a": ["1,5", "2,5"], "b": ["x;y", "z"], "c": ["p|q", "r"]}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_one(end: str) -> None:
    assert columns(decoded("a.csv", f"a,b{end}1,2{end}3,4".encode())) == {
        "a": ["1", "3"],
        "b": ["2", "4"],
    }
    assert columns(decoded("a.txt", f"x{end}{end}y{end}".encode())) == {"text": ["x", "", "y"]}


def test_cells_over_lines_stay_whole() -> None:
    assert columns(decoded("a.csv", b'a,b\n"x\ny, z",2\n'))["a"] == ["x\ny, z"]


def test_a_tsv_without_quoting_is_read_as_it_is_written() -> None:
    read = decoded("a.tsv", b'word\tn\n"good" day\t1\n"\t2\n')
    assert columns(read) == {"word": ['"good" day', '"'], "n": ["1", "2"]}


def test_prose_is_no_table() -> None:
    read = decoded("a.txt", b"One, two, three.\n1 2 3\n")
    assert columns(read) == {"text": ["One, two, three.", "1 2 3"]}


def test_a_column_without_a_name_gets_its_number() -> None:
    assert list(decoded("a.csv", b",text\n0,x\n").columns) == ["column_1", "text"]


def test_rows_without_any_cell_filled_are_left_out_at_the_end() -> None:
    assert decoded("a.csv", b"a,b\n1,2\n,\n,\n").rows == 1


# Vectors in text


def test_vectors_without_a_header_are_read() -> None:
    read = decoded("vectors.tsv", b"0.5\t-1e-3\n2\t3\n")
    assert read.vectors is not None
    np.testing.assert_allclose(read.vectors, [[0.5, -0.001], [2, 3]])
    assert read.vectors.dtype == np.float32


def test_an_index_and_a_name_before_768_numbers_are_labels() -> None:
    numbers = np.random.default_rng(0).standard_normal((3, 768)).astype(np.float32)
    names = ["東京", "大阪", "名古屋"]
    lines = [
        "\t".join([str(at), name, *map(str, row)])
        for at, (name, row) in enumerate(zip(names, numbers, strict=True))
    ]
    read = decoded("data.tsv", "\n".join(lines).encode())
    assert columns(read) == {"column_1": ["0", "1", "2"], "column_2": names}
    np.testing.assert_array_equal(read.vectors, numbers)


@pytest.mark.parametrize(
    "data", [b"name,2019,2020,2021,2022\na,1,2,3,4\n", b"name,lat,lon\nTokyo,35.6,139.7\n"]
)
def test_a_header_with_numbers_in_it_is_a_header(data: bytes) -> None:
    read = decoded("a.csv", data)
    assert (read.vectors, read.rows) == (None, 1)


def test_the_numbers_that_pandas_writes_over_columns_are_no_vector() -> None:
    assert decoded("a.csv", b"0,1,2\n0.1,0.2,0.3\n0.4,0.5,0.6\n").rows == 2


# JSON lines


def test_numbers_and_words_stay_as_they_are_written() -> None:
    lines = b'{"a": 1.50, "b": 1e5, "c": true, "d": null, "e": "007"}\n\n{"f": NaN, "a": -0}\n'
    assert columns(decoded("a.jsonl", lines)) == {
        "a": ["1.50", "-0"],
        "b": ["1e5", ""],
        "c": ["true", ""],
        "d": ["", ""],
        "e": ["007", ""],
        "f": ["", "NaN"],
    }


def test_a_name_twice_in_one_object_is_refused() -> None:
    with pytest.raises(Exception, match="row 1, column 'a': two columns"):
        decoded("a.jsonl", b'{"a": 1, "a": 2}\n')
