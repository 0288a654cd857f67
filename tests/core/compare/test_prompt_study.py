"""Every pair of a model's prompts is tried, and what is shown is what the model read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.compare import Document, prompt_study, variants
from core.compare.prompt_study import (
    PromptStudy,
    PromptStudyRequest,
    study_prompts,
)
from core.compare.relevance import rank_figures
from core.compare.variants import Variant, variants_of
from core.encoding import Engine
from core.errors import BadRequest, BadText, ModelNotFound, TooMany
from core.models import PromptOrigin, Task, find
from core.models.catalogue import added_models
from core.work import InlineExecutor
from tests.core.compare.conftest import PutBehind
from tests.core.compare.fakes import HashEncoder
from tests.core.compare.test_statistics import tau_b
from tests.core.fakes import Recorder
from tests.models import tiny

WORDLLAMA, GEMMA, QWEN = "wordllama", "embeddinggemma-300m", "qwen3-embedding-0.6b"
QUERIES = ("Which planet is red?", "火星はどこ？", "planet")
DOCUMENTS = tuple(Document(text) for text in (*tiny.DOCUMENTS, "river", "the planet Mars"))
CUSTOM = ("mine: ", "yours: ")
ENCODER = HashEncoder(dimension=256)


def request(model: str = WORDLLAMA, **options: Any) -> PromptStudyRequest:
    return PromptStudyRequest(
        **{"model": model, "queries": QUERIES, "documents": DOCUMENTS, "custom": CUSTOM, **options}
    )


def study(engine: Engine, **options: Any) -> PromptStudy:
    return study_prompts(request(**options), engine, InlineExecutor())


def templates(variants: tuple[Variant, ...]) -> list[str]:
    return [variant.prompt.template for variant in variants]


# A small copy of EmbeddingGemma, loaded from its folder as a user's own model is.


@pytest.fixture(scope="module")
def tiny_gemma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of the added model."""
    folder: Path = tmp_path_factory.mktemp("models") / "my-gemma"
    tiny.build(tiny.Kind.GEMMA, folder)
    yield added_models().add_folder(folder).name
    added_models().remove("my-gemma")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What sentence-transformers was given, prompt and text joined."""
    from sentence_transformers import SentenceTransformer

    found: list[str] = []
    preprocess = SentenceTransformer.preprocess

    def recorded(self: Any, inputs: Any, prompt: str | None = None, **options: Any) -> Any:
        found.extend((prompt or "") + text for text in inputs)
        return preprocess(self, inputs, prompt=prompt, **options)

    monkeypatch.setattr(SentenceTransformer, "preprocess", recorded)
    return found


def test_a_model_s_distinct_prompts_then_none_then_one_s_own_are_tried(
    engine: Engine, tiny_gemma: str
) -> None:
    found = study(engine, model=tiny_gemma)
    shown = templates(found.variants)
    documented = dict.fromkeys(tiny.GEMMA_PROMPTS.values())
    assert len(documented) < len(tiny.GEMMA_PROMPTS)  # some stand under several names
    assert shown[-3:] == ["", *CUSTOM]
    assert set(shown[:-3]) == set(documented)
    assert len(set(shown)) == len(shown)
    n_variants = len(shown)
    assert found.first.shape == found.margins.shape == (n_variants, n_variants, len(QUERIES))
    assert found.tau.shape == (n_variants, n_variants)
    assert found.query_cosines.shape == (n_variants, len(QUERIES))
    assert found.document_cosines.shape == (n_variants, len(DOCUMENTS))


def test_a_prompt_stands_once_with_all_its_names(tiny_gemma: str) -> None:
    variants, _ = variants_of(find(tiny_gemma))
    names = {variant.prompt.template: set(variant.names) for variant in variants}
    for text in tiny.GEMMA_PROMPTS.values():
        assert names[text] == {n for n, other in tiny.GEMMA_PROMPTS.items() if other == text}
    assert names[""] == set()


def test_the_documented_pair_is_the_recommended_one(tiny_gemma: str) -> None:
    card = find(tiny_gemma)
    for task, query, document in (
        (Task.SEARCH, "query", "document"),
        (Task.SIMILARITY, "STS", "STS"),
        (Task.CLUSTERING, "Clustering", "Clustering"),
    ):
        variants, pair = variants_of(card, task=task)
        shown = templates(variants)
        prompts = tiny.GEMMA_PROMPTS
        assert (shown[pair[0]], shown[pair[1]]) == (prompts[query], prompts[document])


def test_what_is_shown_is_exactly_what_the_model_read(
    engine: Engine, tiny_gemma: str, read: list[str]
) -> None:
    found = study(engine, model=tiny_gemma, custom=("  mine\n: ", "title: {title}!"))
    texts = [*QUERIES, *(document.text for document in DOCUMENTS)]
    shown = [variant.prompt.render() for variant in found.variants]
    assert "title: none!" in shown
    assert "  mine\n: " in shown
    expected = {prompt + text for prompt in shown for text in texts}
    at_loading = ["a"] * 2
    assert sorted(read) == sorted([*expected, *at_loading])


def test_a_prompt_that_changes_the_text_changes_its_vector(engine: Engine, tiny_gemma: str) -> None:
    found = study(engine, model=tiny_gemma)
    query, document = found.recommended
    np.testing.assert_allclose(found.query_cosines[query], 1, atol=1e-6)
    np.testing.assert_allclose(found.document_cosines[document], 1, atol=1e-6)
    others = np.delete(found.document_cosines, document, axis=0)
    assert (others < 1 - 1e-4).all()


# With hashed directions, whose scores a test can compute itself.


def vectors(found: PromptStudy, texts: list[str], titles: list[str] | None = None) -> np.ndarray:
    """Unit vectors, shape (n_variants, n_texts, dim)."""
    given = titles or [""] * len(texts)
    return np.stack(
        [
            [
                ENCODER.vector(v.prompt.render(t) + text)
                for text, t in zip(texts, given, strict=True)
            ]
            for v in found.variants
        ]
    )


def scores_of(found: PromptStudy) -> np.ndarray:
    queries = vectors(found, list(found.request.queries))
    documents = found.request.documents
    rows = vectors(found, [d.text for d in documents], [d.title for d in documents])
    return np.einsum("aqi,bdi->abqd", queries, rows)


def test_ranks_leads_and_moves_are_those_of_the_scores(hashed: Engine) -> None:
    found = study(hashed)
    scores = scores_of(found)
    assert templates(found.variants) == ["", *CUSTOM]
    assert found.recommended == (0, 0)
    assert found.first.tolist() == scores.argmax(axis=-1).tolist()
    ordered = np.sort(scores, axis=-1)
    np.testing.assert_allclose(found.margins, ordered[..., -1] - ordered[..., -2], atol=1e-6)
    queries = vectors(found, list(QUERIES))
    cosines = (queries * queries[0]).sum(axis=-1)
    np.testing.assert_allclose(found.query_cosines, cosines, atol=1e-6)


def test_tau_is_the_mean_over_queries_of_kendall_s_by_counting(hashed: Engine) -> None:
    found = study(hashed)
    scores = scores_of(found)
    reference = scores[found.recommended]
    for pair in np.ndindex(3, 3):
        expected = np.mean([tau_b(scores[pair][q], reference[q]) for q in range(len(QUERIES))])
        assert found.tau[pair] == pytest.approx(expected, abs=1e-6)
    assert found.tau[found.recommended] == 1


def test_the_changed_first_places_are_counted(hashed: Engine) -> None:
    found = study(hashed)
    first = scores_of(found).argmax(axis=-1)
    for query, document in np.ndindex(3, 3):
        expected = sum(a != b for a, b in zip(first[query, document], first[0, 0], strict=True))
        assert found.changed(query, document) == expected
    assert found.changed(*found.recommended) == 0
    assert sum(found.changed(q, d) for q, d in np.ndindex(3, 3)) > 0


def test_ndcg_counts_the_queries_with_right_documents(hashed: Engine) -> None:
    relevant = ((1,), (), (0, 4))
    found = study(hashed, relevant=relevant)
    scores = scores_of(found)
    assert found.ndcg is not None
    for pair in np.ndindex(3, 3):
        expected = np.mean([rank_figures(scores[pair][q], relevant[q]).ndcg for q in (0, 2)])
        assert found.ndcg[pair] == pytest.approx(expected, abs=1e-9)
    assert found.best is not None
    assert found.ndcg[found.best] == found.ndcg.max()


def test_without_right_documents_no_pair_is_best(hashed: Engine) -> None:
    for relevant in ((), ((), (), ())):
        found = study(hashed, relevant=relevant)
        assert (found.ndcg, found.best) == (None, None)


def test_among_the_best_the_recommended_pair_comes_first(hashed: Engine) -> None:
    found = replace(study(hashed), recommended=(1, 2))
    for ndcg, best in (
        (np.full((3, 3), 0.5), (1, 2)),
        (np.eye(3), (0, 0)),
        (np.array([[0.1, 0.2, 0.1], [0.9, 0.3, 0.9], [0, 0, 0]]), (1, 2)),
    ):
        assert replace(found, ndcg=ndcg).best == best


def test_a_single_document_has_no_lead_and_no_ranking(hashed: Engine) -> None:
    found = study(hashed, documents=DOCUMENTS[:1])
    assert np.isnan(found.margins).all()
    assert np.isnan(found.tau).all()
    assert not found.first.any()


def test_each_text_is_encoded_once_under_each_prompt(hashed: Engine, recorder: Recorder) -> None:
    study(hashed, queries=("a", "a"), documents=(Document("a"), Document("b")))
    assert sorted(recorder.encoded) == sorted((p, t) for p in ("", *CUSTOM) for t in "ab")


def test_titles_stand_where_a_prompt_has_a_place_for_them(
    hashed: Engine, recorder: Recorder
) -> None:
    documents = (Document("a", "Mars"), Document("b"))
    study(hashed, queries=("q",), documents=documents, custom=("{title}: ",))
    assert {("Mars: ", "a"), ("none: ", "b"), ("none: ", "q"), ("", "a")} <= set(recorder.encoded)


@pytest.mark.parametrize("stored", [None, tiny.GEMMA_PROMPTS])
@pytest.mark.parametrize("task", [Task.SEARCH, Task.SIMILARITY])
def test_a_documented_place_for_a_title_is_open_whatever_the_task(
    monkeypatch: pytest.MonkeyPatch, stored: dict[str, str] | None, task: Task
) -> None:
    monkeypatch.setattr(variants, "stored_prompts", lambda _: stored)
    tried, _ = variants_of(find(GEMMA), task=task)
    (document,) = [v for v in tried if v.prompt.render() == "title: none | text: "]
    assert document.prompt.takes_title
    assert "document" in document.names


def test_one_s_own_place_for_a_title_is_not_lost_in_a_prompt_without(tiny_gemma: str) -> None:
    own = "title: {title} | text: "
    variants, _ = variants_of(find(tiny_gemma), [own])
    assert own in templates(variants)
    assert "title: none | text: " in templates(variants)


def test_a_prompt_of_one_s_own_that_is_documented_stands_once() -> None:
    variants, _ = variants_of(find(GEMMA), ["task: search result | query: ", "", "new: ", "new: "])
    shown = templates(variants)
    assert len(set(shown)) == len(shown)
    assert shown.count("new: ") == 1


def test_an_instruction_template_is_tried_as_it_is_documented() -> None:
    variants, (query, document) = variants_of(find(QWEN))
    assert variants[query].prompt.template.startswith("Instruct: Given a web search query")
    assert variants[document].prompt.template == ""
    assert not any("{" in template for template in templates(variants))


def test_of_a_model_without_prompts_none_is_the_recommended_one() -> None:
    variants, pair = variants_of(find(WORDLLAMA))
    (only,) = variants
    assert (only.prompt.template, only.names, pair) == ("", (), (0, 0))
    assert only.prompt.origin is PromptOrigin.UNDOCUMENTED


def test_what_can_t_be_studied_is_refused(hashed: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadRequest, match="no query"):
        study(hashed, queries=())
    with pytest.raises(BadRequest, match="no document"):
        study(hashed, documents=())
    with pytest.raises(BadText, match="Title 1"):
        study(hashed, documents=(Document("a", "\ud800"),))
    with pytest.raises(BadText):
        study(hashed, custom=("\ud800",))
    with pytest.raises(ModelNotFound):
        study(hashed, model="nobody")
    monkeypatch.setattr(prompt_study, "MOST_SCORES", 3 * 5 * 9 - 1)
    with pytest.raises(TooMany, match="15 pairs; 14 can be studied under 3 prompts"):
        study(hashed)


def test_more_rankings_than_can_be_held_together_are_refused_before_any_work(
    hashed: Engine, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prompt_study, "MOST_RANKINGS", 3 * 3 * 3)
    study(hashed)
    recorder.calls.clear()
    monkeypatch.setattr(prompt_study, "MOST_RANKINGS", 3 * 3 * 3 - 1)
    with pytest.raises(TooMany, match="3 queries under 3 x 3 pairs of prompts are 27 rank") as told:
        study(hashed)
    # As pairs of texts: two of the three queries could be studied.
    assert told.value.values == {"queries": 3, "documents": 5, "pairs": "15", "most": "10"}
    assert recorder.calls == []


def test_the_bound_of_rankings_is_that_of_a_minute() -> None:
    assert prompt_study.MOST_RANKINGS == 20_000


def test_twenty_prompts_of_one_s_own_are_the_most(hashed: Engine, recorder: Recorder) -> None:
    own = tuple(f"{i}: " for i in range(21))
    assert len(study(hashed, custom=(*own[:20], own[0])).variants) == 21
    recorder.calls.clear()
    with pytest.raises(BadRequest, match="21 prompts of your own; 20 can be tried") as told:
        study(hashed, custom=own)
    assert told.value.values == {"count": 21, "most": 20}
    assert recorder.calls == []


def test_progress_is_told(hashed: Engine) -> None:
    told: list[tuple[int, int]] = []
    study_prompts(request(), hashed, InlineExecutor(), on_progress=lambda *step: told.append(step))
    assert told[:2] == [(9, 9), (15, 15)]
    assert told[2:] == [(9, 27), (18, 27), (27, 27)]  # rankings, row by row of the matrix


def test_progress_of_the_rankings_can_be_told_apart(hashed: Engine) -> None:
    texts: list[tuple[int, int]] = []
    ranked: list[tuple[int, int]] = []
    study_prompts(
        request(),
        hashed,
        InlineExecutor(),
        on_progress=lambda *step: texts.append(step),
        on_ranked=lambda *step: ranked.append(step),
    )
    assert texts == [(9, 9), (15, 15)]
    assert ranked == [(9, 27), (18, 27), (27, 27)]


def test_a_row_of_many_queries_is_ranked_in_parts(
    hashed: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = study(hashed).tau
    monkeypatch.setattr(prompt_study, "RANKINGS_AT_ONCE", 7)  # two queries under three prompts
    ranked: list[tuple[int, int]] = []
    found = study_prompts(
        request(), hashed, InlineExecutor(), on_ranked=lambda *step: ranked.append(step)
    )
    assert ranked == [(n, 27) for n in (6, 9, 15, 18, 24, 27)]
    np.testing.assert_array_equal(found.tau, expected)


def test_a_stop_from_progress_ends_the_ranking(hashed: Engine) -> None:
    class Stopped(Exception):
        pass

    def stop(done: int, total: int) -> None:
        raise Stopped

    compute = Recorder()
    with pytest.raises(Stopped):
        study_prompts(request(), hashed, compute, on_ranked=stop)
    assert len(compute.calls) == 1


def test_a_vector_without_length_is_like_nothing(engine: Engine, put_behind: PutBehind) -> None:
    class Silent(HashEncoder):
        def vector(self, joined: str) -> np.ndarray:
            return super().vector(joined) * (3.0 if "planet" in joined else 0.0)

    put_behind(WORDLLAMA, Silent(dimension=256))
    found = study(engine, custom=("p: ",))
    assert found.query_cosines[0].tolist() == [pytest.approx(1), 0, pytest.approx(1)]
    assert found.query_cosines[1, 1] == 0
    assert np.isfinite(found.document_cosines).all()
