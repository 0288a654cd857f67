"""What the Benchmarks page asks: a benchmark, and the models to hold beside each other."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.models import catalogue
from core.quality.published import (
    Benchmark,
    ModelFacts,
    leaderboard,
    model_facts,
    models_of,
    tasks_of,
)
from pages._ui import boxes, links, pickers, recorded
from pages._ui.keys import Key
from pages._ui.texts import t

MOST_MODELS = 100
MOSTLY, FEWEST = 0.85, 3
# In millions of parameters; the last has no upper end.
SIZES = {"all": None, "small": (0, 100), "middle": (100, 500), "large": (500, None)}
DIMENSIONS = {"all": None, "small": (0, 384), "middle": (385, 768), "large": (769, None)}
ANY = ""
LANGUAGES = {ANY: "", "ja": "jpn", "en": "eng"}
LINKED: dict[Key, links.Reader] = {
    Key.BENCHMARK: links.one_of(tuple(Benchmark)),
    Key.BENCHMARKS_MODELS: lambda values: links.some_of(tuple(model_facts()), MOST_MODELS)(values),
}


def prepare() -> None:
    """Fill the form on the first visit."""
    links.fill("benchmarks", LINKED, _defaults())
    state = st.session_state
    scored = models_of(benchmark())
    kept = [model for model in state[Key.BENCHMARKS_MODELS] if model in scored]
    pickers.choose(Key.BENCHMARKS_MODELS, kept)
    if state.get(Key.BENCHMARKS_FOR) != benchmark():  # of another benchmark, models were others
        state[Key.BENCHMARKS_FOR] = benchmark()
        state[Key.BENCHMARKS_MODELS] = kept or _chosen_at_first(benchmark())


def write_link() -> None:
    """Put what makes the view shareable into the URL."""
    links.write({key: _defaults()[key] for key in LINKED})


def benchmark() -> Benchmark:
    return Benchmark(st.session_state[Key.BENCHMARK])


def models() -> list[str]:
    return st.session_state[Key.BENCHMARKS_MODELS]


def draw() -> None:
    """Draw the pickers and the filters, or send them again where nothing has changed."""
    recorded.drawn(_draw, key="")


def _draw() -> None:
    left, right = st.columns([1, 3], gap="medium")
    with left:
        st.selectbox(
            t("benchmarks.benchmark"),
            [each.value for each in Benchmark],
            format_func=lambda name: t(f"benchmarks.{Benchmark(name).name.lower()}"),
            key=Key.BENCHMARK,
            help=t("benchmarks.benchmark_help"),
            persist_state="session",
        )
    with right:
        st.multiselect(
            t("compare.models"),
            models_of(benchmark()),
            key=Key.BENCHMARKS_MODELS,
            help=t("benchmarks.models_help"),
            persist_state="session",
        )
    box = boxes.folded(t("benchmarks.filter"), Key.BENCHMARKS_FILTER, ":material/filter_alt:")
    if box.open:
        with box:
            _filter()


def _filter() -> None:
    """Draw what decides which models the buttons below choose."""
    size, dimension, language, licence = st.columns(4, gap="small")
    with size:
        _choice(t("benchmarks.size"), Key.BENCHMARKS_SIZE, SIZES, "size")
    with dimension:
        _choice(t("model.dimension"), Key.BENCHMARKS_DIMENSION, DIMENSIONS, "dimension")
    with language:
        st.selectbox(
            t("benchmarks.language"),
            list(LANGUAGES),
            format_func=lambda code: t(f"probes.language_{code}") if code else t("benchmarks.any"),
            key=Key.BENCHMARKS_LANGUAGE,
            help=t("benchmarks.language_help"),
            persist_state="session",
        )
    with licence:
        licences = sorted({facts.licence for facts in model_facts().values() if facts.licence})
        st.multiselect(
            t("model.licence"),
            licences,
            key=Key.BENCHMARKS_LICENCES,
            placeholder=t("benchmarks.any"),
            persist_state="session",
        )
    tests, facts = _tests(), model_facts()
    fitting = [
        model for model in models_of(benchmark()) if all(test(facts[model]) for test in tests)
    ]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            t("benchmarks.choose", count=len(fitting)),
            key=Key.BENCHMARKS_CHOOSE,
            icon=":material/done_all:",
            disabled=not fitting,
            on_click=lambda: st.session_state.update({Key.BENCHMARKS_MODELS: fitting}),
        )
        st.button(
            t("benchmarks.choose_ours"),
            key=Key.BENCHMARKS_OURS,
            icon=":material/restart_alt:",
            on_click=lambda: st.session_state.update(
                {Key.BENCHMARKS_MODELS: _chosen_at_first(benchmark())}
            ),
        )


def _choice(title: str, key: Key, options: dict[str, object], kind: str) -> None:
    st.selectbox(
        title,
        list(options),
        format_func=lambda option: t(f"benchmarks.{kind}_{option}"),
        key=key,
        persist_state="session",
    )


def _tests() -> list[Callable[[ModelFacts], bool]]:
    """Return what a model must fulfil: a test for each filter that is set."""
    state = st.session_state
    size = SIZES[state.get(Key.BENCHMARKS_SIZE) or "all"]
    dimension = DIMENSIONS[state.get(Key.BENCHMARKS_DIMENSION) or "all"]
    language = LANGUAGES[state.get(Key.BENCHMARKS_LANGUAGE) or ANY]
    licences = state.get(Key.BENCHMARKS_LICENCES)
    tests: list[Callable[[ModelFacts], bool]] = []
    if size is not None:
        tests.append(lambda facts: _within(facts.parameters and facts.parameters / 1e6, size))
    if dimension is not None:
        tests.append(lambda facts: _within(facts.dimension, dimension))
    if language:
        tests.append(lambda facts: _speaks(facts, language))
    if licences:
        tests.append(lambda facts: facts.licence in licences)
    return tests


def _within(value: float | None, span: tuple[int, int | None]) -> bool:
    low, high = span
    return value is not None and value >= low and (high is None or value <= high)


def _speaks(facts: ModelFacts, code: str) -> bool:
    return any(language.startswith(code) for language in facts.languages)


def _chosen_at_first(which: Benchmark) -> list[str]:
    """Return the models of our own catalogue that have most of the tasks, so that much compares."""
    ours = {card.id for card in catalogue()}
    scored = [model for model in models_of(which) if model in ours]
    standings = leaderboard(which, scored).standings
    most = [each.model for each in standings if each.tasks >= MOSTLY * len(tasks_of(which))]
    return most if len(most) >= FEWEST else scored


def _defaults() -> dict[Key, object]:
    first = Benchmark.JMTEB if st.session_state[Key.LANGUAGE] == "ja" else Benchmark.ENGLISH
    which = Benchmark(st.session_state.get(Key.BENCHMARK, first))
    return {Key.BENCHMARK: first.value, Key.BENCHMARKS_MODELS: _chosen_at_first(which)}
