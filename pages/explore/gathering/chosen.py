"""The sets there are to choose from, and their vectors for a model."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.compare.background import Language
from core.encoding import EncodeRequest, Prompted, Scope
from core.models import Prompt, PromptChoice, Side, Task, find, resolve
from core.models.device import Precision
from core.models.files import stored_prompts
from core.sets import TextSet
from core.sets.places import PlaceSet, place_set
from core.sets.probe_sentences import probe_sentences
from core.sets.reading import Made
from pages._ui import cached, runs
from pages._ui.keys import Key
from pages._ui.texts import t

OWN = "own"
OWN_VECTORS = "file"  # stands for a model where the file brought its vectors
PROBES = tuple(f"probes-{language}" for language in Language)
BUILT_IN = (*map(str, PlaceSet), *PROBES)
MOST_KEPT = 6


@dataclass(frozen=True, kw_only=True)
class Embedded:
    """``vectors`` is float32, (n_texts, dim); ``key`` names everything that decided them."""

    model: str
    text_set: TextSet
    vectors: np.ndarray
    key: str
    prompt: str
    dtype: str
    seconds: float


def names() -> tuple[str, ...]:
    """Return the ids of the sets: the user's own first, where there is one."""
    return (*((OWN,) if own() is not None else ()), *BUILT_IN)


def own() -> Made | None:
    """Return the user's own set, if one was made."""
    return st.session_state.get(Key.SETS_OWN)


def label(name: str) -> str:
    """Return a set's name in the words of the interface."""
    if name == OWN:
        return t("sets.own")
    return t(f"sets.{name}") if name in PROBES else t(f"place_set.{name}")


def column_label(text_set: TextSet, name: str) -> str:
    """Return a column's name in the words of the interface, a user's own as it is."""
    own = text_set.places is None or not text_set.is_built_in
    return name if own else t(f"place.{name}")


def text_set(name: str) -> TextSet:
    """Return the set of this id."""
    if name == OWN and (made := own()) is not None:
        return made.text_set
    if name in PROBES:
        return probe_sentences(Language(name.removeprefix("probes-")))
    return place_set(PlaceSet(name))


def brings_vectors(name: str) -> bool:
    """Say whether the set came with vectors of its own."""
    return name == OWN and (made := own()) is not None and made.vectors is not None


def prompt_for(model: str, task: Task) -> Prompt:
    """Return the document prompt that the model's texts get."""
    card = find(model)
    return resolve(card, PromptChoice(task=task), Side.DOCUMENT, stored=stored_prompts(card))


def known(name: str, model: str, task: Task, precision: Precision) -> Embedded | None:
    """Return the vectors where this session has them at hand."""
    if model == OWN_VECTORS:
        return _from_file(name)
    chosen = text_set(name)
    kept: list[tuple[tuple[object, ...], Embedded]] = st.session_state.get(Key.SETS_ENCODED, [])
    wanted = (chosen.id, model, task, precision)
    return next((each for key, each in kept if key == wanted), None)


def embed(
    name: str, model: str, task: Task, precision: Precision, show: runs.Show | None = None
) -> Embedded:
    """Return the vectors, encoded where they are not at hand. Raises what Engine.encode raises."""
    found = known(name, model, task, precision)
    if found is not None:
        return found
    chosen = text_set(name)
    prompt = prompt_for(model, task).render()
    start = time.perf_counter()

    def on_progress(done: int, total: int) -> None:
        if show is None:
            return
        rate = done / max(time.perf_counter() - start, 1e-3)
        left = (total - done) / rate if rate else 0.0
        words = t(
            "sets.encoding",
            model=model,
            done=f"{done:,}",
            total=f"{total:,}",
            rate=f"{rate:,.0f}",
            left=f"{left:,.0f}",
        )
        show(done / total, words)

    encoded = cached.engine().encode(
        EncodeRequest(
            model=model,
            inputs=tuple(Prompted(prompt, text) for text in chosen.texts),
            scope=Scope.SHARED if chosen.is_built_in else Scope.SESSION,
            precision=precision,
        ),
        on_progress=on_progress,
    )
    found = Embedded(
        model=model,
        text_set=chosen,
        vectors=encoded.vectors,
        key=f"{chosen.id}\0{prompt}\0{encoded.identity.digest()}",
        prompt=prompt,
        dtype=encoded.identity.dtype,
        seconds=encoded.encode_seconds,
    )
    _keep((chosen.id, model, task, precision), found)
    return found


def _keep(key: tuple[object, ...], found: Embedded) -> None:
    kept = st.session_state.get(Key.SETS_ENCODED, [])
    st.session_state[Key.SETS_ENCODED] = [*kept, (key, found)][-MOST_KEPT:]


def _from_file(name: str) -> Embedded | None:
    made = own() if name == OWN else None
    if made is None or made.vectors is None:
        return None
    return Embedded(
        model=t("sets.file_vectors"),
        text_set=made.text_set,
        vectors=made.vectors,
        key=f"{made.text_set.id}\0{OWN_VECTORS}",
        prompt="",
        dtype="float32",
        seconds=0.0,
    )
