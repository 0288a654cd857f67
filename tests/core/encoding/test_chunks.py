"""A long request is cut into chunks that take about a quarter of a second each."""

from __future__ import annotations

import pytest

from core.encoding import Prompted
from core.encoding.chunks import (
    ALONE_SECONDS,
    CHUNK_SECONDS,
    COMPANY_SECONDS,
    FIRST_CHARACTERS,
    LEAST_TEXTS,
    MOST_CHARACTERS,
    MOST_GROWTH,
    MOST_TEXTS,
    Company,
    Paces,
    chunks,
)

MODEL = "model"


def of_lengths(*lengths: int) -> dict[bytes, Prompted]:
    return {str(i).encode(): Prompted("", "x" * n) for i, n in enumerate(lengths)}


def cut(lengths: list[int], characters: int, most_texts: int | None = None) -> list[list[int]]:
    inputs = of_lengths(*lengths)
    found = chunks(inputs, lambda: characters, most_texts=most_texts)
    return [[len(inputs[key].text) for key in part] for part in found]


def test_each_key_comes_once_the_longest_first() -> None:
    lengths = [5, 9_000, 1, 7, 3_000, 8, 2]
    found = [length for part in cut(lengths, 3_001) for length in part]
    assert found == sorted(lengths, reverse=True)


def test_a_chunk_holds_no_more_than_its_room_unless_one_text_does() -> None:
    assert cut([30_000, 6_000, 5_000, 5_000, 1], 10_000) == [[30_000], [6_000], [5_000, 5_000], [1]]


def test_few_characters_still_fill_a_batch() -> None:
    """A slow model gets as many texts at once as a batch needs, while they are short."""
    assert [len(part) for part in cut([10] * 40, 20)] == [LEAST_TEXTS, LEAST_TEXTS, 8]
    assert cut([FIRST_CHARACTERS] * 3, 20) == [[FIRST_CHARACTERS]] * 3


def test_no_chunk_has_more_texts_than_may_be() -> None:
    assert [len(part) for part in cut([1] * (MOST_TEXTS + 1), MOST_CHARACTERS)] == [MOST_TEXTS, 1]
    assert [len(part) for part in cut([1] * 5, MOST_CHARACTERS, 2)] == [2, 2, 1]


def test_the_prompt_counts() -> None:
    inputs = {str(i).encode(): Prompted("p" * 4_000, "x") for i in range(3)}
    assert [len(part) for part in chunks(inputs, lambda: 10_000)] == [2, 1]


@pytest.mark.parametrize("rate", [500.0, 20_000.0, 800_000.0])
def test_chunks_come_to_take_the_time_that_they_shall(rate: float) -> None:
    """``rate`` in characters a second: EmbeddingGemma on a slow CPU, MiniLM, a table of words."""
    paces = Paces()
    for _ in range(8):
        characters = paces.characters(MODEL)
        paces.note(MODEL, characters=characters, seconds=characters / rate)
    assert paces.characters(MODEL) == pytest.approx(CHUNK_SECONDS * rate, rel=0.01)


def test_a_chunk_is_never_much_larger_than_the_one_before() -> None:
    paces = Paces()
    paces.note(MODEL, characters=FIRST_CHARACTERS, seconds=1e-9)
    assert paces.characters(MODEL) == MOST_GROWTH * FIRST_CHARACTERS


def test_a_short_chunk_that_took_no_longer_than_a_full_one_changes_no_pace() -> None:
    """Two words take as long as a sentence: they say nothing of a full chunk."""
    paces = Paces()
    for seconds in (CHUNK_SECONDS / 2, 1e-9):
        paces.note(MODEL, characters=10, seconds=seconds)
        assert paces.characters(MODEL) == FIRST_CHARACTERS


def test_models_do_not_share_their_pace() -> None:
    paces = Paces()
    paces.note(MODEL, characters=FIRST_CHARACTERS, seconds=10)
    assert paces.characters("other") == FIRST_CHARACTERS


def test_a_longer_chunk_may_have_more() -> None:
    paces = Paces()
    paces.note(MODEL, characters=FIRST_CHARACTERS, seconds=CHUNK_SECONDS)
    assert paces.characters(MODEL, ALONE_SECONDS) == pytest.approx(
        FIRST_CHARACTERS * ALONE_SECONDS / CHUNK_SECONDS
    )
    paces.note("fast", characters=MOST_CHARACTERS, seconds=1e-9)
    for _ in range(5):
        paces.note("fast", characters=MOST_CHARACTERS, seconds=1e-9)
    assert paces.characters("fast", ALONE_SECONDS) == MOST_CHARACTERS


class TestCompany:
    @pytest.fixture
    def now(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        now = [1000.0]
        monkeypatch.setattr("core.encoding.chunks.time.monotonic", lambda: now[0])
        return now

    def test_one_request_after_another_is_alone(self, now: list[float]) -> None:
        company = Company()
        for _ in range(2):
            with company.joined():
                assert company.chunk_seconds() == ALONE_SECONDS

    def test_two_at_once_keep_their_chunks_short_and_for_a_while_after(
        self, now: list[float]
    ) -> None:
        company = Company()
        with company.joined():
            with company.joined():
                now[0] += 2 * COMPANY_SECONDS
                assert company.chunk_seconds() == CHUNK_SECONDS
            now[0] += COMPANY_SECONDS / 2
            assert company.chunk_seconds() == CHUNK_SECONDS
            now[0] += COMPANY_SECONDS
            assert company.chunk_seconds() == ALONE_SECONDS

    def test_a_question_in_between_is_company_too(self, now: list[float]) -> None:
        company = Company()
        company.meet()
        with company.joined():
            assert company.chunk_seconds() == ALONE_SECONDS
            company.meet()
            assert company.chunk_seconds() == CHUNK_SECONDS
