"""From files to an encoder: one function for each kind of model. For the models lane."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from core.models.card import Loader
from core.models.encoder import Encoder, SentenceTransformerEncoder
from core.models.identity import OPENVINO
from core.models.load_request import LoadRequest
from core.models.opening import folder_of, open_model

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

STATIC_BATCH_SIZE = 1024  # a static embedding only looks tokens up

Made = tuple[Encoder, "SentenceTransformer | None"]


def _load_sentence_transformer(request: LoadRequest) -> Made:
    identity = request.identity
    in_openvino = identity.backend == OPENVINO
    # OpenVINO rounds by itself; the modules after the transformer stay in float32 then.
    dtype = "float32" if in_openvino else identity.dtype
    model = open_model(
        request.card, device=identity.device, dtype=dtype, max_tokens=identity.max_tokens
    )
    if in_openvino:
        from core.models.openvino.transformer import put_in

        put_in(model, request)
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

    folder = folder_of(request.card)
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


LOADERS: dict[Loader, Callable[[LoadRequest], Made]] = {
    Loader.SENTENCE_TRANSFORMERS: _load_sentence_transformer,
    Loader.WORDLLAMA: _load_wordllama,
    Loader.CHAR_NGRAMS: _load_char_ngrams,
    Loader.SERVER: _load_server,
}
WITHOUT_LIBRARIES = (Loader.CHAR_NGRAMS, Loader.SERVER)
