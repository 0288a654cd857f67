"""How a model must be loaded, and what loading it took."""

from __future__ import annotations

from dataclasses import dataclass

from core.models.card import ModelCard
from core.models.device import Precision
from core.models.golden import GoldenResult
from core.models.identity import ModelIdentity


@dataclass(frozen=True, kw_only=True)
class LoadRequest:
    """A model as it must be loaded; the identity makes changed files a new load.

    ``budget_bytes`` is what all loaded models together may hold; ``export_folder`` is where
    OpenVINO's part is, for an identity that names it.
    """

    card: ModelCard
    identity: ModelIdentity
    precision: Precision = Precision.EXACT
    budget_bytes: int | None = None
    export_folder: str = ""

    def __hash__(self) -> int:  # the card holds a dict
        return hash(self.identity)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LoadRequest) and other.identity == self.identity


@dataclass(frozen=True, kw_only=True)
class LoadReport:
    """What it took to have the model ready, and whether it is as its authors say.

    Zero seconds stand for what was ready before. ``dimension`` and ``max_tokens`` are the loaded
    model's own, ``unloaded`` the names of models that had to go.
    """

    import_seconds: float
    load_seconds: float
    golden: GoldenResult
    dimension: int
    max_tokens: int | None
    memory_bytes: int
    unloaded: tuple[str, ...] = ()
