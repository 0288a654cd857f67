"""Twenty files and more of each class that does harm or went wrong, each from its number."""

from __future__ import annotations

import io
import json
import string
import zipfile
from collections.abc import Callable
from typing import NamedTuple, TypeVar

import numpy as np
import pyarrow as pa

from tests.hostile import files

T = TypeVar("T")

COUNT = 20
SUFFIXES = ("txt", "csv", "tsv", "jsonl", "parquet", "xlsx", "npy", "npz", "safetensors")
WORDS = (
    "北海道",
    "Straße",
    "naïve",
    "text",
    "はがき",
    "=1+1",
    "007",
    "NA",
    "",
    "𠮷野家",
    "a,b",
    "'\"",
)
FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x")')


class Hostile(NamedTuple):
    """A file, and whether it must be refused (None: either is right)."""

    name: str
    data: bytes
    refused: bool | None = None


def wrong_extension(source: np.random.Generator) -> Hostile:
    contents = (
        files.parquet(pa.table({"text": ["a", "b"]})),
        files.npy(np.ones((3, 4), np.float32)),
        files.npz(vectors=np.ones((3, 4), np.float32)),
        _text(source).encode(),
        source.bytes(200),
        b"\x89PNG\r\n\x1a\n" + source.bytes(200),
        b"%PDF-1.7\n" + source.bytes(200),
    )
    data = contents[source.integers(len(contents))]
    return Hostile(f"a.{_one(source, (*SUFFIXES, 'exe', 'png', ''))}", data)


def empty(source: np.random.Generator) -> Hostile:
    blanks = ("", " ", "\n", "\r\n\r\n", "\ufeff", "\t\t\n", "\u3000\n", ",,\n,,\n", "\0")
    suffix, blank = _one(source, SUFFIXES), _one(source, blanks)
    lines = suffix == "txt" and "," in blank  # commas are texts where there is one a line
    return Hostile(f"a.{suffix}", blank.encode(), refused=not lines)


def one_row(source: np.random.Generator) -> Hostile:
    if source.random() < 0.3:
        vector = source.standard_normal((1, int(source.integers(1, 9)))).astype(np.float32)
        return Hostile("a.npy", files.npy(vector))
    cells = [f"{n}{_word(source)}".replace("\t", "") for n in range(int(source.integers(1, 5)))]
    return Hostile("a.tsv", "\t".join(cells).encode())


def one_column(source: np.random.Generator) -> Hostile:
    lines = [_word(source) for _ in range(int(source.integers(1, 40)))]
    return Hostile(f"a.{_one(source, ('csv', 'tsv', 'txt'))}", "\n".join(lines).encode())


def ragged(source: np.random.Generator) -> Hostile:
    width = int(source.integers(2, 6))
    rows = [["x"] * width for _ in range(int(source.integers(3, 60)))]
    at = int(source.integers(1, len(rows)))
    rows[at] = ["x"] * (width + int(_one(source, (-1, 1, 7))))
    head = ",".join(f"c{n}" for n in range(width))
    return Hostile("a.csv", "\n".join([head, *map(",".join, rows)]).encode(), refused=True)


def wrong_encoding(source: np.random.Generator) -> Hostile:
    data = bytearray(b"text\n" + "\n".join(_word(source) for _ in range(20)).encode())
    for _ in range(int(source.integers(1, 6))):
        data.insert(int(source.integers(len(data))), int(source.integers(0x80, 0x100)))
    return Hostile(f"a.{_one(source, ('csv', 'txt', 'tsv', 'jsonl'))}", bytes(data))


def one_name_twice(source: np.random.Generator) -> Hostile:
    name = _one(source, ("text", "テキスト", "a b", "0x"))
    heads = [name, *(f"c{n}" for n in range(int(source.integers(0, 4)))), name]
    head = ",".join(heads)
    rows = "\n".join(",".join("x" * (n + 1) for n in range(len(heads))) for _ in range(3))
    return Hostile("a.csv", f"{head}\n{rows}\n".encode(), refused=True)


def packed_parquet(source: np.random.Generator) -> Hostile:
    rows, values = int(source.integers(120_000, 190_000)), int(source.integers(1, 5))
    size = int(source.integers(50_000, 100_000))
    data = files.repeating_parquet(rows, values, size, nested=bool(source.random() < 0.5))
    return Hostile("a.parquet", data, refused=True)


def packed_workbook(source: np.random.Generator) -> Hostile:
    data = files.xlsx(files.sheet_of(""), files.zeros(int(source.integers(300, 700))))
    if source.random() < 0.5:
        data = files.with_lying_size(data, files.STRINGS, int(source.integers(0, 10_000)))
    return Hostile("a.xlsx", data, refused=True)


def claiming_array(source: np.random.Generator) -> Hostile:
    rows, columns = int(source.integers(2**17, 2**40)), int(source.integers(1_000, 2**20))
    data = files.npy_that_claims((rows, columns), int(source.integers(192, 4_000)))
    if source.random() < 0.4:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("vectors.npy", data)
        return Hostile("a.npz", buffer.getvalue(), refused=True)
    if source.random() < 0.3:
        shape = {"vectors": {"dtype": "F32", "shape": [rows, columns], "data_offsets": [0, rows]}}
        head = json.dumps(shape).encode()
        return Hostile("a.safetensors", len(head).to_bytes(8, "little") + head, refused=True)
    return Hostile("a.npy", data, refused=True)


def pickled(source: np.random.Generator) -> Hostile:
    objects = np.array([{"a": 1}, [1], "x", None], dtype=object)[: int(source.integers(1, 5))]
    forms: tuple[Callable[[], Hostile], ...] = (
        lambda: Hostile("a.npy", files.npy(objects, allow_pickle=True), refused=True),
        lambda: Hostile("a.npz", files.npz(vectors=objects), refused=True),
        lambda: Hostile(
            f"a.{_one(source, ('npy', 'npz'))}", b"\x80\x04]\x94(G?\xf0\0\0\0\0\0\0e.", refused=True
        ),
    )
    return _one(source, forms)()


def odd_vectors(source: np.random.Generator) -> Hostile:
    vectors = source.standard_normal((int(source.integers(2, 50)), 4)).astype(np.float32)
    value = float(_one(source, (np.nan, np.inf, -np.inf, 0.0)))
    vectors[int(source.integers(len(vectors)))] = value
    refused = None if value == 0 else True
    if source.random() < 0.5:
        return Hostile("a.npy", files.npy(vectors), refused=refused)
    lines = ["\t".join(str(number) for number in row) for row in vectors]
    return Hostile("a.tsv", "\n".join(lines).encode())


def formulas(source: np.random.Generator) -> Hostile:
    cells = [f'"{_one(source, FORMULAS).replace(chr(34), chr(34) * 2)}",{n}' for n in range(9)]
    return Hostile("a.csv", "\n".join(["text,n", *cells]).encode(), refused=False)


def lone_surrogate(source: np.random.Generator) -> Hostile:
    code = int(source.integers(0xD800, 0xE000))
    rows = [f'{{"text": "{n}"}}' for n in range(int(source.integers(1, 30)))]
    rows.insert(int(source.integers(len(rows))), f'{{"text": "a\\u{code:04x}b"}}')
    return Hostile("a.jsonl", "\n".join(rows).encode(), refused=True)


def damaged(source: np.random.Generator) -> Hostile:
    """A whole file with noise in it, or cut off."""
    table = pa.table({"text": [f"text {n}" for n in range(400)]})
    row = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
    whole = {
        "parquet": files.parquet(table),
        "xlsx": files.xlsx(files.sheet_of(row * 20)),
        "npz": files.npz(vectors=source.standard_normal((50, 8))),
        "npy": files.npy(source.standard_normal((50, 8))),
        "jsonl": "\n".join(f'{{"text": "{n}", "n": {n}}}' for n in range(50)).encode(),
    }
    suffix = _one(source, tuple(whole))
    data = np.frombuffer(whole[suffix], np.uint8).copy()
    if source.random() < 0.3:
        return Hostile(f"a.{suffix}", data[: int(source.integers(1, len(data)))].tobytes())
    at = source.integers(4, len(data), size=int(source.integers(1, 20)))
    data[at] = source.integers(0, 256, size=len(at))
    return Hostile(f"a.{suffix}", data.tobytes())


CLASSES: dict[str, Callable[[np.random.Generator], Hostile]] = {
    function.__name__: function
    for function in (
        *(wrong_extension, empty, one_row, one_column, ragged, wrong_encoding, one_name_twice),
        *(packed_parquet, packed_workbook, claiming_array, pickled, odd_vectors, formulas),
        *(lone_surrogate, damaged),
    )
}


def variant(kind: str, number: int) -> Hostile:
    """Return the same file for the same number, everywhere."""
    return CLASSES[kind](np.random.default_rng([number, *kind.encode()]))


def _one(source: np.random.Generator, options: tuple[T, ...]) -> T:
    return options[int(source.integers(len(options)))]


def _word(source: np.random.Generator) -> str:
    letters = "".join(_one(source, tuple(string.printable)) for _ in range(4))
    return f"{_one(source, WORDS)}{letters}".replace("\n", "").replace("\r", "")


def _text(source: np.random.Generator) -> str:
    return "\n".join(f"{_word(source)},{_word(source)}" for _ in range(10))
