"""Tokens of texts, counted in the models lane a few hundred texts at a time."""

from __future__ import annotations

from collections.abc import Sequence

from core.encoding.engine import Engine, OnProgress
from core.errors import BadRequest
from core.models import find, tokens
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

    Those of a server's model are counted with the tokenizer of the model that it serves.

    ``on_progress`` gets (done, total) of the texts. Raises BadRequest for a model without a
    tokenizer, and what Engine.load_request raises.
    """
    card = find(model)
    if card.endpoint is not None:
        reader = tokens.reader_of(card)
        if reader is None:
            raise BadRequest(
                f"The tokens of {card.name} can't be counted: a server does not say its tokenizer.",
                hint="Say on the Models page which model it serves, and have that model here.",
            )
        card = reader
    request = engine.load_request(card.name, precision)
    counts: list[TokenCount] = []
    limit: int | None = None
    for start in range(0, len(texts), TEXTS_AT_ONCE):
        answer = engine.ask(tokens.count, request, texts[start : start + TEXTS_AT_ONCE])
        counts.extend(answer.counts)
        limit = answer.limit
        if on_progress:
            on_progress(len(counts), len(texts))
    return TokenCounts(counts=tuple(counts), limit=limit)
