"""Records: the same after a journey through a file, marked where noisy, whole or absent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.speed.cost import Cost, cost_of, standings
from core.speed.machine import describe
from core.speed.records import (
    SHIPPED,
    VERSIONS,
    Measured,
    Protocol,
    Record,
    flat,
    from_json,
    keep,
    read_all,
    to_json,
)
from core.speed.texts import PARAGRAPHS, WORDS, Language, counts, lines, paragraphs, words
from tests.core.fakes import CPU


def record(*measured: Measured, protocol: Protocol = Protocol.LINES) -> Record:
    return Record(
        protocol=protocol,
        version=VERSIONS[protocol],
        model="a/b",
        model_id="a/b",
        dimension=384,
        precision="exact",
        dtype="float32",
        backend="torch 2",
        device="cpu",
        threads=2,
        batch_size=None,
        machine=describe(CPU),
        measured=measured,
        measured_at="2026-01-01T00:00:00+00:00",
        source="Umekomi",
    )


QUIET = Measured(name="25", at=25, seconds=(1.0, 1.01, 0.99, 1.0, 1.02), counts={"words": 300})


def test_a_record_is_the_same_after_it_was_kept(tmp_path: Path) -> None:
    one = record(QUIET, Measured(name="loaded", bytes_used=5))
    path = keep(one, tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    assert read_all(tmp_path) == (one,)
    assert from_json(to_json(one)) == one


def test_a_damaged_or_outdated_file_is_no_record(tmp_path: Path) -> None:
    keep(record(QUIET), tmp_path)
    keep(replace(record(QUIET, protocol=Protocol.WORDS), version=99), tmp_path)
    (tmp_path / "x.json").write_text("{", encoding="utf-8")
    (tmp_path / "y.json").write_text('{"format": 1}', encoding="utf-8")
    assert [each.protocol for each in read_all(tmp_path)] == [Protocol.LINES]


def test_a_spread_over_a_tenth_of_the_median_is_noisy() -> None:
    assert not record(QUIET).noisy
    assert record(QUIET, replace(QUIET, seconds=(1.0, 1.0, 1.2, 1.3, 2.0))).noisy
    assert not record(replace(QUIET, seconds=(1.0, 9.0))).noisy  # two rounds can't tell


def test_rates_are_of_the_mean_and_of_the_median_beside_it() -> None:
    one = replace(QUIET, seconds=(1.0, 1.0, 4.0))
    assert one.rate("words") == pytest.approx(150.0)
    assert one.rate("words", of_median=True) == pytest.approx(300.0)
    assert one.rate("tokens") is None
    (row,) = flat([record(one)])
    assert (row["words_per_second"], row["rounds"]) == (pytest.approx(150.0), 3)


def test_the_texts_have_the_shape_of_the_former_task() -> None:
    english = counts(paragraphs(Language.ENGLISH))
    assert (english["texts"], english["words"]) == (PARAGRAPHS, WORDS) == (43, 3633)
    japanese = paragraphs(Language.JAPANESE)
    assert len(japanese) == PARAGRAPHS
    assert all(any("ぁ" <= character <= "ん" for character in text) for text in japanese)
    assert len(set(lines(128))) == 128
    assert len(words(5000).split()) == 5000


def test_only_what_nothing_beats_is_on_the_front() -> None:
    found = standings([("a", 1.0, 0.5), ("b", 2.0, 0.5), ("c", 3.0, 0.9), ("d", 1.0, 0.5)])
    assert [each.front for each in found] == [True, False, True, True]


def test_costs_are_read_from_their_protocol() -> None:
    assert cost_of(record(QUIET), Cost.LATENCY) == pytest.approx(40.0)
    assert cost_of(record(QUIET), Cost.MEMORY) is None
    assert cost_of(record(QUIET), Cost.BYTES) == 1536
    loaded = record(Measured(name="loaded", bytes_used=7), protocol=Protocol.MEMORY)
    assert cost_of(loaded, Cost.MEMORY) == 7


def test_what_ships_can_be_read() -> None:
    assert len(read_all(SHIPPED)) == len(list(SHIPPED.glob("*.json")))
