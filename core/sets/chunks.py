"""Long texts in parts that a model reads whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from core.encoding import Engine
from core.errors import BadRequest
from core.models.device import Precision
from core.models.load_request import LoadRequest
from core.models.similarity import unit
from core.models.tokens import TokenKind, view
from core.sets.sentences import Span, trimmed
from core.sets.windows import Tokens, packed_sentences, windows

AT_ONCE_TEXTS = 256  # of one call to the models lane, so that a typed query need not wait
AT_ONCE_CHARACTERS = 400_000
NONE = -1

OnProgress = Callable[[int, int], None]
Placed = tuple[int, Span]  # of this text


class ChunkBy(StrEnum):
    """Where a text may be cut."""

    SENTENCES = "sentences"
    TOKENS = "tokens"


@dataclass(frozen=True, kw_only=True)
class ChunkRequest:
    """Everything that decides the chunks of given texts with a model's tokenizer.

    ``most_tokens`` counts the special tokens that the model adds; a prompt comes on top. A chunk
    begins with up to ``overlap_tokens`` of the one before it, in whole sentences or in tokens.
    """

    by: ChunkBy = ChunkBy.SENTENCES
    most_tokens: int = 256
    overlap_tokens: int = 0


@dataclass(frozen=True, kw_only=True)
class Chunks:
    """Chunk i is ``texts[i]``: the characters [start[i], end[i]) of the text ``owner[i]``.

    All three are int64, (n_chunks,); chunks stand in the order of their texts. What is not white
    space is in some chunk, so a text has none only where it is blank.
    """

    request: ChunkRequest
    texts: tuple[str, ...]
    owner: np.ndarray
    start: np.ndarray
    end: np.ndarray

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True, kw_only=True)
class Tokenized:
    """A text's own tokens as characters [start, end), int32, (n_tokens, 2), and how many special
    ones the model adds.
    """

    spans: np.ndarray
    special: int


Tokenize = Callable[[Sequence[str]], Sequence[Tokenized]]


def tokenize(request: LoadRequest, texts: Sequence[str]) -> list[Tokenized]:
    """Return the tokens of each text; for the models lane.

    Raises BadRequest for a model without a tokenizer.
    """
    return [_tokenized(request, text) for text in texts]


def chunk(
    texts: Sequence[str],
    request: ChunkRequest,
    *,
    engine: Engine,
    model: str,
    on_progress: OnProgress | None = None,
) -> Chunks:
    """Return the texts in chunks of at most ``most_tokens`` of the model's tokens.

    ``on_progress`` gets (done, total) of the texts. Raises BadRequest for a request that can't be
    met or a model without a tokenizer, and what Engine.load_request raises.
    """
    load_request = engine.load_request(model, Precision.EXACT)

    def ask(part: Sequence[str]) -> Sequence[Tokenized]:
        return engine.ask(tokenize, load_request, part)

    return chunks_of(texts, request, ask, on_progress)


def chunks_of(
    texts: Sequence[str],
    request: ChunkRequest,
    tokenize: Tokenize,
    on_progress: OnProgress | None = None,
) -> Chunks:
    """Return the chunks with the tokens that ``tokenize`` finds, as ``chunk`` does."""
    _check(request)
    found: list[Placed] = []
    for part in _parts(texts):
        tokenized = tokenize(texts[part.start : part.stop])
        whole = [
            (i, span)
            for i, own in zip(part, tokenized, strict=True)
            for span in _cut(texts[i], own, request)
        ]
        found.extend(_fitted(texts, whole, request, tokenize))
        if on_progress:
            on_progress(part.stop, len(texts))
    table = np.array([(i, *span) for i, span in found], dtype=np.int64).reshape(-1, 3)
    return Chunks(
        request=request,
        texts=tuple(texts[i][start:end] for i, (start, end) in found),
        owner=table[:, 0],
        start=table[:, 1],
        end=table[:, 2],
    )


def best_chunk(scores: np.ndarray, owner: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return each text's best score, float32, and its chunk, int64, both (..., n).

    ``scores`` are (..., n_chunks), larger better; of equal ones the first chunk counts. A text
    without chunks has -infinity and -1.
    """
    flat = np.asarray(scores, dtype=np.float32).reshape(-1, len(owner))
    best = np.full((len(flat), n), -np.inf, dtype=np.float32)
    chunks = np.full((len(flat), n), NONE, dtype=np.int64)
    for row, values in enumerate(flat):
        order = np.lexsort((np.arange(len(owner))[::-1], values))  # the best one is written last
        best[row, owner[order]] = values[order]
        chunks[row, owner[order]] = order
    shape = (*np.shape(scores)[:-1], n)
    return best.reshape(shape), chunks.reshape(shape)


def pooled(vectors: np.ndarray, owner: np.ndarray, n: int) -> np.ndarray:
    """Return the mean of each text's chunks, scaled to unit length, float32, (n, dim).

    A text without chunks has a zero vector.
    """
    from scipy.sparse import csr_array

    ones = np.ones(len(owner))
    sums = csr_array((ones, (owner, np.arange(len(owner)))), shape=(n, len(owner))) @ vectors
    return unit(sums).astype(np.float32)


def _check(request: ChunkRequest) -> None:
    if request.by not in CUTS:
        raise BadRequest(
            f"Chunks by {request.by} are not known.", hint=f"Choose one of {', '.join(CUTS)}."
        )
    if request.most_tokens < 1 or not 0 <= request.overlap_tokens < request.most_tokens:
        raise BadRequest(
            f"Chunks of {request.most_tokens} tokens can't overlap by {request.overlap_tokens}.",
            hint="Choose longer chunks or a smaller overlap.",
        )


def _room(request: ChunkRequest, special: int) -> int:
    room = request.most_tokens - special
    if room <= request.overlap_tokens:
        raise BadRequest(
            f"Chunks of {request.most_tokens} tokens have room for {max(room, 0)} of a text's own "
            f"and can't overlap by {request.overlap_tokens}.",
            hint="Choose longer chunks or a smaller overlap.",
        )
    return room


def _parts(texts: Sequence[str]) -> Iterator[range]:
    """Yield what is sent to the tokenizer at once."""
    start, characters = 0, 0
    for i, text in enumerate(texts):
        full = i - start >= AT_ONCE_TEXTS or characters + len(text) > AT_ONCE_CHARACTERS
        if full and i > start:
            yield range(start, i)
            start, characters = i, 0
        characters += len(text)
    if start < len(texts):
        yield range(start, len(texts))


def _tokenized(request: LoadRequest, text: str) -> Tokenized:
    (seen,) = view(request, [text])
    own = [(t.start, t.end) for t in seen.tokens if t.kind is not TokenKind.SPECIAL]
    return Tokenized(
        spans=np.array(own, dtype=np.int32).reshape(-1, 2), special=len(seen.tokens) - len(own)
    )


def _cut(text: str, own: Tokenized, request: ChunkRequest) -> list[Span]:
    tokens = Tokens(text, own.spans)
    spans = CUTS[request.by](tokens, _room(request, own.special), request.overlap_tokens)
    return [span for span in (trimmed(text, *each) for each in spans) if span[0] < span[1]]


def _fitted(
    texts: Sequence[str], found: list[Placed], request: ChunkRequest, tokenize: Tokenize
) -> list[Placed]:
    """Return the chunks, halved where they are too long by themselves.

    A text that begins elsewhere can have other tokens: a word cut in two, a missing space.
    """
    fitting: list[Placed] = []
    while found:
        parts = [texts[i][start:end] for i, (start, end) in found]
        halves: list[Placed] = []
        for placed, part, own in zip(found, parts, tokenize(parts), strict=True):
            count, room = len(own.spans), _room(request, own.special)
            spans = windows(Tokens(part, own.spans), (count + 1) // 2, 0) if count > room else []
            if len(spans) < 2:
                fitting.append(placed)
                continue
            i, (offset, _) = placed
            for each in spans:
                start, end = trimmed(part, *each)
                if start < end:
                    halves.append((i, (offset + start, offset + end)))
        found = halves
    return sorted(fitting)


CUTS: dict[ChunkBy, Callable[[Tokens, int, int], list[Span]]] = {
    ChunkBy.SENTENCES: packed_sentences,
    ChunkBy.TOKENS: windows,
}
