"""Parquet and XLSX are not unpacked where they hold too much, and damaged ones are told."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from core.errors import (
    BadFile,
    FileTooLarge,
    ReadingStopped,
    Word,
)
from tests.hostile import files
from tests.hostile.conftest import Watched, told

# Parquet


@pytest.mark.parametrize("nested", [False, True], ids=["plain", "in lists"])
def test_a_parquet_of_two_megabytes_that_unpacks_to_twenty_gigabytes_is_refused(
    watched: Watched, nested: bool
) -> None:
    data = files.repeating_parquet(rows=200_000, values=20, value_bytes=100_000, nested=nested)
    print(f"{len(data) / 1e6:.1f} MB")
    error = watched.refused("a.parquet", data)
    assert told(error, FileTooLarge) == {"most": "256", "what": Word.UNPACKED_MEGABYTES}


def test_a_parquet_whose_values_repeat_their_starts_is_refused(watched: Watched) -> None:
    data = files.delta_parquet(groups=20, rows=1_000, value_bytes=100_000)
    print(f"{len(data) / 1e6:.2f} MB")
    error = watched.refused("a.parquet", data)
    assert isinstance(error, (FileTooLarge, ReadingStopped))


def test_texts_of_many_bytes_a_letter_do_not_fill_this_process(watched: Watched) -> None:
    texts = ["埋" * 225 + "🗾"[: row == 0] for row in range(200_000)]
    read = watched.whole("a.parquet", files.parquet(pa.table({"text": texts})))
    assert sum(map(len, read.columns["text"])) == 45_000_001
    error = watched.refused("a.parquet", files.parquet(pa.table({"text": texts, "b": texts})))
    assert told(error, FileTooLarge) == {"most": "256", "what": Word.UNPACKED_MEGABYTES}


def test_a_parquet_of_too_many_rows_is_refused(watched: Watched) -> None:
    table = pa.table({"a": pa.array(np.zeros(3_000_000, np.int64))})
    error = watched.refused("a.parquet", files.parquet(table))
    assert told(error, FileTooLarge) == {"most": "200,000", "what": Word.ROWS}


def test_a_parquet_of_long_lists_is_refused(watched: Watched) -> None:
    lists = pa.FixedSizeListArray.from_arrays(pa.array(np.zeros(100_000_000, np.float32)), 1_000)
    data = files.parquet(pa.table({"vector": lists}))
    print(f"{len(data) / 1e6:.2f} MB")
    error = watched.refused("a.parquet", data)
    assert told(error, FileTooLarge) == {"most": "256", "what": Word.UNPACKED_MEGABYTES}


def test_a_parquet_that_is_cut_off_is_refused(watched: Watched) -> None:
    data = files.parquet(pa.table({"a": ["x"] * 1000}))
    assert told(watched.refused("a.parquet", data[:-20]), BadFile) == {"problem": Word.DAMAGED}


def test_a_parquet_with_noise_in_it_is_refused_or_read(watched: Watched) -> None:
    whole = files.parquet(pa.table({"a": [f"text {row}" for row in range(1000)]}))
    noise = np.random.default_rng(0)
    for _ in range(8):
        data = np.frombuffer(whole, np.uint8).copy()
        data[noise.integers(4, len(data) - 8, size=20)] = noise.integers(0, 256, size=20)
        watched.read("a.parquet", data.tobytes())
    print("\n".join(watched.lines))


# XLSX


def test_a_zip_bomb_is_refused_by_its_directory(watched: Watched) -> None:
    data = files.xlsx(files.sheet_of(""), files.zeros(2_000))
    print(f"{len(data) / 1e6:.1f} MB")
    error = watched.refused("a.xlsx", data)
    assert told(error, FileTooLarge) == {"most": "256", "what": Word.UNPACKED_MEGABYTES}


def test_a_zip_bomb_whose_directory_lies_is_not_unpacked(watched: Watched) -> None:
    row = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
    bomb = files.xlsx(files.sheet_of(row), files.zeros(2_000))
    data = files.with_lying_size(bomb, files.STRINGS, 1_000)
    assert told(watched.refused("a.xlsx", data), BadFile) == {"problem": Word.DAMAGED}


@pytest.mark.slow
def test_as_many_shared_strings_as_fit_are_refused(watched: Watched) -> None:
    """They are read within the limits, and no cell uses one."""
    data = files.xlsx(files.sheet_of(""), files.shared_strings(14_000_000))
    error = watched.refused("a.xlsx", data)
    assert told(error, BadFile) == {"problem": Word.NO_ROWS}


def test_entities_that_unfold_are_refused(watched: Watched) -> None:
    entities = "".join(
        f'<!ENTITY e{level} "{f"&e{level - 1};" * 10 if level else "lol" * 10}">'
        for level in range(12)
    )
    row = '<row r="1"><c r="A1" t="inlineStr"><is><t>&e11;</t></is></c></row>'
    data = files.xlsx(files.sheet_of(row, f"<!DOCTYPE a [{entities}]>"))
    error = watched.refused("a.xlsx", data)
    assert isinstance(error, (BadFile, ReadingStopped))


def test_a_cell_far_away_is_refused(watched: Watched) -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    error = watched.refused("a.xlsx", files.xlsx(files.sheet_of(rows)))
    assert told(error, ReadingStopped)["problem"] == Word.TOOK_TOO_MUCH


def test_formulas_are_read_as_the_values_saved_with_them(watched: Watched) -> None:
    cells = '<c r="A{0}" t="inlineStr"><is><t>{1}</t></is></c><c r="B{0}">{2}</c>'
    rows = f'<row r="1">{cells.format(1, "text", "<v>7</v>")}</row>'
    rows += f'<row r="2">{cells.format(2, "NA", "<f>HYPERLINK(&quot;x&quot;)</f><v>7</v>")}</row>'
    read = watched.whole("a.xlsx", files.xlsx(files.sheet_of(rows)))
    assert read.columns == {"text": ("NA",), "7": ("7",)}


def test_formulas_of_a_csv_stay_text(watched: Watched) -> None:
    read = watched.whole("a.csv", b"text,n\n=1+1,@SUM(A1)\n+x,-y\n")
    assert read.columns == {"text": ("=1+1", "+x"), "n": ("@SUM(A1)", "-y")}
