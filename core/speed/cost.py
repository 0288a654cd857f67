"""Quality against cost: which models no other beats on both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.speed.records import Protocol, Record


class Cost(StrEnum):
    """What a model costs; less is better."""

    LATENCY = "latency"  # milliseconds a line, with its share of the overhead of 25 lines
    MEMORY = "memory"  # resident bytes with the model loaded, above the process before
    BYTES = "bytes"  # of one float32 vector


PROTOCOL_OF = {Cost.LATENCY: Protocol.LINES, Cost.MEMORY: Protocol.MEMORY}
LATENCY_LINES = "25"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A model with its cost and quality; ``front``: no other is as good for less."""

    model: str
    cost: float
    quality: float
    front: bool


def vector_bytes(dimension: int) -> float:
    """Return the bytes of one float32 vector."""
    return 4.0 * dimension


def cost_of(record: Record, cost: Cost) -> float | None:
    """Return milliseconds or bytes; None where the record does not say."""
    if cost is Cost.BYTES:
        return vector_bytes(record.dimension)
    if record.protocol is not PROTOCOL_OF[cost]:
        return None
    if cost is Cost.LATENCY:
        found = record.of(LATENCY_LINES)
        return 1000 * found.median / 25 if found else None
    loaded = record.of("loaded")
    return float(loaded.bytes_used) if loaded and loaded.bytes_used is not None else None


def standings(points: Sequence[tuple[str, float, float]]) -> tuple[Standing, ...]:
    """Return (model, cost, quality) with the Pareto front marked."""
    return tuple(
        Standing(model=model, cost=cost, quality=quality, front=not _beaten(points, cost, quality))
        for model, cost, quality in points
    )


def _beaten(points: Sequence[tuple[str, float, float]], cost: float, quality: float) -> bool:
    return any(
        other_cost <= cost
        and other_quality >= quality
        and (other_cost < cost or other_quality > quality)
        for _, other_cost, other_quality in points
    )
