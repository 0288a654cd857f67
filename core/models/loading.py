"""Loading a model in the worker. Everything here runs in the models lane."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from core.errors import LoadFailed
from core.models import golden
from core.models.card import Loader, ModelCard
from core.models.device import Precision
from core.models.files import locate, stored_prompts
from core.models.golden import GoldenResult
from core.models.identity import ModelIdentity
from core.models.memory import Budget, check_fits, weights_in_memory
from core.models.safety import check_folder, needs_code

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BATCH_SIZE = 32
STATIC_BATCH_SIZE = 1024  # a static embedding only looks tokens up


class Encoder(Protocol):
    """Text to vectors."""

    def encode(self, texts: Sequence[str], prompts: Sequence[str]) -> np.ndarray:
        """Return float32, shape (n_texts, dim): row i is texts[i] with prompts[i] before it."""
        ...


@dataclass(frozen=True, kw_only=True)
class LoadRequest:
    """A model as it must be loaded; the identity makes changed files a new load.

    ``budget_bytes`` is what all loaded models together may hold.
    """

    card: ModelCard
    identity: ModelIdentity
    precision: Precision = Precision.EXACT
    budget_bytes: int | None = None

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


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A model in memory. ``model`` is None for one that is not sentence-transformers'."""

    request: LoadRequest
    encoder: Encoder
    model: SentenceTransformer | None
    report: LoadReport


class SentenceTransformerEncoder:
    """A sentence-transformers model behind the Encoder protocol, safe to call from many threads."""

    def __init__(self, model: SentenceTransformer, *, batch_size: int) -> None:
        self._model = model
        self._batch_size = batch_size
        self._pools_prompt = all(getattr(module, "include_prompt", True) for module in model)
        # A fast tokenizer that two threads call at once returns wrong batches without an error.
        self.lock = threading.Lock()

    def encode(self, texts: Sequence[str], prompts: Sequence[str]) -> np.ndarray:
        if self._pools_prompt:
            # The prompt is text like any other, so one call serves every prompt.
            joined = [prompt + text for prompt, text in zip(prompts, texts, strict=True)]
            return self._encode(joined, "")
        vectors: list[np.ndarray] = [np.empty(0)] * len(texts)
        for prompt in dict.fromkeys(prompts):
            rows = [i for i, p in enumerate(prompts) if p == prompt]
            found = self._encode([texts[i] for i in rows], prompt)
            for row, vector in zip(rows, found, strict=True):
                vectors[row] = vector
        return np.stack(vectors)

    def _encode(self, texts: list[str], prompt: str) -> np.ndarray:
        with self.lock:
            vectors = self._model.encode(
                texts,
                prompt=prompt,  # "" too: it keeps a default prompt from being added
                batch_size=self._batch_size,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return np.asarray(vectors, dtype=np.float32)


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
    return weights_in_memory(request.card, folder, request.identity.dtype) if folder else 0


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


Made = tuple[Encoder, "SentenceTransformer | None"]


def _load_sentence_transformer(request: LoadRequest) -> Made:
    import torch
    from sentence_transformers import SentenceTransformer

    from core.models.diagnose import missing_weights
    from core.models.text_only import text_part

    folder, identity = _folder(request), request.identity
    if request.card.remote_code:
        # transformers may know the type's name and still load it wrongly without that code.
        raise needs_code(request.card.name, "model card")
    check_folder(folder)
    part = text_part(folder) if request.card.text_only else nullcontext((folder, {}))
    try:
        with part as (place, options):
            model = SentenceTransformer(
                str(place),
                device=identity.device,
                trust_remote_code=False,
                local_files_only=True,
                model_kwargs={"dtype": getattr(torch, identity.dtype), "use_safetensors": True},
                **options,
            )
        missing = missing_weights(model)
        model = model.to(getattr(torch, identity.dtype))
        if identity.max_tokens is not None:
            model.max_seq_length = identity.max_tokens
        model.encode("a", prompt="", show_progress_bar=False)  # parts that don't fit together
    except (MemoryError, torch.OutOfMemoryError):
        raise
    except Exception as error:  # foreign files fail in any way, and not in our own code
        raise _load_failed(request.card, _one_line(error)) from error
    if missing:
        reason = f"its files lack {len(missing)} of its weights, {missing[0]} among them."
        raise _load_failed(request.card, reason)
    static = not hasattr(model[0], "auto_model")
    batch_size = STATIC_BATCH_SIZE if static else BATCH_SIZE
    return SentenceTransformerEncoder(model, batch_size=batch_size), model


def _load_wordllama(request: LoadRequest) -> Made:
    from safetensors.numpy import load_file
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Normalize
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer
    from torch.nn import Module

    folder = _folder(request)
    (stored,) = load_file(str(folder / "weights" / "l2_supercat_256.safetensors")).values()
    # The file is in float16, in which Normalize turns the zero vector of an empty text into NaN.
    weights = stored.astype(np.float32)
    tokenizer = Tokenizer.from_file(
        str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json")
    )
    tokenizer.no_truncation()
    modules: list[Module] = [StaticEmbedding(tokenizer, embedding_weights=weights), Normalize()]
    model = SentenceTransformer(modules=modules, device="cpu")
    return SentenceTransformerEncoder(model, batch_size=STATIC_BATCH_SIZE), model


def _load_char_ngrams(request: LoadRequest) -> Made:
    from core.models.ngrams import CharNgrams

    return CharNgrams(), None


def _load_server(request: LoadRequest) -> Made:
    from core.models.servers.encoder import ServerEncoder

    assert request.card.endpoint is not None
    return ServerEncoder(request.card.endpoint), None


def _folder(request: LoadRequest) -> Path:
    folder = locate(request.card)
    assert folder is not None  # only a built-in model has no folder
    return folder


def _load_failed(card: ModelCard, reason: str) -> LoadFailed:
    return LoadFailed(
        f"{card.name} could not be loaded: {reason}",
        hint="Check that the folder is a whole sentence-transformers model.",
        name=card.name,
        reason=reason,
    )


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split()).rstrip(".")
    if isinstance(error, LookupError) or not text:
        text = f"{type(error).__name__} {text}".strip()  # of which the text is only the key
    return f"{text}." if len(text) < 300 else f"{text[:300].rstrip()}..."


LOADERS: dict[Loader, Callable[[LoadRequest], Made]] = {
    Loader.SENTENCE_TRANSFORMERS: _load_sentence_transformer,
    Loader.WORDLLAMA: _load_wordllama,
    Loader.CHAR_NGRAMS: _load_char_ngrams,
    Loader.SERVER: _load_server,
}
WITHOUT_LIBRARIES = (Loader.CHAR_NGRAMS, Loader.SERVER)

_loaded: OrderedDict[LoadRequest, Loaded] = OrderedDict()
