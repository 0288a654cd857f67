"""What each model's tokenizer makes of the compared texts: cut off, unknown, or all there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.compare.background import Language, language_of
from core.compare.compare import prompted_documents, prompted_queries
from core.compare.request import CompareRequest, ModelScores
from core.encoding import Engine
from core.encoding.counting import count_tokens
from core.models import ModelCard, find
from core.models.tokens import TokenCount, reader_of

# Of a text's tokens. Rare characters and emoji give a few in any text; a script that the
# vocabulary lacks gives most of them.
MOST_UNREAD = 0.3
MULTILINGUAL = "multilingual"


class Concern(StrEnum):
    """Why a model's answer for some texts is to be doubted."""

    CUT = "cut"  # longer than the model reads
    UNREADABLE = "unreadable"  # in a script that its vocabulary lacks
    LANGUAGE = "language"  # in a language that it was not trained for, as its card says


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How one model reads each query and each document; ``limit`` is in tokens."""

    model: str
    limit: int | None
    queries: tuple[TokenCount, ...]
    documents: tuple[TokenCount, ...]
    concerns: dict[Concern, int]  # the number of texts, for those that there are


def read(request: CompareRequest, result: ModelScores, engine: Engine) -> Reading | None:
    """Count the tokens of every text, prompt included; None where no tokenizer is here for it.

    Raises what Engine.load_request and loading.get raise.
    """
    card = find(result.model)
    if reader_of(card) is None:
        return None
    queries = prompted_queries(request.queries, result.query_prompt)
    documents = prompted_documents(request.documents, result.document_prompt)
    sent = ["".join(prompted) for prompted in (*queries, *documents)]
    distinct = list(dict.fromkeys(sent))
    found = count_tokens(distinct, engine=engine, model=card.name, precision=request.precision)
    by_text = dict(zip(distinct, found.counts, strict=True))
    counts = [by_text[text] for text in sent]
    texts = (*request.queries, *(document.text for document in request.documents))
    return Reading(
        model=card.name,
        limit=found.limit,
        queries=tuple(counts[: len(queries)]),
        documents=tuple(counts[len(queries) :]),
        concerns=_concerns(card, texts, counts),
    )


def _concerns(
    card: ModelCard, texts: tuple[str, ...], counts: list[TokenCount]
) -> dict[Concern, int]:
    unreadable = [count.unread > MOST_UNREAD for count in counts]
    found = {
        Concern.CUT: sum(count.cut_at is not None for count in counts),
        Concern.UNREADABLE: sum(unreadable),
        # Said once for each text: what can't be read at all is not in question.
        Concern.LANGUAGE: sum(
            not bad and _is_foreign(card, language_of(text))
            for bad, text in zip(unreadable, texts, strict=True)
        ),
    }
    return {concern: count for concern, count in found.items() if count}


def _is_foreign(card: ModelCard, language: Language | None) -> bool:
    if language is None or not card.languages or MULTILINGUAL in card.languages:
        return False
    return language not in card.languages
