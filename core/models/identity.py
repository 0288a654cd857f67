"""Everything about a model and its engine that decides its vectors."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from core.models.card import Loader, ModelCard
from core.models.device import Device, Precision, dtype_for
from core.models.files import digest

# The library that does the arithmetic for each loader.
BACKENDS: dict[Loader, str] = {
    Loader.SENTENCE_TRANSFORMERS: "torch",
    Loader.WORDLLAMA: "torch",
    Loader.CHAR_NGRAMS: "scikit-learn",
    Loader.SERVER: "server",
}
OPENVINO = "openvino"  # in PyTorch's place, where core.models.openvino serves
SERVER_DEVICE = "server"
UNKNOWN = "unknown"  # a server does not say its precision


@dataclass(frozen=True, kw_only=True)
class ModelIdentity:
    """Two loads with equal identities give equal vectors; it is the model's part of a store key."""

    model_id: str
    revision: str
    files_sha256: str
    backend: str
    backend_version: str
    sentence_transformers: str
    transformers: str
    device: str
    dtype: str
    max_tokens: int | None

    def digest(self) -> str:
        """Return 64 hex digits that another identity does not have."""
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()


def identify(
    card: ModelCard, precision: Precision, device: Device, *, backend: str = ""
) -> ModelIdentity:
    """Return the identity, reading the files but importing none of the heavy libraries.

    ``backend`` is the library that does the arithmetic, empty for the loader's usual one. Raises
    ModelNotHere, ModelFilesDiffer, PrecisionNotOffered.
    """
    backend = backend or BACKENDS[card.loader]
    return ModelIdentity(
        model_id=card.id,
        revision=card.revision,
        files_sha256=digest(card),
        backend=backend,
        backend_version=version_of(backend),
        sentence_transformers=version_of("sentence-transformers"),
        transformers=version_of("transformers"),
        device="cpu" if card.loader is not Loader.SENTENCE_TRANSFORMERS else device.kind,
        dtype=dtype_for(card, precision, device),
        max_tokens=card.max_tokens,
    )


def identify_server(card: ModelCard, answer_sha256: str) -> ModelIdentity:
    """Return the identity of a server's model; its answer to two fixed sentences is its revision.

    The card's id is its address and its name there; no version of ours changes its vectors.
    """
    return ModelIdentity(
        model_id=card.id,
        revision="",
        files_sha256=answer_sha256,
        backend=BACKENDS[Loader.SERVER],
        backend_version="",
        sentence_transformers="",
        transformers="",
        device=SERVER_DEVICE,
        dtype=UNKNOWN,
        max_tokens=None,
    )


@cache
def version_of(package: str) -> str:
    """Return the installed version of a package, empty where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
