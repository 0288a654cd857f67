"""Arrays that lie, run code or hold no numbers are refused."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from core.errors import (
    BadCell,
    BadFile,
    BadRow,
    FileTooLarge,
    LengthsDiffer,
    Word,
)
from core.sets.reading import with_metadata
from tests.hostile import files
from tests.hostile.conftest import Watched, told

# Arrays


def test_an_npy_of_192_bytes_that_claims_two_tebibytes_is_refused(watched: Watched) -> None:
    data = files.npy_that_claims((2**29, 1024), 192)
    assert len(data) == 192
    assert told(watched.refused("a.npy", data), BadFile) == {"problem": Word.CLAIMS_MORE}


def test_an_npz_whose_array_claims_more_is_refused(watched: Watched) -> None:
    import io
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("vectors.npy", files.npy_that_claims((2**29, 1024), 192))
    error = watched.refused("a.npz", buffer.getvalue())
    assert told(error, BadFile) == {"problem": Word.CLAIMS_MORE}


def test_an_npz_that_unpacks_to_much_is_refused(watched: Watched) -> None:
    import io
    import zipfile

    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("vectors.npy", "w", force_zip64=True) as file,
    ):
        file.write(files.npy_that_claims((500_000, 1_000), 128))
        for block in files.zeros(2_000):
            file.write(block)
    print(f"{len(buffer.getvalue()) / 1e6:.1f} MB")
    error = watched.refused("a.npz", buffer.getvalue())
    assert told(error, FileTooLarge) == {"most": "256", "what": Word.UNPACKED_MEGABYTES}


class Payload:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.pkl"])
def test_pickled_objects_are_refused_and_not_run(
    watched: Watched, tmp_path: Path, name: str
) -> None:
    import pickle  # noqa: S403 - what the reader must not do

    trace = tmp_path / "ran"
    array = np.array([Payload(trace)], dtype=object)
    made = {
        "a.npy": lambda: files.npy(array, allow_pickle=True),
        "a.npz": lambda: files.npz(vectors=array),
        "a.pkl": lambda: pickle.dumps(Payload(trace)),
    }
    data = made[name]()
    assert told(watched.refused(name, data), BadFile) == {"problem": Word.PICKLED}
    assert not trace.exists()
    pickle.loads(made["a.pkl"]())  # noqa: S301 - the payload does work
    assert trace.exists()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
def test_a_number_that_is_not_finite_is_named(watched: Watched, value: float) -> None:
    vectors = np.ones((5, 3))
    vectors[3, 1] = value
    for name, data in (("a.npy", files.npy(vectors)), ("a.npz", files.npz(x=vectors))):
        error = watched.refused(name, data)
        assert told(error, BadCell) == {"row": 4, "column": "2", "problem": Word.NOT_FINITE}


def test_a_number_that_is_not_finite_in_a_table_is_named(watched: Watched) -> None:
    error = watched.refused("vectors.tsv", b"0.5\t1.5\n0.5\tinf\n")
    assert told(error, BadCell) == {"row": 2, "column": "2", "problem": Word.NOT_FINITE}


def test_a_row_of_another_dimension_is_named(watched: Watched) -> None:
    error = watched.refused("vectors.tsv", b"0.5\t1.5\n0.5\n")
    assert told(error, BadRow) == {"row": 2, "problem": Word.OTHER_DIMENSION}


def test_zero_vectors_are_counted(watched: Watched) -> None:
    vectors = np.ones((4, 2), np.float32)
    vectors[[1, 3]] = 0
    read = watched.whole("a.npy", files.npy(vectors))
    assert read.zero_vectors == 2


def test_vectors_and_metadata_of_different_lengths_are_told(watched: Watched) -> None:
    vectors = watched.whole("vectors.tsv", b"0.5\t1.5\n0.5\t2\n0.5\t3\n")
    metadata = watched.whole("metadata.tsv", b"label\tn\na\t1\nb\t2\n")
    with pytest.raises(LengthsDiffer) as raised:
        with_metadata(vectors, metadata)
    assert raised.value.values == {
        "vectors_file": "vectors.tsv",
        "vectors": 3,
        "metadata_file": "metadata.tsv",
        "rows": 2,
    }
