"""``similarity`` scores what options, files and experiments name, and says what it can't do."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from core.compare.background import BACKGROUND_FILE
from tests.core.commands.conftest import Call
from tests.core.fakes import Recorder

NGRAMS = ("similarity", "--model", "char-ngrams")
DOT = (*NGRAMS, "--similarity", "dot")
ONE = (*DOT, "--query", "a", "--document", "ccc")
TWO = (*ONE, "--document", "dddd")

with_background = pytest.mark.skipif(
    not BACKGROUND_FILE.exists(), reason="There are no background texts here."
)


def scores(out: str) -> list[list[float]]:
    (result,) = json.loads(out)["results"]
    return result["scores"]


def test_a_call_with_options_alone_prints_json(call: Call) -> None:
    done = call(
        *TWO, "--query-task", "search", "--document-task", "none", "--dimension", 64, "--json"
    )
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert scores(done.out) == [[4, 5]]
    assert found["experiment"]["document_prompt"]["task"] == "none"
    assert found["experiment"]["dimension"] == 64


def test_texts_of_files_follow_the_typed_ones(call: Call, tmp_path: Path) -> None:
    queries, documents = tmp_path / "queries.txt", tmp_path / "documents.txt"
    queries.write_bytes(b"\xef\xbb\xbfbb\n\n  \n")
    documents.write_bytes(b"dddd\r\nee\r\n")
    done = call(*ONE, "--queries", queries, "--documents", documents, "--json")
    assert json.loads(done.out)["experiment"]["queries"] == ["a", "bb"]
    assert scores(done.out) == [[4, 5, 3], [7, 9, 5]]


def test_standard_input_is_one_of_the_files(call: Call) -> None:
    done = call(*DOT, "--query", "a", "--documents", "-", "--json", stdin=b"ccc\ndddd")
    assert scores(done.out) == [[4, 5]]
    done = call(*DOT, "--queries", "-", "--documents", "-", stdin=b"a")
    assert done.code == 2
    assert "only once" in done.err


def test_titles_belong_to_the_documents_in_order(call: Call) -> None:
    titled = (*TWO, "--title", "Mars", "--title", "", "--json")
    found = json.loads(call(*titled, "--document-prompt", "{title}: ").out)
    assert found["experiment"]["documents"] == [{"text": "ccc", "title": "Mars"}, {"text": "dddd"}]
    assert scores(json.dumps(found)) == [[4, 5]]  # the query's prompt is empty: 0 * len(prompt)


def test_prompts_of_one_s_own_reach_their_sides(call: Call, recorder: Recorder) -> None:
    done = call(*ONE, "--query-prompt", "q: ", "--document-prompt", "doc: ", "--json")
    assert scores(done.out) == [[3 * 5 + 1 * 3 + 1]]
    assert set(recorder.encoded) == {("q: ", "a"), ("doc: ", "ccc")}
    prompt = json.loads(done.out)["experiment"]["query_prompt"]
    assert (prompt["task"], prompt["custom"]) == ("custom", "q: ")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--title", "a"), "--title"),
        (("--title", "a", "--title", "b", "--title", "c"), "--title"),
        (("--query-prompt", "q", "--query-task", "search"), "--query-prompt"),
        (("--document-prompt", "d", "--document-task", "none"), "--document-prompt"),
        (("--right", "1:3"), "--right"),
        (("--right", "2:1"), "--right"),
        (("--right", "0:1"), "--right"),
        (("--right", "1"), "--right"),
        (("--right", "1:"), "--right"),
        (("--right", "1:" + "9" * 5000), "--right"),
        (("--right", "１:１"), "--right"),
        (("--json", "--csv"), "--csv"),
        (("--query", ""), "--query"),
        (("--document", "  \u2028"), "--document"),
        (("--dimension", "0"), "--dimension"),
        (("--precision", "half"), "--precision"),
    ],
    ids=lambda value: " ".join(value)[:30] if isinstance(value, tuple) else "",
)
def test_a_wrong_call_is_named(
    call: Call, recorder: Recorder, options: tuple[str, ...], word: str
) -> None:
    done = call(*TWO, *options)
    assert (done.code, done.out) == (2, "")
    assert word in done.err
    assert recorder.encoded == []


@pytest.mark.parametrize("missing", ["--model", "--query", "--document"])
def test_without_an_experiment_all_three_must_be_given(call: Call, missing: str) -> None:
    given = {"--model": "char-ngrams", "--query": "a", "--document": "b"}
    del given[missing]
    done = call("similarity", *(word for pair in given.items() for word in pair))
    assert done.code == 2
    assert missing in done.err


def test_right_answers_give_a_table_for_each_model(call: Call) -> None:
    done = call(*TWO, "--right", "1:2")
    assert done.code == 0
    assert "Right answers of 1 query" in done.out
    row = next(line for line in done.out.splitlines() if line.count("1.000") == 4)
    assert "char-ngrams" in row  # hit@1, MRR, nDCG@10, and a margin of 5 - 4
    done = call(*TWO, "--right", "1: 1", "--right", "1:1,2", "--json")
    assert json.loads(done.out)["experiment"]["relevant"] == [[0, 1]]
    assert json.loads(done.out)["results"][0]["relevance"]["hit@1"] == 1


def test_csv_is_what_no_spreadsheet_computes(call: Call) -> None:
    done = call(*ONE, "--document", "=1+1", "--title", "@x", "--title", "", "--csv")
    rows = list(csv.DictReader(io.StringIO(done.out, newline="")))
    assert {row["document"] for row in rows} == {"'=1+1", "ccc"}
    assert {row["title"] for row in rows} == {"'@x", ""}
    assert done.out.count("\r\n") == 3


@with_background
def test_explain_adds_percentiles_to_everything(call: Call) -> None:
    question = ("--query", "What is the red planet?", "--document", "Mars is the red planet.")
    table = call(*NGRAMS, *question, "--explain")
    assert (table.code, table.err) == (0, "")
    assert "percentile" in table.out
    (result,) = json.loads(call(*NGRAMS, *question, "--explain", "--json").out)["results"]
    assert 0 <= result["percentiles"][0][0] <= 100
    (row,) = csv.DictReader(io.StringIO(call(*NGRAMS, *question, "--explain", "--csv").out))
    assert float(row["percentile"]) == result["percentiles"][0][0]
    assert "percentile" not in call(*NGRAMS, *question).out


@with_background
def test_explain_says_what_a_model_can_t_read_well(call_real: Call) -> None:
    long = "word " * 400
    done = call_real(
        "similarity", "--model", "all-MiniLM-L6-v2", "--query", "火星はどこですか", "--explain",
        "--document", long, "--document", "Mars",
    )  # fmt: skip
    assert done.code == 0
    lines = [line for line in done.out.splitlines() if line.startswith("all-MiniLM-L6-v2: ")]
    assert any("longer than the model reads (256 tokens)" in line for line in lines)
    assert len(lines) == 2


def test_one_model_s_failure_leaves_the_others_answers(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    kept = tmp_path / "kept.json"
    done = call(*ONE, "--model", "qwen3-embedding-0.6b", "--save", kept, "--json")
    assert done.code == 1
    assert done.err.startswith("qwen3-embedding-0.6b: ")
    assert done.err.count("\n") == 1
    assert scores(done.out) == [[4]]
    assert json.loads(kept.read_text(encoding="utf-8"))["failures"][0]["model"].startswith("qwen3")


def test_an_unknown_model_is_one_line(call: Call) -> None:
    done = call("similarity", "--model", "char-ngram", "--query", "a", "--document", "b")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert "Did you mean 'char-ngrams'?" in done.err


def test_an_instruction_that_no_model_takes_is_told(call: Call) -> None:
    done = call(*ONE, "--instruction", "Find planets.")
    assert done.code == 0
    assert "instruction" in done.err


@pytest.mark.parametrize(
    "option", ["--query", "--document", "--title", "--query-prompt", "--instruction"]
)
def test_half_a_character_is_one_line(call: Call, option: str) -> None:
    # What a shell's invalid byte becomes.
    done = call(*ONE, option, "a\udcff")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert "half of a character" in done.err


@pytest.mark.parametrize(
    "text",
    [
        "[bold]markup[/bold] [/]",
        "<script>alert(1)</script> $x^2$ \\frac{1}{2}",
        "שלום \u202eolleh\u200f",
        "a\u2028b\u0085c\x0bd",
        "emoji 👩‍🚀 e\u0301",
    ],
    ids=["rich markup", "html and latex", "right to left", "unicode line ends", "joined"],
)
def test_any_text_comes_out_as_it_went_in(call: Call, tmp_path: Path, text: str) -> None:
    file = tmp_path / "texts.txt"
    file.write_text(text + "\n", encoding="utf-8", newline="")
    done = call(*DOT, "--queries", file, "--documents", file, "--json")
    assert json.loads(done.out)["experiment"]["queries"] == [text]
    assert scores(done.out) == [[len(text) ** 2 + 1]]
    shown = call(*DOT, "--queries", file, "--documents", file).out
    assert "[bold]" not in text or text in shown


def test_no_text_gives_the_terminal_orders(call: Call) -> None:
    done = call(*DOT, "--query", "a\x1b[2Jb\x9b2J", "--document", "nul\x00\x07\x7f")
    assert "\x1b" not in done.out
    assert "\x9b" not in done.out
    assert "a␛[2Jb\\x9b2J" in done.out
    assert "nul␀␇␡" in done.out


def test_a_text_that_stands_twice_has_two_ranks(call: Call) -> None:
    done = call(*ONE, "--document", "ccc", "--json")
    assert json.loads(done.out)["results"][0]["ranks"] == [[1, 1]]
