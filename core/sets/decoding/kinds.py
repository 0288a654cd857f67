"""What kind of file some bytes are: their first ones decide, then the name."""

from __future__ import annotations

import json
import zipfile

from core.errors import Word
from core.sets.decoding.source import Source
from core.sets.decoding.views import as_file
from core.sets.user_file import FileKind, kind_of_name

# From the formats' own definitions.
MAGIC = {b"\x93NUMPY": FileKind.NPY, b"PAR1": FileKind.PARQUET}
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, and .xlsx under a password
PICKLE = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))
WORKBOOK = "xl/workbook.xml"
MOST_MEMBERS = 10_000
BINARY = {FileKind.NPY, FileKind.NPZ, FileKind.PARQUET, FileKind.XLSX, FileKind.SAFETENSORS}
LONGEST_HEADER = 100_000_000  # of safetensors, by its own definition


def kind_of(source: Source) -> FileKind:
    """Return the kind. Raises BadFile where no kind fits."""
    head = bytes(source.data[:16])
    for magic, kind in MAGIC.items():
        if head.startswith(magic):
            return kind
    if head.startswith(ZIP):
        return _kind_of_archive(source)
    if head.startswith(PICKLE):
        raise source.bad_file(Word.PICKLED)
    if head.startswith(OLE):
        locked = "EncryptedPackage".encode("utf-16-le") in bytes(source.data)
        raise source.bad_file(Word.LOCKED if locked else Word.UNKNOWN_KIND)
    if _is_safetensors(source):
        return FileKind.SAFETENSORS
    return _kind_of_text(source)


def _kind_of_archive(source: Source) -> FileKind:
    try:
        with zipfile.ZipFile(as_file(source.data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise source.bad_file(Word.DAMAGED) from error
    if len(members) > MOST_MEMBERS:
        raise source.bad_file(Word.UNKNOWN_KIND)
    # The directory's sizes bound what zipfile gives out, whatever a member unpacks to.
    source.check_size(unpacked_bytes=sum(member.file_size for member in members))
    if any(member.flag_bits & 1 for member in members):
        raise source.bad_file(Word.LOCKED)
    names = [member.filename for member in members]
    if WORKBOOK in names:
        return FileKind.XLSX
    if names and all(name.endswith(".npy") for name in names):
        return FileKind.NPZ
    raise source.bad_file(Word.UNKNOWN_KIND)


def _is_safetensors(source: Source) -> bool:
    size = int.from_bytes(bytes(source.data[:8]), "little")
    is_named = kind_of_name(source.name) is FileKind.SAFETENSORS
    return (
        len(source.data) > 8
        and source.data[8] == ord("{")
        and (is_named or 2 <= size <= min(len(source.data) - 8, LONGEST_HEADER))
    )


def _kind_of_text(source: Source) -> FileKind:
    """Return the kind that the name says, JSONL where the first line is an object."""
    kind = kind_of_name(source.name)
    if kind is FileKind.JSONL:
        return kind
    if _starts_with_object(source):
        return FileKind.JSONL
    if kind in BINARY or kind is None:
        return FileKind.TXT if kind is None else FileKind.CSV
    return kind


def _starts_with_object(source: Source) -> bool:
    head = bytes(source.data[: 1 << 16]).removeprefix(b"\xef\xbb\xbf")
    first = head.lstrip().split(b"\n", 1)[0].strip()
    if not (first.startswith(b"{") and first.endswith(b"}")):
        return False
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False
