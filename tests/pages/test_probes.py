"""The Probes page, with arithmetic models in this process."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.compare.background import Language
from core.compare.probes import COLUMNS, PackName, own_pack, packs
from core.compare.probing import ProbeRequest, ProbeResult, run_probes
from core.encoding import worker
from core.models import added_models, find
from core.models.files import get_command
from core.work import InlineExecutor
from pages._ui.keys import Key
from pages._ui.texts import table
from tests.core.fakes import CPU
from tests.pages.compare_page import (
    captions,
    charts,
    has_table,
    own_engine,
    press,
    shown_table,
    shown_texts,
)
from tests.pages.conftest import Downloaded, OpenApp
from tests.pages.study_pages import (
    add_own_model,
    away_and_back,
    bad_table,
    rows_of,
    upload,
    values,
)

PAGE = "explore/probes.py"
EN = table("en")
LANGUAGES = pytest.mark.parametrize("lang", ["en", "ja"])
MODELS = ("all-MiniLM-L6-v2", "wordllama", "char-ngrams")
OWN = (
    {"anchor": "a a", "closer": "a", "farther": "b", "kind": "letters", "reason": "an a"},
    {"anchor": "x x", "closer": "x", "farther": "y", "kind": "", "reason": ""},
)
HEADER = b"anchor,closer,farther\n"


def press_run(app: AppTest) -> AppTest:
    return press(app, Key.PROBES_RUN_BUTTON)


def choose(
    app: AppTest, *, models: Sequence[str] = MODELS, names: Sequence[str] = ("negation",)
) -> AppTest:
    app.multiselect(key=Key.PROBES_MODELS).set_value(list(models))
    app.button_group(key=Key.PROBES_PACKS).set_value(list(names))
    return app


def type_rows(app: AppTest, *rows: dict[str, str]) -> AppTest:
    """Type into the table, which has room for three."""
    app.session_state[Key.PROBES_OWN] = True
    number = app.session_state[Key.PROBES_TABLE_NUMBER]
    app.session_state[f"{Key.PROBES_TABLE}_{number}"] = {
        "edited_rows": dict(enumerate(rows[:3])),
        "added_rows": list(rows[3:]),
        "deleted_rows": [],
    }
    app.run()
    assert not app.exception
    return app


def typed(app: AppTest) -> list[dict[str, str]]:
    """Return the rows of the table that hold something."""
    return [row for row in app.session_state[Key.PROBES_ROWS] if any(row.values())]


def item(anchor: str = "", closer: str = "", farther: str = "", **more: str) -> dict[str, str]:
    return dict.fromkeys(COLUMNS, "") | dict(anchor=anchor, closer=closer, farther=farther, **more)


def as_csv(rows: Sequence[dict[str, str]], delimiter: str = ",") -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def result(app: AppTest) -> ProbeResult:
    return app.session_state[Key.PROBES_RESULT]


def expected(request: ProbeRequest, folder: Path) -> ProbeResult:
    """Ask core the same, with a store of its own."""
    return run_probes(request, own_engine(folder), InlineExecutor())


def rates(app: AppTest) -> list[list[str]]:
    frame = shown_table(app, EN["probes.items"])
    return frame.iloc[:, 2:].to_numpy().tolist()


def items(app: AppTest) -> list[list[str]]:
    """Return anchor, closer and farther of the items that are listed."""
    frame = shown_table(app, EN["probes.anchor"])
    columns = [EN["probes.anchor"], EN["probes.closer"], EN["probes.farther"]]
    return frame[columns].to_numpy().tolist()


def is_stale(app: AppTest) -> bool:
    return any(EN["probes.stale"] in caption for caption in captions(app))


# What is shown


@LANGUAGES
def test_a_first_visit_has_every_pack_of_the_reader_s_language(
    open_app: OpenApp, lang: str
) -> None:
    app = open_app(PAGE, lang=lang)
    texts = table(lang)
    assert app.title[0].value == texts["nav.probes"]
    assert app.session_state[Key.PROBES_LANGUAGES] == [lang]
    built_in = [name.value for name in PackName if name is not PackName.OWN]
    assert app.session_state[Key.PROBES_PACKS] == built_in
    assert [info.value for info in app.info] == [texts["probes.empty"]]
    assert not charts(app)


def test_rates_and_intervals_are_what_core_finds(open_app: OpenApp, tmp_path: Path) -> None:
    app = choose(open_app(PAGE), names=["negation", "surface"])
    app.button_group(key=Key.PROBES_LANGUAGES).set_value(["en", "ja"])
    press_run(app)
    chosen = [
        pack
        for language in Language
        for pack in packs(language)
        if pack.name in (PackName.NEGATION, PackName.SURFACE)
    ]
    found = expected(ProbeRequest(packs=tuple(chosen), models=MODELS), tmp_path)
    frame = shown_table(app, EN["probes.items"])
    assert list(frame[EN["probes.pack"]]) == [
        f"{EN[f'pack.{pack.name}']} · {EN[f'probes.language_{pack.language}']}" for pack in chosen
    ]
    shares: set[float] = set()
    for row, pack in zip(rates(app), chosen, strict=True):
        for cell, model in zip(row, MODELS, strict=True):
            scores = found.of(model, pack)
            assert scores is not None
            share, low, high = scores.interval
            shares.add(share)
            assert cell.startswith(f"{share:.0%} ({low:.0%}–{high:.0%})")
            beyond = "▲" if low > 0.5 else "▼" if high < 0.5 else ""
            assert cell.endswith(beyond or ")")
    assert len(shares) > 3
    for trace, model in zip(charts(app)[0]["data"], MODELS, strict=True):
        intervals = [scores.interval for pack in chosen if (scores := found.of(model, pack))]
        assert trace["name"] == model
        assert values(trace["x"]) == pytest.approx([share for share, _, _ in intervals], abs=1e-6)
        high = values(trace["x"]) + values(trace["error_x"]["array"])
        assert high == pytest.approx([high for _, _, high in intervals], abs=1e-6)
        low = values(trace["x"]) - values(trace["error_x"]["arrayminus"])
        assert low == pytest.approx([low for _, low, _ in intervals], abs=1e-6)


def test_pairs_of_models_are_tested_as_core_tests_them(open_app: OpenApp, tmp_path: Path) -> None:
    app = press_run(choose(open_app(PAGE)))
    found = expected(ProbeRequest(packs=packs(Language.EN)[:1], models=MODELS), tmp_path)
    frame = shown_table(app, EN["probes.only"])
    assert list(frame[EN["probes.only"]]) == [
        f"{pair.only_first} : {pair.only_second}" for pair in found.pairs
    ]
    assert list(frame[EN["probes.p"]]) == pytest.approx([pair.p_adjusted for pair in found.pairs])
    differ = [EN["probes.yes" if pair.p_adjusted < 0.05 else "probes.no"] for pair in found.pairs]
    assert list(frame[EN["probes.differ"]]) == differ


@LANGUAGES
def test_the_headline_names_the_model_that_passes_most_and_not_the_baseline(
    open_app: OpenApp, lang: str
) -> None:
    app = type_rows(open_app(PAGE, lang=lang), item("e a", "e", "a a a"), item("i", "i i", "o"))
    press_run(choose(app, names=[]))
    passed = {scores.model: int(scores.passed.sum()) for scores in result(app).scores}
    assert max(passed, key=passed.__getitem__) == "char-ngrams"
    text = table(lang)["probes.headline"]
    best = max(MODELS[:2], key=passed.__getitem__)
    assert text.format(model=best, passed=passed[best], total=2) in shown_texts(app)


def test_packs_of_one_language_are_named_without_it(open_app: OpenApp) -> None:
    app = press_run(choose(type_rows(open_app(PAGE), *OWN), names=["negation", "roles"]))
    names = [EN[f"pack.{name}"] for name in ("negation", "roles", "own")]
    assert list(shown_table(app, EN["probes.items"])[EN["probes.pack"]]) == names
    assert charts(app)[0]["layout"]["yaxis"]["ticktext"] == names


def test_one_model_alone_has_no_pairs(open_app: OpenApp) -> None:
    app = press_run(choose(open_app(PAGE), models=["char-ngrams"]))
    assert not has_table(app, EN["probes.only"])
    assert len(charts(app)[0]["data"]) == 1


# Items of one's own


def test_items_typed_into_the_table_are_run_beside_the_packs(
    open_app: OpenApp, tmp_path: Path
) -> None:
    app = press_run(choose(type_rows(open_app(PAGE), *OWN)))
    assert result(app).request.packs == (packs(Language.EN)[0], own_pack(OWN))
    own = expected(ProbeRequest(packs=(own_pack(OWN),), models=MODELS), tmp_path)
    assert rates(app)[1][0].startswith(f"{own.scores[0].interval.share:.0%}")
    app.selectbox(key=Key.PROBES_SHOWN_PACK).select_index(1).run()
    assert items(app) == [["a a", "a", "b"], ["x x", "x", "y"]]
    listed = shown_table(app, EN["probes.anchor"])
    assert list(listed[EN["probes.reason"]]) == ["an a", ""]
    assert list(listed[EN["probes.kind"]]) == ["letters", ""]


def test_items_stay_while_their_table_is_closed(open_app: OpenApp) -> None:
    app = type_rows(open_app(PAGE), *OWN)
    for is_open in (False, True, True):
        app.session_state[Key.PROBES_OWN] = is_open
        app.run()
        assert not app.exception
        assert typed(app) == list(OWN)
    assert len(result(press_run(choose(app, names=[]))).request.packs[-1].items) == len(OWN)


def test_own_items_alone_are_enough(open_app: OpenApp) -> None:
    app = press_run(choose(type_rows(open_app(PAGE), *OWN), names=[]))
    assert [scores.pack.name for scores in result(app).scores] == [PackName.OWN] * 3


@pytest.mark.parametrize(("delimiter", "mark"), [(",", b""), (";", b"\xef\xbb\xbf"), ("\t", b"")])
def test_a_table_from_a_file_is_put_below_what_is_there(
    open_app: OpenApp, delimiter: str, mark: bytes
) -> None:
    app = type_rows(open_app(PAGE), item("mine", "one", "two"))
    upload(app, Key.PROBES_FILE, mark + as_csv(OWN, delimiter))
    assert typed(app) == [item("mine", "one", "two"), *OWN]
    # What is typed after that is not put over it.
    type_rows(app, {"anchor": "changed"})
    assert typed(app) == [item("changed", "one", "two"), *OWN]
    press_run(choose(app, names=[]))
    assert [each.anchor for each in result(app).scores[0].pack.items] == ["changed", "a a", "x x"]


BAD_FILES = {
    "missing column": (b"anchor,closer\na,b\n", 0, "farther", "missing_column"),
    "no header": (b"", 0, "anchor", "missing_column"),
    "extra column": (HEADER[:-1] + b",notes\na,b,c,d\n", 0, "notes", "extra_column"),
    "column twice": (HEADER[:-1] + b",closer\na,b,c,d\n", 0, "closer", "extra_column"),
    "ragged row": (HEADER + b"a,b,c\na,b,c,d\n", 2, "4", "extra_cell"),
    "short row": (HEADER + b"a,b\n", 1, "farther", "empty"),
    "empty side": (HEADER + b"a,b,c\n\na, ,c\n", 3, "closer", "empty"),
    "equal texts": (HEADER + b"a,b,b\n", 1, "farther", "same_texts"),
    "not UTF-8": (HEADER + "a,b,犬\n".encode("shift-jis"), 1, "", "not_utf8"),
    "too large": (HEADER + b"a,b,c\n" * 900_000, 0, "", "too_large"),
}


@LANGUAGES
@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_says_where_and_why_and_costs_nothing(
    open_app: OpenApp, lang: str, name: str
) -> None:
    content, row, column, problem = BAD_FILES[name]
    app = type_rows(open_app(PAGE, lang=lang), *OWN)
    upload(app, Key.PROBES_FILE, content)
    said = bad_table(lang, row, column, problem)
    assert said in " ".join(shown_texts(app))
    assert typed(app) == list(OWN)
    press_run(choose(app, names=[]))
    assert len(result(app).scores[0].pack.items) == len(OWN)
    # The next good one takes the message away.
    upload(app, Key.PROBES_FILE, as_csv(OWN[:1]))
    assert said not in " ".join(shown_texts(app))
    assert typed(app) == [*OWN, OWN[0]]


@LANGUAGES
def test_a_typed_row_that_lacks_a_side_is_told_and_stays(open_app: OpenApp, lang: str) -> None:
    app = type_rows(open_app(PAGE, lang=lang), OWN[0], item("a", "b"))
    assert table(lang)["errors.heading"] not in " ".join(each.value for each in app.markdown)
    press_run(app)
    said = bad_table(lang, 2, "farther", "empty")
    assert said in shown_texts(app)
    assert typed(app) == [OWN[0], item("a", "b")]
    assert Key.PROBES_RESULT not in app.session_state
    type_rows(app, OWN[0], item("a", "b", "c"))
    press_run(choose(app, names=[]))
    assert said not in shown_texts(app)
    assert len(result(app).scores[0].pack.items) == 2


def test_rows_without_a_text_are_left_out(open_app: OpenApp) -> None:
    app = type_rows(open_app(PAGE), item(), OWN[0], item(kind="a kind alone"))
    press_run(choose(app, names=[]))
    assert [each.anchor for each in result(app).scores[0].pack.items] == ["a a"]


# Item by item


def test_the_list_of_items_can_be_narrowed(open_app: OpenApp) -> None:
    rows = [
        item("a x e", "a x e", "b y i"),  # all pass
        item("a x e", "b y i", "a x e"),  # none passes
        item("a x e", "a y i", "b x e"),  # one passes
    ]
    app = press_run(choose(type_rows(open_app(PAGE), *rows), names=[]))
    assert [scores.passed.tolist() for scores in result(app).scores] == [
        [True, False, True],
        [True, False, False],
        [True, False, False],
    ]
    shown = {}
    for which in ("all", "failed", "disputed"):
        app.button_group(key=Key.PROBES_SHOWN_ITEMS).set_value(which).run()
        shown[which] = items(app)
    everything = [[row["anchor"], row["closer"], row["farther"]] for row in rows]
    assert shown == {"all": everything, "failed": everything[1:2], "disputed": everything[2:]}
    listed = shown_table(app, EN["probes.anchor"])
    margins = [scores.margins[2] for scores in result(app).scores]
    assert [listed[model][0] for model in MODELS] == [
        f"{mark} {margin:+.3f}" for mark, margin in zip("✓✗✗", margins, strict=True)
    ]


@LANGUAGES
def test_a_list_without_items_says_so(open_app: OpenApp, lang: str) -> None:
    app = type_rows(open_app(PAGE, lang=lang), item("a x e", "a x e", "b y i"))
    press_run(choose(app, names=[]))
    for which in ("failed", "disputed"):
        app.button_group(key=Key.PROBES_SHOWN_ITEMS).set_value(which).run()
        assert table(lang)[f"probes.none_{which}"] in shown_texts(app)


def test_a_pack_that_is_not_run_again_is_no_longer_the_one_that_is_listed(
    open_app: OpenApp,
) -> None:
    app = choose(open_app(PAGE), names=["negation", "numbers", "roles"])
    press_run(app)
    app.selectbox(key=Key.PROBES_SHOWN_PACK).select_index(2).run()
    first = packs(Language.EN)[0].items
    press_run(choose(app, names=["negation"]))
    assert items(app) == [[each.anchor, each.closer, each.farther] for each in first]


# Missing, failing


@LANGUAGES
def test_what_is_missing_is_said(open_app: OpenApp, lang: str) -> None:
    texts = table(lang)
    app = open_app(PAGE, lang=lang)
    press_run(choose(app, models=[]))
    assert [warning.value for warning in app.warning] == [texts["compare.no_model"]]
    press_run(choose(app, names=[]))
    assert [warning.value for warning in app.warning] == [texts["probes.no_pack"]]
    choose(app)
    app.button_group(key=Key.PROBES_LANGUAGES).set_value([])
    press_run(app)
    assert [warning.value for warning in app.warning] == [texts["probes.no_pack"]]
    assert Key.PROBES_RESULT not in app.session_state


@LANGUAGES
def test_a_model_that_is_not_here_is_told_of_beside_the_others(
    open_app: OpenApp, lang: str
) -> None:
    absent = "qwen3-embedding-0.6b"
    app = open_app(PAGE, lang=lang)
    press_run(choose(app, models=[absent, "wordllama"]))
    assert any(get_command(find(absent)) in text for text in shown_texts(app))
    assert [trace["name"] for trace in charts(app)[0]["data"]] == ["wordllama"]
    press_run(choose(app, models=[absent]))
    assert any(get_command(find(absent)) in text for text in shown_texts(app))
    assert not charts(app)


def test_a_result_of_a_model_that_was_taken_off_the_list_can_still_be_read(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = add_own_model(monkeypatch, tmp_path / "mine")
    app = press_run(choose(open_app(PAGE), models=[name]))
    added_models().remove(name)
    app.run()
    assert not app.exception
    assert [trace["name"] for trace in charts(app)[0]["data"]] == [name]


# Kept, shared and saved


@pytest.mark.parametrize(
    "change",
    [
        lambda app: app.multiselect(key=Key.PROBES_MODELS).set_value(["char-ngrams"]),
        lambda app: app.button_group(key=Key.PROBES_PACKS).set_value(["roles"]),
        lambda app: app.button_group(key=Key.PROBES_LANGUAGES).set_value(["ja"]),
        lambda app: app.selectbox(key=Key.PROBES_TASK).set_value("none"),
        lambda app: type_rows(app, OWN[1]),
    ],
    ids=["models", "packs", "languages", "task", "items"],
)
def test_a_result_is_marked_once_the_form_has_changed(open_app: OpenApp, change) -> None:
    app = press_run(choose(type_rows(open_app(PAGE), OWN[0])))
    assert not is_stale(app)
    change(app)
    app.run()
    assert is_stale(app)
    press_run(app)
    assert not is_stale(app)


def test_the_view_is_in_the_link_and_own_items_are_not(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "probe", lambda: CPU)
    app = choose(type_rows(open_app(PAGE), *OWN), models=["wordllama"], names=["roles", "numbers"])
    app.button_group(key=Key.PROBES_LANGUAGES).set_value(["en", "ja"])
    app.selectbox(key=Key.PROBES_TASK).set_value("none")
    app.selectbox(key=Key.PROBES_PRECISION).set_value("fast").run()
    assert dict(app.query_params) == {
        "lang": "en",
        "probe_models": "wordllama",
        "probe_languages": ["en", "ja"],
        "probe_packs": ["roles", "numbers"],
        "probe_task": "none",
        "probe_precision": "fast",
    }
    other = open_app(PAGE, **app.query_params)
    for key in (
        Key.PROBES_MODELS,
        Key.PROBES_LANGUAGES,
        Key.PROBES_PACKS,
        Key.PROBES_TASK,
        Key.PROBES_PRECISION,
    ):
        assert other.session_state[key] == app.session_state[key]
    assert typed(other) == []


@pytest.mark.parametrize(
    "query",
    [
        {"probe_models": "no-such-model"},
        {"probe_languages": "fr"},
        {"probe_packs": ["own", "../negation"]},
        {"probe_task": "custom"},
        {"probe_rows": "x", "probe_result": "x", "probe_file_error": "x"},
    ],
    ids=str,
)
def test_what_the_url_may_not_say_is_ignored(
    open_app: OpenApp, query: dict[str, str | list[str]]
) -> None:
    app, plain = open_app(PAGE, **query), open_app(PAGE)
    for key in (Key.PROBES_MODELS, Key.PROBES_LANGUAGES, Key.PROBES_PACKS, Key.PROBES_TASK):
        assert app.session_state[key] == plain.session_state[key]
    assert typed(app) == []
    assert not charts(app)


def test_nothing_typed_is_lost_by_another_page_or_another_language(open_app: OpenApp) -> None:
    app = choose(type_rows(open_app(PAGE), *OWN), models=["wordllama"], names=["roles"])
    press_run(app)
    before = result(app)
    app.button_group(key=Key.LANGUAGE).set_value("ja").run()
    away_and_back(app, PAGE)
    assert typed(app) == list(OWN)
    assert app.multiselect(key=Key.PROBES_MODELS).value == ["wordllama"]
    assert app.session_state[Key.PROBES_PACKS] == ["roles"]
    assert app.session_state[Key.PROBES_LANGUAGES] == ["en"]
    assert result(app) is before
    assert table("ja")["probes.stale"] not in " ".join(captions(app))
    # The table goes on from there.
    type_rows(app, {"anchor": "changed"})
    assert typed(app) == [OWN[0] | {"anchor": "changed"}, OWN[1]]


def test_every_item_is_in_the_csv_and_none_is_a_formula(
    open_app: OpenApp, downloaded: Downloaded
) -> None:
    rows = [item("=1+1", "+a", "@b", kind="-k"), OWN[1]]
    app = press_run(choose(type_rows(open_app(PAGE), *rows), names=["negation"]))
    saved = rows_of(downloaded(app, "export_probes"))
    n_items = len(packs(Language.EN)[0].items)
    assert len(saved) == len(MODELS) * (n_items + 2)
    own = [row for row in saved if row["pack"] == "own"]
    assert [row["model"] for row in own] == [model for model in MODELS for _ in rows]
    assert [own[0][name] for name in COLUMNS[:4]] == ["'=1+1", "'+a", "'@b", "'-k"]
    scores = [each for each in result(app).scores if each.pack.name is PackName.OWN]
    margins = [margin for each in scores for margin in each.margins]
    assert [float(row["margin"]) for row in own] == pytest.approx(margins)
    passed = [str(bool(one)) for each in scores for one in each.passed]
    assert [row["passed"] for row in own] == passed


@pytest.mark.parametrize(
    "hostile", ["<img src=x onerror=alert(1)>", "$x^2$ **b** :red[r]", "{x} %{x} {0}"]
)
def test_an_item_is_shown_as_typed(open_app: OpenApp, hostile: str) -> None:
    app = type_rows(open_app(PAGE), item(hostile, f"{hostile} a", "b", kind=hostile))
    press_run(choose(app, names=[]))
    assert items(app) == [[hostile, f"{hostile} a", "b"]]
    markdown = [*app.markdown, *app.caption, *app.header, *app.warning]
    assert not [element for element in markdown if hostile in element.value]
