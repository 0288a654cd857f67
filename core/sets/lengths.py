"""Which texts of a set are longer than a model reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.encoding import Engine
from core.encoding.counting import count_tokens

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Lengths:
    """``tokens`` and ``unread`` (the share of tokens that the vocabulary lacks), both (n_texts,).

    ``cut_at`` is the first character that is not read, -1 where all are; ``limit`` None: no limit.
    """

    limit: int | None
    tokens: np.ndarray
    unread: np.ndarray
    cut_at: np.ndarray

    @property
    def too_long(self) -> np.ndarray:
        """Return the places of the texts that are cut off, longest first."""
        places = np.flatnonzero(self.cut_at >= 0)
        return places[np.argsort(-self.tokens[places], kind="stable")]


def count_lengths(
    texts: Sequence[str],
    prompt: str,
    *,
    engine: Engine,
    model: str,
    on_progress: OnProgress | None = None,
) -> Lengths:
    """Count the tokens of every text behind the prompt; ``cut_at`` counts the text's characters.

    Raises BadRequest for a model without a tokenizer, and what Engine.load_request raises.
    """
    sent = [prompt + text for text in texts]
    found = count_tokens(sent, engine=engine, model=model, on_progress=on_progress)
    counts = found.counts
    return Lengths(
        limit=found.limit,
        tokens=np.array([count.tokens for count in counts], dtype=np.int64),
        unread=np.array([count.unread for count in counts], dtype=np.float32),
        cut_at=np.array(
            [-1 if c.cut_at is None else max(c.cut_at - len(prompt), 0) for c in counts],
            dtype=np.int64,
        ),
    )
