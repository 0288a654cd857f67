"""Chunks lose nothing, fit the model, and lead back to their texts."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

import numpy as np
import pytest

from core.encoding import Engine
from core.errors import BadRequest
from core.models.tokens import view
from core.sets.chunks import (
    ChunkBy,
    ChunkRequest,
    Chunks,
    Tokenized,
    best_chunk,
    chunk,
    chunks_of,
    pooled,
)
from core.work import Lane

SPECIAL = 2
PIECE = re.compile(r"[A-Za-z]{1,3}|[^\sA-Za-z]")
JOINED = re.compile("[\u0301\u200d]")
PIECES = (
    "word ", "longishword ", "東京", "。", "「", "」", ". ", "! ", "A", "\n", "  ", "。」と", "e\u0301", "👩‍🚀", "x",
)  # fmt: skip


def tokenize(texts: Sequence[str]) -> list[Tokenized]:
    """Tokens of up to three letters, or of one other character."""
    return [
        Tokenized(
            spans=np.array([match.span() for match in PIECE.finditer(text)]).reshape(-1, 2),
            special=SPECIAL,
        )
        for text in texts
    ]


def tokens(text: str) -> int:
    return len(tokenize([text])[0].spans) + SPECIAL


def cut(text: str, by: ChunkBy, most: int, overlap: int = 0) -> list[str]:
    request = ChunkRequest(by=by, most_tokens=most, overlap_tokens=overlap)
    return list(chunks_of([text], request, tokenize).texts)


def check(chunks: Chunks, texts: Sequence[str]) -> None:
    """Offsets are exact, and every character but white space is in some chunk."""
    seen: list[set[int]] = [set() for _ in texts]
    for text, owner, start, end in zip(
        chunks.texts, chunks.owner, chunks.start, chunks.end, strict=True
    ):
        assert texts[owner][start:end] == text == text.strip() != ""
        seen[owner].update(range(start, end))
    for text, own in zip(texts, seen, strict=True):
        assert {i for i, letter in enumerate(text) if not letter.isspace()} <= own
    assert (np.diff(chunks.owner) >= 0).all()


def test_sentences_are_packed_as_many_as_fit() -> None:
    text = "Aa bb. Cc dd. Ee ff. Gg."  # 3 tokens, 3, 3 and 2
    assert cut(text, ChunkBy.SENTENCES, 2 + 6) == ["Aa bb. Cc dd.", "Ee ff. Gg."]
    assert cut(text, ChunkBy.SENTENCES, 2 + 5) == ["Aa bb.", "Cc dd.", "Ee ff. Gg."]
    assert cut(text, ChunkBy.SENTENCES, 100) == [text]


def test_a_chunk_begins_with_the_last_sentences_of_the_one_before() -> None:
    text = "Aa bb. Cc dd. Ee ff. Gg."
    assert cut(text, ChunkBy.SENTENCES, 2 + 6, 3) == [
        "Aa bb. Cc dd.", "Cc dd. Ee ff.", "Ee ff. Gg.",
    ]  # fmt: skip
    assert cut(text, ChunkBy.SENTENCES, 2 + 6, 2) == ["Aa bb. Cc dd.", "Ee ff. Gg."]


def test_a_sentence_that_does_not_fit_is_cut_between_words() -> None:
    text = "Aa. Bb cc dd ee ff gg hh ii jj. Kk."
    assert cut(text, ChunkBy.SENTENCES, 2 + 4) == [
        "Aa.",
        "Bb cc dd ee",
        "ff gg hh ii",
        "jj.",
        "Kk.",
    ]


def test_token_windows_overlap() -> None:
    text = "a b c d e f g"
    assert cut(text, ChunkBy.TOKENS, 2 + 4, 2) == ["a b c d", "c d e f", "e f g"]
    assert cut(text, ChunkBy.TOKENS, 2 + 4) == ["a b c d", "e f g"]


def test_a_window_ends_between_words_where_one_ends_soon() -> None:
    assert cut("a b c d e f longishword", ChunkBy.TOKENS, 2 + 8) == ["a b c d e f", "longishword"]
    assert cut("a abcdefghijklmno", ChunkBy.TOKENS, 2 + 3) == ["a abcdef", "ghijklmno"]


def test_japanese_is_cut_without_spaces() -> None:
    assert cut("今日は雨。明日は晴れ。", ChunkBy.SENTENCES, 2 + 6) == ["今日は雨。", "明日は晴れ。"]
    assert cut("今日は雨明日", ChunkBy.TOKENS, 2 + 4) == ["今日は雨", "明日"]


def test_no_character_is_parted() -> None:
    assert cut("👩‍🚀👩‍🚀", ChunkBy.TOKENS, 2 + 1) == ["👩‍🚀", "👩‍🚀"]
    assert cut("e\u0301e\u0301", ChunkBy.TOKENS, 2 + 1) == ["e\u0301", "e\u0301"]


@pytest.mark.parametrize("by", ChunkBy)
def test_whatever_the_text_nothing_is_lost_and_all_fits(by: ChunkBy) -> None:
    choose = random.Random(0)

    def text() -> str:
        return "".join(choose.choice(PIECES) for _ in range(choose.randrange(60)))

    for _ in range(400):
        texts = [text() for _ in range(4)]
        most = choose.randrange(3, 20)
        overlap = choose.randrange(0, most - SPECIAL)
        request = ChunkRequest(by=by, most_tokens=most, overlap_tokens=overlap)
        found = chunks_of(texts, request, tokenize)
        check(found, texts)
        for part in found.texts:
            indivisible = JOINED.search(part) is not None
            assert tokens(part) <= most or indivisible


def test_a_chunk_with_other_tokens_by_itself_is_cut_again() -> None:
    def longer_alone(texts: Sequence[str]) -> list[Tokenized]:
        """Parts of the text have each token twice."""
        found = tokenize(texts)
        return [
            each if len(text) > 12 else Tokenized(spans=np.repeat(each.spans, 2, axis=0), special=2)
            for text, each in zip(texts, found, strict=True)
        ]

    text = "a b c d e f g h"
    found = chunks_of([text], ChunkRequest(by=ChunkBy.TOKENS, most_tokens=2 + 4), longer_alone)
    assert found.texts == ("a b", "c d", "e f", "g h")
    check(found, [text])


def test_a_blank_text_has_no_chunk_and_one_without_tokens_has() -> None:
    def none(texts: Sequence[str]) -> list[Tokenized]:
        return [Tokenized(spans=np.empty((0, 2), dtype=np.int32), special=2) for _ in texts]

    for by in ChunkBy:
        request = ChunkRequest(by=by, most_tokens=10)
        found = chunks_of([" \n", " ?? ", ""], request, none)
        assert (found.texts, found.owner.tolist()) == (("??",), [1])
    assert len(chunks_of([], ChunkRequest(), none)) == 0


def test_many_texts_are_sent_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.sets.chunks.AT_ONCE_TEXTS", 2)
    monkeypatch.setattr("core.sets.chunks.AT_ONCE_CHARACTERS", 10)
    said: list[tuple[int, int]] = []
    texts = ["a", "b", "c", "long text here", "d"]
    found = chunks_of(
        texts, ChunkRequest(), tokenize, lambda done, total: said.append((done, total))
    )
    assert said == [(2, 5), (3, 5), (4, 5), (5, 5)]
    assert found.texts == tuple(texts)


@pytest.mark.parametrize(("most", "overlap"), [(0, 0), (10, 10), (10, -1), (2, 0), (10, 8)])
def test_a_request_that_can_t_be_met_is_refused(most: int, overlap: int) -> None:
    with pytest.raises(BadRequest):
        chunks_of(["a"], ChunkRequest(most_tokens=most, overlap_tokens=overlap), tokenize)


def test_an_unknown_way_is_refused() -> None:
    request = ChunkRequest(by="words")  # pyright: ignore[reportArgumentType]
    with pytest.raises(BadRequest, match="sentences, tokens"):
        chunks_of(["a"], request, tokenize)


@pytest.mark.parametrize("model", ["all-MiniLM-L6-v2", "wordllama"])
@pytest.mark.parametrize("by", ChunkBy)
def test_real_tokenizers_read_every_chunk_whole(
    models_lane: Lane, stores, verdicts, model: str, by: ChunkBy
) -> None:
    engine = Engine(models_lane, stores, verdicts)
    texts = [
        "Unbelievably long-winded antidisestablishmentarianism. It was said! " * 9,
        "吾輩は猫である。名前はまだ無い。「どこで生れたか。」と聞かれても見当がつかぬ。" * 5,
        "  short  ",
        "\u0000 control\x07 characters 👩‍🚀🏽 naïve café ﬁ ﷽ " * 5,
        "x" * 300,
    ]
    request = ChunkRequest(by=by, most_tokens=24, overlap_tokens=5)
    found = chunk(texts, request, engine=engine, model=model)
    check(found, texts)
    assert set(found.owner.tolist()) == set(range(len(texts)))
    seen = engine.ask(view, engine.load_request(model), found.texts)
    assert max(len(each.tokens) for each in seen) <= 24


def test_a_model_without_a_tokenizer_is_named(engine: Engine) -> None:
    with pytest.raises(BadRequest, match="char-ngrams has no tokenizer"):
        chunk(["a"], ChunkRequest(), engine=engine, model="char-ngrams")


def test_the_best_chunk_stands_for_its_text() -> None:
    owner = np.array([0, 0, 2, 2, 2])
    best, chunks = best_chunk(np.array([1, 3, 5, 5, 4]), owner, 4)
    assert best.tolist() == [3, -np.inf, 5, -np.inf]
    assert chunks.tolist() == [1, -1, 2, -1]
    assert (best.dtype, chunks.dtype) == (np.float32, np.int64)
    best, chunks = best_chunk(np.array([[1, 3, 5, 5, 4], [2, 2, 0, 0, 1]]), owner, 3)
    assert best.tolist() == [[3, -np.inf, 5], [2, -np.inf, 1]]
    assert chunks.tolist() == [[1, -1, 2], [0, -1, 4]]


def test_pooled_vectors_are_means_of_unit_length() -> None:
    vectors = np.array([[1, 0], [0, 1], [0, -3]], dtype=np.float32)
    found = pooled(vectors, np.array([0, 0, 2]), 3)
    np.testing.assert_allclose(found, [[0.5**0.5, 0.5**0.5], [0, 0], [0, -1]], atol=1e-7)
    assert found.dtype == np.float32
