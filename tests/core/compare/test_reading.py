"""What a model can't read of the texts is counted and said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from core.compare import CompareRequest, Document, ModelScores, Similarity, compare
from core.compare.reading import MOST_UNREAD, Concern, Reading, read
from core.encoding import Engine
from core.models import PromptChoice, Task, tokens
from core.models.load_request import LoadRequest
from core.models.tokens import TokenCount, TokenCounts
from tests.core.compare.fakes import scored
from tests.core.fakes import Recorder

MINILM, WORDLLAMA, NGRAMS = "all-MiniLM-L6-v2", "wordllama", "char-ngrams"
REQUEST = CompareRequest(
    queries=("Which planet is red?",),
    documents=(Document("Mars"), Document("Venus")),
    models=(MINILM,),
)
LONG = " ".join(f"On day {i} the rover drove {i * 7} metres further north." for i in range(60))
JAPANESE = (
    "火星は赤い惑星です。",
    "これは、カタカナ・ひらがな・漢字の混ざった文です。",
    "鬱蒼とした森で薔薇が咲いた",
    "ﾊﾝｶｸｶﾅ",
)


def answered(request: CompareRequest, engine: Engine) -> ModelScores:
    (result,) = compare(request, engine).results
    return result


def reading(request: CompareRequest, engine: Engine) -> Reading:
    found = read(request, answered(request, engine), engine)
    assert found is not None
    return found


# With the models themselves


@pytest.mark.parametrize("model", [MINILM, WORDLLAMA])
@pytest.mark.parametrize("text", JAPANESE)
def test_japanese_is_flagged_for_an_english_model(
    real_engine: Engine, model: str, text: str
) -> None:
    found = reading(replace(REQUEST, models=(model,), queries=(text,)), real_engine)
    flagged = found.concerns.get(Concern.LANGUAGE, 0), found.concerns.get(Concern.UNREADABLE, 0)
    assert sorted(flagged) == [0, 1]  # said once


@pytest.mark.parametrize("model", [MINILM, WORDLLAMA])
def test_english_raises_no_concern(real_engine: Engine, model: str) -> None:
    found = reading(replace(REQUEST, models=(model,)), real_engine)
    assert found.concerns == {}
    assert found.model == model
    assert [len(found.queries), len(found.documents)] == [1, 2]
    assert all(count.unread == 0 and count.cut_at is None for count in found.queries)


def test_tokens_are_counted_with_the_special_ones(real_engine: Engine) -> None:
    found = reading(REQUEST, real_engine)
    assert found.limit == 256
    assert [count.tokens for count in found.documents] == [3, 3]  # [CLS] mars [SEP]


def test_a_long_text_is_cut_where_the_model_stops_reading(real_engine: Engine) -> None:
    prompt = "Represent this sentence: "
    request = replace(
        REQUEST,
        documents=(Document(LONG), Document("Mars")),
        document_prompt=PromptChoice(task=Task.CUSTOM, custom=prompt),
        similarity=Similarity.EUCLIDEAN,
    )
    found = reading(request, real_engine)
    assert found.concerns == {Concern.CUT: 1}
    long, short = found.documents
    assert long.tokens > 256 >= short.tokens
    assert short.cut_at is None
    assert long.cut_at is not None
    read_part, rest = (prompt + LONG)[: long.cut_at], (prompt + LONG)[long.cut_at :]
    assert read_part.startswith(prompt)
    # What is after the cut changes no score, and what is right before it does.
    tries = (read_part, read_part + rest[::-1], read_part[:-4], prompt + LONG)
    texts = tuple(Document(text.removeprefix(prompt)) for text in tries)
    scores = answered(replace(request, documents=texts), real_engine).scores[0]
    assert scores[:2] == pytest.approx([scores[3]] * 2, abs=1e-5)
    assert abs(scores[2] - scores[3]) > 1e-4


def test_wordllama_reads_texts_of_any_length(real_engine: Engine) -> None:
    request = replace(REQUEST, models=(WORDLLAMA,), documents=(Document(LONG * 10),))
    found = reading(request, real_engine)
    assert found.limit is None
    assert found.documents[0].tokens > 5000
    assert found.documents[0].cut_at is None
    assert found.concerns == {}


@pytest.mark.parametrize("model", [MINILM, WORDLLAMA])
@pytest.mark.parametrize(
    "text", ["😀", "👩‍👩‍👧‍👦🏳️‍🌈", "\u202e\u200f", "\x00", "   ", "12:30", "a" * 5000]
)
def test_texts_without_a_word_are_counted_like_any_other(
    real_engine: Engine, model: str, text: str
) -> None:
    found = reading(replace(REQUEST, models=(model,), queries=(text,)), real_engine)
    assert 0 <= found.queries[0].unread <= 1
    assert found.documents[0].unread == 0


@pytest.mark.parametrize("model", [MINILM, WORDLLAMA])
def test_emoji_alone_can_not_be_read(real_engine: Engine, model: str) -> None:
    found = reading(replace(REQUEST, models=(model,), queries=("😀🎉",)), real_engine)
    assert found.queries[0].unread == 1
    assert found.concerns == {Concern.UNREADABLE: 1}


@pytest.mark.parametrize("model", [MINILM, WORDLLAMA])
def test_an_empty_text_has_nothing_unread(real_engine: Engine, model: str) -> None:
    found = reading(replace(REQUEST, models=(model,), queries=("",)), real_engine)
    assert found.queries[0].unread == 0
    assert found.concerns == {}


def test_a_prompt_s_tokens_count_and_so_does_a_title(real_engine: Engine) -> None:
    titled = PromptChoice(task=Task.CUSTOM, custom="{title}: ")
    documents = (Document("Mars", "red planet"), Document("Mars", "red"), Document("Mars"))
    request = replace(REQUEST, documents=documents, document_prompt=titled)
    found = reading(request, real_engine)
    # [CLS] red planet : mars [SEP]; without a title the prompt says "none"
    assert [count.tokens for count in found.documents] == [6, 5, 5]


def test_equal_texts_are_counted_once(real_engine: Engine, real_lane: Recorder) -> None:
    documents = (Document("Mars"), Document("Venus"), Document("Mars"), Document("Mars", "title"))
    request = replace(REQUEST, queries=("Venus", "Venus"), documents=documents)
    result = answered(request, real_engine)
    real_lane.calls.clear()
    found = read(request, result, real_engine)
    (asked,) = [args[1] for fn, args in real_lane.calls if fn is tokens.count]
    assert asked == ["Venus", "Mars"]
    assert found is not None
    assert [len(found.queries), len(found.documents)] == [2, 4]
    assert found.documents[0] == found.documents[2] == found.documents[3]


def test_equal_texts_are_each_counted_in_a_concern(real_engine: Engine) -> None:
    request = replace(REQUEST, documents=(Document(LONG), Document("Mars"), Document(LONG)))
    assert reading(request, real_engine).concerns == {Concern.CUT: 2}


# What is made of the counts


def test_a_model_without_a_tokenizer_has_no_reading_and_is_not_asked(
    engine: Engine, recorder: Recorder
) -> None:
    request = replace(REQUEST, models=(NGRAMS,))
    result = answered(request, engine)
    recorder.calls.clear()
    assert read(request, result, engine) is None
    assert recorder.calls == []


@pytest.fixture
def counted(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> dict[str, TokenCount]:
    """Give these counts for these texts, and a harmless one for all others."""
    counts: dict[str, TokenCount] = {}
    harmless = TokenCount(tokens=3, unknown=0.0, bytes=0.0, cut_at=None)

    def count(request: LoadRequest, texts: Sequence[str]) -> TokenCounts:
        return TokenCounts(counts=tuple(counts.get(t, harmless) for t in texts), limit=8)

    monkeypatch.setattr(tokens, "count", count)
    monkeypatch.setattr(engine, "load_request", lambda *args: None)
    return counts


def concerns(engine: Engine, model: str, *texts: str) -> dict[Concern, int]:
    request = replace(REQUEST, queries=texts, models=(model,))
    found = read(request, scored([[0.0, 0.0]] * len(texts), model), engine)
    assert found is not None
    assert found.limit == 8
    return found.concerns


def test_unknown_pieces_and_split_characters_count_together(
    engine: Engine, counted: dict[str, TokenCount]
) -> None:
    half = MOST_UNREAD / 2
    counted["at"] = TokenCount(tokens=9, unknown=half, bytes=half, cut_at=None)
    counted["over"] = TokenCount(tokens=9, unknown=half, bytes=half + 0.01, cut_at=None)
    assert concerns(engine, MINILM, "at") == {}
    assert concerns(engine, MINILM, "over") == {Concern.UNREADABLE: 1}


def test_a_text_that_can_not_be_read_is_not_in_the_wrong_language_too(
    engine: Engine, counted: dict[str, TokenCount]
) -> None:
    counted["火星"] = TokenCount(tokens=3, unknown=0.9, bytes=0.0, cut_at=2)
    found = concerns(engine, MINILM, "火星", "惑星")
    assert found == {Concern.CUT: 1, Concern.UNREADABLE: 1, Concern.LANGUAGE: 1}


@pytest.mark.usefixtures("counted")
def test_a_multilingual_model_has_no_foreign_language(engine: Engine) -> None:
    assert concerns(engine, "embeddinggemma-300m", "火星", "Mars") == {}


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize("text", ["Марс", "화성", "123", "😀", ""])
def test_a_language_that_the_script_does_not_show_is_no_concern(engine: Engine, text: str) -> None:
    assert concerns(engine, MINILM, text) == {}
