"""How Parquet, arrays and workbooks are read."""

from __future__ import annotations

import datetime
import json

import numpy as np
import pyarrow as pa
import pytest

from core.commands.vector_files import Vectors, writer_for
from core.errors import BadColumn, BadFile, Word
from core.sets.user_file import FileKind
from tests.core.sets.decoded import columns, decoded
from tests.hostile import files

# Parquet


def test_parquet_columns_become_texts() -> None:
    table = pa.table(
        {
            "text": ["x", None, "z"],
            "n": pa.array([1, None, 3], pa.int64()),
            "f": pa.array([0.1, 0.5, 2], pa.float32()),
            "b": [True, False, None],
            "day": [datetime.date(2024, 1, 2)] * 3,
            "nested": [{"k": [1]}, None, {"k": []}],
            "kind": pa.array(["p", "q", "p"]).dictionary_encode(),
        }
    )
    read = columns(decoded("a.parquet", files.parquet(table)))
    assert read["text"] == ["x", "", "z"]
    assert read["n"] == ["1", "", "3"]
    assert read["f"] == ["0.1", "0.5", "2"]
    assert read["b"] == ["true", "false", ""]
    assert read["day"] == ["2024-01-02"] * 3
    assert [json.loads(cell) if cell else None for cell in read["nested"]] == [
        {"k": [1]},
        None,
        {"k": []},
    ]
    assert read["kind"] == ["p", "q", "p"]


@pytest.mark.parametrize("encoding", ["PLAIN", "DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"])
def test_parquet_of_every_encoding_is_read(encoding: str) -> None:
    table = pa.table({"text": ["ab", "abc", "b"]})
    data = files.parquet(table, use_dictionary=False, column_encoding={"text": encoding})
    assert columns(decoded("a.parquet", data)) == {"text": ["ab", "abc", "b"]}


def test_bytes_that_are_no_text_are_refused_by_column() -> None:
    data = files.parquet(pa.table({"image": [b"\xff\xd8"], "text": ["x"]}))
    with pytest.raises(BadColumn) as raised:
        decoded("a.parquet", data)
    assert raised.value.values["column"] == "image"


def test_a_parquet_of_vectors_has_them_over_many_batches() -> None:
    vectors = np.random.default_rng(0).standard_normal((9_000, 4)).astype(np.float32)
    lists = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), 4)
    table = pa.table({"text": [str(row) for row in range(9_000)], "embedding": lists})
    read = decoded("a.parquet", files.parquet(table))
    np.testing.assert_array_equal(read.vectors, vectors)
    assert columns(read)["text"][8_999] == "8999"


# Arrays


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8, ">f4"])
def test_an_array_of_numbers_is_read_as_float32(dtype: object) -> None:
    vectors = np.arange(6).reshape(3, 2).astype(dtype)
    read = decoded("a.npy", files.npy(vectors))
    assert read.vectors is not None
    assert read.vectors.dtype == np.float32
    np.testing.assert_array_equal(read.vectors, [[0, 1], [2, 3], [4, 5]])


def test_an_array_in_fortran_order_is_read() -> None:
    vectors = np.asfortranarray(np.arange(6.0).reshape(3, 2))
    np.testing.assert_array_equal(decoded("a.npy", files.npy(vectors)).vectors, vectors)


@pytest.mark.parametrize(
    "array", [np.ones(3), np.ones((2, 2, 2)), np.array([["a"]]), np.ones((2, 2), complex)]
)
def test_an_array_of_another_shape_or_kind_is_refused(array: np.ndarray) -> None:
    with pytest.raises(BadFile) as raised:
        decoded("a.npy", files.npy(array))
    assert raised.value.values["problem"] is Word.NO_VECTORS


def test_an_npz_gives_its_vectors_with_its_texts() -> None:
    read = decoded("a.npz", files.npz(x=np.ones((2, 3)), names=np.array(["a", "本"]), n=np.ones(5)))
    assert columns(read) == {"names": ["a", "本"]}
    assert read.vectors is not None
    assert read.vectors.shape == (2, 3)


def test_several_arrays_need_a_known_name() -> None:
    with pytest.raises(BadFile) as raised:
        decoded("a.npz", files.npz(a=np.ones((2, 3)), b=np.ones((2, 3))))
    assert raised.value.values["problem"] is Word.SEVERAL_ARRAYS
    read = decoded("a.npz", files.npz(a=np.ones((2, 3)), embeddings=np.zeros((2, 4))))
    assert read.vectors is not None
    assert read.vectors.shape == (2, 4)


@pytest.mark.parametrize("dtype", ["F32", "F16", "BF16"])
def test_safetensors_are_read(dtype: str) -> None:
    import safetensors

    values = np.array([[0.5, 1], [2, -4]], np.float32)
    raw = {
        "F32": values,
        "F16": values.astype(np.float16),
        "BF16": (values.view(np.uint32) >> 16).astype(np.uint16),
    }[dtype]
    tensor = safetensors.TensorSpec(
        dtype={"F32": "float32", "F16": "float16", "BF16": "bfloat16"}[dtype],
        shape=list(raw.shape),
        data_ptr=raw.ctypes.data,
        data_len=raw.nbytes,
    )
    read = decoded("a.bin", safetensors.serialize({"embeddings": tensor}))
    assert read.kind is FileKind.SAFETENSORS
    np.testing.assert_array_equal(read.vectors, values)


def test_safetensors_that_are_cut_off_are_refused() -> None:
    from safetensors.numpy import save

    with pytest.raises(BadFile) as raised:
        decoded("a.safetensors", save({"x": np.ones((4, 4))})[:-8])
    assert raised.value.values["problem"] is Word.DAMAGED


@pytest.mark.parametrize("suffix", [".npz", ".parquet"])
def test_what_umekomi_writes_it_reads(suffix: str) -> None:
    import io
    from pathlib import Path

    vectors = np.random.default_rng(0).standard_normal((3, 8)).astype(np.float32)
    buffer = io.BytesIO()
    texts = ["一", "two\nlines", ""]
    writer_for(Path(f"a{suffix}"))(buffer, Vectors(texts=texts, vectors=vectors, about={}))
    read = decoded(f"a{suffix}", buffer.getvalue())
    assert columns(read) == {"text": texts}
    np.testing.assert_array_equal(read.vectors, vectors)


# XLSX


def test_a_workbook_is_read_as_text() -> None:
    import io

    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    for row in (
        ["text", "n", "day", "ok", None],
        ["007", 7, datetime.datetime(2024, 1, 2), True],
        [],
        ["NA", 0.5, datetime.datetime(2024, 1, 2, 3, 4), None],
    ):
        sheet.append(row)
    book.create_sheet("other").append(["not", "read"])
    buffer = io.BytesIO()
    book.save(buffer)
    assert columns(decoded("a.xlsx", buffer.getvalue())) == {
        "text": ["007", "NA"],
        "n": ["7", "0.5"],
        "day": ["2024-01-02", "2024-01-02 03:04:00"],
        "ok": ["TRUE", ""],
    }
