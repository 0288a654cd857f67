"""A set's vectors for one model, encoded with progress or read from the store."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.encoding import EncodeRequest, Prompted, Scope
from core.models import PromptChoice, Side, Task, find, resolve
from core.models.device import Precision
from core.models.files import stored_prompts
from core.sets import TextSet
from pages._ui import cached
from pages._ui.keys import Key
from pages._ui.texts import t


@dataclass(frozen=True, kw_only=True)
class Embedded:
    """``vectors`` is float32, (n_texts, dim); ``key`` names everything that decided them."""

    model: str
    vectors: np.ndarray
    key: str
    prompt: str
    dtype: str


def embed(text_set: TextSet, model: str, place: DeltaGenerator) -> Embedded:
    """Return the set's vectors. Raises what Engine.encode raises."""
    state = st.session_state
    card = find(model)
    choice = PromptChoice(task=Task(state[Key.MAP_TASK]))
    prompt = resolve(card, choice, Side.DOCUMENT, stored=stored_prompts(card)).render()
    bars: list[DeltaGenerator] = []

    def show(done: int, total: int) -> None:
        text = t("compare.encoding", model=model, done=done, total=total)
        if not bars:
            bars.append(place.progress(0.0, text=text))
        bars[0].progress(done / total, text=text)

    encoded = cached.engine().encode(
        EncodeRequest(
            model=model,
            inputs=tuple(Prompted(prompt, text) for text in text_set.texts),
            scope=Scope.SHARED if text_set.is_built_in else Scope.SESSION,
            precision=Precision(state[Key.MAP_PRECISION]),
        ),
        on_progress=show,
    )
    return Embedded(
        model=model,
        vectors=encoded.vectors,
        key=f"{text_set.id}\0{prompt}\0{encoded.identity.digest()}",
        prompt=prompt,
        dtype=encoded.identity.dtype,
    )
