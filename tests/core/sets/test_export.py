"""What is exported is read back as it was."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from safetensors import safe_open
from safetensors.numpy import save

from core.errors import BadColumn, BadRequest
from core.sets import TextSet
from core.sets.export import (
    EXPORTS,
    ExportFormat,
    to_csv,
    to_jsonl,
    to_npz,
    to_parquet,
    to_projector,
    to_safetensors,
)
from core.sets.reading import guess, read_file, to_set

TEXTS = ("東京, 大阪", 'a "quoted"\nline', "tab\there", "emoji 👩‍🚀", "\ufeffmark")
PLACES = np.array([[35.1, 139.25], [-1 / 3, 1e-7], [0, 0], [90, -180], [1, 2]])
SET = TextSet(
    id="mine",
    texts=TEXTS,
    columns={"label": ("a", "", "007", "NA", "-1.5"), "x": ("1", "2", "3", "4", "5")},
    places=PLACES,
)
GENERATOR = np.random.default_rng(0)
VECTORS = (
    GENERATOR.standard_normal((5, 16)) * 10.0 ** GENERATOR.integers(-30, 30, (5, 16))
).astype(np.float32)
POINTS = GENERATOR.standard_normal((5, 2)).astype(np.float32)
NAMES = ["text", "label", "x_2", "latitude", "longitude", "x", "y"]


def test_csv_has_a_row_for_each_text() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(SET, POINTS, VECTORS).decode(), newline="")))
    assert list(rows[0]) == [*NAMES, "vector"]
    assert tuple(row["text"] for row in rows) == TEXTS
    assert tuple(row["label"] for row in rows) == SET.columns["label"]
    assert tuple(row["x_2"] for row in rows) == SET.columns["x"]
    places = np.array([[float(row["latitude"]), float(row["longitude"])] for row in rows])
    np.testing.assert_array_equal(places, PLACES)
    points = np.array([[row["x"], row["y"]] for row in rows]).astype(np.float32)
    np.testing.assert_array_equal(points, POINTS)
    vectors = np.array([json.loads(row["vector"]) for row in rows], dtype=np.float32)
    np.testing.assert_array_equal(vectors, VECTORS)


def test_no_spreadsheet_computes_a_text_and_numbers_stay_numbers() -> None:
    texts = ("=1+1", "+x", "-2-3", "@a", "\t=1", "-1.5e-3", "+81")
    made = TextSet(id="f", texts=texts, columns={"=name": tuple("=" * 7)})
    rows = list(csv.reader(io.StringIO(to_csv(made).decode(), newline="")))
    assert rows[0] == ["text", "'=name"]
    assert [row[0] for row in rows[1:]] == [
        "'=1+1",
        "'+x",
        "'-2-3",
        "'@a",
        "'\t=1",
        "-1.5e-3",
        "+81",
    ]
    assert {row[1] for row in rows[1:]} == {"'="}


def test_json_lines_have_the_same_names() -> None:
    # A text may hold what str.splitlines takes for a line's end.
    rows = [json.loads(line) for line in to_jsonl(SET, POINTS, VECTORS).decode().split("\n")[:-1]]
    assert [row["text"] for row in rows] == list(TEXTS)
    assert list(rows[0]) == [*NAMES, "vector"]
    assert rows[1]["latitude"] == -1 / 3
    assert rows[2]["label"] == "007"
    np.testing.assert_array_equal(np.array([r["vector"] for r in rows], dtype=np.float32), VECTORS)
    assert list(json.loads(to_jsonl(SET).splitlines()[0])) == ["text", "label", "x", *NAMES[3:5]]


def test_parquet_has_a_list_of_fixed_size() -> None:
    table = pq.read_table(io.BytesIO(to_parquet(SET, POINTS, VECTORS)))
    assert table.column_names == [*NAMES, "vector"]
    assert table.schema.field("vector").type == pa.list_(pa.float32(), 16)
    assert table.schema.field("text").type == pa.string()
    assert table["text"].to_pylist() == list(TEXTS)
    np.testing.assert_array_equal(np.array(table["vector"].to_pylist(), np.float32), VECTORS)
    np.testing.assert_array_equal(table["x"].to_numpy(), POINTS[:, 0])
    np.testing.assert_array_equal(table["latitude"].to_numpy(), PLACES[:, 0])


def test_npz_and_safetensors_have_texts_and_columns_as_json(tmp_path: Path) -> None:
    npz = np.load(io.BytesIO(to_npz(SET, POINTS, VECTORS)), allow_pickle=False)
    path = tmp_path / "vectors.safetensors"
    path.write_bytes(to_safetensors(SET, POINTS, VECTORS))
    with safe_open(path, "numpy") as tensors:
        found = tensors.metadata()
        np.testing.assert_array_equal(tensors.get_tensor("vectors"), VECTORS)
    np.testing.assert_array_equal(npz["vectors"], VECTORS)
    for texts, columns in (
        (npz["texts"].item(), npz["columns"].item()),
        (found["texts"], found["columns"]),
    ):
        assert json.loads(texts) == list(TEXTS)
        own = json.loads(columns)
        assert list(own) == NAMES[1:]
        assert own["label"] == list(SET.columns["label"])
        assert np.float32(own["x"]).tolist() == POINTS[:, 0].tolist()


@pytest.mark.parametrize("format_", [ExportFormat.NPZ, ExportFormat.SAFETENSORS])
def test_a_file_of_vectors_needs_some(format_: ExportFormat) -> None:
    with pytest.raises(BadRequest, match=format_):
        EXPORTS[format_](SET, POINTS, None)


@pytest.mark.parametrize("format_", list(ExportFormat))
def test_texts_and_columns_are_read_back_by_this_project(format_: ExportFormat) -> None:
    vectors = VECTORS if format_ in (ExportFormat.NPZ, ExportFormat.SAFETENSORS) else None
    read = read_file(f"set.{format_}", EXPORTS[format_](SET, POINTS, vectors))
    assert list(read.columns) == NAMES
    made = to_set(read, guess(read)).text_set
    assert made.texts == TEXTS
    assert made.columns["label"] == SET.columns["label"]
    assert made.columns["x_2"] == SET.columns["x"]
    np.testing.assert_array_equal(np.array(made.columns["y"]).astype(np.float32), POINTS[:, 1])
    assert made.places is not None
    np.testing.assert_array_equal(made.places, PLACES)


@pytest.mark.parametrize(
    "format_", [ExportFormat.PARQUET, ExportFormat.NPZ, ExportFormat.SAFETENSORS]
)
def test_vectors_are_read_back_by_this_project(format_: ExportFormat) -> None:
    read = read_file(f"set.{format_}", EXPORTS[format_](SET, None, VECTORS))
    assert read.vectors is not None
    np.testing.assert_array_equal(read.vectors, VECTORS)


@pytest.mark.parametrize("part", ["texts", "columns"])
@pytest.mark.parametrize(
    "written", ["[", "7", '["a"]', '{"a": 1}', '{"a": ["b"]}', "[[1]]", "null"]
)
def test_cells_that_do_not_fit_the_vectors_are_refused(part: str, written: str) -> None:
    files = {
        "own.safetensors": save({"vectors": VECTORS}, metadata={part: written}),
        "own.npz": npz(vectors=VECTORS, **{part: np.array(written.encode())}),
    }
    for name, data in files.items():
        with pytest.raises(BadColumn, match=part):
            read_file(name, data)


def npz(**arrays: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **arrays)
    return out.getvalue()


def test_the_projector_s_files_have_a_line_for_each_text() -> None:
    vectors, metadata = to_projector(SET, VECTORS)
    table = [[float(cell) for cell in line.split("\t")] for line in vectors.decode().splitlines()]
    np.testing.assert_array_equal(np.array(table, dtype=np.float32), VECTORS)
    lines = metadata.decode().split("\n")
    assert lines[0].split("\t") == ["text", "label", "x", "latitude", "longitude"]
    assert len(lines) == 1 + 5 + 1
    assert {len(line.split("\t")) for line in lines[:-1]} == {5}
    assert lines[2].startswith('a "quoted" line\t')


def test_the_projector_wants_no_header_over_one_column() -> None:
    _, metadata = to_projector(TextSet(id="t", texts=("a", "b")), VECTORS[:2])
    assert metadata == b"a\nb\n"


def test_arrays_of_other_texts_are_refused() -> None:
    with pytest.raises(BadRequest, match="5 texts"):
        to_csv(SET, POINTS[:4])
    with pytest.raises(BadRequest, match="5 texts"):
        to_projector(SET, VECTORS[:4])


def test_columns_of_our_names_get_a_number() -> None:
    made = TextSet(
        id="n", texts=("t",), columns={"text": ("a",), "text_2": ("b",), "vector": ("c",)}
    )
    (row,) = csv.DictReader(io.StringIO(to_csv(made).decode()))
    assert row == {"text": "t", "text_2": "a", "text_2_2": "b", "vector_2": "c"}
