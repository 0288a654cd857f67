"""What the Map page asks: a set, models, and how they are drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import streamlit as st

from core.maps.projection import Method, ProjectionRequest
from core.models import Task
from core.models.device import Precision
from core.sets import TextSet
from core.sets.neighbours import Metric
from core.sets.places import PlaceSet
from pages._ui import boxes, links, pickers, recorded
from pages._ui.keys import Key
from pages._ui.texts import language, t
from pages.explore.gathering import chosen
from pages.explore.gathering.chosen import Embedded
from pages.explore.mapping import colouring

MOST_MODELS = 3
LEAST_NEIGHBOURS, MOST_NEIGHBOURS = 2, 50
MIN_DIST_STEP = 0.05
MOST_SEED = 999
MOST_K = 46  # a prefecture has so many others
DEFAULT_MODELS = ("all-MiniLM-L6-v2", "wordllama", "char-ngrams")
TASKS = tuple(task for task in Task if task is not Task.CUSTOM)
LINKED: dict[Key, links.Reader] = {
    Key.MAP_SET: links.one_of(chosen.BUILT_IN),
    Key.MAP_MODELS: lambda values: links.some_of(pickers.names(), MOST_MODELS)(values),
    Key.MAP_TASK: links.one_of(TASKS),
    Key.MAP_PRECISION: links.one_of(tuple(Precision)),
    Key.MAP_METHOD: links.one_of(tuple(Method)),
    Key.MAP_COMPONENTS: links.whole_number(2, 3),
    Key.MAP_METRIC: links.one_of(tuple(Metric)),
    Key.MAP_NEIGHBOURS: links.whole_number(LEAST_NEIGHBOURS, MOST_NEIGHBOURS),
    Key.MAP_MIN_DIST: links.number(0.0, 1.0),
    Key.MAP_SEED: links.whole_number(0, MOST_SEED),
    Key.MAP_K: links.whole_number(1, MOST_K),
}


def prepare() -> None:
    """Fill the form on the first visit."""
    links.fill("map", LINKED, _defaults())
    if source() not in chosen.names():
        st.session_state[Key.MAP_SET] = _defaults()[Key.MAP_SET]


def write_link() -> None:
    """Put what makes the view shareable into the URL."""
    defaults = _defaults()
    links.write({key: defaults[key] for key in LINKED})


def models() -> list[str]:
    """Return the chosen models."""
    return st.session_state[Key.MAP_MODELS]


def source() -> str:
    """Return the id of the chosen set."""
    return st.session_state[Key.MAP_SET]


def task() -> Task:
    return Task(st.session_state[Key.MAP_TASK])


def precision() -> Precision:
    return Precision(st.session_state[Key.MAP_PRECISION])


def from_file() -> list[Embedded]:
    """Return the vectors that the set's own file brought, if it did."""
    found = chosen.known(source(), chosen.OWN_VECTORS, task(), precision())
    return [found] if found is not None else []


def projection() -> ProjectionRequest:
    """Return how the vectors are to be drawn."""
    state = st.session_state
    return ProjectionRequest(
        method=Method(state[Key.MAP_METHOD]),
        components=state[Key.MAP_COMPONENTS],
        metric=Metric(state[Key.MAP_METRIC]),
        neighbours=state[Key.MAP_NEIGHBOURS],
        min_dist=state[Key.MAP_MIN_DIST],
        seed=state[Key.MAP_SEED],
    )


def draw_set() -> None:
    """Draw the pickers of the set and the models, or send them again where nothing has changed."""
    labelled = pickers.settled(Key.MAP_MODELS)
    recorded.drawn(_draw_set, labelled, key=(labelled, chosen.names()))


def _draw_set(labelled: Mapping[str, str]) -> None:
    left, right = st.columns([2, 3], gap="medium")
    with left:
        st.selectbox(
            t("map.set"),
            chosen.names(),
            format_func=chosen.label,
            key=Key.MAP_SET,
            on_change=lambda: st.session_state.update({Key.MAP_SELECTED: ()}),
            persist_state="session",
        )
    with right:
        pickers.models(t("compare.models"), Key.MAP_MODELS, most=MOST_MODELS, labelled=labelled)


def draw_picture() -> None:
    """Draw how the picture is made, and what colours it, or send it again where nothing has changed."""
    text_set = chosen.text_set(source())
    recorded.drawn(_draw_picture, text_set, key=(text_set.id, pickers.precisions()))


def _draw_picture(text_set: TextSet) -> None:
    method = _draw_projection(text_set)
    more = boxes.folded(t("map.more"), Key.MAP_MORE, ":material/tune:")
    if not more.open:
        return
    with more, st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        _choice(
            t("map.components"),
            Key.MAP_COMPONENTS,
            [2, 3],
            lambda each: t(f"map.components_{each}"),
        )
        _choice(
            t("map.metric"),
            Key.MAP_METRIC,
            [str(each) for each in Metric],
            lambda each: t(f"map.metric_{each}"),
        )
        st.number_input(
            t("map.seed"),
            0,
            MOST_SEED,
            key=Key.MAP_SEED,
            disabled=method is Method.PCA,
            help=t("map.seed_help"),
            persist_state="session",
        )
        pickers.task(t("map.task"), Key.MAP_TASK, t("map.task_help"), tasks=TASKS)
        pickers.precision(Key.MAP_PRECISION)


def beyond_pictures() -> tuple[object, ...]:
    """Return what the page shows besides the pictures depends on, and the vectors themselves."""
    keys = (Key.MAP_TASK, Key.MAP_PRECISION, Key.MAP_METRIC, Key.MAP_COLOUR, Key.MAP_SELECTED)
    return tuple(st.session_state.get(key) for key in keys)


def _draw_projection(text_set: TextSet) -> Method:
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        _choice(
            t("map.method"),
            Key.MAP_METHOD,
            [str(each) for each in Method],
            lambda each: t(f"map.method_{each}"),
        )
        method = Method(st.session_state[Key.MAP_METHOD])
        st.slider(
            t("map.neighbours"),
            LEAST_NEIGHBOURS,
            MOST_NEIGHBOURS,
            key=Key.MAP_NEIGHBOURS,
            disabled=method is Method.PCA,
            help=t("map.neighbours_help"),
            persist_state="session",
        )
        st.slider(
            t("map.min_dist"),
            0.0,
            1.0,
            step=MIN_DIST_STEP,
            key=Key.MAP_MIN_DIST,
            disabled=method is not Method.UMAP,
            help=t("map.min_dist_help"),
            persist_state="session",
        )
        colouring.draw(text_set)
    return method


def a_step_on(before: ProjectionRequest, asked: ProjectionRequest) -> ProjectionRequest | None:
    """Return the picture of one step further the same way; None where no slider moved by a step."""
    if before == replace(asked, neighbours=before.neighbours):
        step = asked.neighbours - before.neighbours
        following = asked.neighbours + step
        if abs(step) == 1 and LEAST_NEIGHBOURS <= following <= MOST_NEIGHBOURS:
            return replace(asked, neighbours=following)
    if before == replace(asked, min_dist=before.min_dist):
        steps = round((asked.min_dist - before.min_dist) / MIN_DIST_STEP)
        following = round(asked.min_dist + steps * MIN_DIST_STEP, 2)
        if abs(steps) == 1 and 0 <= following <= 1:
            return replace(asked, min_dist=following)
    return None


def _choice(
    title: str, key: Key, options: Sequence[str | int], label: Callable[[str | int], str]
) -> None:
    st.selectbox(title, options, format_func=label, key=key, persist_state="session")


def _defaults() -> dict[Key, object]:
    own = PlaceSet.PREFECTURES_JA if language() == "ja" else PlaceSet.PREFECTURES_EN
    return {
        Key.MAP_SET: own.value,
        Key.MAP_MODELS: list(DEFAULT_MODELS),
        Key.MAP_TASK: Task.CLUSTERING.value,
        Key.MAP_PRECISION: Precision.EXACT.value,
        Key.MAP_METHOD: Method.UMAP.value,
        Key.MAP_COMPONENTS: 2,
        Key.MAP_METRIC: Metric.COSINE.value,
        Key.MAP_NEIGHBOURS: 10,
        Key.MAP_MIN_DIST: 0.1,
        Key.MAP_SEED: 0,
        Key.MAP_K: 10,
        Key.MAP_SELECTED: (),
    }
