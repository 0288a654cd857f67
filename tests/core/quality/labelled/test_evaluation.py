"""mteb's own scores of users' labelled texts, item by item."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from core.encoding import Engine
from core.errors import BadRequest
from core.quality.encoder import EvaluatedModel
from core.quality.labelled.data import Kind
from core.quality.labelled.evaluation import (
    EvaluationRequest,
    evaluate,
    hardest,
    label,
    most_disputed,
)
from core.quality.labelled.reading import classes, collection, pairs

TWO = (EvaluatedModel(model="char-ngrams"), EvaluatedModel(model="wordllama"))
TEXTS = [f"{'ab' * (i % 5 + 1)} {'c' * (i % 7)}" for i in range(24)]
PAIRS = {
    "sentence1": TEXTS,
    "sentence2": TEXTS[1:] + TEXTS[:1],
    "score": [str(i % 6) for i in range(24)],
}
CLASSES = {"text": TEXTS, "label": ["x" if i % 5 > 2 else "y" for i in range(24)]}
CORPUS = {"id": [f"d{i}" for i in range(24)], "text": TEXTS}
QUERIES = {"id": [f"q{i}" for i in range(8)], "text": TEXTS[:8]}
QRELS = {"query-id": QUERIES["id"], "corpus-id": CORPUS["id"][:8]}


def test_pairs_are_scored_as_mteb_does(engine: Engine) -> None:
    data, _ = pairs(PAIRS)
    found = evaluate(EvaluationRequest(data=data, models=TWO), engine)
    for each in found.results:
        assert each.main_score == "cosine_spearman"
        assert each.score == pytest.approx(spearmanr(each.items, data.grades).statistic)
        assert each.estimate.low <= each.score <= each.estimate.high
    (pair,) = found.pairs
    first, second = found.results
    assert pair.difference == pytest.approx(first.score - second.score)
    ranks = np.abs(_ranks(first.items) - _ranks(data.grades))
    assert hardest(data, first, 1)[0] == ranks.argmax()
    assert len(set(most_disputed(data, first, second, 5).tolist())) == 5


def _ranks(values) -> np.ndarray:
    from scipy.stats import rankdata

    return rankdata(values)


def test_one_changed_label_changes_the_score(engine: Engine) -> None:
    before, after = (
        evaluate(
            EvaluationRequest(data=pairs({**PAIRS, "score": scores})[0], models=TWO[:1]), engine
        ).results[0]
        for scores in (PAIRS["score"], ["99", *PAIRS["score"][1:]])
    )
    assert before.score != after.score
    np.testing.assert_array_equal(before.items, after.items)  # the vectors are those of the store


def test_classes_are_learned_from_the_same_draws_by_every_model(engine: Engine) -> None:
    data, _ = classes(CLASSES)
    found = evaluate(EvaluationRequest(data=data, models=TWO), engine)
    again = evaluate(EvaluationRequest(data=data, models=TWO[::-1]), engine)
    for each, same in zip(found.results, again.results[::-1], strict=True):
        assert each.main_score == "accuracy"
        assert each.score == pytest.approx(each.items.mean())
        np.testing.assert_array_equal(each.items, same.items)


def test_clusters_have_a_spread_and_no_test(engine: Engine) -> None:
    data, _ = classes(CLASSES, kind=Kind.CLUSTERING)
    found = evaluate(EvaluationRequest(data=data, models=TWO), engine)
    assert found.pairs == ()
    for each in found.results:
        assert each.score == pytest.approx(each.items.mean(), abs=1e-6)
        assert (each.estimate.low, each.estimate.high) == (each.items.min(), each.items.max())


def test_queries_have_their_own_ndcg(engine: Engine) -> None:
    data, _ = collection(QUERIES, CORPUS, QRELS)
    found = evaluate(EvaluationRequest(data=data, models=TWO), engine)
    for each in found.results:
        assert each.main_score == "ndcg_at_10"
        assert each.score == pytest.approx(each.items.mean(), abs=1e-4)  # which mteb rounds
        assert set(each.prompts) == {"Retrieval-query", "Retrieval-document"}


def test_the_judged_documents_of_a_query_are_put_in_order(engine: Engine) -> None:
    qrels = {
        "query-id": [q for q in QUERIES["id"] for _ in range(4)],
        "corpus-id": [f"d{(i + 3 * j) % 24}" for i in range(8) for j in range(4)],
        "score": ["1", "0", "0", "0"] * 8,
    }
    data, left = collection(QUERIES, CORPUS, qrels, Kind.RERANKING)
    assert left == ()
    found = evaluate(EvaluationRequest(data=data, models=TWO), engine)
    for each in found.results:
        assert each.main_score == "map_at_1000"
        assert each.score == pytest.approx(each.items.mean(), abs=1e-4)
        # One right one among four: its precision is one over its place.
        places = 1 / each.items
        np.testing.assert_allclose(places, places.round(), atol=1e-6)
        assert places.max() <= 4


def test_yes_and_no_are_scored_by_average_precision(engine: Engine) -> None:
    answers = {**PAIRS, "score": ["yes" if i % 3 else "no" for i in range(24)]}
    data, _ = pairs(answers, Kind.PAIRS)
    found = evaluate(EvaluationRequest(data=data, models=TWO), engine)
    for each in found.results:
        assert each.score == pytest.approx(each.estimate.score)


def test_one_model_at_two_dimensions_is_two_models(engine: Engine) -> None:
    both = (TWO[1], EvaluatedModel(model="wordllama", dimension=2))
    data, _ = pairs(PAIRS)
    found = evaluate(EvaluationRequest(data=data, models=both), engine)
    assert [label(each.model) for each in found.results] == ["wordllama", "wordllama · 2"]
    assert [(pair.first, pair.second) for pair in found.pairs] == [("wordllama", "wordllama · 2")]
    with pytest.raises(BadRequest, match="twice"):
        evaluate(EvaluationRequest(data=data, models=(TWO[1], TWO[1])), engine)


def test_a_model_that_fails_stands_beside_the_others(engine: Engine) -> None:
    data, _ = pairs(PAIRS)
    absent = EvaluatedModel(model="bge-m3")
    found = evaluate(EvaluationRequest(data=data, models=(absent, TWO[0])), engine)
    assert [each.model for each in found.results] == [TWO[0]]
    assert [each.model for each in found.failures] == [absent]
