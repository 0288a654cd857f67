"""``encode`` writes a file's texts with their vectors, and goes on from what was computed before."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import pyarrow.parquet as pq
import pytest

from core.commands import vector_files
from core.commands.console import _lines
from core.encoding import EncodeRequest, Engine, Prompted, Scope, VectorStore
from core.models import loading
from core.models.card import Loader
from core.models.device import Device, Precision
from core.models.verdicts import Verdicts
from core.work import Lane
from tests.core.commands.conftest import Call
from tests.core.fakes import CPU, PLAIN_CPU, LengthEncoder, Recorder

NGRAMS = ("--model", "char-ngrams")
# Each is one line of a file, and none is blank.
TEXTS = (
    "plain",
    "  spaces around  ",
    "plain",
    "a\x00nul, and at the end\x00",
    "bell\x07 escape\x1b[2J delete\x7f",
    "not\u2028line\u0085ends\x0bhere\x0c!\x1c",
    "שלום \u200f\u202eolleh",
    "<b>&amp;</b> $\\frac{1}{2}$",
    "=SUM(A1)",
    "火星 👩‍🚀 e\u0301 \ufeff",
)


class Read(NamedTuple):
    texts: list[str]
    vectors: np.ndarray
    meta: dict[str, Any]


def read_npz(path: Path) -> Read:
    with np.load(path, allow_pickle=False) as found:
        texts, meta = json.loads(found["texts"].item()), json.loads(found["meta"].item())
        return Read(texts, found["vectors"], meta)


def read_parquet(path: Path) -> Read:
    table = pq.read_table(path)
    vectors = table["vector"].combine_chunks()
    matrix = vectors.flatten().to_numpy().reshape(len(table), vectors.type.list_size)
    return Read(table["text"].to_pylist(), matrix, json.loads(table.schema.metadata[b"umekomi"]))


READERS = {".npz": read_npz, ".parquet": read_parquet}


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    path = tmp_path / "texts.txt"
    path.write_bytes("\r\n".join(("\ufeff" + TEXTS[0], "", " \t", *TEXTS[1:])).encode())
    return path


@pytest.mark.parametrize("suffix", READERS)
def test_what_is_read_back_is_what_the_engine_gives(
    call_real: Call, models_lane: Lane, texts: Path, tmp_path: Path, suffix: str
) -> None:
    out = tmp_path / f"vectors{suffix}"
    options = ("--model", "wordllama", "--prompt", "about {title}: ", "--precision", "exact")
    done = call_real("encode", texts, "--out", out, *options)
    assert done.code == 0
    found = READERS[suffix](out)
    assert found.texts == list(TEXTS)
    assert found.vectors.dtype == np.float32
    stores = {Scope.SESSION: VectorStore(tmp_path / "own.sqlite")}
    request = EncodeRequest(
        model="wordllama",
        inputs=tuple(Prompted("about none: ", text) for text in TEXTS),
        scope=Scope.SESSION,
    )
    own = Engine(models_lane, stores, Verdicts(tmp_path / "golden")).encode(request)
    np.testing.assert_array_equal(found.vectors, own.vectors)
    assert found.meta["prompt"] == "about none: "
    assert found.meta["revision"] == own.identity.revision
    assert (found.meta["dtype"], found.meta["dimension"]) == ("float32", 256)


@pytest.mark.parametrize("suffix", READERS)
def test_cut_vectors_are_scaled_again(call_real: Call, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"vectors{suffix}"
    options = ("--model", "all-MiniLM-L6-v2", "--dimension", 64, "--json")
    done = call_real("encode", "-", "--out", out, *options, stdin=b"Mars\nVenus\nMars")
    found = READERS[suffix](out)
    assert found.vectors.shape == (3, 64)
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(found.vectors[0], found.vectors[2])
    assert (found.meta["full_dimension"], found.meta["renormalised"]) == (384, True)
    summary = json.loads(done.out)
    assert (summary["texts"], summary["dimension"], summary["golden"]) == (3, 64, "verified")


@pytest.mark.parametrize("model", ["wordllama", "all-MiniLM-L6-v2"])
def test_a_line_of_a_megabyte_is_a_text(call_real: Call, tmp_path: Path, model: str) -> None:
    data = b"planet " * 150_000 + b"\nshort\n"
    for suffix, read in READERS.items():
        out = tmp_path / f"vectors{suffix}"
        done = call_real("encode", "-", "--model", model, "--out", out, stdin=data)
        assert done.code == 0
        found = read(out)
        assert [len(text) for text in found.texts] == [1_050_000, 5]
        assert np.isfinite(found.vectors).all()


def test_a_second_call_reads_the_store(call: Call, texts: Path, tmp_path: Path) -> None:
    args = ("encode", texts, *NGRAMS, "--out", tmp_path / "v.npz", "--json")
    first, again = json.loads(call(*args).out), json.loads(call(*args).out)
    counts = ("texts", "duplicates", "encoded", "from_store")
    assert [first[name] for name in counts] == [10, 1, 9, 0]
    assert [again[name] for name in counts] == [10, 1, 0, 9]
    assert (first["file"], first["dimension"]) == (str(tmp_path / "v.npz"), 2048)
    assert (first["precision"], first["dtype"], first["device"]) == ("exact", "float32", "CPU")


def test_interrupted_work_is_kept_and_counted(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    data = "".join(f"text {i}\n" for i in range(3000)).encode()
    args = ("encode", "-", *NGRAMS, "--out", tmp_path / "v.npz", "--json")
    with monkeypatch.context() as patch:
        patch.setattr("core.commands.console._lines", lambda: interrupt)
        done = call(*args, stdin=data + b"text 1\n")
    assert (done.code, done.out) == (1, "")
    told = re.fullmatch(
        r"Stopped: ([\d,]+) of 3,000 different texts are kept; run the same command again to go on\.",
        done.err.splitlines()[-1],
    )
    assert told is not None
    kept = int(told[1].replace(",", ""))
    assert 0 < kept < 3000
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    again = json.loads(call(*args, stdin=data).out)
    assert (again["encoded"], again["from_store"]) == (3000 - kept, kept)


def test_progress_is_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("core.commands.console.note", said.append)
    times = iter([10.0, 12.0, 20.0, 21.0, 30.0])
    report = _lines(lambda: next(times))
    for done in (100, 200, 1100, 1200, 2000):
        report(done, 2000)
    assert said == ["100 of 2,000 texts", "1,100 of 2,000 texts, 100 texts/s"]


@pytest.mark.parametrize(
    ("device", "dtype"), [(CPU, "fast (bfloat16)"), (PLAIN_CPU, "exact (float32)")]
)
def test_the_fast_precision_is_chosen_where_there_is_one(
    call: Call,
    recorder: Recorder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    device: Device,
    dtype: str,
) -> None:
    monkeypatch.setattr("core.encoding.worker.probe", lambda: device)
    monkeypatch.setattr(loading, "import_libraries", lambda: 0.0)
    fake = (LengthEncoder(dimension=384), None)
    monkeypatch.setitem(loading.LOADERS, Loader.SENTENCE_TRANSFORMERS, lambda _: fake)
    args = ("encode", "-", "--model", "all-MiniLM-L6-v2", "--out", tmp_path / "v.npz")
    done = call(*args, stdin=b"a\n")
    assert done.code == 0
    assert f"Precision: {dtype} on CPU." in done.err
    assert "differs here from what its authors say" in done.err  # the fake's golden check
    done = call(*args, "--precision", Precision.EXACT, stdin=b"a\n")
    assert "Precision: exact (float32) on CPU." in done.err


def test_the_side_and_the_task_choose_the_prompt(call: Call, tmp_path: Path) -> None:
    out = tmp_path / "v.npz"
    for options, prompt in ((("--prompt", "p: "), "p: "), (("--task", "none"), "")):
        call("encode", "-", *NGRAMS, "--out", out, *options, stdin=b"abc\n")
        found = read_npz(out)
        assert found.meta["prompt"] == prompt
        assert found.vectors[0, :2].tolist() == [len(prompt), 3]


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--out", "v.csv"), 2, "must end in .npz or .parquet"),
        (("--out", "v"), 2, "must end in .npz or .parquet"),
        (("--out", "no/such/v.npz"), 1, "No such file or directory. Check the name"),
        (("--out", "folder.npz"), 1, "Is a directory"),
        (("--out", "texts.txt/v.npz"), 1, "Not a directory"),
        (("--dimension", "64"), 1, "has 2048 dimensions and can't be cut; 64 were asked for"),
        (("--dimension", "4096"), 1, "has 2048 dimensions and has no more"),
        (("--dimension", "0"), 2, "--dimension"),
        (("--prompt", "p", "--task", "search"), 2, "--prompt"),
        (("--prompt", "\udcff"), 1, "half of a character"),
        (("--instruction", "\udcff"), 1, "half of a character"),
        (("--model", "no-such"), 1, "No model is named 'no-such'"),
        (("--side", "left"), 2, "--side"),
    ],
)
def test_what_can_t_be_done_is_found_before_the_work(
    call: Call,
    recorder: Recorder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    code: int,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("texts.txt").write_text("a\n", encoding="utf-8")
    Path("folder.npz").mkdir()
    done = call("encode", "texts.txt", *NGRAMS, "--out", "v.npz", *options)
    assert (done.code, done.out) == (code, "")
    assert words in " ".join(done.err.split())
    assert code == 2 or done.err.count("\n") == 1
    assert recorder.encoded == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "There is no text in standard input."),
        (b" \n\t\r\n\n\xe2\x80\xa8", "There is no text in standard input."),
        (b"fine\n\nab\xe9c\n", "line 3 is not UTF-8 (byte 0xE9 at position 3)"),
        (b"\xff\xfea\x00", "line 1 is not UTF-8 (byte 0xFF at position 1)"),
        (b"half \xed\xa0\x80", "line 1 is not UTF-8 (byte 0xED at position 6)"),
    ],
    ids=["empty", "only spaces", "latin-1", "utf-16", "half a character"],
)
def test_a_file_without_readable_texts_is_one_line(
    call: Call, tmp_path: Path, data: bytes, words: str
) -> None:
    done = call("encode", "-", *NGRAMS, "--out", tmp_path / "v.npz", stdin=data)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert words in done.err


def test_a_file_that_is_not_there_is_one_line(call: Call, tmp_path: Path) -> None:
    done = call("encode", tmp_path / "no.txt", *NGRAMS, "--out", tmp_path / "v.npz")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "no.txt can't be read: No such file or directory" in done.err
    done = call("encode", tmp_path, *NGRAMS, "--out", tmp_path / "v.npz")
    assert "can't be read: Is a directory" in done.err


def test_a_full_disk_leaves_the_file_that_was_there(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(file: BinaryIO, _: object) -> None:
        file.write(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    out = tmp_path / "v.npz"
    out.write_bytes(b"before")
    monkeypatch.setitem(vector_files.WRITERS, ".npz", fill)
    done = call("encode", "-", *NGRAMS, "--out", out, stdin=b"a\n")
    assert (done.code, done.out) == (1, "")
    assert "No space left on device. Free some space" in done.err
    assert out.read_bytes() == b"before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "v.npz"]


@pytest.mark.skipif(os.name != "posix", reason="Links and modes as POSIX has them.")
def test_a_link_stays_a_link_and_a_new_file_has_the_usual_mode(call: Call, tmp_path: Path) -> None:
    link, target = tmp_path / "v.npz", tmp_path / "target.npz"
    link.symlink_to(target)
    assert call("encode", "-", *NGRAMS, "--out", link, stdin=b"a\n").code == 0
    assert link.is_symlink()
    assert read_npz(target).texts == ["a"]
    (tmp_path / "plain").touch()
    assert stat.S_IMODE(target.stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


def test_a_store_that_can_t_be_used_costs_no_vectors(
    call: Call, own_data_dir: Path, tmp_path: Path
) -> None:
    own_data_dir.mkdir()
    (own_data_dir / "stores").write_text("in the way", encoding="utf-8")
    out = tmp_path / "v.npz"
    done = call("encode", "-", *NGRAMS, "--out", out, stdin=b"a\n")
    assert done.code == 0
    assert "was not kept" in done.err
    assert read_npz(out).texts == ["a"]
