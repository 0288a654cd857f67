"""``probes`` prints how many items each model passes, beside the n-grams."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.compare.background import Language
from core.compare.probes import PackName, packs
from tests.core.commands.conftest import Call
from tests.core.fakes import Recorder

NGRAMS = "char-ngrams"
PROBES = ("probes", "--model", NGRAMS)
# By vectors of (0, len(text), 1), the nearer length wins: one pass, one tie, one miss.
OWN = "anchor,closer,farther,kind\na,bb,cccc,x\na,bb,cc,x\na,bbbb,cc,y\n"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.csv"
    path.write_text(OWN, encoding="utf-8")
    return path


def found(call: Call, *args: object) -> dict[str, Any]:
    done = call(*args, "--json")
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


def test_items_of_one_s_own_are_run_alone(call: Call, own: Path) -> None:
    whole = found(call, *PROBES, "--items", own)
    (scores,) = whole["packs"]
    assert (scores["pack"], scores["language"], scores["model"]) == ("own", None, NGRAMS)
    assert (scores["passed"], scores["count"], scores["beyond_chance"]) == (1, 3, False)
    assert scores["rate"] == scores["baseline_rate"] == pytest.approx(1 / 3, abs=1e-6)
    assert 0 < scores["low"] < scores["rate"] < scores["high"] < 1
    assert [item["passed"] for item in scores["items"]] == [True, False, False]
    assert [item["kind"] for item in scores["items"]] == ["x", "x", "y"]
    assert (whole["pairs"], whole["failures"], whole["task"]) == ([], [], "similarity")


def test_they_may_come_from_standard_input_beside_a_built_in_pack(call: Call) -> None:
    args = (*PROBES, "--items", "-", "--pack", "roles", "--language", "ja", "--json")
    done = call(*args, stdin=OWN.replace(",", ";").encode("utf-8-sig"))
    whole = json.loads(done.out)
    assert [(s["pack"], s["language"]) for s in whole["packs"]] == [("roles", "ja"), ("own", None)]
    assert whole["packs"][1]["passed"] == 1


def test_all_packs_of_both_languages_are_the_default(call: Call) -> None:
    whole = found(call, *PROBES)
    expected = [(pack.name, language) for language in Language for pack in packs(language)]
    assert [(s["pack"], s["language"]) for s in whole["packs"]] == expected
    counts = [len(pack.items) for language in Language for pack in packs(language)]
    assert [s["count"] for s in whole["packs"]] == counts


def test_packs_and_languages_can_be_chosen(call: Call) -> None:
    whole = found(call, *PROBES, "--pack", "roles", "--pack", "negation", "--language", "en")
    assert [s["pack"] for s in whole["packs"]] == ["negation", "roles"]
    assert {s["language"] for s in whole["packs"]} == {"en"}


def test_the_table_has_rate_interval_chance_and_baseline(call: Call, own: Path) -> None:
    done = call(*PROBES, "--items", own)
    assert (done.code, done.err) == (0, "")
    for words in ("1 of 3", "33.3%", "6.1% to 79.2%", "not told apart"):
        assert words in done.out


def test_the_models_that_are_here_are_the_default_and_are_compared(
    call_real: Call, own: Path
) -> None:
    whole = found(call_real, "probes", "--items", own)
    models = ["all-MiniLM-L6-v2", "wordllama", NGRAMS]
    assert [scores["model"] for scores in whole["packs"]] == models
    rates = {scores["model"]: scores["rate"] for scores in whole["packs"]}
    assert {scores["baseline_rate"] for scores in whole["packs"]} == {rates[NGRAMS]}
    pairs = [(pair["first"], pair["second"]) for pair in whole["pairs"]]
    assert pairs == [(models[0], models[1]), (models[0], NGRAMS), (models[1], NGRAMS)]
    assert all(0 < pair["p_value"] <= 1 for pair in whole["pairs"])


def test_the_n_grams_run_beside_any_model(call_real: Call, own: Path) -> None:
    done = call_real("probes", "--model", "wordllama", "--items", own)
    assert done.code == 0
    assert "McNemar" in done.out
    assert NGRAMS in done.out


def test_a_model_that_is_not_here_is_told_beside_the_others(call: Call, own: Path) -> None:
    done = call(*PROBES, "--model", "embeddinggemma-300m", "--items", own, "--json")
    whole = json.loads(done.out)
    assert [scores["model"] for scores in whole["packs"]] == [NGRAMS]
    assert [failure["model"] for failure in whole["failures"]] == ["embeddinggemma-300m"]
    assert done.code == 1
    assert done.err.startswith("embeddinggemma-300m: The files")
    assert done.err.count("\n") == 1


def test_the_prompt_of_the_task_goes_before_every_text(
    call: Call, own: Path, recorder: Recorder
) -> None:
    found(call, *PROBES, "--items", own, "--task", "search")
    assert {prompt for prompt, _ in recorder.encoded} == {""}  # n-grams document none


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--pack", "own"), "--items"),
        (("--pack", "cooking"), "--pack"),
        (("--language", "fr"), "--language"),
        (("--task", "custom"), "--task"),
    ],
)
def test_a_wrong_call_has_exit_code_2(call: Call, options: tuple[str, ...], word: str) -> None:
    done = call(*PROBES, *options)
    assert (done.code, done.out) == (2, "")
    assert word in done.err


def test_an_empty_table_is_a_wrong_call(call: Call) -> None:
    done = call(*PROBES, "--items", "-", stdin=b"anchor,closer,farther\n")
    assert (done.code, done.out) == (2, "")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (b"anchor,closer,farther\na,b,b", "Row 1, column farther"),
        (b"anchor,closer\na,b", "Row 0, column farther"),
        (b"anchor,closer,farther\na,\xff,c", "line 2 is not UTF-8"),
    ],
)
def test_a_bad_table_is_one_line_and_exit_code_1(call: Call, table: bytes, words: str) -> None:
    done = call(*PROBES, "--items", "-", stdin=table)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert words in done.err


def test_every_built_in_pack_can_be_named(call: Call) -> None:
    done = call("probes", "--help")
    assert all(name in " ".join(done.out.split()) for name in PackName)
