"""Texts and their vectors as .npz and .parquet, readable without this project."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import typer

FORMAT = 1
KEY = "umekomi"


@dataclass(frozen=True, kw_only=True)
class Vectors:
    """``vectors`` is float32, shape (n_texts, dim); ``about`` is plain values."""

    texts: Sequence[str]
    vectors: np.ndarray
    about: Mapping[str, Any]


Writer = Callable[[BinaryIO, Vectors], None]


def writer_for(path: Path) -> Writer:
    """Return what writes this kind of file. Raises typer.BadParameter."""
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        known = " or ".join(WRITERS)
        raise typer.BadParameter(f"{path.name!r} must end in {known}.", param_hint="--out")
    return writer


def write_npz(file: BinaryIO, content: Vectors) -> None:
    """Write ``vectors``, and ``texts`` and ``meta`` as JSON: ``json.loads(npz["texts"].item())``.

    An array of texts would take the longest one's room for each of them, and numpy drops the NULs
    at their ends.
    """
    np.savez(
        file,
        vectors=content.vectors,
        texts=np.array(json.dumps(list(content.texts), ensure_ascii=False).encode()),
        meta=np.array(_meta(content)),
        allow_pickle=False,
    )


def write_parquet(file: BinaryIO, content: Vectors) -> None:
    """Write the columns ``text`` and ``vector``; the schema's metadata has JSON under KEY."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    vectors = np.ascontiguousarray(content.vectors)
    table = pa.table(
        {
            "text": pa.array(content.texts, pa.string()),
            "vector": pa.FixedSizeListArray.from_arrays(
                pa.array(vectors.reshape(-1)), vectors.shape[1]
            ),
        }
    )
    pq.write_table(table.replace_schema_metadata({KEY: _meta(content)}), file)


def _meta(content: Vectors) -> str:
    return json.dumps({"kind": "umekomi-vectors", "format": FORMAT, **content.about})


WRITERS: dict[str, Writer] = {".npz": write_npz, ".parquet": write_parquet}
