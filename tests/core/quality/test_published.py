"""Published scores: which means stand, and which may be compared."""

from __future__ import annotations

import math
from collections import defaultdict
from statistics import fmean

import pytest

from core.compare.published import published_dimensions
from core.errors import BadRequest
from core.quality.notes import notes_scores
from core.quality.published import (
    Benchmark,
    head_to_head,
    leaderboard,
    model_facts,
    models_of,
    rows_of,
    scores,
    share_won,
    sources,
    task_facts,
    tasks_of,
    types_of,
)

GEMMA, QWEN = "google/embeddinggemma-300m", "Qwen/Qwen3-Embedding-0.6B"
MINILM = "sentence-transformers/all-MiniLM-L6-v2"


@pytest.mark.parametrize(
    ("benchmark", "mean", "by_type"),
    [(Benchmark.ENGLISH, 69.67, 65.11), (Benchmark.CODE, 68.76, 68.76)],
)
def test_means_are_those_of_the_model_card(
    benchmark: Benchmark, mean: float, by_type: float
) -> None:
    (standing,) = leaderboard(benchmark, [GEMMA]).standings
    assert standing.mean is not None
    assert standing.mean_by_type is not None
    assert (round(100 * standing.mean, 2), round(100 * standing.mean_by_type, 2)) == (mean, by_type)
    card = {each.benchmark: each for each in published_dimensions("embeddinggemma-300m")}[benchmark]
    assert (card.by_dimension[768], card.by_dimension_by_type[768]) == (mean, by_type)


def test_a_benchmark_with_a_gap_has_no_mean() -> None:
    (standing,) = leaderboard(Benchmark.MULTILINGUAL, [GEMMA]).standings
    assert (standing.tasks, len(tasks_of(Benchmark.MULTILINGUAL))) == (130, 131)
    assert standing.mean is None
    assert standing.mean_by_type is None
    assert "BitextMining" not in standing.by_type  # of which a task is missing
    assert "STS" in standing.by_type


@pytest.mark.parametrize("benchmark", list(Benchmark))
def test_a_mean_stands_only_where_every_task_is_there(benchmark: Benchmark) -> None:
    models = models_of(benchmark)
    found = leaderboard(benchmark, models)
    scores: dict[str, list[float]] = defaultdict(list)
    for task in found.tasks:
        for row in rows_of(benchmark, task, models):
            scores[row.model].append(row.score)
    for standing in found.standings:
        whole = standing.tasks == len(found.tasks)
        assert (standing.mean is not None) is whole
        assert (standing.mean_by_type is not None) is whole
        if whole:
            assert len(scores[standing.model]) == len(found.tasks)
            assert standing.mean == pytest.approx(fmean(scores[standing.model]))
    assert [standing.tasks for standing in found.standings] == sorted(
        (standing.tasks for standing in found.standings), reverse=True
    )


def test_models_with_gaps_are_compared_on_the_tasks_that_all_have() -> None:
    gaps = [
        standing.model
        for standing in leaderboard(Benchmark.JMTEB, models_of(Benchmark.JMTEB)).standings
        if 3 < standing.tasks < 28
    ][:2]
    found = leaderboard(Benchmark.JMTEB, [*gaps, "intfloat/multilingual-e5-small"])
    assert 0 < len(found.common) < len(found.tasks)
    for standing in found.standings:
        expected = [
            row.score
            for task in found.common
            for row in rows_of(Benchmark.JMTEB, task, [standing.model])
        ]
        assert len(expected) == len(found.common)
        assert standing.common_mean == pytest.approx(fmean(expected))


def test_two_models_are_compared_on_each_task_that_both_have() -> None:
    found = head_to_head(Benchmark.ENGLISH, GEMMA, QWEN)
    assert {each.task for each in found} == set(tasks_of(Benchmark.ENGLISH))
    assert [each.difference for each in found] == sorted(
        (each.difference for each in found), reverse=True
    )
    won = sum(each.first > each.second for each in found) / len(found)
    assert share_won(found) == pytest.approx(won)
    turned = head_to_head(Benchmark.ENGLISH, QWEN, GEMMA)
    assert share_won(turned) == pytest.approx(1 - won)
    assert math.isnan(share_won(()))


def test_an_unknown_model_is_named() -> None:
    with pytest.raises(BadRequest, match="nobody/nothing"):
        leaderboard(Benchmark.CODE, [GEMMA, "nobody/nothing"])
    with pytest.raises(BadRequest, match="No model"):
        leaderboard(Benchmark.CODE, [])


def test_every_score_has_a_source_and_every_task_its_facts() -> None:
    table = scores()
    assert len(table) == 13_944
    assert table["score"].notna().all()
    assert sorted(set(table.loc[table["provisional"], "model"])) == ["google/embeddinggemma-2"]
    assert all("embeddings-benchmark/results" in source for source in sources())
    for benchmark in Benchmark:
        assert set(types_of(benchmark)) == set(tasks_of(benchmark))
    assert all(facts.type and facts.main_score for facts in task_facts().values())
    assert set(model_facts()) == set(table["model"])
    assert model_facts()[MINILM].parameters == pytest.approx(22.7e6, rel=0.01)


def test_provisional_figures_are_marked() -> None:
    benchmark = next(b for b in Benchmark if "google/embeddinggemma-2" in models_of(b))
    first, second = leaderboard(benchmark, ["google/embeddinggemma-2", GEMMA]).standings
    assert first.provisional
    assert not second.provisional


def test_the_notes_are_held_against_what_is_published() -> None:
    found = {(each.model, each.task): each for each in notes_scores()}
    assert len(found) == 10
    gemma = found[GEMMA, "JSICK"]
    assert (round(gemma.score, 3), gemma.doubtful, gemma.same_data) == (0.669, True, True)
    assert gemma.published == pytest.approx(0.844, abs=5e-4)
    assert gemma.difference == pytest.approx(-0.175, abs=1e-3)
    qwen = found[QWEN, "JSICK"]
    assert not qwen.doubtful
    assert (qwen.score, qwen.published) == (
        pytest.approx(0.833, abs=5e-4),
        pytest.approx(0.866, abs=5e-4),
    )
    assert found[QWEN, "JSTS"].published is None
    assert found[QWEN, "JSTS"].difference is None


@pytest.mark.usefixtures("shared_data")
def test_the_table_is_what_the_collector_makes_of_the_source(tmp_path, shared_data) -> None:
    import pandas as pd

    from core.quality.published import SCORES_FILE

    source = pd.read_parquet(shared_data / "published" / "scores.parquet")
    kept = source[source["score"].notna()].reset_index(drop=True)
    ours = pd.read_parquet(SCORES_FILE)
    for name in ours.columns:
        assert (kept[name].fillna("") == ours[name].astype(kept[name].dtype).fillna("")).all()
