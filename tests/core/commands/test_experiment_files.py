"""An experiment that one call saves is what another starts from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.core.commands.conftest import Call
from tests.core.fakes import Recorder

FULL = (
    "similarity", "--model", "char-ngrams", "--query", "a", "--query", "火星\u2028b", "--document",
    "ccc", "--document", "=dddd", "--title", "T", "--title", "", "--right", "2:1,2",
    "--document-prompt", "{title}> ", "--query-task", "clustering", "--instruction", "Find it.",
    "--similarity", "dot", "--dimension", "64", "--precision", "exact",
)  # fmt: skip


@pytest.fixture
def saved(call: Call, tmp_path: Path) -> Path:
    path = tmp_path / "experiment.json"
    done = call(*FULL, "--save", path)
    assert done.code == 0
    assert list(tmp_path.glob(".umekomi*")) == []
    return path


def content(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def without_times(whole: dict[str, Any]) -> dict[str, Any]:
    for result in whole["results"]:
        del result["steps"]
    return whole


def test_the_same_experiment_comes_out_of_its_file(call: Call, saved: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.json"
    done = call("similarity", "--experiment", saved, "--save", again, "--json")
    assert done.code == 0
    assert content(again)["experiment"] == content(saved)["experiment"]
    assert without_times(content(again)) == without_times(content(saved))
    assert without_times(json.loads(done.out)) == without_times(content(saved))


def test_real_models_give_the_same_results_from_a_file(call_real: Call, tmp_path: Path) -> None:
    first, again = tmp_path / "first.json", tmp_path / "again.json"
    models = ("--model", "wordllama", "--model", "all-MiniLM-L6-v2")
    texts = ("--query", "red planet", "--document", "Mars", "--document", "Venus", "--right", "1:1")
    assert call_real("similarity", *models, *texts, "--save", first).code == 0
    assert call_real("similarity", "--experiment", first, "--save", again).code == 0
    assert without_times(content(again)) == without_times(content(first))


def test_options_take_the_place_of_the_file_s_parts(call: Call, saved: Path) -> None:
    done = call(
        "similarity", "--experiment", saved, "--query", "zz", "--similarity", "cosine",
        "--document-task", "none", "--json",
    )  # fmt: skip
    assert done.code == 0
    found = json.loads(done.out)["experiment"]
    assert (found["queries"], found["similarity"]) == (["zz"], "cosine")
    assert found["document_prompt"]["task"] == "none"
    assert found["documents"] == content(saved)["experiment"]["documents"]
    assert found["relevant"] == []
    assert "right answers are left out" in done.err


def test_an_experiment_comes_from_standard_input_too(call: Call, saved: Path) -> None:
    done = call("similarity", "--experiment", "-", "--json", stdin=saved.read_bytes())
    assert done.code == 0
    assert json.loads(done.out)["experiment"] == content(saved)["experiment"]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"models": ["char-ngrams", "no\x1bsuch"]}, "no model named 'no\\x1bsuch' is known here"),
        ({"dimension": -1}, "its 'dimension' can't be read"),
        ({"queries": ["other", "火星"]}, "it was changed after it was saved"),
    ],
    ids=["model", "field", "altered"],
)
def test_what_a_file_holds_wrongly_is_told_and_the_rest_is_used(
    call: Call, saved: Path, change: dict[str, Any], line: str
) -> None:
    whole = content(saved)
    whole["experiment"] |= change
    saved.write_text(json.dumps(whole), encoding="utf-8")
    done = call("similarity", "--experiment", saved, "--json")
    assert done.code == 0
    assert f"{saved}: {line}" in done.err
    assert "\x1b" not in done.err
    assert len(json.loads(done.out)["results"]) == 1


def test_a_file_of_a_later_version_is_told(call: Call, saved: Path) -> None:
    saved.write_text(json.dumps({**content(saved), "format": 99}), encoding="utf-8")
    done = call("similarity", "--experiment", saved)
    assert done.code == 0
    assert "another version (format 99)" in done.err


def test_an_experiment_without_a_model_needs_one(call: Call, saved: Path) -> None:
    whole = content(saved)
    whole["experiment"]["models"] = []
    saved.write_text(json.dumps(whole), encoding="utf-8")
    done = call("similarity", "--experiment", saved)
    assert done.code == 1
    assert done.err.splitlines()[-1].startswith("There is no model.")
    assert call("similarity", "--experiment", saved, "--model", "char-ngrams").code == 0


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff\xfe", b'{"kind": "x"}', b"[" * 99_999])
def test_a_file_that_is_no_experiment_is_one_line(call: Call, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(data)
    done = call("similarity", "--experiment", path)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert "experiment" in done.err


def test_more_models_than_open_again_are_told_when_saved(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.compare.experiment.MOST_MODELS", 0)
    done = call(*FULL, "--save", tmp_path / "x.json")
    assert done.code == 0
    assert "can't be opened whole again: models after the first" in done.err


def test_a_place_that_can_t_be_written_is_found_before_the_work(
    call: Call, recorder: Recorder, tmp_path: Path
) -> None:
    done = call(*FULL, "--save", tmp_path / "no" / "x.json")
    assert (done.code, done.out) == (1, "")
    assert "can't be written: No such file or directory" in done.err
    assert recorder.encoded == []
