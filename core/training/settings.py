"""How a model is taught."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Loss(StrEnum):
    """What is made smaller."""

    RANKING = "ranking"  # MultipleNegativesRankingLoss: the batch's other texts are negatives, too
    TRIPLET = "triplet"  # TripletLoss: the negative alone


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """``warmup`` is the share of steps in which the learning rate rises.

    ``matryoshka`` are the dimensions that shall hold up alone, none by default.
    """

    epochs: int = 10
    batch_size: int = 32
    learning_rate: float = 1e-4
    warmup: float = 0.1
    seed: int = 42
    loss: Loss = Loss.RANKING
    matryoshka: tuple[int, ...] = ()


# A static embedding moves only the rows of the words it sees, and needs far larger steps.
TRANSFORMER = TrainingSettings()
STATIC = TrainingSettings(learning_rate=5e-2)
