"""A set of texts as files that other programs read, with its coordinates and vectors."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import numpy as np

from core.compare.export import formula_safe
from core.errors import BadRequest
from core.sets.text_set import TextSet

TEXT, VECTOR = "text", "vector"
PLACES = ("latitude", "longitude")  # degrees
AXES = ("x", "y", "z")  # of a picture
ROWS_AT_ONCE = 4096
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", re.ASCII)
TSV_UNSAFE = str.maketrans(dict.fromkeys("\t\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029", " "))

Columns = Mapping[str, Sequence[str] | np.ndarray]


class ExportFormat(StrEnum):
    """Each is the ending of its files."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    NPZ = "npz"
    SAFETENSORS = "safetensors"


def to_csv(
    text_set: TextSet, points: np.ndarray | None = None, vectors: np.ndarray | None = None
) -> bytes:
    """Return a row for each text, in UTF-8; a vector is a JSON array in the column ``vector``.

    No spreadsheet takes a text for a formula: one that begins like it has an apostrophe before it,
    which stays when the file is read again. ``points`` (n, 2 or 3) become x, y and z.
    """
    columns = _columns(text_set, points, vectors)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    names = [*columns, *([] if vectors is None else [VECTOR])]
    writer.writerow([formula_safe(name) for name in names])
    for start in range(0, len(text_set), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        cells = [_safe(each[part]) for each in columns.values()]
        writer.writerows(zip(*cells, *_vector_cells(vectors, part), strict=True))
    return out.getvalue().encode()


def to_jsonl(
    text_set: TextSet, points: np.ndarray | None = None, vectors: np.ndarray | None = None
) -> bytes:
    """Return a JSON object a line, in UTF-8, with the names that ``to_csv`` has."""
    columns = _columns(text_set, points, vectors)
    lines: list[str] = []
    for start in range(0, len(text_set), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        cells = zip(*(_plain(each[part]) for each in columns.values()), strict=True)
        rows = [
            json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) for row in cells
        ]
        for vector in _vector_cells(vectors, part):
            rows = [
                f'{row[:-1]}, "{VECTOR}": {own}}}' for row, own in zip(rows, vector, strict=True)
            ]
        lines.extend(f"{row}\n" for row in rows)
    return "".join(lines).encode()


def to_parquet(
    text_set: TextSet, points: np.ndarray | None = None, vectors: np.ndarray | None = None
) -> bytes:
    """Return columns with the names that ``to_csv`` has; ``vector`` is fixed_size_list<float>."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays: dict[str, pa.Array] = {
        name: pa.array(each, None if isinstance(each, np.ndarray) else pa.string())
        for name, each in _columns(text_set, points, vectors).items()
    }
    if vectors is not None:
        flat = pa.array(np.ascontiguousarray(vectors, dtype=np.float32).reshape(-1))
        arrays[VECTOR] = pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])
    out = io.BytesIO()
    pq.write_table(pa.table(arrays), out)
    return out.getvalue()


def to_npz(
    text_set: TextSet, points: np.ndarray | None = None, vectors: np.ndarray | None = None
) -> bytes:
    """Return ``vectors``, float32, with ``texts`` and ``columns`` as JSON in UTF-8:
    ``json.loads(npz["texts"].item())``. Raises BadRequest without vectors.
    """
    own = _own(ExportFormat.NPZ, vectors)
    texts, columns = _as_json(text_set, points, own)
    out = io.BytesIO()
    np.savez(
        out,
        vectors=own,
        texts=np.array(texts.encode()),
        columns=np.array(columns.encode()),
        allow_pickle=False,
    )
    return out.getvalue()


def to_safetensors(
    text_set: TextSet, points: np.ndarray | None = None, vectors: np.ndarray | None = None
) -> bytes:
    """Return the tensor ``vectors``, float32, with ``texts`` and ``columns`` as JSON in the
    metadata. Raises BadRequest without vectors.
    """
    from safetensors.numpy import save

    own = _own(ExportFormat.SAFETENSORS, vectors)
    texts, columns = _as_json(text_set, points, own)
    return save({"vectors": own}, metadata={"texts": texts, "columns": columns})


def to_projector(text_set: TextSet, vectors: np.ndarray) -> tuple[bytes, bytes]:
    """Return vectors.tsv and metadata.tsv as https://projector.tensorflow.org loads them.

    The first has no header, and the second only where there are columns beside the texts. Tabs and
    line ends become spaces.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    own = _own("the Embedding Projector", vectors)
    _check(text_set, None, own)
    table = pa.table(
        [pa.array(column) for column in own.T], names=[str(i) for i in range(own.shape[1])]
    )
    out = io.BytesIO()
    options = arrow_csv.WriteOptions(include_header=False, delimiter="\t")
    arrow_csv.write_csv(table, out, options)
    columns = _columns(text_set, None, None)
    header = ["\t".join(name.translate(TSV_UNSAFE) for name in columns)] if len(columns) > 1 else []
    rows = zip(*(_words(each) for each in columns.values()), strict=True)
    lines = [*header, *("\t".join(cell.translate(TSV_UNSAFE) for cell in row) for row in rows)]
    return out.getvalue(), "".join(f"{line}\n" for line in lines).encode()


EXPORTS: dict[ExportFormat, Callable[[TextSet, np.ndarray | None, np.ndarray | None], bytes]] = {
    ExportFormat.CSV: to_csv,
    ExportFormat.JSONL: to_jsonl,
    ExportFormat.PARQUET: to_parquet,
    ExportFormat.NPZ: to_npz,
    ExportFormat.SAFETENSORS: to_safetensors,
}


def _columns(
    text_set: TextSet, points: np.ndarray | None, vectors: np.ndarray | None
) -> dict[str, Sequence[str] | np.ndarray]:
    """Return the texts, the columns, the places and the points, each under a name of its own."""
    _check(text_set, points, vectors)
    ours: dict[str, np.ndarray] = {}
    if text_set.places is not None:
        ours.update(zip(PLACES, text_set.places.T, strict=True))
    if points is not None:
        ours.update(zip(AXES, np.asarray(points, dtype=np.float32).T, strict=False))
    taken = {TEXT, VECTOR, *ours}
    columns: dict[str, Sequence[str] | np.ndarray] = {TEXT: text_set.texts}
    for name, cells in text_set.columns.items():
        columns[_free(name, taken)] = cells
    return {**columns, **ours}


def _free(name: str, taken: set[str]) -> str:
    found, number = name, 2
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    taken.add(found)
    return found


def _check(text_set: TextSet, points: np.ndarray | None, vectors: np.ndarray | None) -> None:
    for what, array in (("points", points), ("vectors", vectors)):
        if array is not None and (array.ndim != 2 or len(array) != len(text_set)):
            raise BadRequest(
                f"{what} of shape {array.shape} for {len(text_set)} texts.",
                hint="Give one for each text.",
            )


def _own(what: str, vectors: np.ndarray | None) -> np.ndarray:
    if vectors is None:
        raise BadRequest(
            f"A file for {what} needs vectors.", hint="Choose a model, or csv, jsonl or parquet."
        )
    return np.ascontiguousarray(vectors, dtype=np.float32)


def _as_json(
    text_set: TextSet, points: np.ndarray | None, vectors: np.ndarray | None
) -> tuple[str, str]:
    columns = _columns(text_set, points, vectors)
    texts = list(columns.pop(TEXT))
    plain = {name: _plain(each) for name, each in columns.items()}
    return json.dumps(texts, ensure_ascii=False), json.dumps(plain, ensure_ascii=False)


def _words(cells: Sequence[str] | np.ndarray) -> list[str]:
    # The shortest that is the same number: a float32 as float64 would have seventeen digits.
    return cells.astype(str).tolist() if isinstance(cells, np.ndarray) else list(cells)


def _safe(cells: Sequence[str] | np.ndarray) -> list[object]:
    # A number is none, negative as it may be.
    is_ours = isinstance(cells, np.ndarray)
    words = _words(cells)
    return [word if is_ours or NUMBER.fullmatch(word) else formula_safe(word) for word in words]


def _plain(cells: Sequence[str] | np.ndarray) -> list[str] | list[float]:
    if isinstance(cells, np.ndarray):
        return [float(word) for word in _words(cells)]
    return list(cells)


def _vector_cells(vectors: np.ndarray | None, part: slice) -> list[list[str]]:
    """Return no column, or one of JSON arrays."""
    if vectors is None:
        return []
    import pyarrow as pa
    import pyarrow.compute

    join: Any = pyarrow.compute.__dict__["binary_join"]  # made at run time: no type knows it
    rows = np.ascontiguousarray(vectors[part], dtype=np.float32)
    numbers = pa.array(rows.reshape(-1)).cast(pa.string())
    lists = pa.FixedSizeListArray.from_arrays(numbers, rows.shape[1]).cast(pa.list_(pa.string()))
    return [[f"[{cell}]" for cell in join(lists, ",").to_pylist()]]
