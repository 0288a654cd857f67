"""Whether a kept score is still what a run would give."""

from __future__ import annotations

from core.encoding import Engine
from core.errors import ExplorerError
from core.models import find
from core.models.device import Precision
from core.quality.encoder import EvaluatedModel, experiment
from core.quality.local.results import Difference, LocalScore, stale


def changed(score: LocalScore, engine: Engine, *, dataset_revision: str) -> tuple[Difference, ...]:
    """Return what has changed since the run; nothing where the score is current.

    ``dataset_revision`` is the one that a run would take now.
    """
    from importlib.metadata import version

    precision = Precision(score.setting["precision"])
    try:
        card = find(score.model.removeprefix("local/"))
        load = engine.load_request(card.name, precision).identity.digest()
    except ExplorerError:  # the model is gone, or can't be loaded so any more
        return (Difference.MODEL,)
    now = EvaluatedModel(model=card.name, precision=precision)
    return stale(
        score,
        setting=experiment(now, card, load),
        dataset_revision=dataset_revision,
        mteb_version=version("mteb"),
    )
