"""How each protocol measures. What one does not make sense for is told by ``unfit``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from core.models import ModelCard, find
from core.models.card import Loader
from core.models.device import Precision
from core.speed.protocols import batches, fresh, length, lines, words
from core.speed.records import Protocol, Record
from core.speed.subject import OnRound, Subject

# In the process that asks, which has the model.
HERE: Mapping[Protocol, Callable[[Subject, OnRound], Record]] = {
    Protocol.WORDS: words.measure,
    Protocol.LINES: lines.measure,
    Protocol.BATCHES: batches.measure,
    Protocol.LENGTH: length.measure,
}
# In processes of their own, which have done nothing before.
FRESH: Mapping[Protocol, Callable[[str, Precision, OnRound], Record]] = {
    Protocol.COLD_START: fresh.cold_start,
    Protocol.MEMORY: fresh.memory,
    Protocol.THREADS: fresh.threads,
}


class Unfit(StrEnum):
    """Why a protocol says nothing about a model."""

    NO_BATCHES = "no-batches"  # it takes one text after the other
    NO_TOKENIZER = "no-tokenizer"  # its texts can't be made to a number of tokens
    ELSEWHERE = "elsewhere"  # threads and memory are the server's, and not seen from here


def unfit(protocol: Protocol, card: ModelCard) -> Unfit | None:
    """Return why not, None where the protocol makes sense for the model."""
    if card.loader is Loader.SERVER:
        if protocol in (Protocol.THREADS, Protocol.MEMORY):
            return Unfit.ELSEWHERE
        if protocol is Protocol.LENGTH and not (card.endpoint and card.endpoint.base):
            return Unfit.NO_TOKENIZER
    if card.loader is Loader.CHAR_NGRAMS:
        return {Protocol.BATCHES: Unfit.NO_BATCHES, Protocol.LENGTH: Unfit.NO_TOKENIZER}.get(
            protocol
        )
    return None


def unfit_for(protocol: Protocol, model: str) -> Unfit | None:
    """Return the same for a model's name. Raises ModelNotFound."""
    return unfit(protocol, find(model))
