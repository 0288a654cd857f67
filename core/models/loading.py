"""The models that are in memory. Everything here runs in the models lane."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.models import golden
from core.models.card import Loader, ModelCard
from core.models.device import Precision
from core.models.encoder import Encoder
from core.models.files import locate, stored_prompts
from core.models.folders import size_of
from core.models.load_request import LoadReport, LoadRequest
from core.models.loaders import LOADERS, WITHOUT_LIBRARIES
from core.models.memory import Budget, check_fits, weights_in_memory

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A model in memory. ``model`` is None for one that is not sentence-transformers'."""

    request: LoadRequest
    encoder: Encoder
    model: SentenceTransformer | None
    report: LoadReport


def import_libraries() -> float:
    """Import what loading needs; return the seconds it took, next to none the second time."""
    start = time.perf_counter()
    import sentence_transformers  # noqa: F401 # pyright: ignore[reportUnusedImport]
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # the worker has no terminal of its own
    return time.perf_counter() - start


def load(request: LoadRequest) -> LoadReport:
    """Have the model ready in this process, checked against its golden example.

    Raises ModelNotHere, TooLarge, LoadFailed and what safety.check_folder raises.
    """
    found = _loaded.get(request)
    if found is not None:
        _loaded.move_to_end(request)
        report = found.report
        return LoadReport(
            import_seconds=0.0,
            load_seconds=0.0,
            golden=report.golden,
            dimension=report.dimension,
            max_tokens=report.max_tokens,
            memory_bytes=report.memory_bytes,
        )
    return _load_new(request).report


def loaded() -> tuple[Loaded, ...]:
    """Return what is in memory, least recently used first."""
    return tuple(_loaded.values())


def get(request: LoadRequest) -> Loaded:
    """Return the model, loading it first if need be."""
    load(request)
    return _loaded[request]


def unload(model: str) -> int:
    """Let every load of the model with this name go; return how many there were."""
    gone = [request for request in _loaded if request.card.name == model]
    for request in gone:
        del _loaded[request]
    _free()
    return len(gone)


def encode(request: LoadRequest, texts: Sequence[str], prompts: Sequence[str]) -> np.ndarray:
    """Return float32, shape (n_texts, dim), from the model, loading it first if need be."""
    return get(request).encoder.encode(texts, prompts)


def _load_new(request: LoadRequest) -> Loaded:
    card = request.card
    import_seconds = import_libraries() if card.loader not in WITHOUT_LIBRARIES else 0.0
    start = time.perf_counter()
    needed = _bytes_needed(request)
    unloaded = _make_room(request, needed)
    if card.loader is not Loader.SERVER:
        check_fits(card.name, needed, request.identity.device)
    encoder, model = LOADERS[card.loader](request)
    causes = _causes(card, model)
    result = golden.check(
        card, encoder.encode, causes, stored=stored_prompts(card), precision=_checked_as(request)
    )
    entry = Loaded(
        request=request,
        encoder=encoder,
        model=model,
        report=LoadReport(
            import_seconds=import_seconds,
            load_seconds=time.perf_counter() - start,
            golden=result,
            # Measured: the text model of EmbeddingGemma 2 states another size than it gives.
            dimension=encoder.encode(["a"], [""]).shape[1],
            max_tokens=_max_tokens(model),
            memory_bytes=needed,
            unloaded=unloaded,
        ),
    )
    _loaded[request] = entry
    return entry


def _checked_as(request: LoadRequest) -> Precision:
    # A server does not say its precision, and most run quantised or 16-bit weights.
    return Precision.FAST if request.card.loader is Loader.SERVER else request.precision


def _bytes_needed(request: LoadRequest) -> int:
    folder = locate(request.card)
    weights = weights_in_memory(request.card, folder, request.identity.dtype) if folder else 0
    # OpenVINO has its own copy of the transformer's.
    return weights + (size_of(Path(request.export_folder)) if request.export_folder else 0)


def _make_room(request: LoadRequest, needed: int) -> tuple[str, ...]:
    if request.card.loader is Loader.SERVER:
        return ()
    budget = Budget(request.budget_bytes, request.identity.device)
    held = sum(entry.report.memory_bytes for entry in _loaded.values())
    # Asked first, so that a model that can't be had does not cost the others their place.
    budget.check(request.card.name, needed)
    check_fits(request.card.name, needed, request.identity.device, held=held)
    gone: list[str] = []
    while _loaded and not budget.holds(needed, [x.report.memory_bytes for x in _loaded.values()]):
        _, oldest = _loaded.popitem(last=False)
        gone.append(oldest.request.card.name)
    if gone:
        _free()
    return tuple(gone)


def _free() -> None:
    import gc
    import sys

    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def _causes(card: ModelCard, model: SentenceTransformer | None) -> tuple[golden.Cause, ...]:
    if model is None:
        return ()
    from core.models.diagnose import find_causes

    return find_causes(card, model)


def _max_tokens(model: SentenceTransformer | None) -> int | None:
    limit: Any = model.max_seq_length if model is not None else None
    # A static embedding says infinity.
    return int(limit) if limit is not None and math.isfinite(limit) else None


_loaded: OrderedDict[LoadRequest, Loaded] = OrderedDict()
