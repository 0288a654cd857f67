"""Quantised vectors are what the storage keeps of them, and are judged by the full ones."""

from __future__ import annotations

import sys
import tracemalloc
import warnings
from dataclasses import asdict, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from core.compare import storages
from core.compare.quantised import Figures, Labels, measure, nearest, overlap
from core.compare.relevance import rank_figures
from core.compare.storages import Storage, vector_bytes
from core.work import Lane

SEED = 11
ALL = tuple(Storage)


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def vectors(count: int, dimension: int = 16, *, seed: int = SEED) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(count, dimension))
    return unit(rows).astype(np.float32)


def bits(rows: np.ndarray) -> np.ndarray:
    return np.where(rows > 0, 1.0, -1.0)


def figures(lane: Lane, *args: Any, **options: Any) -> dict[Storage, Figures]:
    given = {"k": 3, "rows": None, "labels": None, **options}
    found = lane.submit(measure, *args, ALL, **given).result()
    return dict(zip(ALL, found, strict=True))


@pytest.mark.parametrize(
    ("storage", "expected"),
    [
        (Storage.FLOAT32, [400, 4]),
        (Storage.FLOAT16, [200, 2]),
        (Storage.INT8, [100, 1]),
        (Storage.BINARY, [13, 1]),
        (Storage.BINARY_RESCORED, [13, 1]),
    ],
)
def test_the_bytes_of_a_vector_are_whole(storage: Storage, expected: list[int]) -> None:
    assert [vector_bytes(dimension, storage) for dimension in (100, 1)] == expected


def test_equal_scores_are_ordered_by_place() -> None:
    scores = np.array([[1.0, 2.0, 1.0, 2.0, 1.0, 0.0]])
    for k, expected in ((1, [1]), (3, [1, 3, 0]), (6, [1, 3, 0, 2, 4, 5])):
        assert nearest(scores, k).tolist() == [expected]
    assert nearest(scores, 2, own=np.array([1])).tolist() == [[3, 0]]
    assert scores[0, 1] == 2  # the caller's scores are as they were


@pytest.mark.parametrize("k", [1, 4, 12])
def test_the_nearest_are_those_of_a_full_sort(k: int) -> None:
    scores = np.random.default_rng(SEED).integers(0, 6, size=(30, 12)).astype(float)
    places = np.arange(12)
    expected = [np.lexsort((places, -row))[:k].tolist() for row in scores]
    assert nearest(scores, k).tolist() == expected


def test_overlap_counts_neighbours_in_any_order() -> None:
    true = np.array([[1, 2, 3], [4, 5, 6]])
    assert overlap(true, np.array([[3, 1, 2], [4, 8, 9]])) == pytest.approx((3 + 1) / 6)


def test_the_full_vectors_lose_nothing(models_lane: Lane) -> None:
    found = figures(models_lane, vectors(5), vectors(40, seed=1), 16)[Storage.FLOAT32]
    assert found.overlap == 1
    assert found.score_error == pytest.approx(0, abs=1e-7)


def test_the_score_error_is_the_mean_difference_of_cosines(models_lane: Lane) -> None:
    queries, documents = vectors(5), vectors(40, seed=1)
    found = figures(models_lane, queries, documents, 8)
    full = queries @ documents.T
    cut = [unit(side[:, :8]) for side in (queries, documents)]
    signs = [bits(side) for side in cut]
    low, high = cut[1].min(axis=0), cut[1].max(axis=0)
    steps = (high - low) / 255
    stored = [np.clip(np.floor((side - low) / steps), 0, 255) for side in cut]
    int8 = [unit(low + (each + 0.5) * steps) for each in stored]
    expected = {
        Storage.FLOAT32: cut[0] @ cut[1].T,
        Storage.FLOAT16: cut[0] @ cut[1].T,
        Storage.INT8: int8[0] @ int8[1].T,
        Storage.BINARY: signs[0] @ signs[1].T / 8,
        Storage.BINARY_RESCORED: signs[0] @ signs[1].T / 8,
    }
    for storage, scores in expected.items():
        error = np.abs(scores - full).mean()
        assert found[storage].score_error == pytest.approx(error, abs=2e-4), storage
    assert found[Storage.INT8].ranges == pytest.approx((low.min(), high.max()))
    assert [found[s].ranges for s in ALL if s is not Storage.INT8] == [None] * 4


def test_a_text_is_no_neighbour_of_itself(models_lane: Lane) -> None:
    documents = vectors(12)
    rows = [2, 5, 7]
    found = figures(models_lane, documents[rows], documents, 4, rows=rows)[Storage.FLOAT32]
    kept: list[list[set[int]]] = []
    for scores in (documents @ documents.T, unit(documents[:, :4]) @ unit(documents[:, :4]).T):
        orders = [[d for d in np.argsort(-scores[row]).tolist() if d != row] for row in rows]
        kept.append([set(order[:3]) for order in orders])
    shares = [len(true & near) / 3 for true, near in zip(*kept, strict=True)]
    assert found.overlap == pytest.approx(np.mean(shares))


def test_a_text_s_likeness_to_itself_is_no_part_of_the_score_error(models_lane: Lane) -> None:
    documents = vectors(12)
    documents[:, :4] *= 3  # so that the lengths differ too
    rows = [2, 5, 7]
    found = figures(models_lane, documents[rows], documents, 4, rows=rows)
    others = ~np.eye(12, dtype=bool)[rows]
    full = unit(documents)[rows] @ unit(documents).T
    for storage, side in ((Storage.FLOAT32, unit(documents[:, :4])), (Storage.BINARY, None)):
        near = side if side is not None else bits(documents[:, :4]) / 2
        error = np.abs(near[rows] @ near.T - full)[others].mean()
        assert found[storage].score_error == pytest.approx(error, abs=1e-6), storage


RELEVANT = tuple((i % 40,) if i % 3 else () for i in range(20))
KNOWN = tuple(float(x) for x in np.random.default_rng(5).uniform(size=20))


@pytest.mark.parametrize(
    ("rows", "labels", "sample"),
    [
        (None, None, None),
        (None, Labels(relevant=RELEVANT), None),
        (range(10, 30), None, None),
        (None, Labels(pairs=tuple((i, i) for i in range(20)), pair_scores=KNOWN), (1, 5, 6, 19)),
    ],
    ids=["search", "labelled search", "set", "labelled pairs"],
)
def test_blocks_of_queries_give_what_all_at_once_do(
    monkeypatch: pytest.MonkeyPatch, rows: Any, labels: Labels | None, sample: Any
) -> None:
    put_quantize(monkeypatch)
    documents = vectors(40, seed=1)
    queries = documents[list(rows)] if rows else vectors(20)
    given = {"k": 3, "rows": rows and list(rows), "labels": labels, "sample": sample}
    monkeypatch.setattr(storages, "ROWS_AT_ONCE", 1000)
    whole = measure(queries, documents, 8, ALL, **given)
    monkeypatch.setattr(storages, "ROWS_AT_ONCE", 3)
    for one, other in zip(measure(queries, documents, 8, ALL, **given), whole, strict=True):
        assert one.ranges == other.ranges
        found, expected = (asdict(replace(each, ranges=None)) for each in (one, other))
        assert found == pytest.approx(expected, abs=1e-12)


def test_no_matrix_of_all_pairs_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 4,000 labelled pairs, 16 million scores in float64 would be 128 MB."""
    put_quantize(monkeypatch)
    count = 4000
    first, second = vectors(count), vectors(count, seed=1)
    labels = Labels(
        pairs=tuple((i, i) for i in range(count)), pair_scores=tuple(map(float, range(count)))
    )
    sample = tuple(range(0, count, 4))
    tracemalloc.start()
    try:
        measure(first, second, 8, ALL, k=10, rows=None, labels=labels, sample=sample)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64e6


def put_quantize(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quantise as sentence-transformers does, without its seconds of import."""

    def quantize(rows: np.ndarray, precision: str, ranges: np.ndarray | None = None) -> np.ndarray:
        if precision == "ubinary":
            return np.packbits(rows > 0, axis=1)
        assert ranges is not None
        steps = (ranges[1] - ranges[0]) / 255
        return np.clip((rows - ranges[0]) / steps - 128, -128, 127).astype(np.int8)

    name = "sentence_transformers.util.quantization"
    monkeypatch.setitem(sys.modules, name, SimpleNamespace(quantize_embeddings=quantize))


def test_rescoring_orders_four_times_k_candidates_by_the_query_s_floats(models_lane: Lane) -> None:
    queries, documents = vectors(20), vectors(200, seed=1)
    found = figures(models_lane, queries, documents, 16)[Storage.BINARY_RESCORED]
    rough = bits(queries) @ bits(documents).T
    fine = queries.astype(np.float64) @ bits(documents).T
    shares: list[float] = []
    for q in range(20):
        candidates = np.argsort(-rough[q], kind="stable")[:12]
        best = candidates[np.argsort(-fine[q, candidates], kind="stable")[:3]]
        true = np.argsort(-(queries[q] @ documents.T), kind="stable")[:3]
        shares.append(len(set(best.tolist()) & set(true.tolist())) / 3)
    assert found.overlap == pytest.approx(np.mean(shares))


def test_the_quality_of_pairs_is_spearman_s(models_lane: Lane) -> None:
    first, second = vectors(30), vectors(30, seed=1)
    known = np.random.default_rng(2).uniform(0, 5, size=30)
    pairs = tuple((i, i) for i in range(30))
    labels = Labels(pairs=pairs, pair_scores=tuple(known.tolist()))
    found = figures(models_lane, first, second, 8, labels=labels)
    cut = [unit(side[:, :8]).astype(np.float64) for side in (first, second)]
    scores = {
        Storage.FLOAT32: (cut[0] * cut[1]).sum(axis=1),
        Storage.BINARY: (bits(cut[0]) * bits(cut[1])).sum(axis=1),
        # A pair is not searched for: its own score is rescored, whatever stands beside it.
        Storage.BINARY_RESCORED: (cut[0] * bits(cut[1])).sum(axis=1),
    }
    for storage, each in scores.items():
        expected = spearmanr(each, known).statistic
        assert found[storage].quality == pytest.approx(expected, abs=1e-6), storage


def test_pairs_that_all_have_one_score_have_no_quality(models_lane: Lane) -> None:
    labels = Labels(pairs=((0, 0), (1, 1), (2, 2)), pair_scores=(1.0, 1.0, 1.0))
    found = figures(models_lane, vectors(3), vectors(3, seed=1), 8, labels=labels)
    assert {each.quality for each in found.values()} == {None}


def test_the_quality_of_queries_is_ndcg(models_lane: Lane) -> None:
    queries, documents = vectors(4), vectors(30, seed=1)
    relevant = ((3, 4), (), (7,), (0, 1, 2))
    found = figures(models_lane, queries, documents, 8, labels=Labels(relevant=relevant))
    cut = [unit(side[:, :8]) for side in (queries, documents)]
    for storage, scores in (
        (Storage.FLOAT32, cut[0] @ cut[1].T),
        (Storage.BINARY, bits(cut[0]) @ bits(cut[1]).T),
    ):
        judged = [rank_figures(scores[q], r).ndcg for q, r in enumerate(relevant) if r]
        assert found[storage].quality == pytest.approx(np.mean(judged), abs=1e-9), storage
    assert figures(models_lane, queries, documents, 8)[Storage.FLOAT32].quality is None
    none = figures(models_lane, queries, documents, 8, labels=Labels(relevant=((), ())))
    assert none[Storage.INT8].quality is None


def test_components_that_never_change_and_zero_vectors_do_no_harm() -> None:
    documents = vectors(30)
    documents[:, 3] = 0.25
    documents[5] = 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = measure(
            documents[:4], documents, 8, (Storage.FLOAT32,), k=3, rows=None, labels=None
        )
    assert np.isfinite([found[0].overlap, found[0].score_error]).all()


def test_int8_keeps_a_component_that_never_changes(models_lane: Lane) -> None:
    documents = vectors(30)
    documents[:, 3] = 0.25
    found = figures(models_lane, documents[:4], documents, 16)[Storage.INT8]
    assert found.overlap > 0.9
    assert found.score_error < 0.01
