"""Files that were made to do harm, or went wrong; none is larger in memory than it must be."""

from __future__ import annotations

import io
import mmap
import struct
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
FRAME = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    f'<Override PartName="/xl/workbook.xml" ContentType="{TYPES}.sheet.main+xml"/>'
    f'<Override PartName="/{SHEET}" ContentType="{TYPES}.worksheet+xml"/>'
    f'<Override PartName="/{STRINGS}" ContentType="{TYPES}.sharedStrings+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>",
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
    '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    "</Relationships>",
}


def sheet_of(rows: str, head: str = "") -> str:
    return f'{head}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def xlsx(sheet: str, strings: Iterator[bytes] | None = None) -> bytes:
    """Return a workbook with one sheet, its shared strings written a block at a time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**FRAME, SHEET: sheet}.items():
            archive.writestr(name, text)
        with archive.open(STRINGS, "w", force_zip64=True) as file:
            for block in strings or shared_strings(0):
                file.write(block)
    return buffer.getvalue()


def shared_strings(count: int) -> Iterator[bytes]:
    yield f'<sst xmlns="{MAIN}">'.encode()
    block = b"<si><t>a</t></si>" * 10_000
    for _ in range(count // 10_000):
        yield block
    yield b"</sst>"


def zeros(megabytes: int) -> Iterator[bytes]:
    block = bytes(1_000_000)
    for _ in range(megabytes):
        yield block


def with_lying_size(archive: bytes, member: str, size: int) -> bytes:
    """Return the archive with another size of the member, unpacked, in its directory."""
    at = archive.rindex(member.encode()) - 46  # the directory comes after the members
    assert archive[at : at + 4] == b"PK\x01\x02"
    return archive[: at + 24] + struct.pack("<I", size) + archive[at + 28 :]


def npy(array: np.ndarray, *, allow_pickle: bool = False) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=allow_pickle)
    return buffer.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def npy_that_claims(shape: tuple[int, ...], size: int) -> bytes:
    """Return ``size`` bytes whose header promises float32 of the shape."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}}}".encode()
    header = header.ljust(117) + b"\n"
    return (b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header).ljust(size, b"\0")


def parquet(table: pa.Table, **options: object) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, **options)
    return buffer.getvalue()


def repeating_parquet(rows: int, values: int, value_bytes: int, nested: bool = False) -> bytes:
    """Return a file that names each of a few long values by number, again and again."""
    source = np.random.default_rng(0)
    letters = source.integers(97, 123, size=(values, value_bytes), dtype=np.uint8)
    dictionary = pa.array([row.tobytes().decode() for row in letters])
    indices = pa.array(np.arange(rows, dtype=np.int32) % values)
    column: pa.Array = pa.DictionaryArray.from_arrays(indices, dictionary)
    if nested:
        offsets = pa.array(np.arange(rows + 1, dtype=np.int32))
        column = pa.ListArray.from_arrays(offsets, column)
    return parquet(pa.table({"text": column}), compression="none", store_schema=False)


def delta_parquet(groups: int, rows: int, value_bytes: int) -> bytes:
    """Return a file in which each value repeats the start of the one before."""
    buffer = io.BytesIO()
    values = [f"{'x' * value_bytes}{row}" for row in range(rows)]
    table = pa.table({"text": values})
    with pq.ParquetWriter(
        buffer,
        table.schema,
        use_dictionary=False,
        column_encoding={"text": "DELTA_BYTE_ARRAY"},
        compression="zstd",
        write_statistics=False,
    ) as writer:
        for _ in range(groups):
            writer.write_table(table)
    return buffer.getvalue()


@contextmanager
def sparse(size: int, head: bytes = b"") -> Iterator[memoryview]:
    """Yield a file of mostly nothing, which takes neither disk nor memory."""
    with tempfile.TemporaryFile() as file:
        file.write(head)
        file.truncate(size)
        file.flush()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            view = memoryview(data)
            try:
                yield view
            finally:
                view.release()
