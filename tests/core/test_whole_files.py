"""A small file is written whole or not at all."""

from __future__ import annotations

import errno
import json
import math
import os
import stat
from pathlib import Path

import numpy as np
import pytest

from core import whole_files
from core.errors import NoRoom
from core.models.added import AddedModels
from core.whole_files import read_json, write_json


def no_room(*_: object) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.json"
    write_json(path, {"word": "数えた", "n": 1}, folders=True)
    write_json(path, {"word": "数えた", "n": 2})
    assert read_json(path) == {"word": "数えた", "n": 2}
    assert [each.name for each in path.parent.iterdir()] == ["b.json"]


def test_numbers_that_are_not_finite_are_kept_on_request(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"found": [math.nan, math.inf, 0.5]}, any_number=True)
    read = read_json(tmp_path / "a.json")
    assert read is not None
    np.testing.assert_equal(read["found"], [math.nan, math.inf, 0.5])


def test_a_folder_that_is_gone_is_made_only_on_request(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_json(tmp_path / "gone" / "a.json", {})
    assert not (tmp_path / "gone").exists()


def test_a_full_disk_is_told_and_leaves_the_old_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"n": 1})
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", no_room)
        with pytest.raises(NoRoom, match=r"a\.json") as raised:
            write_json(path, {"n": 2})
    assert raised.value.values == {"file": str(path)}
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]
    assert read_json(path) == {"n": 1}


def test_another_fault_is_not_taken_for_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(whole_files.os, "open", refuse)
    with pytest.raises(PermissionError):
        write_json(tmp_path / "a.json", {})


def test_numbers_that_json_does_not_know_are_refused_before_anything_is_written(
    tmp_path: Path,
) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "a.json", {"n": float("nan")})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights.")
def test_a_private_file_is_its_owner_s(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {}, private=True)
    assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "{", "\0"])
def test_what_a_power_cut_left_is_no_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    assert read_json(tmp_path / "a.json") is None
    assert read_json(tmp_path / "none.json") is None


def test_a_model_that_could_not_be_added_leaves_the_list_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = AddedModels(tmp_path / "models.json")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text("{}", encoding="utf-8")
    added.add_folder(tmp_path / "one")
    before = (tmp_path / "models.json").read_bytes()
    monkeypatch.setattr(Path, "replace", no_room)
    with pytest.raises(NoRoom):
        added.add_folder(tmp_path / "two")
    assert (tmp_path / "models.json").read_bytes() == before
    assert json.loads(before)["models"][0]["id"] == "one"
