"""Sharing and keeping a comparison: links, experiment files, and one state that goes round."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from core.commands import run
from core.compare import CompareRequest, Document, Similarity, link
from core.compare.examples import example
from core.compare.experiment import Experiment, to_content, to_dict
from core.encoding import worker
from core.models import PromptChoice, Task
from core.models.device import Precision
from core.work import InlineExecutor, lanes
from core.work.lanes import LaneName
from pages._ui.keys import Key
from pages._ui.texts import table
from pages.explore.comparing import keep
from tests.core.fakes import CPU
from tests.pages.compare_page import (
    as_file,
    captions,
    charts,
    choose_models,
    enter,
    open_file,
    opened,
    press,
    press_compare,
    rankings,
    result,
    right_box,
    shown_texts,
    take_back,
)
from tests.pages.conftest import ADDRESS, Downloaded, OpenApp

EN = table("en")
SAID = ("keep.not_opened", "keep.in_part")
LANGUAGES = pytest.mark.parametrize("lang", ["en", "ja"])
# Everything that a form can hold is other than it is at first.
FULL = Experiment(
    request=CompareRequest(
        queries=("where is it?", "火星　はどこ", "=1+1 <b>$x$</b>"),
        documents=(
            Document("a  b\tc", "T <1>"),
            Document("two\nlines", ""),
            Document(" e\u2028f\x85g "),
            Document("zz", "題"),
        ),
        models=("char-ngrams", "wordllama"),
        query_prompt=PromptChoice(task=Task.CUSTOM, custom="find: ", instruction="Find {it}."),
        document_prompt=PromptChoice(task=Task.CUSTOM, custom="{title} | "),
        dimension=128,
        similarity=Similarity.EUCLIDEAN,
        precision=Precision.FAST,
    ),
    relevant=((0, 3), (), (1,)),
)
PLAIN = Experiment(
    request=CompareRequest(
        queries=("my query", "another"),
        documents=(Document("first"), Document("second"), Document("third")),
        models=("wordllama", "char-ngrams"),
        query_prompt=PromptChoice(task=Task.CLUSTERING),
        document_prompt=PromptChoice(task=Task.NONE),
        dimension=64,
        similarity=Similarity.DOT,
    ),
    relevant=((2,), (0, 1)),
)


@pytest.fixture(autouse=True)
def native_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let both precisions be chosen."""
    monkeypatch.setattr(worker, "probe", lambda: CPU)


def content_of(file: bytes) -> dict[str, Any]:
    return json.loads(file)["experiment"]


def in_form(app: AppTest, downloaded: Downloaded) -> dict[str, Any]:
    """Return what is in the form, as the experiment file has it."""
    return content_of(saved(app, downloaded))


def saved(app: AppTest, downloaded: Downloaded) -> bytes:
    """Return the experiment's file."""
    return downloaded(opened(app, Key.COMPARE_FILE_MENU), "save_experiment")


def share(app: AppTest, *, with_texts: bool) -> AppTest:
    opened(app, Key.COMPARE_SHARE_MENU)
    app.checkbox(key=Key.COMPARE_LINK_TEXTS).set_value(with_texts).run()
    assert not app.exception
    return app


def link_of(app: AppTest) -> str:
    (code,) = opened(app, Key.COMPARE_SHARE_MENU).code
    return code.value


def follow(open_app: OpenApp, address: str) -> AppTest:
    """Open a link as somebody else does."""
    return open_app(**parse_qs(urlsplit(address).query, keep_blank_values=True))


# Links


def test_a_link_restores_every_setting_in_another_session(
    open_app: OpenApp, downloaded: Downloaded
) -> None:
    app = open_app(lang="ja", example="fact-checking")
    choose_models(app, "char-ngrams", "wordllama")
    app.selectbox(key=Key.COMPARE_QUERY_TASK).set_value("clustering")
    app.selectbox(key=Key.COMPARE_DOCUMENT_TASK).set_value("none")
    app.selectbox(key=Key.COMPARE_DIMENSION).set_value(128)
    app.selectbox(key=Key.COMPARE_SIMILARITY).set_value("manhattan")
    app.selectbox(key=Key.COMPARE_PRECISION).set_value("fast").run()
    address = link_of(app)
    assert address.startswith(f"{ADDRESS}?")
    other = follow(open_app, address)
    assert in_form(other, downloaded) == in_form(app, downloaded)
    assert other.session_state[Key.LANGUAGE] == "ja"
    assert link_of(other) == address


def test_a_link_without_texts_holds_none_of_them(open_app: OpenApp, downloaded: Downloaded) -> None:
    app = open_file(open_app(), as_file(FULL))
    address = link_of(app)
    assert "texts=" not in address
    assert EN["keep.prompts_left_out"] in captions(app)
    other = follow(open_app, address)
    found = in_form(other, downloaded)
    assert tuple(found["queries"]) == example("red-planet").queries
    assert (found["dimension"], found["similarity"]) == (128, "euclidean")


@pytest.mark.parametrize("kept", [PLAIN, FULL], ids=["plain", "full"])
def test_a_link_with_texts_restores_all_of_the_form_in_another_session(
    open_app: OpenApp, downloaded: Downloaded, kept: Experiment
) -> None:
    app = share(open_file(open_app(), as_file(kept)), with_texts=True)
    other = follow(open_app, link_of(app))
    assert in_form(other, downloaded) == to_content(kept)
    assert not other.error
    # The texts stay in the URL until they are changed.
    assert other.query_params["texts"]
    choose_models(other, "wordllama").run()
    assert other.query_params["texts"]
    other.text_area(key=Key.COMPARE_QUERIES).set_value("another query").run()
    assert "texts" not in other.query_params
    assert other.query_params["models"] == "wordllama"


def test_a_link_with_more_than_2_kb_is_refused_with_its_size(open_app: OpenApp) -> None:
    app = open_app()
    text = "".join(chr(0x4E00 + (n * n) % 9973) for n in range(1500))  # packs badly
    share(enter(app, [text], ["a"]), with_texts=True)
    assert not app.code
    (warning,) = app.warning
    before = EN["keep.too_long"].partition("{size}")[0]
    size = warning.value.removeprefix(before).split(" ")[0]
    assert int(size.replace(",", "")) > link.MOST_LINK_BYTES
    assert warning.value == EN["keep.too_long"].format(size=size, most="2,048")
    share(app, with_texts=False)
    assert "texts=" not in link_of(app)
    assert not app.warning


def test_a_link_of_nothing_is_a_link(open_app: OpenApp, downloaded: Downloaded) -> None:
    app = share(enter(choose_models(open_app()), [""], [""]), with_texts=True)
    assert in_form(app, downloaded)["queries"] == []
    follow(open_app, link_of(app))


@LANGUAGES
@pytest.mark.parametrize(
    "damage",
    [
        lambda packed: packed[: len(packed) // 2],
        lambda packed: packed[:-1],
        lambda packed: packed[:20] + ("A" if packed[20] != "A" else "B") + packed[21:],
        lambda packed: "2" + packed[1:],
        lambda packed: "<b>$x$</b>\x00",
    ],
    ids=["half", "cut by one", "altered", "other version", "anything"],
)
def test_a_link_whose_texts_cannot_be_read_says_so_and_restores_the_settings(
    open_app: OpenApp, downloaded: Downloaded, lang: str, damage: Callable[[str], str]
) -> None:
    app = open_app(lang=lang, models=["wordllama"], dimension="256", texts=damage(link.pack(PLAIN)))
    assert table(lang)["keep.not_opened"] in shown_texts(app)
    found = in_form(app, downloaded)
    assert (found["models"], found["dimension"]) == (["wordllama"], 256)
    assert tuple(found["queries"]) == example("red-planet").queries
    assert "texts" not in app.query_params
    press_compare(app)


def test_a_link_s_own_words_are_said_where_its_texts_cannot_be_read(open_app: OpenApp) -> None:
    app = open_app(texts=link.pack(PLAIN)[:-9])
    assert any("can't be read" in text for text in shown_texts(app))
    assert any("copy all of it" in text for text in shown_texts(app))


def test_of_a_link_with_an_impossible_right_answer_the_texts_are_restored(
    open_app: OpenApp, downloaded: Downloaded
) -> None:
    packed = link.pack(replace(PLAIN, relevant=((99,),)))
    app = open_app(texts=packed)
    assert EN["problem.field"].format(value="relevant") in shown_texts(app)
    found = in_form(app, downloaded)
    assert tuple(found["queries"]) == PLAIN.request.queries
    assert found["relevant"] == []


# Files


@pytest.mark.parametrize("kept", [PLAIN, FULL], ids=["plain", "full"])
def test_an_experiment_file_restores_everything(
    open_app: OpenApp, downloaded: Downloaded, kept: Experiment
) -> None:
    app = open_file(open_app(), as_file(kept))
    assert json.loads(saved(app, downloaded)) == json.loads(as_file(kept))
    assert EN["keep.not_opened"] not in shown_texts(app)
    assert not any(EN["keep.in_part"] in element.value for element in app.markdown)
    press_compare(app)
    assert result(app).request == kept.request
    assert right_box(app).value == list(kept.relevant[0])


@pytest.mark.parametrize(
    "text",
    ["two  spaces", "a\tb", "全角　空白", "a\u2028b", "a\x85b", "a\x0bb\x0cc", "x\x1cy\x00z"],
)
def test_a_text_in_the_lines_comes_back_from_its_file_as_it_was(
    open_app: OpenApp, downloaded: Downloaded, text: str
) -> None:
    app = enter(open_app(), [text], [text, "b"]).run()
    before = in_form(app, downloaded)
    assert before["queries"] == [text]
    assert before["documents"] == [{"text": text}, {"text": "b"}]
    other = open_file(open_app(), saved(app, downloaded))
    assert in_form(other, downloaded) == before
    assert other.session_state[Key.COMPARE_INPUT] == "lines"


def test_documents_that_no_line_can_hold_are_opened_as_a_table(
    open_app: OpenApp, downloaded: Downloaded
) -> None:
    documents = (Document("a\nb"), Document("  c"), Document("d\r\n"))
    kept = replace(PLAIN, request=replace(PLAIN.request, documents=documents))
    app = open_file(open_app(), as_file(kept))
    assert app.session_state[Key.COMPARE_INPUT] == "table"
    assert in_form(app, downloaded) == to_content(kept)


def test_the_right_documents_of_a_query_that_no_line_can_hold_stay_right(
    open_app: OpenApp, downloaded: Downloaded
) -> None:
    kept = replace(PLAIN, request=replace(PLAIN.request, queries=("a\nb", " c ")))
    app = open_file(open_app(), as_file(kept))
    found = in_form(app, downloaded)
    assert found["queries"] == ["a b", "c"]
    assert found["relevant"] == [list(row) for row in kept.relevant]


def test_what_was_in_the_form_can_be_had_back_after_opening(
    open_app: OpenApp, downloaded: Downloaded
) -> None:
    app = enter(choose_models(open_app(), "char-ngrams"), ["mine"], ["also mine"])
    app.selectbox(key=Key.COMPARE_DIMENSION).set_value(32).run()
    before = in_form(app, downloaded)
    open_file(app, as_file(FULL))
    assert in_form(app, downloaded) == to_content(FULL)
    take_back(app)
    assert in_form(app, downloaded) == before


def test_the_same_file_can_be_opened_again(open_app: OpenApp, downloaded: Downloaded) -> None:
    app = open_file(open_app(), as_file(PLAIN))
    (uploader,) = app.get("file_uploader")
    assert uploader.value is None  # a browser tells of another file, not of the same one
    open_file(enter(app, ["changed"], ["changed"]), as_file(PLAIN))
    assert in_form(app, downloaded) == to_content(PLAIN)


def changed(kept: Experiment, **fields: Any) -> bytes:
    """Return an experiment file of another version, or with fields of another one's making."""
    whole = to_dict(kept)
    whole["experiment"] |= {k: v for k, v in fields.items() if k != "format"}
    whole |= {k: v for k, v in fields.items() if k == "format"}
    return json.dumps(whole).encode()


@LANGUAGES
@pytest.mark.parametrize(
    ("fields", "said", "lost"),
    [
        ({"format": 2}, [("newer", "2")], {}),
        ({"dimension": 32}, [("altered", "")], {"dimension": 32}),
        (
            {"models": ["wordllama", "no-<b>such</b>"]},
            [("altered", ""), ("unknown-model", "no-<b>such</b>")],
            {"models": ["wordllama"]},
        ),
        (
            {"format": 2, "similarity": "hamming", "precision": 8, "relevant": [[99]]},
            [
                ("newer", "2"),
                ("field", "similarity"),
                ("field", "precision"),
                ("field", "relevant"),
            ],
            {"similarity": None, "precision": "exact", "relevant": []},
        ),
        (
            {"format": 2, "queries": "no list", "relevant": []},
            [("newer", "2"), ("field", "queries")],
            {"queries": [], "relevant": []},
        ),
    ],
    ids=["other version", "altered", "unknown model", "unknown values", "no queries"],
)
def test_what_of_a_file_cannot_be_restored_is_said_and_the_rest_is_there(
    open_app: OpenApp,
    downloaded: Downloaded,
    lang: str,
    fields: dict[str, Any],
    said: list[tuple[str, str]],
    lost: dict[str, Any],
) -> None:
    app = open_file(open_app(lang=lang), changed(PLAIN, **fields))
    texts = table(lang)
    lines = [texts[f"problem.{kind}"].format(value=value) for kind, value in said]
    assert "\n".join(lines) in shown_texts(app)
    assert in_form(app, downloaded) == {**to_content(PLAIN), **lost}
    assert any(texts["keep.in_part"] in element.value for element in app.markdown)
    take_back(app)
    assert tuple(in_form(app, downloaded)["queries"]) == example("red-planet").queries


@LANGUAGES
@pytest.mark.parametrize(
    "content",
    [
        as_file(PLAIN)[:-40],
        b"",
        b"{}",
        b"[1, 2]",
        b'{"kind": "umekomi-experiment", "format": 1}',
        b"\xff\xfe\x00not text",
        b"model,query,rank\r\n",
        b"[" * 100_000,
    ],
    ids=["cut off", "empty", "object", "list", "no experiment", "binary", "CSV", "deep"],
)
def test_a_file_that_is_no_experiment_is_said_to_be_none_and_changes_nothing(
    open_app: OpenApp, downloaded: Downloaded, lang: str, content: bytes
) -> None:
    app = enter(open_app(lang=lang), ["mine"], ["also mine"]).run()
    before = in_form(app, downloaded)
    open_file(app, content)
    assert table(lang)["keep.not_opened"] in shown_texts(app)
    assert in_form(app, downloaded) == before
    assert Key.COMPARE_UNDO_BUTTON not in [button.key for button in app.button]
    open_file(app, as_file(PLAIN))
    assert table(lang)["keep.not_opened"] not in shown_texts(app)
    assert in_form(app, downloaded) == to_content(PLAIN)


@pytest.mark.parametrize("content", [b"{}", changed(PLAIN, dimension=32)], ids=["none", "in part"])
def test_what_was_said_of_a_file_goes_as_soon_as_the_form_is_filled_anew(
    open_app: OpenApp, content: bytes
) -> None:
    def said(app: AppTest) -> bool:
        markdown = [element.value for element in app.markdown]
        return any(EN[key] in text for key in SAID for text in (*markdown, *shown_texts(app)))

    app = open_file(open_app(), content)
    assert said(app)
    assert said(press_compare(app))
    app.button_group(key=Key.COMPARE_EXAMPLE).set_value("fact-checking").run()
    assert not said(app)


def test_a_file_that_is_too_large_is_refused_with_both_sizes(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keep, "MOST_FILE_MB", 1)
    app = open_file(open_app(), as_file(PLAIN) + b" " * 2**20)
    assert any("1 MB can be opened" in text for text in shown_texts(app))
    assert app.text_area(key=Key.COMPARE_QUERIES).value == "\n".join(example("red-planet").queries)


def test_a_saved_result_is_an_experiment_file_too(
    open_app: OpenApp, downloaded: Downloaded
) -> None:
    app = press_compare(open_file(open_app(), as_file(FULL)))
    other = open_file(open_app(), downloaded(app, "export_json"))
    assert in_form(other, downloaded) == to_content(FULL)


def test_a_dimension_that_the_list_lacks_is_offered_and_kept(
    open_app: OpenApp, downloaded: Downloaded
) -> None:
    kept = replace(PLAIN, request=replace(PLAIN.request, dimension=300))
    app = open_file(open_app(), as_file(kept))
    assert app.selectbox(key=Key.COMPARE_DIMENSION).value == 300
    other = follow(open_app, link_of(share(app, with_texts=True)))
    assert in_form(other, downloaded) == to_content(kept)
    press_compare(other)


# One state goes round


def command(monkeypatch: pytest.MonkeyPatch, *args: object) -> None:
    """Run a command in this process, with the same arithmetic models."""
    lanes.use(LaneName.MODELS, InlineExecutor())
    monkeypatch.setattr(sys, "argv", ["core", *map(str, args)])
    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == 0
    lanes.use(LaneName.MODELS, InlineExecutor())  # a command ends its own


def results_of(file: bytes) -> list[dict[str, Any]]:
    """Return the results without what no two runs share: how long they took."""
    results = json.loads(file)["results"]
    return [{name: value for name, value in r.items() if name != "steps"} for r in results]


@pytest.mark.parametrize("kept", [PLAIN, FULL], ids=["plain", "full"])
def test_one_state_goes_round_form_link_form_file_command_file_form(
    open_app: OpenApp,
    downloaded: Downloaded,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    kept: Experiment,
) -> None:
    first = press_compare(open_file(open_app(), as_file(kept)))
    answers = results_of(downloaded(first, "export_json"))
    linked = follow(open_app, link_of(share(first, with_texts=True)))
    given, made = tmp_path / "given.json", tmp_path / "made.json"
    given.write_bytes(saved(linked, downloaded))
    assert content_of(given.read_bytes()) == to_content(kept)
    command(monkeypatch, "similarity", "--experiment", given, "--explain", "--save", made)
    assert content_of(made.read_bytes()) == to_content(kept)
    assert results_of(made.read_bytes()) == answers
    last = press_compare(open_file(open_app(), made.read_bytes()))
    assert result(last).request == result(first).request == kept.request
    assert right_box(last).value == right_box(first).value == list(kept.relevant[0])
    assert results_of(downloaded(last, "export_json")) == answers
    assert rankings(last) == rankings(first)


# Pictures


def test_every_chart_s_camera_saves_the_chosen_format(open_app: OpenApp) -> None:
    def formats(app: AppTest) -> set[str]:
        configs = [json.loads(chart.proto.config) for chart in app.get("plotly_chart")]
        return {config["toImageButtonOptions"]["format"] for config in configs}

    app = press_compare(enter(open_app(), ["a", "b"], ["a", "b"]))
    assert len(charts(app)) == 1 + 3 + 3  # ranks, unrelated texts, heatmaps
    assert formats(app) == {"png"}
    app.button_group(key=Key.PICTURE_FORMAT).set_value("svg").run()
    assert formats(app) == {"svg"}
    press(app, Key.COMPARE_RUN_BUTTON)
    assert formats(app) == {"svg"}


def test_each_chart_s_picture_has_a_name_of_its_own(open_app: OpenApp) -> None:
    app = press_compare(enter(open_app(), ["a", "b"], ["a", "b"]))
    configs = [json.loads(chart.proto.config) for chart in app.get("plotly_chart")]
    names = [config["toImageButtonOptions"]["filename"] for config in configs]
    assert len(set(names)) == len(names)
