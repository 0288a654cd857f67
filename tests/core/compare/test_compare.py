"""A comparison scores each query against each document, and one model's failure is its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.compare import CompareRequest, Document, Similarity, StepName, compare
from core.compare.compare import prompted_documents, prompted_queries, prompts_for
from core.encoding import Engine, Prompted
from core.errors import BadRequest, ModelNotFound, ModelNotHere, PrecisionNotOffered, WorkerLost
from core.models import PromptChoice, PromptOrigin, Task, find
from core.models.device import Precision
from tests.core.fakes import PLAIN_CPU, Recorder

REQUEST = CompareRequest(
    queries=("a", "bb"),
    documents=(Document("ccc"), Document("dddd"), Document("a")),
    models=("char-ngrams",),
)
# The fake encoder gives (length of prompt, length of text, 1).
DOTS = [[4, 5, 2], [7, 9, 3]]


def test_scores_have_a_row_for_each_query_and_a_column_for_each_document(engine: Engine) -> None:
    request = replace(REQUEST, similarity=Similarity.DOT)
    comparison = compare(request, engine)
    (found,) = comparison.results
    assert comparison.request is request
    assert comparison.failures == ()
    assert found.scores.tolist() == DOTS
    assert found.scores.dtype == np.float32
    assert (found.model, found.similarity) == ("char-ngrams", Similarity.DOT)
    with pytest.raises(ValueError, match="read-only"):
        found.scores[0, 0] = 1


def test_without_a_choice_the_model_s_own_similarity_is_used(engine: Engine) -> None:
    (found,) = compare(REQUEST, engine).results
    assert found.similarity is Similarity(find("char-ngrams").similarity)


def test_a_model_that_can_not_be_truncated_keeps_its_full_output(engine: Engine) -> None:
    (found,) = compare(replace(REQUEST, dimension=2), engine).results
    assert (found.dimension, found.full_dimension, found.renormalised) == (2048, 2048, False)


def test_the_text_on_both_sides_is_encoded_once(engine: Engine, recorder: Recorder) -> None:
    compare(REQUEST, engine)
    assert sorted(text for _, text in recorder.encoded) == ["a", "bb", "ccc", "dddd"]


def test_another_similarity_encodes_nothing(engine: Engine, recorder: Recorder) -> None:
    compare(REQUEST, engine)
    recorder.calls.clear()
    for similarity in Similarity:
        compare(replace(REQUEST, similarity=similarity), engine)
    assert recorder.encoded == []


def test_the_user_s_own_prompts_reach_their_sides(engine: Engine, recorder: Recorder) -> None:
    request = replace(
        REQUEST,
        query_prompt=PromptChoice(task=Task.CUSTOM, custom="q: "),
        document_prompt=PromptChoice(task=Task.CUSTOM, custom="doc: "),
    )
    (found,) = compare(request, engine).results
    assert {("q: ", "a"), ("q: ", "bb"), ("doc: ", "ccc"), ("doc: ", "a")} <= set(recorder.encoded)
    assert found.query_prompt.origin is found.document_prompt.origin is PromptOrigin.CUSTOM


def test_a_title_goes_into_the_document_s_prompt_only() -> None:
    query_prompt, document_prompt = prompts_for(find("embeddinggemma-300m"), REQUEST)
    documents = [Document("text", "Mars"), Document("text")]
    assert prompted_documents(documents, document_prompt) == (
        Prompted("title: Mars | text: ", "text"),
        Prompted("title: none | text: ", "text"),
    )
    assert prompted_queries(["text"], query_prompt) == (
        Prompted("task: search result | query: ", "text"),
    )


def test_a_model_that_fails_stands_beside_the_answers_of_the_others(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    models = ("embeddinggemma-300m", "char-ngrams", "qwen3-embedding-0.6b")
    comparison = compare(replace(REQUEST, models=models), engine)
    assert [result.model for result in comparison.results] == ["char-ngrams"]
    assert [failure.model for failure in comparison.failures] == [models[0], models[2]]
    assert all(isinstance(failure.error, ModelNotHere) for failure in comparison.failures)


def test_a_precision_that_the_device_has_not_is_that_model_s_failure(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.encoding.worker.probe", lambda: PLAIN_CPU)
    request = replace(REQUEST, models=("all-MiniLM-L6-v2", "char-ngrams"), precision=Precision.FAST)
    comparison = compare(request, engine)
    assert [result.model for result in comparison.results] == ["char-ngrams"]
    assert isinstance(comparison.failures[0].error, PrecisionNotOffered)


def test_a_lost_worker_is_each_model_s_failure(engine: Engine, recorder: Recorder) -> None:
    recorder.fail = WorkerLost("lost")
    comparison = compare(REQUEST, engine)
    assert comparison.results == ()
    assert isinstance(comparison.failures[0].error, WorkerLost)


@pytest.mark.parametrize(
    ("change", "what"),
    [({"queries": ()}, "query"), ({"documents": ()}, "document"), ({"models": ()}, "model")],
    ids=["query", "document", "model"],
)
def test_an_empty_side_is_refused_by_name(
    engine: Engine, recorder: Recorder, change: dict[str, object], what: str
) -> None:
    with pytest.raises(BadRequest, match=what) as caught:
        compare(replace(REQUEST, **change), engine)
    assert caught.value.values == {"what": what}
    assert recorder.encoded == []


def test_an_unknown_model_is_refused_before_any_work(engine: Engine, recorder: Recorder) -> None:
    with pytest.raises(ModelNotFound):
        compare(replace(REQUEST, models=("char-ngrams", "no-such")), engine)
    assert recorder.encoded == []


def test_steps_say_how_many_texts_were_computed(engine: Engine) -> None:
    first, again = (compare(REQUEST, engine).results[0] for _ in range(2))
    assert [step.name for step in first.steps] == list(StepName)
    counts = {step.name: step.encoded for step in first.steps}
    assert (counts[StepName.QUERIES], counts[StepName.DOCUMENTS]) == (2, 2)  # "a" is on both sides
    counts = {step.name: step.encoded for step in again.steps}
    assert (counts[StepName.QUERIES], counts[StepName.DOCUMENTS]) == (0, 0)
    assert all(step.seconds >= 0 for step in first.steps)


def test_progress_names_the_model_and_counts_to_its_total(engine: Engine) -> None:
    seen: list[tuple[str, int, int]] = []
    compare(REQUEST, engine, on_progress=lambda *args: seen.append(args))
    assert seen == [("char-ngrams", 4, 4)]  # of queries and documents together
