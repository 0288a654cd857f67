"""What a model's tokenizer makes of a text, and where the model stops reading."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.errors import BadRequest
from core.models.card import Loader, ModelCard
from core.models.encoder import SentenceTransformerEncoder
from core.models.files import is_here
from core.models.load_request import LoadRequest
from core.models.loading import Loaded, get
from core.models.servers.card import base_of

BYTE_PIECE = re.compile(r"<0x[0-9A-F]{2}>")  # how SentencePiece spells a single byte


class TokenKind(StrEnum):
    PLAIN = "plain"
    SPECIAL = "special"  # put there by the tokenizer, such as [CLS]
    UNKNOWN = "unknown"  # the vocabulary has nothing for this piece of text
    BYTES = "bytes"  # a part of a character, because the vocabulary lacks the whole


@dataclass(frozen=True, kw_only=True)
class Token:
    """One token: its spelling in the vocabulary, and the characters [start, end) it stands for."""

    piece: str
    id: int
    start: int
    end: int
    kind: TokenKind


@dataclass(frozen=True, kw_only=True)
class TokenView:
    """A text as the model reads it.

    ``limit`` counts special tokens too; ``cut_at`` is the first character that is not read, None
    where all of it is.
    """

    text: str
    tokens: tuple[Token, ...]
    limit: int | None
    cut_at: int | None

    def share(self, kind: TokenKind) -> float:
        """Return the share of tokens of this kind among those that are not special."""
        own = [token for token in self.tokens if token.kind is not TokenKind.SPECIAL]
        return sum(token.kind is kind for token in own) / len(own) if own else 0.0


@dataclass(frozen=True, kw_only=True)
class TokenCount:
    """How a model reads a text: tokens of the text and its prompt, special ones included.

    ``unknown`` and ``bytes`` are shares of the tokens that are not special: pieces that the
    vocabulary lacks, and parts of characters that it lacks. ``cut_at`` is as in TokenView.
    """

    tokens: int
    unknown: float
    bytes: float
    cut_at: int | None

    @property
    def unread(self) -> float:
        """Return the share of tokens that stand for no piece of the text the model knows."""
        return self.unknown + self.bytes


@dataclass(frozen=True, kw_only=True)
class TokenCounts:
    """A count for each text, and the limit of tokens that they were held against."""

    counts: tuple[TokenCount, ...]
    limit: int | None


def reader_of(card: ModelCard) -> ModelCard | None:
    """Return the model whose tokenizer reads the card's texts, None where there is none here.

    A server's model is read by the tokenizer of the model that it serves, if that is here.
    """
    if card.loader is Loader.CHAR_NGRAMS:
        return None
    if card.endpoint is None:
        return card
    base = base_of(card)
    return base if base is not None and is_here(base) else None


def count(request: LoadRequest, texts: Sequence[str]) -> TokenCounts:
    """Count the tokens of each text as it is sent, prompt included; for the models lane.

    Raises BadRequest for a model without a tokenizer.
    """
    entry = get(request)
    # One view at a time: those of a large upload would be a gigabyte.
    counts = (
        TokenCount(
            tokens=len(seen.tokens),
            unknown=seen.share(TokenKind.UNKNOWN),
            bytes=seen.share(TokenKind.BYTES),
            cut_at=seen.cut_at,
        )
        for seen in _views(entry, texts, None)
    )
    return TokenCounts(counts=tuple(counts), limit=entry.report.max_tokens)


def view(request: LoadRequest, texts: Sequence[str], limit: int | None = None) -> list[TokenView]:
    """Return a view of each text as it is sent, prompt included; for the models lane.

    ``limit`` None is the model's own. Raises BadRequest for a model without a tokenizer.
    """
    return list(_views(get(request), texts, limit))


def _views(entry: Loaded, texts: Sequence[str], limit: int | None) -> Iterator[TokenView]:
    encoder = entry.encoder
    if entry.model is None or not isinstance(encoder, SentenceTransformerEncoder):
        name = entry.request.card.name
        raise BadRequest(f"{name} has no tokenizer.", hint="Choose another model.")
    limit = limit or entry.report.max_tokens
    # A fast tokenizer called by two threads at once returns the wrong text's tokens.
    with encoder.lock:
        for text in texts:
            yield _view(entry, text, limit)


def _view(entry: Loaded, text: str, limit: int | None) -> TokenView:
    assert entry.model is not None
    tokenizer: Any = entry.model.tokenizer
    encoding = _encoding(tokenizer, text)
    unknown = _unknown_id(tokenizer)
    tokens = tuple(
        Token(piece=piece, id=id, start=start, end=end, kind=kind)
        for piece, id, (start, end), kind in zip(
            encoding.tokens,
            encoding.ids,
            encoding.offsets,
            _kinds(encoding, unknown),
            strict=True,
        )
    )
    return TokenView(text=text, tokens=tokens, limit=limit, cut_at=_cut(tokens, limit))


def _encoding(tokenizer: Any, text: str) -> Any:
    if not hasattr(tokenizer, "encode_batch"):  # transformers' wrapper around the same class
        return tokenizer(text, truncation=False, verbose=False)._encodings[0]
    return tokenizer.encode(text, add_special_tokens=False)


def _unknown_id(tokenizer: Any) -> int | None:
    if hasattr(tokenizer, "unk_token_id"):
        return tokenizer.unk_token_id
    ids = (tokenizer.token_to_id(piece) for piece in ("<unk>", "[UNK]"))
    return next((id for id in ids if id is not None), None)


def _kinds(encoding: Any, unknown: int | None) -> list[TokenKind]:
    # Each access of the encoding's own copies the whole list.
    offsets, special = encoding.offsets, encoding.special_tokens_mask
    kinds: list[TokenKind] = []
    for i, (piece, id) in enumerate(zip(encoding.tokens, encoding.ids, strict=True)):
        # Byte-level vocabularies spell a part of a character in their own alphabet; it shows in
        # a neighbour that stands for the same single character.
        shared = offsets[i] in (offsets[i - 1 : i] + offsets[i + 1 : i + 2])
        if special[i]:
            kinds.append(TokenKind.SPECIAL)
        elif id == unknown:
            kinds.append(TokenKind.UNKNOWN)
        elif BYTE_PIECE.fullmatch(piece) or (shared and offsets[i][1] - offsets[i][0] == 1):
            kinds.append(TokenKind.BYTES)
        else:
            kinds.append(TokenKind.PLAIN)
    return kinds


def _cut(tokens: Sequence[Token], limit: int | None) -> int | None:
    if limit is None or len(tokens) <= limit:
        return None
    special = sum(token.kind is TokenKind.SPECIAL for token in tokens)
    own = [token for token in tokens if token.kind is not TokenKind.SPECIAL]
    read = max(limit - special, 0)
    return own[read].start if read < len(own) else None
