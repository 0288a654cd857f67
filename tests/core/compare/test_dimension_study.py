"""Smaller vectors are held against the full ones, without encoding anything twice."""

from __future__ import annotations

import gzip
import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

from core.compare import dimension_study
from core.compare.dimension_study import (
    DimensionRequest,
    DimensionStudy,
    Setting,
    dimensions_of,
    pairs_as_request,
    study_dimensions,
)
from core.compare.quantised import Figures, Labels, Storage
from core.compare.relevance import rank_figures
from core.encoding import EncodeRequest, Engine, Prompted, Scope, worker
from core.errors import AllAlike, BadDimension, BadRequest, BadText, TooFew, TooMany
from core.models import PromptChoice, Task, find
from tests.core.compare.conftest import PutBehind
from tests.core.compare.fakes import HashEncoder
from tests.core.fakes import LengthEncoder, Recorder

NGRAMS, WORDLLAMA = "char-ngrams", "wordllama"
FLOATS = (Storage.FLOAT32, Storage.FLOAT16)
TEXTS = tuple(f"text {i}" for i in range(30))
ENCODER = HashEncoder(dimension=256)


def study(engine: Engine, documents: tuple[str, ...] = TEXTS, **options: Any) -> DimensionStudy:
    given = {"model": WORDLLAMA, "storages": FLOATS, **options}
    return study_dimensions(DimensionRequest(documents=documents, **given), engine)


def of(found: DimensionStudy, dimension: int, storage: Storage = Storage.FLOAT32) -> Figures:
    return next(
        s.figures for s in found.settings if (s.dimension, s.storage) == (dimension, storage)
    )


def hashed_unit(texts: tuple[str, ...], dimension: int) -> np.ndarray:
    rows = ENCODER.encode(texts, [""] * len(texts))[:, :dimension].astype(np.float64)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


# With the real WordLlama, on texts that people wrote.

N_TEXTS, N_QUERIES, K = 5000, 500, 10
DIMENSIONS = (64, 128, 256)


@pytest.fixture(scope="module")
def utterances(shared_data: Path) -> tuple[str, ...]:
    with gzip.open(shared_data / "corpora" / "sgd_utterances_231k.tsv.gz", "rt", "utf-8") as file:
        next(file)
        lines = itertools.islice(file, 2 * N_TEXTS)
        texts = dict.fromkeys(line.rstrip("\n").split("\t")[4] for line in lines)
    return tuple(texts)[:N_TEXTS]


@pytest.fixture(scope="module")
def measured(real_engine: Engine, utterances: tuple[str, ...]) -> DimensionStudy:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dimension_study, "MOST_QUERIES", N_QUERIES)
        return study(real_engine, utterances, dimensions=DIMENSIONS, storages=tuple(Storage))


@pytest.fixture(scope="module")
def full(real_engine: Engine, utterances: tuple[str, ...]) -> np.ndarray:
    inputs = tuple(Prompted("", text) for text in utterances)
    asked = EncodeRequest(model=WORDLLAMA, inputs=inputs, scope=Scope.SESSION)
    return real_engine.encode(asked).vectors


@pytest.fixture(scope="module")
def places() -> np.ndarray:
    """The texts that the study looks for."""
    rng = np.random.default_rng(dimension_study.SEED)
    return np.sort(rng.choice(N_TEXTS, N_QUERIES, replace=False))


def angles(rows: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Something that grows as the cosine falls, of the rows at these places with all rows."""
    exact = rows.astype(np.float64)
    lengths = np.sqrt((exact**2).sum(axis=1))
    return -(exact[places] @ exact.T) / (lengths[places, None] * lengths)


def best(distances: np.ndarray, place: int, count: int = K) -> list[int]:
    """The nearest other texts, of equal ones the first, by a full sort with two keys."""
    order = np.lexsort((np.arange(len(distances)), distances))
    return order[order != place][:count].tolist()


@pytest.fixture(scope="module")
def true(full: np.ndarray, places: np.ndarray) -> list[set[int]]:
    rows = zip(angles(full, places), places.tolist(), strict=True)
    return [set(best(distances, place)) for distances, place in rows]


def packed(rows: np.ndarray) -> np.ndarray:
    return np.packbits(rows > 0, axis=1)


ONES = np.array([bin(byte).count("1") for byte in range(256)])


def hamming(rows: np.ndarray, places: np.ndarray) -> np.ndarray:
    codes = packed(rows)
    return np.stack([ONES[codes ^ codes[place]].sum(axis=1) for place in places])


def int8_of(rows: np.ndarray) -> np.ndarray:
    low, high = rows.min(axis=0), rows.max(axis=0)
    steps = (high - low) / np.float32(255)
    return low + (np.clip(np.floor((rows - low) / steps), 0, 255) + 0.5) * steps


def brute_force(cut: np.ndarray, storage: Storage, places: np.ndarray) -> list[set[int]]:
    of_one_bit = storage in (Storage.BINARY, Storage.BINARY_RESCORED)
    distances = hamming(cut, places) if of_one_bit else angles(READ_BACK[storage](cut), places)
    rows = list(zip(distances, places.tolist(), strict=True))
    if storage is not Storage.BINARY_RESCORED:
        return [set(best(row, place)) for row, place in rows]
    return [rescored(cut, place, best(row, place, 4 * K)) for row, place in rows]


def rescored(cut: np.ndarray, place: int, candidates: list[int]) -> set[int]:
    signs = np.where(cut[candidates] > 0, 1.0, -1.0)
    fine = signs @ cut[place].astype(np.float64)
    return {candidates[i] for i in np.lexsort((candidates, -fine))[:K]}


READ_BACK = {
    Storage.FLOAT32: lambda cut: cut,
    Storage.FLOAT16: lambda cut: cut.astype(np.float16),
    Storage.INT8: int8_of,
}


@pytest.mark.parametrize("storage", list(Storage))
@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_the_overlap_is_that_of_a_brute_force_search(
    measured: DimensionStudy,
    full: np.ndarray,
    places: np.ndarray,
    true: list[set[int]],
    dimension: int,
    storage: Storage,
) -> None:
    assert (measured.k, measured.queries_used, measured.documents_used) == (K, N_QUERIES, N_TEXTS)
    cut = full[:, :dimension] / np.linalg.norm(full[:, :dimension], axis=1, keepdims=True)
    found = brute_force(cut, storage, places)
    shares = [len(a & b) / K for a, b in zip(found, true, strict=True)]
    print(f"{dimension} {storage}: overlap@10 {np.mean(shares):.4f}")
    assert of(measured, dimension, storage).overlap == pytest.approx(np.mean(shares), abs=1e-9)


def test_changing_dimension_and_storage_encodes_nothing(
    measured: DimensionStudy, real_engine: Engine, real_lane: Recorder, utterances: tuple[str, ...]
) -> None:
    assert measured.settings
    real_lane.calls.clear()
    study(real_engine, utterances, dimensions=(32, 100), storages=(Storage.FLOAT16,))
    assert real_lane.encoded == []
    assert worker.encode not in [function for function, _ in real_lane.calls]


# With hashed directions.


def test_the_defaults_are_the_model_s_own_and_common_dimensions(hashed: Engine) -> None:
    found = study(hashed)
    assert [s.dimension for s in found.settings] == [256, 256, 128, 128, 64, 64, 32, 32]
    trained = {s.dimension for s in found.settings if s.trained}
    assert trained == {256, 128, 64}  # 32 is common, but no dimension of its training
    assert found.full_dimension == 256
    assert [s.bytes for s in found.settings] == [1024, 512, 512, 256, 256, 128, 128, 64]


@pytest.mark.parametrize(
    ("model", "full", "expected"),
    [
        (NGRAMS, 2048, (2048,)),
        ("embeddinggemma-300m", 768, (768, 512, 384, 256, 128, 64, 32)),
        ("qwen3-embedding-0.6b", 1024, (1024, 768, 512, 384, 256, 128, 64, 32)),
    ],
)
def test_no_dimension_is_offered_above_the_full_one(
    model: str, full: int, expected: tuple[int, ...]
) -> None:
    assert dimensions_of(find(model), full) == expected


def test_each_text_is_encoded_once_for_all_settings(hashed: Engine, recorder: Recorder) -> None:
    study(hashed, (*TEXTS, TEXTS[0]))
    assert len(recorder.encoded) == len(TEXTS)
    study(hashed, TEXTS, dimensions=(8,))
    assert len(recorder.encoded) == len(TEXTS)


def test_both_sides_get_the_prompt_of_their_side(hashed: Engine, recorder: Recorder) -> None:
    study(
        hashed,
        ("a", "b"),
        queries=("c",),
        choice=PromptChoice(task=Task.CUSTOM, custom="p: "),
        dimensions=(256,),
    )
    assert set(recorder.encoded) == {("p: ", "a"), ("p: ", "b"), ("p: ", "c")}


def test_queries_are_looked_for_among_the_documents(hashed: Engine) -> None:
    queries = tuple(f"query {i}" for i in range(7))
    found = study(hashed, queries=queries, dimensions=(256, 16))
    assert (found.queries_used, found.documents_used, found.k) == (7, 30, 10)
    true, cut = (
        np.argsort(-(hashed_unit(queries, d) @ hashed_unit(TEXTS, d).T), axis=1)[:, :10]
        for d in (256, 16)
    )
    shares = [len(set(a) & set(b)) / 10 for a, b in zip(true.tolist(), cut.tolist(), strict=True)]
    assert of(found, 16).overlap == pytest.approx(np.mean(shares))
    assert of(found, 256).overlap == 1


@pytest.mark.parametrize("dimension", [256, 16])
def test_spearman_is_scipy_s_on_pairs(hashed: Engine, dimension: int) -> None:
    second = tuple(f"other {i}" for i in range(30))
    known = np.random.default_rng(3).uniform(0, 5, size=30)
    request = pairs_as_request(WORDLLAMA, TEXTS, second, known.tolist())
    asked = DimensionRequest(
        model=WORDLLAMA,
        queries=request.queries,
        documents=request.documents,
        labels=request.labels,
        dimensions=(dimension,),
        storages=FLOATS,
    )
    found = study_dimensions(asked, hashed)
    cosines = (hashed_unit(TEXTS, dimension) * hashed_unit(second, dimension)).sum(axis=1)
    expected = spearmanr(cosines, known).statistic
    assert of(found, dimension).quality == pytest.approx(expected, abs=1e-6)


def test_ndcg_is_given_where_right_documents_are(hashed: Engine) -> None:
    queries, relevant = ("q1", "q2", "q3"), ((4, 5), (), (0,))
    found = study(hashed, queries=queries, labels=Labels(relevant=relevant), dimensions=(16,))
    scores = hashed_unit(queries, 16) @ hashed_unit(TEXTS, 16).T
    expected = np.mean([rank_figures(scores[q], relevant[q]).ndcg for q in (0, 2)])
    assert of(found, 16).quality == pytest.approx(expected)
    assert of(study(hashed, queries=queries, dimensions=(16,)), 16).quality is None


@pytest.mark.parametrize("dimension", [0, -1, 257])
def test_a_dimension_that_no_vector_has_is_refused(
    hashed: Engine, recorder: Recorder, dimension: int
) -> None:
    with pytest.raises(BadDimension) as refused:
        study(hashed, dimensions=(64, dimension))
    assert refused.value.values == {"model": WORDLLAMA, "dimension": dimension, "full": 256}
    assert recorder.encoded == []  # nobody waits to be told


def test_a_model_that_can_t_be_cut_has_its_full_dimension_alone(hashed: Engine) -> None:
    with pytest.raises(BadDimension, match="can't be cut"):
        study(hashed, model=NGRAMS, dimensions=(64,))
    found = study(hashed, model=NGRAMS)
    assert [(s.dimension, s.trained) for s in found.settings] == [(2048, True)] * 2


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_texts_have_no_neighbours(hashed: Engine, count: int) -> None:
    with pytest.raises(TooFew) as refused:
        study(hashed, TEXTS[:count])
    assert refused.value.values == {"count": count, "least": 2}


@pytest.mark.parametrize(("count", "k"), [(2, 1), (5, 2), (21, 10), (30, 10)])
def test_of_few_texts_fewer_neighbours_are_looked_at(hashed: Engine, count: int, k: int) -> None:
    found = study(hashed, TEXTS[:count], dimensions=(256,))
    assert (found.k, of(found, 256).overlap) == (k, 1)


def test_texts_that_are_all_alike_are_refused(engine: Engine, put_behind: PutBehind) -> None:
    put_behind(WORDLLAMA, LengthEncoder(dimension=256))
    with pytest.raises(AllAlike, match="same vector for all 3"):
        study(engine, ("aa", "bb", "cc"))
    study(engine, ("aa", "bb", "c"), dimensions=(256,))


def test_what_a_study_can_t_hold_or_read_is_refused(
    hashed: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadRequest, match="no precision"):
        study(hashed, storages=())
    with pytest.raises(BadText, match="Document 2"):
        study(hashed, ("a", "\ud800"))
    monkeypatch.setattr(dimension_study, "MOST_PAIRS", 30 * 30 - 1)
    with pytest.raises(TooMany, match="900 pairs"):
        study(hashed)


def test_labelled_pairs_are_scored_all_and_their_neighbours_looked_for_in_a_sample(
    hashed: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dimension_study, "MOST_QUERIES", 8)
    monkeypatch.setattr(dimension_study, "MOST_PAIRS", 8 * 30)
    second = tuple(f"other {i}" for i in range(30))
    known = np.random.default_rng(3).uniform(0, 5, size=30)
    pairs = replace(
        pairs_as_request(WORDLLAMA, TEXTS, second, known.tolist()),
        dimensions=(16,),
        storages=FLOATS,
    )
    found = study_dimensions(pairs, hashed)
    assert (found.queries_used, found.documents_used, found.k) == (8, 30, 10)
    full, cut = (hashed_unit(TEXTS, d) @ hashed_unit(second, d).T for d in (256, 16))
    expected = spearmanr(np.diag(cut), known).statistic
    assert of(found, 16).quality == pytest.approx(expected, abs=1e-6)
    sample = np.sort(np.random.default_rng(dimension_study.SEED).choice(30, 8, replace=False))
    near = [np.argsort(-each[sample], axis=1)[:, :10].tolist() for each in (full, cut)]
    shares = [len(set(a) & set(b)) / 10 for a, b in zip(*near, strict=True)]
    assert of(found, 16).overlap == pytest.approx(np.mean(shares))
    error = np.abs(full[sample] - cut[sample]).mean()
    assert of(found, 16).score_error == pytest.approx(error, abs=1e-6)
    monkeypatch.setattr(dimension_study, "MOST_PAIRS", 8 * 30 - 1)
    with pytest.raises(TooMany, match="240 pairs"):
        study_dimensions(pairs, hashed)


def test_a_sample_is_of_a_thousand_queries() -> None:
    assert dimension_study.MOST_QUERIES == 1000


def test_a_large_set_is_looked_through_by_a_fixed_sample(
    hashed: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dimension_study, "MOST_QUERIES", 8)
    first, again = (study(hashed, dimensions=(16,)) for _ in range(2))
    assert (first.queries_used, first.documents_used) == (8, 30)
    assert of(first, 16) == of(again, 16)


class Unscaled(HashEncoder):
    """Hashed directions with lengths of their own."""

    def vector(self, joined: str) -> np.ndarray:
        return super().vector(joined) * (1 + len(joined))


def test_unit_vectors_are_renormalised_when_they_are_cut(hashed: Engine) -> None:
    assert study(hashed, dimensions=(16,)).renormalised


def test_vectors_are_not_renormalised_where_a_query_has_another_length(
    engine: Engine, put_behind: PutBehind
) -> None:
    class LongQuery(HashEncoder):
        def vector(self, joined: str) -> np.ndarray:
            return super().vector(joined) * (2 if joined == "query" else 1)

    put_behind(WORDLLAMA, LongQuery(dimension=256))
    assert not study(engine, queries=("query",), dimensions=(16,)).renormalised
    assert study(engine, queries=("other",), dimensions=(16,)).renormalised


def test_vectors_of_other_lengths_are_cut_as_they_are(
    engine: Engine, put_behind: PutBehind
) -> None:
    put_behind(WORDLLAMA, Unscaled(dimension=256))
    queries = ("q1", "query 2", "the third query")
    found = study(engine, queries=queries, dimensions=(16,), storages=FLOATS)
    assert not found.renormalised
    # A cosine is of directions, so the overlap is that of unit vectors all the same.
    near = [
        np.argsort(-(hashed_unit(queries, d) @ hashed_unit(TEXTS, d).T), axis=1)[:, :10]
        for d in (256, 16)
    ]
    shares = [len(set(a) & set(b)) / 10 for a, b in zip(*(n.tolist() for n in near), strict=True)]
    assert of(found, 16).overlap == pytest.approx(np.mean(shares))


def test_progress_tells_of_texts_then_of_settings(hashed: Engine) -> None:
    told: list[tuple[str, int, int]] = []
    asked = DimensionRequest(model=WORDLLAMA, documents=TEXTS, dimensions=(16, 8), storages=FLOATS)
    study_dimensions(asked, hashed, on_progress=lambda *step: told.append(step))
    assert told == [("texts", 30, 30), ("settings", 1, 2), ("settings", 2, 2)]


def of_settings(*settings: tuple[int, Storage, int, float]) -> DimensionStudy:
    return DimensionStudy(
        request=DimensionRequest(model=WORDLLAMA, documents=TEXTS),
        settings=tuple(
            Setting(
                dimension=dimension,
                storage=storage,
                trained=True,
                bytes=size,
                figures=Figures(overlap=overlap, score_error=0.0, quality=None),
            )
            for dimension, storage, size, overlap in settings
        ),
        full_dimension=256,
        k=10,
        queries_used=30,
        documents_used=30,
        renormalised=True,
        dtype="float32",
    )


def test_the_smallest_is_the_one_of_fewest_bytes_within_the_loss() -> None:
    found = of_settings(
        (256, Storage.FLOAT32, 1024, 1.0),
        (256, Storage.INT8, 256, 0.99),
        (64, Storage.FLOAT32, 256, 0.95),
        (128, Storage.INT8, 128, 0.9),
        (256, Storage.BINARY, 32, 0.7),
    )
    chosen = {loss: found.smallest(loss) for loss in (0, 0.01, 0.05, 0.1, 0.29, 0.3, 1)}
    assert {loss: s and (s.dimension, s.storage) for loss, s in chosen.items()} == {
        0: (256, Storage.FLOAT32),
        0.01: (256, Storage.INT8),
        0.05: (256, Storage.INT8),  # of equal bytes the one that loses less
        0.1: (128, Storage.INT8),
        0.29: (128, Storage.INT8),
        0.3: (256, Storage.BINARY),
        1: (256, Storage.BINARY),
    }
    assert of_settings((64, Storage.INT8, 64, 0.9)).smallest(0.05) is None
