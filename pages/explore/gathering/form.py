"""What the Sets page asks: a set, models, prompt and precision."""

from __future__ import annotations

import streamlit as st

from core.models import Task
from core.models.device import Precision
from core.sets.places import PlaceSet
from pages._ui import cached, links, pickers
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.explore.gathering import chosen
from pages.explore.gathering.chosen import Embedded

MOST_MODELS = 3
DEFAULT_MODELS = ("wordllama",)
TASKS = tuple(task for task in Task if task is not Task.CUSTOM)
LINKED: dict[Key, links.Reader] = {
    Key.SETS_SOURCE: links.one_of(chosen.BUILT_IN),
    Key.SETS_MODELS: lambda values: links.some_of(pickers.names(), MOST_MODELS)(values),
    Key.SETS_TASK: links.one_of(TASKS),
    Key.SETS_PRECISION: links.one_of(tuple(Precision)),
}


def prepare() -> None:
    """Fill the form on the first visit."""
    links.fill("sets", LINKED, _defaults())
    if source() not in chosen.names():
        st.session_state[Key.SETS_SOURCE] = chosen.BUILT_IN[0]


def write_link() -> None:
    """Put what makes the view shareable into the URL; a user's own set is not in it."""
    defaults = _defaults()
    links.write({key: defaults[key] for key in LINKED})


def source() -> str:
    return st.session_state[Key.SETS_SOURCE]


def models() -> list[str]:
    return st.session_state[Key.SETS_MODELS]


def task() -> Task:
    return Task(st.session_state[Key.SETS_TASK])


def precision() -> Precision:
    return Precision(st.session_state[Key.SETS_PRECISION])


def embedded() -> list[Embedded]:
    """Return the vectors that are at hand: the file's own, then the chosen models'."""
    names = [chosen.OWN_VECTORS] if chosen.brings_vectors(source()) else []
    found = [chosen.known(source(), name, task(), precision()) for name in (*names, *models())]
    return [each for each in found if each is not None]


def draw_source() -> None:
    """Draw the picker of the set."""
    state, names = st.session_state, chosen.names()
    key = f"{Key.SETS_PICKER}_{state.setdefault(Key.SETS_PICKER_NUMBER, 0)}"
    with st.container(key=Key.SETS_PICKER):
        st.selectbox(
            t("sets.source"),
            names,
            index=names.index(source()),
            format_func=chosen.label,
            key=key,
            on_change=lambda: state.update({Key.SETS_SOURCE: state[key]}),
        )
    st.caption(t("sets.count", count=f"{len(chosen.text_set(source())):,}"))
    made = chosen.own()
    if source() == chosen.OWN and made is not None and made.dropped:
        st.caption(f":orange[:material/filter_alt:] {t('sets.dropped', count=f'{made.dropped:,}')}")


def draw_models() -> None:
    """Draw the models and how they encode."""
    left, middle, right = st.columns([3, 1, 1], gap="small")
    with left:
        pickers.models(t("compare.models"), Key.SETS_MODELS, most=MOST_MODELS)
    with middle:
        pickers.task(t("map.task"), Key.SETS_TASK, t("sets.task_help"), tasks=TASKS)
    with right:
        pickers.precision(Key.SETS_PRECISION)


def draw_facts(found: list[Embedded]) -> None:
    """Say what the vectors at hand are."""
    parts = [
        t("sets.fact", model=each.model, dimension=each.vectors.shape[1], dtype=each.dtype)
        for each in found
    ]
    st.caption(" · ".join(parts))


def _defaults() -> dict[Key, object]:
    device = cached.engine().known_device()
    fast = device is not None and device.native_bfloat16
    return {
        Key.SETS_SOURCE: PlaceSet.MUNICIPALITIES_JA.value,
        Key.SETS_MODELS: list(DEFAULT_MODELS),
        Key.SETS_TASK: Task.SEARCH.value,
        Key.SETS_PRECISION: (Precision.FAST if fast else Precision.EXACT).value,
    }
