"""Tokens are counted as the model's own tokenizer makes them."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.encoding import Engine, Scope, VectorStore
from core.errors import BadRequest
from core.models import tokens
from core.models.encoder import SentenceTransformerEncoder
from core.models.tokens import TokenCount, TokenCounts, TokenKind
from core.models.verdicts import Verdicts
from core.work import Lane

MINILM, WORDLLAMA = "all-MiniLM-L6-v2", "wordllama"


@pytest.fixture(scope="module")
def real_engine(models_lane: Lane, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder: Path = tmp_path_factory.mktemp("stores")
    stores = {scope: VectorStore(folder / f"{scope}.sqlite") for scope in Scope}
    return Engine(models_lane, stores, Verdicts(folder / "golden"))


def counted(engine: Engine, model: str, *texts: str) -> TokenCounts:
    return engine.ask(tokens.count, engine.load_request(model), texts)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", TokenCount(tokens=2, unknown=0, bytes=0, cut_at=None)),
        ("red planet", TokenCount(tokens=4, unknown=0, bytes=0, cut_at=None)),
        ("red 😀", TokenCount(tokens=4, unknown=0.5, bytes=0, cut_at=None)),
        ("red " * 254, TokenCount(tokens=256, unknown=0, bytes=0, cut_at=None)),
        ("red " * 254 + "planet", TokenCount(tokens=257, unknown=0, bytes=0, cut_at=254 * 4)),
        ("red " * 252 + "unaffable", TokenCount(tokens=257, unknown=0, bytes=0, cut_at=1008 + 6)),
    ],
    ids=["empty", "words", "unknown", "at the limit", "over the limit", "within a word"],
)
def test_minilm_counts_word_pieces_with_two_marks_around_them(
    real_engine: Engine, text: str, count: TokenCount
) -> None:
    assert counted(real_engine, MINILM, text) == TokenCounts(counts=(count,), limit=256)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", TokenCount(tokens=0, unknown=0, bytes=0, cut_at=None)),
        ("red planet", TokenCount(tokens=2, unknown=0, bytes=0, cut_at=None)),
        ("red " * 3000, TokenCount(tokens=3001, unknown=0, bytes=0, cut_at=None)),
        ("鑫", TokenCount(tokens=4, unknown=0, bytes=1, cut_at=None)),
    ],
    ids=["empty", "words", "long", "bytes"],
)
def test_wordllama_has_no_limit_and_spells_rare_characters_in_bytes(
    real_engine: Engine, text: str, count: TokenCount
) -> None:
    found = counted(real_engine, WORDLLAMA, text)
    assert found.limit is None
    if text == "鑫":
        assert found.counts[0].bytes > 0.7  # the rest is the mark of a word's beginning
        return
    assert found.counts == (count,)


@pytest.mark.parametrize("model", [MINILM, WORDLLAMA])
def test_counts_come_in_the_order_of_the_texts(real_engine: Engine, model: str) -> None:
    texts = ("Mars", "", "the red planet", "Mars", "火星")
    together = counted(real_engine, model, *texts)
    alone = [counted(real_engine, model, text).counts[0] for text in texts]
    assert list(together.counts) == alone


def test_without_texts_there_are_no_counts(real_engine: Engine) -> None:
    assert counted(real_engine, MINILM).counts == ()


def test_a_model_without_a_tokenizer_is_refused_by_name(real_engine: Engine) -> None:
    with pytest.raises(BadRequest, match="char-ngrams"):
        counted(real_engine, "char-ngrams", "Mars")


@dataclass
class Encoding:
    """A tokenizers.Encoding: every access copies a whole list, which is counted."""

    words: list[str]
    copies: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> list[Any]:
        self.copies.append(name)
        starts = [sum(map(len, self.words[:i])) for i in range(len(self.words))]
        return {
            "tokens": list(self.words),
            "ids": [len(word) for word in self.words],
            "offsets": [(s, s + len(w)) for s, w in zip(starts, self.words, strict=True)],
            "special_tokens_mask": [0] * len(self.words),
        }[name]


class Tokenizer:
    unk_token_id = 1

    def __init__(self) -> None:
        self.made: list[Encoding] = []

    def __call__(self, text: str, **_: object) -> SimpleNamespace:
        self.made.append(Encoding(text.split()))
        return SimpleNamespace(_encodings=[self.made[-1]])


@pytest.fixture
def tokenizer(monkeypatch: pytest.MonkeyPatch) -> Tokenizer:
    """Have a model of words in memory, of which those of one letter are unknown."""
    made = Tokenizer()
    model: Any = [SimpleNamespace()]
    encoder = SentenceTransformerEncoder(model, batch_size=1)
    entry = SimpleNamespace(
        encoder=encoder,
        model=SimpleNamespace(tokenizer=made),
        report=SimpleNamespace(max_tokens=3),
    )
    monkeypatch.setattr(tokens, "get", lambda _: entry)
    return made


def test_a_text_s_lists_are_copied_a_fixed_number_of_times(tokenizer: Tokenizer) -> None:
    """They belong to a library that copies on each access: once a token is hours for a book."""
    tokens.count(None, ["red planet", "red planet " * 200])
    short, long = (encoding.copies for encoding in tokenizer.made)
    assert short == long


def test_the_tokens_of_one_text_are_let_go_before_those_of_the_next(
    tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive: list[weakref.ref[Any]] = []
    most = 0
    view = tokens._view

    def noted(*args: Any) -> Any:
        nonlocal most
        found = view(*args)
        alive.append(weakref.ref(found))
        most = max(most, sum(ref() is not None for ref in alive))
        return found

    monkeypatch.setattr(tokens, "_view", noted)
    found = tokens.count(None, ["red planet a", "b", "one two three four"] * 20)
    assert most <= 2  # the one at hand, and the next
    assert [count.tokens for count in found.counts[:3]] == [3, 1, 4]
    assert [count.unknown for count in found.counts[:3]] == [1 / 3, 1, 0]
    assert [count.cut_at for count in found.counts[:3]] == [None, None, 11]


def test_the_counts_are_those_of_the_views(tokenizer: Tokenizer) -> None:
    texts = ["red planet a b c d", "", "one"]
    views = tokens.view(None, texts)
    found = tokens.count(None, texts)
    assert found.limit == 3
    for seen, count in zip(views, found.counts, strict=True):
        assert count.tokens == len(seen.tokens)
        assert count.unknown == seen.share(TokenKind.UNKNOWN)
        assert count.cut_at == seen.cut_at


def test_the_lock_is_let_go_after_a_failure(
    tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = tokens.get(None)
    monkeypatch.setattr(tokens, "_view", lambda *args: 1 / 0)
    for ask in (tokens.count, tokens.view):
        with pytest.raises(ZeroDivisionError):
            ask(None, ["a", "b"])
        assert not entry.encoder.lock.locked()
