"""Tokens of texts, counted in the models lane a few hundred texts at a time."""

from __future__ import annotations

from collections.abc import Sequence

from core.encoding.engine import Engine, OnProgress
from core.models import tokens
from core.models.device import Precision
from core.models.tokens import TokenCount, TokenCounts

TEXTS_AT_ONCE = 500  # so that a typed query never waits long behind them


def count_tokens(
    texts: Sequence[str],
    *,
    engine: Engine,
    model: str,
    precision: Precision = Precision.EXACT,
    on_progress: OnProgress | None = None,
) -> TokenCounts:
    """Count the tokens of each text as it is sent, prompt included.

    ``on_progress`` gets (done, total) of the texts. Raises BadRequest for a model without a
    tokenizer, and what Engine.load_request raises.
    """
    request = engine.load_request(model, precision)
    counts: list[TokenCount] = []
    limit: int | None = None
    for start in range(0, len(texts), TEXTS_AT_ONCE):
        answer = engine.ask(tokens.count, request, texts[start : start + TEXTS_AT_ONCE])
        counts.extend(answer.counts)
        limit = answer.limit
        if on_progress:
            on_progress(len(counts), len(texts))
    return TokenCounts(counts=tuple(counts), limit=limit)
