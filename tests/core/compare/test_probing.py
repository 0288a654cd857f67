"""Probes are passed by what is nearer, with the certainty that their number gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from core.compare.background import Language
from core.compare.probes import Item, Pack, PackName, packs
from core.compare.probing import CHANCE, PackScores, ProbeRequest, ProbeResult, run_probes
from core.compare.statistics import mcnemar_p_values, wilson_intervals
from core.encoding import Engine, Scope, VectorStore
from core.errors import BadRequest, ModelNotFound, OutOfMemory
from core.models import PromptChoice, Task
from core.models.prompts import PromptOrigin
from core.work import InlineExecutor
from tests.core.compare.conftest import PutBehind
from tests.core.compare.fakes import FailsOn, HashEncoder
from tests.core.fakes import LengthEncoder, Recorder

NGRAMS, WORDLLAMA = "char-ngrams", "wordllama"
COUNT = 45


def pack(*marks: str, name: PackName = PackName.OWN) -> Pack:
    """Return a pack with an item for each mark: "mark anchor", "mark closer", "mark farther"."""
    items = (
        Item(anchor=f"{m} anchor", closer=f"{m} closer", farther=f"{m} farther", reason={})
        for m in marks
    )
    language = None if name is PackName.OWN else Language.EN
    return Pack(name=name, language=language, items=tuple(items))


def turned(whole: Pack) -> Pack:
    items = (
        Item(anchor=i.anchor, closer=i.farther, farther=i.closer, reason={}) for i in whole.items
    )
    return Pack(name=whole.name, language=whole.language, items=tuple(items))


class Oracle(HashEncoder):
    """Knows what is meant: an item's anchor and its closer text are one direction.

    ``fails`` are the marks of the items that it gets wrong.
    """

    def __init__(self, *fails: str, dimension: int = 2048) -> None:
        super().__init__(dimension=dimension)
        self.fails = fails

    def vector(self, joined: str) -> np.ndarray:
        mark, _, role = joined.rpartition(" ")
        other = "closer" if mark in self.fails else "farther"
        return super().vector(f"{mark} {'other' if role == other else 'meant'}")


MARKS = tuple(f"item {i}" for i in range(COUNT))


def probe(
    engine: Engine, *asked: Pack, models: Sequence[str] = (NGRAMS,), **options: Any
) -> ProbeResult:
    request = ProbeRequest(packs=asked, models=tuple(models), **options)
    return run_probes(request, engine, InlineExecutor())


def only(result: ProbeResult) -> PackScores:
    (found,) = result.scores
    return found


def test_an_oracle_passes_everything(engine: Engine, put_behind: PutBehind) -> None:
    put_behind(NGRAMS, Oracle())
    found = only(probe(engine, pack(*MARKS)))
    assert found.passed.tolist() == [True] * COUNT
    assert found.closer == pytest.approx(np.ones(COUNT), abs=1e-6)
    assert (found.interval.share, found.interval.high, found.beyond_chance) == (1, 1, True)
    assert found.interval.low > CHANCE
    np.testing.assert_array_equal(found.margins, found.closer - found.farther)


def test_with_its_sides_swapped_it_passes_nothing(engine: Engine, put_behind: PutBehind) -> None:
    put_behind(NGRAMS, Oracle())
    found = only(probe(engine, turned(pack(*MARKS))))
    assert found.passed.tolist() == [False] * COUNT
    assert (found.interval.share, found.interval.low, found.beyond_chance) == (0, 0, True)


def test_a_tie_is_no_pass(engine: Engine) -> None:
    # Vectors of lengths alone: both texts have six characters.
    item = Item(anchor="a", closer="abcdef", farther="ghijkl", reason={})
    whole = Pack(name=PackName.OWN, language=None, items=(item,) * 2)
    found = only(probe(engine, whole))
    assert found.closer.tolist() == found.farther.tolist()
    assert found.passed.tolist() == [False, False]


def test_a_random_encoder_is_not_told_from_chance(engine: Engine, put_behind: PutBehind) -> None:
    """The interval covers one half in as many of 100 draws as the binomial lets expect."""
    put_behind(WORDLLAMA, HashEncoder(dimension=256))
    draws = [pack(*(f"draw {draw} {mark}" for mark in MARKS)) for draw in range(100)]
    found = probe(engine, *draws, models=[WORDLLAMA]).scores
    covered = sum(not scores.beyond_chance for scores in found)
    # A guess passes k of COUNT with the binomial's probability; the interval leaves one half out
    # for the outermost k. Of 100 draws, fewer than `least` cover it once in a thousand times.
    shares = [k for k in range(COUNT + 1) if _covers_half(k)]
    chance = sum(binom.pmf(k, COUNT, CHANCE) for k in shares)
    least = int(binom.ppf(0.001, 100, chance))
    assert 88 <= least <= 100
    assert covered >= least
    rates = [scores.interval.share for scores in found]
    assert np.mean(rates) == pytest.approx(CHANCE, abs=0.03)


def _covers_half(passed: int) -> bool:
    interval = binomtest(passed, COUNT).proportion_ci(0.95, method="wilson")
    return interval.low <= CHANCE <= interval.high


def test_two_models_are_compared_on_the_items_that_one_alone_passes(
    engine: Engine, put_behind: PutBehind
) -> None:
    put_behind(NGRAMS, Oracle("a"))
    put_behind(WORDLLAMA, Oracle("c", "d", "e", "f", "g", dimension=256))
    whole = pack(*"abcdefgh")
    result = probe(engine, whole, models=[NGRAMS, WORDLLAMA])
    (pair,) = result.pairs
    assert (pair.pack, pair.first, pair.second) == (whole, NGRAMS, WORDLLAMA)
    assert (pair.only_first, pair.only_second) == (5, 1)
    assert pair.p_value == pair.p_adjusted == pytest.approx(2 * (1 + 6) / 2**6)
    assert [scores.passed.sum() for scores in result.scores] == [7, 3]


def test_every_pack_has_its_own_scores_and_pairs(engine: Engine, put_behind: PutBehind) -> None:
    put_behind(NGRAMS, Oracle("b"))
    put_behind(WORDLLAMA, Oracle(dimension=256))
    first, second, empty = pack("a", "b", "c"), pack("b"), pack()
    result = probe(engine, first, empty, second, models=[NGRAMS, WORDLLAMA])
    found = [(s.model, s.pack, s.passed.tolist()) for s in result.scores]
    assert found == [
        (NGRAMS, first, [True, False, True]),
        (NGRAMS, second, [False]),
        (WORDLLAMA, first, [True] * 3),
        (WORDLLAMA, second, [True]),
    ]
    assert [(p.pack, p.only_first, p.only_second) for p in result.pairs] == [
        (first, 0, 1),
        (second, 0, 1),
    ]
    assert result.of(WORDLLAMA, second) is result.scores[3]
    assert result.of("all-MiniLM-L6-v2", second) is None


def test_the_adjusted_p_values_are_holm_s_over_all_pairs_and_packs(
    engine: Engine, put_behind: PutBehind
) -> None:
    put_behind(NGRAMS, Oracle())
    put_behind(WORDLLAMA, Oracle(*MARKS[:8], dimension=256))
    first, second, third = pack(*MARKS[:8]), pack(*MARKS[2:9]), pack(MARKS[20])
    result = probe(engine, first, second, third, models=[NGRAMS, WORDLLAMA])
    found = [pair.p_value for pair in result.pairs]
    assert found == pytest.approx([2 / 2**8, 2 / 2**6, 1])
    adjusted = [pair.p_adjusted for pair in result.pairs]
    assert adjusted == pytest.approx([3 * 2 / 2**8, 2 * 2 / 2**6, 1])


def test_all_pairs_are_tested_in_one_call(engine: Engine, put_behind: PutBehind) -> None:
    put_behind(WORDLLAMA, Oracle(dimension=256))
    compute = Recorder()
    request = ProbeRequest(packs=(pack("a"), pack("b"), pack("c")), models=(NGRAMS, WORDLLAMA))
    assert len(run_probes(request, engine, compute).pairs) == 3
    assert [function for function, _ in compute.calls] == [wilson_intervals, mcnemar_p_values]


def test_all_three_texts_get_the_query_prompt_of_the_task(
    engine: Engine, recorder: Recorder
) -> None:
    result = probe(engine, pack("a"), prompt=PromptChoice(task=Task.CUSTOM, custom="p: "))
    assert set(recorder.encoded) == {
        ("p: ", f"a {role}") for role in ("anchor", "closer", "farther")
    }
    assert result.prompts[NGRAMS].template == "p: "
    assert probe(engine, pack("a")).prompts[NGRAMS].origin is PromptOrigin.UNDOCUMENTED


def test_each_text_is_encoded_once(engine: Engine, recorder: Recorder) -> None:
    probe(engine, pack("a", "b"), pack("b", "c"))
    assert len(recorder.encoded) == 9
    probe(engine, pack("a", "c"))
    assert len(recorder.encoded) == 9


@pytest.mark.parametrize(
    ("whole", "prompt", "scope"),
    [
        (pack("a", name=PackName.ROLES), PromptChoice(task=Task.SIMILARITY), Scope.SHARED),
        (pack("a"), PromptChoice(task=Task.SIMILARITY), Scope.SESSION),
        (
            pack("a", name=PackName.ROLES),
            PromptChoice(task=Task.CUSTOM, custom="mine"),
            Scope.SESSION,
        ),
    ],
)
def test_only_built_in_texts_are_kept_for_everyone(
    engine: Engine,
    stores: dict[Scope, VectorStore],
    monkeypatch: pytest.MonkeyPatch,
    whole: Pack,
    prompt: PromptChoice,
    scope: Scope,
) -> None:
    kept: list[Scope] = []
    for each, store in stores.items():
        monkeypatch.setattr(store, "put", lambda _, each=each: kept.append(each))
    probe(engine, whole, prompt=prompt)
    assert kept == [scope]


def test_a_model_that_fails_is_told_beside_the_others(
    engine: Engine, put_behind: PutBehind
) -> None:
    put_behind(WORDLLAMA, FailsOn("a closer", OutOfMemory("full"), dimension=256))
    result = probe(engine, pack("a"), models=[WORDLLAMA, NGRAMS])
    assert [(f.model, f.error.message) for f in result.failures] == [(WORDLLAMA, "full")]
    assert [scores.model for scores in result.scores] == [NGRAMS]
    assert result.pairs == ()


def test_without_a_probe_or_a_model_there_is_no_result(engine: Engine) -> None:
    with pytest.raises(BadRequest, match="no probe"):
        probe(engine, pack())
    with pytest.raises(BadRequest, match="no model"):
        probe(engine, pack("a"), models=())
    with pytest.raises(ModelNotFound):
        probe(engine, pack("a"), models=["nobody"])


def test_progress_is_told_for_each_model(engine: Engine) -> None:
    told: list[tuple[str, int, int]] = []
    request = ProbeRequest(packs=(pack("a", "b"),), models=(NGRAMS,))
    run_probes(request, engine, InlineExecutor(), on_progress=lambda *step: told.append(step))
    assert told == [(NGRAMS, 6, 6)]


def test_the_built_in_packs_can_be_run(engine: Engine, put_behind: PutBehind) -> None:
    put_behind(NGRAMS, LengthEncoder())
    whole = packs(Language.JA)
    result = probe(engine, *whole)
    assert [scores.pack for scores in result.scores] == list(whole)
    for scores in result.scores:
        n_items = len(scores.pack.items)
        assert scores.closer.shape == scores.farther.shape == (n_items,)
        assert scores.interval.share == scores.passed.sum() / n_items
