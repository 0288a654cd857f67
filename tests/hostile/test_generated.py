"""Generated files of every class: read or refused in time and memory, and nothing else."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.errors import ExplorerError
from core.sets.decoding.source import Decoded
from core.sets.reading import ReadFile, read_file
from tests.core.sets.decoded import decoded
from tests.hostile import files
from tests.hostile.conftest import Watched
from tests.hostile.variants import CLASSES, COUNT, Hostile, variant

QUICK = 1  # of each class; all are slow
# Those that unpack what others packed may take the memory that only the child's is limited to.
IN_THIS_PROCESS = ("txt", "csv", "tsv", "jsonl", "npy", "npz", "safetensors")


def check(watched: Watched, hostile: Hostile) -> None:
    result = watched.read(hostile.name, hostile.data)
    print(watched.lines[-1])
    if isinstance(result, ExplorerError):
        assert hostile.refused is not False, result
        assert hostile.name in result.message
        assert result.hint
        assert "Traceback" not in result.message
    else:
        assert hostile.refused is not True, f"{hostile.name} was read: {hostile.data[:200]}"
        assert rows(result) > 0


def rows(read: ReadFile) -> int:
    return max(
        [len(cells) for cells in read.columns.values()]
        + [0 if read.vectors is None else len(read.vectors)]
    )


@pytest.mark.parametrize("kind", CLASSES)
def test_some_of_each_class_are_read_or_refused(watched: Watched, kind: str) -> None:
    for number in range(QUICK):
        check(watched, variant(kind, number))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", CLASSES)
def test_twenty_of_each_class_are_read_or_refused(watched: Watched, kind: str) -> None:
    for number in range(QUICK, COUNT):
        check(watched, variant(kind, number))
    assert read_file("good.txt", b"still served").columns  # whoever comes next


def test_a_class_has_no_file_twice() -> None:
    for kind in CLASSES.keys() - {"packed_parquet", "packed_workbook"}:  # seconds each
        found = {variant(kind, number) for number in range(COUNT)}
        assert len(found) >= COUNT // 3, kind  # few files are empty


texts = st.text(max_size=60)
bytes_of_texts = st.builds(
    lambda text, codec: text.encode(
        codec, "surrogatepass" if codec.startswith("utf") else "ignore"
    ),
    st.text(st.characters(exclude_categories=()), max_size=80),
    st.sampled_from(["utf-8", "utf-16", "utf-16-le", "shift_jis", "euc_jp", "latin-1"]),
)
tables = st.builds(
    lambda rows, delimiter: "\n".join(delimiter.join(cells) for cells in rows).encode(),
    st.lists(st.lists(texts, min_size=1, max_size=4), min_size=1, max_size=8),
    st.sampled_from([",", "\t", ";", "|"]),
)
objects = st.builds(
    lambda rows: "\n".join(map(json.dumps, rows)).encode(),
    st.lists(
        st.dictionaries(
            texts,
            st.recursive(st.none() | st.booleans() | st.floats() | texts, st.lists),
            max_size=4,
        ),
        min_size=1,
        max_size=6,
    ),
)
arrays = (
    files.npy(np.ones((3, 4), np.float32)),
    files.npz(vectors=np.ones((3, 4), np.float32), texts=np.array(["a", "b", "c"])),
)
changed = st.builds(
    lambda whole, at, value: whole[: at % len(whole)] + value + whole[at % len(whole) + 1 :],
    st.sampled_from(arrays),
    st.integers(0, 2_000),
    st.binary(max_size=3),
)


@given(
    suffix=st.sampled_from(IN_THIS_PROCESS),
    data=st.one_of(st.binary(max_size=200), bytes_of_texts, tables, objects, changed),
)
@example(suffix="txt", data=b"")
@example(suffix="npy", data=b"\x93NUMPY\x01\x00\x06\x00\x00\x00\x00'''")
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_bytes_are_a_parser_reads_them_or_says_why_not(
    suffix: str, data: bytes
) -> None:
    result = read_or_error(f"a.{suffix}", data)
    if isinstance(result, ExplorerError):
        assert f"a.{suffix}" in result.message
        assert result.hint
        return
    assert result.rows > 0
    for name, cells in result.columns.items():
        name.encode()
        assert len(cells) == result.rows
        for cell in cells:
            cell.encode()
    if result.vectors is not None:
        assert np.isfinite(result.vectors).all()


def read_or_error(name: str, data: bytes) -> Decoded | ExplorerError:
    try:
        return decoded(name, data)
    except ExplorerError as error:
        return error
