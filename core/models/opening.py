"""Opening a sentence-transformers folder safely and completely. For worker processes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import LoadFailed
from core.models.card import ModelCard
from core.models.files import locate
from core.models.safety import check_folder, needs_code

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


def open_model(
    card: ModelCard,
    *,
    device: str = "cpu",
    dtype: str = "float32",
    max_tokens: int | None = None,
    model_kwargs: Mapping[str, Any] | None = None,
) -> SentenceTransformer:
    """Return sentence-transformers' model of the card's files; ``model_kwargs`` go to transformers.

    ``max_tokens`` None leaves the limit that the files give.
    Raises ModelNotHere, LoadFailed and what safety.check_folder raises.
    """
    import torch
    from sentence_transformers import SentenceTransformer

    from core.models.diagnose import missing_weights
    from core.models.text_only import text_part

    folder = folder_of(card)
    if card.remote_code:
        # transformers may know the type's name and still load it wrongly without that code.
        raise needs_code(card.name, "model card")
    check_folder(folder)
    part = text_part(folder) if card.text_only else nullcontext((folder, {}))
    wanted: torch.dtype = getattr(torch, dtype)
    try:
        with part as (place, options):
            model = SentenceTransformer(
                str(place),
                device=device,
                trust_remote_code=False,
                local_files_only=True,
                model_kwargs={"dtype": wanted, "use_safetensors": True, **(model_kwargs or {})},
                **options,
            )
        missing = missing_weights(model)
        model = model.to(wanted)
        if max_tokens is not None:
            model.max_seq_length = max_tokens
        model.encode("a", prompt="", show_progress_bar=False)  # parts that don't fit together
    except (MemoryError, torch.OutOfMemoryError):
        raise
    except Exception as error:  # foreign files fail in any way, and not in our own code
        raise _load_failed(card, one_line(error)) from error
    if missing:
        reason = f"its files lack {len(missing)} of its weights, {missing[0]} among them."
        raise _load_failed(card, reason)
    return model


def folder_of(card: ModelCard) -> Path:
    folder = locate(card)
    assert folder is not None  # only a built-in model has no folder
    return folder


def one_line(error: BaseException) -> str:
    """Return what a foreign error says, short enough for a page."""
    text = " ".join(str(error).split()).rstrip(".")
    if isinstance(error, LookupError) or not text:
        text = f"{type(error).__name__} {text}".strip()  # of which the text is only the key
    return f"{text}." if len(text) < 300 else f"{text[:300].rstrip()}..."


def _load_failed(card: ModelCard, reason: str) -> LoadFailed:
    return LoadFailed(
        f"{card.name} could not be loaded: {reason}",
        hint="Check that the folder is a whole sentence-transformers model.",
        name=card.name,
        reason=reason,
    )
