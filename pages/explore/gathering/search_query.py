"""A typed query as a vector."""

from __future__ import annotations

import numpy as np

from core.encoding import EncodeRequest, Prompted, Scope
from core.models import PromptChoice, Side, find, resolve
from core.models.files import stored_prompts
from pages._ui import cached
from pages.explore.gathering import form


def vector(model: str, query: str) -> np.ndarray:
    """Return the query's vector, float32 (1, dim), with the model's query prompt for the task.

    Raises what Engine.encode raises.
    """
    card = find(model)
    choice = PromptChoice(task=form.task())
    prompt = resolve(card, choice, Side.QUERY, stored=stored_prompts(card)).render()
    asked = EncodeRequest(
        model=model,
        inputs=(Prompted(prompt, query),),
        scope=Scope.SESSION,
        precision=form.precision(),
    )
    return cached.engine().encode(asked).vectors
