"""The interface's words: both tables whole, every key in use, and no word anywhere else."""

from __future__ import annotations

import ast
import re
import string
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest
import streamlit as st
from google.protobuf.json_format import MessageToJson

import core.errors
from core.compare import CompareRequest, StepName
from core.compare.background import Language
from core.compare.experiment import Experiment, ProblemKind, to_content
from core.compare.probes import COLUMNS, PackName
from core.compare.published import Source
from core.compare.quantised import Storage
from core.compare.reading import Concern
from core.errors import ExplorerError, Word
from core.maps.projection import Method
from core.models import Origin, PromptOrigin, Side, Task
from core.models.device import Precision
from core.models.folders import FolderKind
from core.models.golden import CauseKind, GoldenState
from core.models.tokens import TokenKind
from core.quality.labelled.data import MAIN_SCORES, Kind
from core.quality.labelled.reading import Fault
from core.quality.local.results import Difference
from core.quality.published import Benchmark, task_facts
from core.sets.chunks import ChunkBy
from core.sets.clusters import ClusterMethod
from core.sets.neighbours import Metric
from core.sets.places import PlaceSet, place_set
from core.sets.reading import FileKind
from core.settings import ROOT
from core.speed.cost import Cost
from pages._ui.keys import Key
from pages._ui.texts import LANGUAGES, table
from pages.explore.comparing import documents as compare_documents
from pages.explore.comparing import settings
from pages.explore.gathering import chosen as gathered
from pages.explore.gathering import upload
from pages.explore.probing import result as probing
from pages.explore.prompting import result as prompting
from pages.explore.sizing import form as sizing
from pages.measure.timing import precise
from tests.pages.conftest import OpenApp

PAGES = sorted(ROOT.glob("pages/**/*.py"))
EN, JA = table("en"), table("ja")
SECTIONS = {key.partition(".")[0] for key in EN}

FIELDS = to_content(
    Experiment(request=CompareRequest(queries=(), documents=(), models=())),
)
# What stands in the place of a variable part of a key, so that a new value lacks no text. A pattern
# that isn't listed uses every key that it fits.
GUIDED = (
    *("compare", "prompts", "probes", "dimensions", "sets", "map", "benchmarks", "labelled"),
    *("speed", "fine_tune", "models"),
)
EXPANSIONS: Mapping[str, Iterable[str]] = {
    "cause.{}": CauseKind,
    "chunk_by.{}": ChunkBy,
    "cluster_method.{}": ClusterMethod,
    "file_kind.{}": FileKind,
    "sets.column_{}": upload.FIELDS,
    "sets.tab_{}": ("search", "duplicates", "clusters", "disputes", "long", "export"),
    "sets.{}": (
        *gathered.PROBES,
        *(f"cluster{each}" for each in ("", "_texts", "_words", "_samples")),
    ),
    "compare.as_{}": compare_documents.INPUTS,
    "compare.{}_prompt": Side,
    "concern.{}": Concern,
    "field.{}": FIELDS,
    "compare.{}_task": Side,
    "compare.{}_task_help": Side,
    "folders.{}": FolderKind,
    "golden.{}": GoldenState,
    "golden.{}_about": GoldenState,
    "map.method_{}": Method,
    "map.metric_{}": Metric,
    "map.components_{}": ("2", "3"),
    "place.{}": {name for each in PlaceSet for name in place_set(each).columns},
    "place_set.{}": PlaceSet,
    "nav.{}": (
        "explore",
        "compare",
        "prompts",
        "probes",
        "dimensions",
        "sets",
        "map",
        "models",
        "keeps",
        "measure",
        "benchmarks",
        "labelled",
        "speed",
        "train",
        "fine_tune",
    ),
    **{f"guide.{{}}_{part}": GUIDED for part in ("first", "number", "trust")},
    "model.{}": ("facts", "parts", "prompts", "tokenizer", "files"),
    "models.origin_{}": tuple(origin.name.lower() for origin in Origin),
    "models.{}": ("name", "state", "golden", "languages", "licence"),
    "history.{}": ("time", "first_query", "size", "models", "settings"),
    "origin.{}": PromptOrigin,
    "pack.{}": PackName,
    "precision.{}": Precision,
    "probes.language_{}": Language,
    "probes.none_{}": probing.SHOWN,
    "probes.shown_{}": probing.SHOWN,
    "probes.{}": COLUMNS,
    "prompts.changes_{}": Side,
    "prompts.measure_{}": prompting.MEASURES,
    "problem.{}": ProblemKind,
    "result.{}": ("dimension_full", "dimension_cut", "dimension_cut_raw", "dimension_short"),
    "similarity.{}": settings.SIMILARITIES,
    "sizing.source_{}": sizing.Source,
    "benchmarks.{}": tuple(each.name.lower() for each in Benchmark),
    "benchmarks.tab_{}": ("overview", "by_task", "pair", "cards", "local", "notes", "tasks"),
    "speed.cost_{}": Cost,
    "speed.precise_{}": precise.FIGURES,
    "speed.precise_{}_help": precise.FIGURES,
    "local.{}": (
        *("model", "task", "score", "published", "difference", "why", "setting", "prompt", "step"),
    ),
    "local.differs_{}": Difference,
    "labelled.kind_{}": Kind,
    "labelled.{}": ("score", "low", "high", "published"),
    "fault.{}": tuple(each.name.lower() for each in Fault),
    "metric.{}": {
        *(each.main_score for each in task_facts().values()),
        *MAIN_SCORES.values(),
    },
    "task_type.{}": {each.type for each in task_facts().values()},
    "storage.{}": Storage,
    "source.{}": tuple(source.name.lower() for source in Source),
    "step.{}": StepName,
    "task.{}": Task,
    "word.{}": tuple(word.name.lower() for word in Word),
    "tokens.kind_{}": TokenKind,
}
# Texts that show braces as they are: they are never filled.
WITH_BRACES = {"compare.prompt_help"}


def interface(texts: Mapping[str, str]) -> dict[str, str]:
    """Return all texts but those of core's errors, whose English stands in core."""
    return {key: text for key, text in texts.items() if not key.startswith("error.")}


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


# The two tables


def test_both_languages_have_the_same_keys() -> None:
    assert set(interface(EN)) == set(EN)
    assert set(interface(JA)) == set(EN)


def test_every_language_has_a_table_without_empty_texts() -> None:
    for language in LANGUAGES:
        assert [key for key, text in interface(table(language)).items() if not text.strip()] == []


def test_both_languages_have_the_same_places() -> None:
    assert [key for key in EN if places(EN[key]) != places(JA[key])] == []


def test_japanese_texts_are_japanese() -> None:
    def is_japanese(text: str) -> bool:
        kinds = ("HIRAGANA", "KATAKANA", "CJK UNIFIED")
        return any(unicodedata.name(letter, "").startswith(kinds) for letter in text)

    def has_words(text: str) -> bool:  # not an abbreviation, as "ID" or "nDCG@10"
        return bool(re.search("[a-z]{2}", _without_places(text)))

    assert [key for key, text in JA.items() if has_words(text) and not is_japanese(text)] == []


def _without_places(text: str) -> str:
    return re.sub(r"\{[^}]*\}", "", text)


# Core's errors


def error_classes() -> dict[str, type[ExplorerError]]:
    known = {n: kind for n, kind in vars(core.errors).items() if isinstance(kind, type)}
    return {name: kind for name, kind in known.items() if issubclass(kind, ExplorerError)}


def core_nodes() -> Iterator[ast.AST]:
    for path in sorted(ROOT.glob("core/**/*.py")):
        yield from ast.walk(parsed(path))


def raises() -> Iterator[tuple[str, set[str]]]:
    """Yield each making of an ExplorerError in core: its class and the names of its values."""
    for node in core_nodes():
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            given = {keyword.arg for keyword in node.keywords}
            if name in error_classes() and None not in given:  # None: **values, known to nobody
                yield name, {arg for arg in given if arg} - {"message", "hint"}


def test_errors_are_defined_in_one_module() -> None:
    names = set(error_classes())
    derived = {
        node.name
        for node in core_nodes()
        if isinstance(node, ast.ClassDef)
        and names & {getattr(base, "id", getattr(base, "attr", "")) for base in node.bases}
    }
    assert derived == names - {"ExplorerError"}


@pytest.mark.parametrize("name", sorted(error_classes()))
def test_every_error_has_a_japanese_message_and_hint(name: str) -> None:
    assert JA[f"error.{name}.message"].strip()
    assert f"error.{name}.hint" in JA


def test_every_translated_error_exists() -> None:
    named = {key.split(".")[1] for key in JA if key.startswith("error.")}
    assert named == set(error_classes())


@pytest.mark.parametrize("name", sorted(error_classes()))
def test_every_raise_gives_the_values_that_the_japanese_text_has_places_for(name: str) -> None:
    wanted = places(JA[f"error.{name}.message"]) | places(JA[f"error.{name}.hint"])
    made = [given for kind, given in raises() if kind == name]
    assert made or not wanted
    for given in made:
        assert wanted <= given


def test_raises_are_seen() -> None:
    assert ("WorkerLost", {"lane"}) in raises()


# Keys in use


def uses_of_t(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "t":
            yield node


def patterns(node: ast.expr) -> Iterator[str]:
    """Yield the keys that an argument of ``t`` may be, "{}" for each variable part."""
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.IfExp):
        yield from patterns(node.body)
        yield from patterns(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        parts = (str(p.value) if isinstance(p, ast.Constant) else "{}" for p in node.values)
        yield "".join(parts)


def named(tree: ast.Module) -> Iterator[str]:
    """Yield each string that reads as a key, wherever it stands: it may reach ``t`` by a name."""
    in_f_strings = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    for node in ast.walk(tree):
        whole = isinstance(node, ast.Constant) and id(node) not in in_f_strings
        if whole and isinstance(node.value, str):
            section, dot, rest = node.value.partition(".")
            if dot and section in SECTIONS and re.fullmatch(r"[a-z0-9_-]+", rest):
                yield node.value


def used_keys(tree: ast.Module) -> set[str]:
    keys = set(named(tree))
    for call in uses_of_t(tree):
        for pattern in patterns(call.args[0]):
            keys |= set(expanded(pattern))
    return keys


def expanded(pattern: str) -> Iterator[str]:
    """Yield the keys of a pattern; the pattern itself, which is no key, where it fits none."""
    if pattern in EXPANSIONS:
        yield from (pattern.replace("{}", part) for part in EXPANSIONS[pattern])
    else:
        fitting = re.compile(re.escape(pattern).replace(re.escape("{}"), "[^.]+"))
        yield from [key for key in EN if fitting.fullmatch(key)] or [pattern]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_key_that_a_page_uses_exists(path: Path) -> None:
    """A value that is new in EXPANSIONS needs its text, too."""
    assert used_keys(parsed(path)) - set(EN) == set()


def test_no_text_is_unused() -> None:
    used = set().union(*(used_keys(parsed(path)) for path in PAGES))
    assert set(EN) - used == set()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_use_fills_all_places_of_its_text(path: Path) -> None:
    for call in uses_of_t(parsed(path)):
        given = {keyword.arg for keyword in call.keywords}
        for key in patterns(call.args[0]):
            if key in EN and key not in WITH_BRACES and None not in given:
                assert given == places(EN[key]), f"{key}, line {call.lineno}"


def test_uses_of_keys_are_seen() -> None:
    tree = ast.parse(
        "t('a.b'); t('a.c' if x else 'a.d'); t(f'task.{x}'); t(f'new.{x}'); t(f'nav.{x}ore')\n"
        "names = ('nav.compare', 'plain.text', 'nav/models')"
    )
    tasks = {f"task.{task}" for task in Task}
    named = {"a.b", "a.c", "a.d", "new.{}", "nav.explore", "nav.compare"}
    assert used_keys(tree) == named | tasks


# No words outside the tables

NOT_DRAWN = {"Page", "get_option", "set_option", "switch_page", "query_params", "session_state"}
# Their first is a path or a key.
NAME_FIRST = {"audio", "form", "image", "logo", "page_link", "pdf", "video"}
DRAWN = {
    name
    for module in (st, st.column_config, st.delta_generator.DeltaGenerator)
    for name in dir(module)
    if not name.startswith("_") and callable(getattr(module, name))
} - NOT_DRAWN
DRAWN_BY_KEYWORD = {
    "alt",
    "annotation_text",
    "body",
    "caption",
    "captions",
    "format_func",
    "help",
    "hovertext",
    "label",
    "page_title",
    "placeholder",
    "text",
    "ticktext",
    "title",
    "xaxis_title",
    "yaxis_title",
}
FORMATS = {"xaxis", "yaxis", "legend", "layout", "colorbar"}  # dicts with titles in them
PRODUCT = "Umekomi"
MARKUP = re.compile(r":material/\w+:|:[a-z-]+\[|<br>|<extra></extra>|" + PRODUCT)


def words_drawn(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and text of each literal with letters that a call would draw."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            for value in _drawn_arguments(node):
                for text in literals(value):
                    if any(map(str.isalpha, MARKUP.sub("", text))):
                        yield value.lineno, text


def _drawn_arguments(call: ast.Call) -> Iterator[ast.expr]:
    name = getattr(call.func, "attr", "")
    if getattr(getattr(call.func, "value", None), "id", "") == "log":
        return  # the server's log is for its operator
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    if name in DRAWN:
        arguments = call.args[1:] if name in NAME_FIRST else call.args
        # With a format_func the second is what it turns into words.
        yield from arguments[:1] if "format_func" in keywords else arguments
    for keyword, value in keywords.items():
        if keyword in DRAWN_BY_KEYWORD:
            yield value
        elif keyword in FORMATS and isinstance(value, ast.Dict):
            for key, inner in zip(value.keys, value.values, strict=True):
                if isinstance(key, ast.Constant) and key.value in DRAWN_BY_KEYWORD:
                    yield inner


def literals(node: ast.expr) -> Iterator[str]:
    """Yield the literal parts of what the expression gives, without looking into calls of names."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts):
            for part in parts:
                yield from literals(part)
        case ast.FormattedValue(value=inner) | ast.Lambda(body=inner) | ast.Starred(value=inner):
            yield from literals(inner)
        case ast.BinOp(left=left, right=right):
            yield from literals(left)
            yield from literals(right)
        case ast.IfExp(body=one, orelse=other):
            yield from literals(one)
            yield from literals(other)
        case ast.BoolOp(values=parts):
            for part in parts:
                yield from literals(part)
        case ast.Call(func=ast.Attribute(value=ast.Constant() | ast.JoinedStr() as base)):
            yield from literals(base)  # "...".format(...), "...".join(...)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_page_draws_words_that_are_in_no_table(path: Path) -> None:
    assert list(words_drawn(parsed(path))) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_page_draws_html(path: Path) -> None:
    for node in ast.walk(parsed(path)):
        # The one exception is our own stylesheet, a file.
        if isinstance(node, ast.Call) and ast.unparse(node) != "st.html(style.sheet())":
            assert getattr(node.func, "attr", "") not in ("html", "iframe"), node.lineno
            assert "unsafe_allow_html" not in {k.arg for k in node.keywords}, node.lineno


@pytest.mark.parametrize(
    "source",
    [
        "st.title('Compare')",
        "st.title('比べる')",
        "st.button('Go', key='go')",
        "st.button(label='Go')",
        "st.text_area(t('a.b'), placeholder='One a line')",
        "st.text_area(t('a.b'), 'a first value')",
        "st.text_area(t('a.b'), help=f'{t(\"a.b\")} and more')",
        "st.markdown(f'**{name}** says')",
        "st.markdown(':red[:material/error:] **Failed**')",
        "st.markdown('**' + 'Failed' + '**')",
        "st.markdown('{} failed'.format(name))",
        "st.caption(t('a.b') if x else 'nothing')",
        "st.caption(text or 'nothing')",
        "st.radio(t('a.b'), ['left', 'right'])",
        "st.selectbox(t('a.b'), x, format_func=lambda i: f'Number {i}')",
        "st.tabs(['One', 'Two'])",
        "left.metric('Margin', 1)",
        "bar.progress(0.5, text=f'{done} done')",
        "st.page_link('explore/compare.py', label='Compare')",
        "st.Page('explore/compare.py', title='Compare')",
        "st.set_page_config(page_title='Umekomi for you')",
        "st.column_config.NumberColumn('Score', format='%.4f')",
        "st.plotly_chart(figure, alt='A chart')",
        "figure.update_layout(title='A chart')",
        "figure.update_layout(xaxis={'title': 'document', 'type': 'category'})",
        "figure.add_annotation(text='here')",
    ],
)
def test_a_word_that_is_in_no_table_is_found(source: str) -> None:
    assert list(words_drawn(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    [
        "st.title(t('nav.compare'))",
        "st.markdown(f':red[:material/error:] **{t(\"errors.heading\")}**')",
        "st.text(f'{i + 1}. {score:.4f}')",
        "st.metric(t('a.b'), f'{margin:.4f}')",
        "st.button(t('a.b'), key='go', type='primary', icon=':material/undo:')",
        "st.selectbox(t('a.b'), ['left', 'right'], format_func=lambda i: t(f'side.{i}'))",
        "st.page_link('explore/compare.py', label=t('nav.compare'))",
        "st.Page('explore/compare.py', title=t('nav.compare'), url_path='compare')",
        "st.set_page_config(page_title='Umekomi', page_icon='📐', layout='wide')",
        "st.logo('assets/logo.svg', size='medium')",
        "st.column_config.NumberColumn('#', width=40)",
        "st.download_button(t('a.b'), lambda: write(x), file_name='comparison.csv')",
        "go.Bar(x=labels, textposition='outside', hovertemplate='%{y:.4f}<extra></extra>')",
        "figure.update_layout(xaxis={'title': names[1], 'type': 'category'})",
        "'x'.title()",
        "log.error('Unexpected failure')",
        "st.form('add_form', border=False)",
        "', '.join(names)",
    ],
)
def test_words_of_the_tables_and_names_for_programs_are_no_fault(source: str) -> None:
    assert list(words_drawn(ast.parse(source))) == []


# What a Japanese reader gets


@pytest.mark.parametrize("page", ["explore/compare.py", "models/models.py"])
def test_a_japanese_page_has_no_english_of_the_interface(open_app: OpenApp, page: str) -> None:
    app = open_app(
        page, lang="ja", models=["all-MiniLM-L6-v2", "char-ngrams", "qwen3-embedding-0.6b"]
    )
    if page == "explore/compare.py":
        app.button(key=Key.COMPARE_RUN_BUTTON).click().run()
    drawn = "\n".join(
        MessageToJson(node.proto, ensure_ascii=False)
        for node in app.main
        if getattr(node, "proto", None) is not None
    )
    parts = {p.strip() for text in EN.values() for p in re.split(r"\{[^}]*\}", text)}
    telling = {part for part in parts if len(part) > 12 and " " in part}
    assert [part for part in sorted(telling) if part in drawn] == []
    assert JA["nav.compare" if page == "explore/compare.py" else "nav.models"] in drawn
