"""Any text gives a right result, or an error that names it."""

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.compare import CompareRequest, Comparison, Document, ModelScores, Similarity, compare
from core.encoding import Engine
from core.errors import BadText, TooMany
from tests.core.fakes import Recorder

# The package has a function of the same name.
module = importlib.import_module("core.compare.compare")

HALF = "\ud83d"  # of 😀
REQUEST = CompareRequest(
    queries=("Mars", "Venus"),
    documents=(Document("red planet"), Document("morning star"), Document("gas giant")),
    models=("char-ngrams",),
)
MARKUP = (
    "<script>alert('x')</script>",
    "<b>bold</b> &amp; <img src=x onerror=y>",
    "# Heading\n\n- **item** [link](javascript:x) `code`",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    r"$\frac{a}{b}$ \[ x^2 \] $$ \input{/etc/passwd} $$",
    ":red[text] :material/home: :smile:",
    "{title} {instruction} {0} %s %(a)s ${x}",
    "=HYPERLINK(1)",
    "'; DROP TABLE vectors; --",
)
ODD = (
    "\x00",
    "Mars\x00Venus",
    "\x01\x02\x1b[31mred\x1b[0m\x7f",
    "\u202eMars\u202c",
    "\u200fMars\u200e \u2066x\u2069",
    "مرحبا שלום",
    "\ufeffMars",
    "\ufffe\uffff",
    "\u2028\u2029\x85",
    "e\u0301\u0301\u0301\u0301",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "\U000e0041\U0010ffff",
    "",
    " \t\n ",
)
REAL = ("wordllama", "char-ngrams")


def only(comparison: Comparison) -> ModelScores:
    assert comparison.failures == ()
    (result,) = comparison.results
    return result


# What is refused


@pytest.mark.parametrize(
    ("change", "what", "number", "position"),
    [
        ({"queries": (f"a{HALF}",)}, "query", 1, 2),
        ({"queries": ("a", "b", f"{HALF}c")}, "query", 3, 1),
        ({"documents": (Document("a"), Document(f"a b {HALF}"))}, "document", 2, 5),
        ({"documents": (Document("a", "t"), Document("b", HALF))}, "title", 2, 1),
        ({"queries": ("a\udc00",)}, "query", 1, 2),
        ({"queries": ("\udc00\ud83d",)}, "query", 1, 1),
    ],
)
def test_half_of_a_character_is_refused_by_its_place(
    engine: Engine,
    recorder: Recorder,
    change: dict[str, Any],
    what: str,
    number: int,
    position: int,
) -> None:
    with pytest.raises(BadText) as caught:
        compare(replace(REQUEST, **change), engine)
    assert caught.value.values == {"what": what, "number": number, "position": position}
    assert f"{what.capitalize()} {number} " in caught.value.message
    assert caught.value.hint
    str(caught.value).encode()  # it can be shown
    assert recorder.calls == []


def test_the_first_of_several_bad_texts_is_named(engine: Engine) -> None:
    request = replace(REQUEST, queries=("a", HALF, HALF), documents=(Document(HALF),))
    with pytest.raises(BadText, match="Query 2"):
        compare(request, engine)


def test_a_whole_character_outside_the_basic_plane_is_no_half(engine: Engine) -> None:
    assert only(compare(replace(REQUEST, queries=("😀",)), engine)).scores.shape == (1, 3)


def test_more_pairs_than_can_be_compared_are_refused_before_any_work(
    engine: Engine, recorder: Recorder
) -> None:
    request = replace(
        REQUEST,
        queries=tuple(f"q{i}" for i in range(1000)),
        documents=tuple(Document(f"d{i}") for i in range(2001)),
    )
    with pytest.raises(TooMany) as caught:
        compare(request, engine)
    assert "2,001,000" in caught.value.message
    assert "2,000,000" in caught.value.message
    assert (caught.value.values["queries"], caught.value.values["documents"]) == (1000, 2001)
    assert caught.value.hint
    assert recorder.calls == []


def test_as_many_pairs_as_the_limit_says_are_compared(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_PAIRS", 6)
    assert only(compare(REQUEST, engine)).scores.size == 6
    monkeypatch.setattr(module, "MOST_PAIRS", 5)
    with pytest.raises(TooMany):
        compare(REQUEST, engine)


# What is compared like any other text


@pytest.mark.parametrize("text", [*MARKUP, *ODD], ids=lambda text: ascii(text)[:30])
def test_a_text_reaches_the_model_as_it_was_typed(
    engine: Engine, recorder: Recorder, text: str
) -> None:
    request = replace(REQUEST, queries=(text,), documents=(Document(text, text), Document("other")))
    found = only(compare(replace(request, similarity=Similarity.DOT), engine))
    assert recorder.encoded.count(("", text)) == 1
    assert set(recorder.encoded) == {("", text), ("", "other")}
    assert found.scores.tolist() == [[len(text) ** 2 + 1, len(text) * 5 + 1]]


@pytest.mark.parametrize("model", REAL)
def test_odd_texts_and_markup_are_most_like_themselves(real_engine: Engine, model: str) -> None:
    texts = (*MARKUP, *ODD)
    request = replace(
        REQUEST, queries=texts, documents=tuple(map(Document, texts)), models=(model,)
    )
    found = only(compare(request, real_engine))
    assert np.isfinite(found.scores).all()
    # A text without anything that the model reads is the zero vector, and like nothing.
    own = np.diagonal(found.scores)
    is_blank = own == 0
    assert own[~is_blank] == pytest.approx(1, abs=1e-6)
    assert not found.scores[is_blank].any()
    assert is_blank[texts.index("")]
    assert not is_blank[: len(MARKUP)].any()
    assert (np.diagonal(found.ranks)[~is_blank] == 1).all()


@given(st.lists(st.text(max_size=30), min_size=1, max_size=6), st.sampled_from(Similarity))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_texts_are_scored_by_what_they_are(
    engine: Engine, texts: list[str], similarity: Similarity
) -> None:
    """Against what LengthEncoder gives: (0, length, 1)."""
    request = replace(
        REQUEST,
        queries=tuple(texts),
        documents=tuple(Document(text) for text in texts[::-1]),
        similarity=similarity,
    )
    found = only(compare(request, engine))
    q = np.array([[len(text), 1] for text in texts], dtype=np.float64)
    d = q[::-1]
    expected = {
        Similarity.DOT: q @ d.T,
        Similarity.COSINE: q @ d.T / np.outer(*(np.sqrt((x * x).sum(axis=1)) for x in (q, d))),
        Similarity.EUCLIDEAN: -np.abs(q[:, None, 0] - d[None, :, 0]),
        Similarity.MANHATTAN: -np.abs(q[:, None, 0] - d[None, :, 0]),
    }
    np.testing.assert_allclose(found.scores, expected[similarity], rtol=1e-6)


# Equal texts


@pytest.mark.parametrize("model", REAL)
def test_identical_texts_have_a_cosine_of_one_and_share_their_rank(
    real_engine: Engine, model: str
) -> None:
    text = "Mars is the fourth planet from the Sun."
    documents = tuple(map(Document, (text, "Venus is hot.", text, "A cake recipe.", text)))
    request = replace(REQUEST, queries=(text, text), documents=documents, models=(model,))
    found = only(compare(request, real_engine))
    assert found.scores[:, [0, 2, 4]] == pytest.approx(1, abs=1e-6)
    assert np.unique(found.scores[:, [0, 2, 4]]).size == 1
    assert found.ranks[:, [0, 2, 4]].tolist() == [[1, 1, 1]] * 2
    assert sorted(found.ranks[0, [1, 3]].tolist()) == [4, 5]
    assert found.margins.tolist() == [0, 0]
    assert found.scores[0].tolist() == found.scores[1].tolist()


def test_duplicates_keep_their_places_and_are_encoded_once(
    engine: Engine, recorder: Recorder
) -> None:
    documents = (Document("a"), Document("bb"), Document("a", "with a title"), Document("a"))
    request = replace(REQUEST, queries=("a", "a", "bb"), documents=documents)
    found = only(compare(request, engine))
    assert found.scores.shape == (3, 4)
    assert found.ranks.tolist() == [[1, 4, 1, 1], [1, 4, 1, 1], [2, 1, 2, 2]]
    assert sorted(text for _, text in recorder.encoded) == ["a", "bb"]


@pytest.mark.parametrize("model", REAL)
def test_texts_that_are_all_equal_are_all_first(real_engine: Engine, model: str) -> None:
    request = replace(REQUEST, queries=("Mars",), documents=(Document("Mars"),) * 50)
    found = only(compare(replace(request, models=(model,)), real_engine))
    assert set(found.ranks.ravel()) == {1}
    assert found.order.tolist() == [list(range(50))]


# Large texts and many of them


@pytest.mark.parametrize("model", REAL)
def test_a_text_of_a_megabyte_is_compared_whole(real_engine: Engine, model: str) -> None:
    lines = "The rover drove north on Mars. " * 33_000
    assert len(lines) > 1_000_000
    documents = (Document(lines + "zebra " * 100_000), Document(lines), Document("zebra"))
    request = replace(REQUEST, queries=("zebra",), documents=documents, models=(model,))
    (scores,) = only(compare(request, real_engine)).scores
    assert scores[2] == pytest.approx(1, abs=1e-6)
    assert 1 > scores[0] > scores[1] + 0.1  # its end counts too


def test_ten_thousand_documents_are_each_scored(real_engine: Engine) -> None:
    texts = tuple(f"Sample {i} was taken at {i * 37 % 10_007} metres." for i in range(10_000))
    some = (0, 1, 4321, 5000, 9999)
    request = replace(
        REQUEST,
        queries=tuple(texts[i] for i in some),
        documents=tuple(map(Document, texts)),
        models=("wordllama",),
    )
    found = only(compare(request, real_engine))
    assert found.scores.shape == (len(some), 10_000)
    assert found.scores[range(len(some)), some] == pytest.approx(1, abs=1e-6)
    assert found.scores.max(axis=1) == pytest.approx(1, abs=1e-6)
    assert ((found.scores > 0.99999).sum(axis=1) < 25).all()  # the same digits in another order
    few = replace(request, documents=tuple(Document(texts[i]) for i in some))
    np.testing.assert_allclose(
        found.scores[:, some], only(compare(few, real_engine)).scores, atol=1e-6
    )


def test_ten_thousand_documents_have_the_ranks_of_their_scores(
    engine: Engine, recorder: Recorder
) -> None:
    lengths = np.random.default_rng(1).permutation(10_000) % 250
    documents = tuple(Document("a" * int(n)) for n in lengths)
    request = replace(REQUEST, documents=documents, similarity=Similarity.DOT)
    found = only(compare(request, engine))
    assert found.scores.tolist() == [(4 * lengths + 1).tolist(), (5 * lengths + 1).tolist()]
    assert found.ranks[0].tolist() == [1 + 40 * (249 - int(n)) for n in lengths]
    assert len(recorder.encoded) == 252  # each text once
