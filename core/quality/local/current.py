"""Whether a kept score is still what a run would give."""

from __future__ import annotations

from core.encoding import Engine
from core.errors import ExplorerError
from core.models import find
from core.models.device import Precision
from core.quality.encoder import EvaluatedModel, experiment
from core.quality.local.results import Difference, LocalScore, stale
from core.quality.published import task_facts


def changed(score: LocalScore, engine: Engine, *, dataset_revision: str) -> tuple[Difference, ...]:
    """Return what has changed since the run; nothing where the score is current.

    ``dataset_revision`` is the one that a run would take now.
    """
    from importlib.metadata import version

    precision = Precision(score.setting["precision"])
    try:
        card = find(score.name)
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


def changed_by_facts(score: LocalScore, engine: Engine) -> tuple[Difference, ...]:
    """Return the same without mteb's registry: the data's revision is the one that ships."""
    about = task_facts().get(score.task)
    revision = about.dataset_revision if about else score.dataset_revision
    return changed(score, engine, dataset_revision=revision)
