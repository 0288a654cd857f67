"""What a loaded model is made of. Runs in the models lane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.models.diagnose import module_name
from core.models.load_request import LoadRequest
from core.models.loading import get, loaded


@dataclass(frozen=True, kw_only=True)
class Part:
    """One module of a sentence-transformers model, in the order in which a text goes through."""

    name: str
    detail: str
    parameters: int
    memory_bytes: int


@dataclass(frozen=True, kw_only=True)
class InMemory:
    """A model that the worker holds."""

    name: str
    device: str
    dtype: str
    memory_bytes: int


def parts(request: LoadRequest) -> tuple[Part, ...]:
    """Return the model's parts, loading it first if need be; none for the n-gram baseline."""
    model = get(request).model
    return tuple(_part(module) for module in model) if model is not None else ()


def in_memory() -> tuple[InMemory, ...]:
    """Return what the worker holds, least recently used first."""
    return tuple(
        InMemory(
            name=entry.request.card.name,
            device=entry.request.identity.device,
            dtype=entry.request.identity.dtype,
            memory_bytes=entry.report.memory_bytes,
        )
        for entry in loaded()
    )


def _part(module: Any) -> Part:
    weights = list(module.parameters())
    return Part(
        name=module_name(module),
        detail=_detail(module),
        parameters=sum(weight.numel() for weight in weights),
        memory_bytes=sum(weight.numel() * weight.element_size() for weight in weights),
    )


def _detail(module: Any) -> str:
    if hasattr(module, "auto_model"):
        return type(module.auto_model).__name__
    if hasattr(module, "pooling_mode"):
        return str(module.pooling_mode)
    if hasattr(module, "in_features"):
        return f"{module.in_features} → {module.out_features}"
    if hasattr(module, "embedding_dim"):
        return f"{module.embedding_dim}"
    return ""
