"""From files to an encoder: one function for each kind of model. For the models lane."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import LoadFailed
from core.models.card import Loader, ModelCard
from core.models.encoder import Encoder, SentenceTransformerEncoder
from core.models.files import locate
from core.models.load_request import LoadRequest
from core.models.safety import check_folder, needs_code

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

STATIC_BATCH_SIZE = 1024  # a static embedding only looks tokens up

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
    batch_size = STATIC_BATCH_SIZE if static else None
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
