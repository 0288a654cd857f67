"""mteb gets vectors from our engine: its own mock tasks run, with the prompts that models document."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.encoding import Engine, Prompted, Scope
from core.models import PromptChoice, PromptOrigin, Side, Task, find, loading
from core.models.card import Loader
from core.models.device import Precision
from core.quality.encoder import EngineEncoder, EvaluatedModel, experiment, model_meta, prompt_for
from tests.core.fakes import LengthEncoder, Recorder

NGRAMS = EvaluatedModel(model="char-ngrams")
WORDLLAMA = EvaluatedModel(model="wordllama")


@pytest.mark.slow
def test_every_text_task_of_mteb_s_mock_run_is_evaluated_through_the_engine(
    engine: Engine, recorder: Recorder
) -> None:
    import mteb
    from mteb.results.task_result import TaskResult

    found = mteb.mock_run(EngineEncoder(engine, NGRAMS))
    ran = [name for name, status in found.items() if isinstance(status, TaskResult)]
    assert found.all_passed
    assert len(ran) == 28
    assert recorder.encoded


@pytest.mark.parametrize(
    ("kind", "side", "start"),
    [
        ("STS", None, "task: sentence similarity"),
        ("Classification", None, "task: classification"),
        ("Clustering", None, "task: clustering"),
        ("Retrieval", Side.QUERY, "task: search result"),
        ("Reranking", Side.DOCUMENT, "title: none | text: "),
    ],
)
def test_a_task_gets_the_prompt_that_the_model_documents_for_it(
    kind: str, side: Side | None, start: str
) -> None:
    assert prompt_for(find("embeddinggemma-300m"), kind, side).render().startswith(start)


def test_a_model_without_prompts_gets_none_and_a_user_s_own_goes_before_all() -> None:
    card = find("all-MiniLM-L6-v2")
    assert prompt_for(card, "STS", None).origin is PromptOrigin.UNDOCUMENTED
    own = PromptChoice(task=Task.CUSTOM, custom="query: ")
    assert prompt_for(card, "STS", None, choice=own).render() == "query: "


@pytest.mark.parametrize("name", ["MockSTSTask", "MockRetrievalTask", "MockClassificationTask"])
def test_mteb_s_own_code_scores_the_engine_s_vectors(engine: Engine, name: str) -> None:
    import mteb
    from mteb import mocks

    task = getattr(mocks, name)()
    encoder = EngineEncoder(engine, NGRAMS)
    found = mteb.evaluate(encoder, task, cache=None, show_progress_bar=False, co2_tracker=False)
    assert -1 <= found.task_results[0].get_score() <= 1
    assert all(not text for text in encoder.prompts.values())
    assert next(iter(encoder.prompts)).startswith(task.metadata.type)


def test_a_prompt_of_one_s_own_reaches_the_vectors(engine: Engine, recorder: Recorder) -> None:
    from mteb.mocks import MockSTSTask

    own = PromptChoice(task=Task.CUSTOM, custom="abc")
    encoder = EngineEncoder(engine, EvaluatedModel(model="char-ngrams", prompt=own))
    vectors = encoder.encode([{"text": ["x", "yy"]}], task_metadata=MockSTSTask.metadata)
    np.testing.assert_array_equal(vectors[:, :3], [[3, 1, 1], [3, 2, 1]])
    assert recorder.encoded == [Prompted("abc", "yy"), Prompted("abc", "x")]
    assert encoder.prompts == {"STS": "abc"}


def test_a_vector_is_cut_to_the_dimension_asked_for(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mteb.mocks import MockSTSTask

    fake = LengthEncoder(dimension=256)
    monkeypatch.setitem(loading.LOADERS, Loader.WORDLLAMA, lambda _: (fake, None))
    encoder = EngineEncoder(engine, EvaluatedModel(model="wordllama", dimension=2))
    vectors = encoder.encode([{"text": ["x", "yy"]}], task_metadata=MockSTSTask.metadata)
    np.testing.assert_array_equal(vectors, [[0, 1], [0, 2]])


def test_the_similarity_is_the_model_s_own(engine: Engine) -> None:
    encoder = EngineEncoder(engine, NGRAMS)
    first, second = np.array([[1.0, 0.0], [3.0, 4.0]]), np.array([[0.0, 2.0], [6.0, 8.0]])
    np.testing.assert_allclose(encoder.similarity(first, second), [[0, 0.6], [0.8, 1]], atol=1e-6)
    np.testing.assert_allclose(encoder.similarity_pairwise(first, second), [0, 1], atol=1e-6)


@pytest.mark.parametrize(
    "other",
    [
        NGRAMS,
        EvaluatedModel(model="wordllama", dimension=64),
        EvaluatedModel(model="wordllama", prompt=PromptChoice(task=Task.NONE)),
        EvaluatedModel(model="wordllama", precision=Precision.FAST),
    ],
)
def test_whatever_changes_the_vectors_has_a_cache_folder_of_its_own(
    engine: Engine, tmp_path: Path, other: EvaluatedModel
) -> None:
    import mteb

    cache = mteb.ResultCache(tmp_path)
    first = cache.get_task_result_path("X", model_meta(engine, WORDLLAMA))
    assert first == cache.get_task_result_path("X", model_meta(engine, WORDLLAMA))
    assert first != cache.get_task_result_path("X", model_meta(engine, other))


def test_another_load_is_another_experiment() -> None:
    card = find("char-ngrams")
    assert experiment(NGRAMS, card, "a" * 64) != experiment(NGRAMS, card, "b" * 64)


def test_the_vectors_go_through_the_store_of_the_scope(
    engine: Engine, recorder: Recorder, tmp_path: Path
) -> None:
    from mteb.mocks import MockSTSTask

    encoder = EngineEncoder(engine, NGRAMS, store_scope=Scope.SESSION)
    for _ in range(2):
        encoder.encode([{"text": ["kept"]}], task_metadata=MockSTSTask.metadata)
    assert len(recorder.encoded) == 1
    assert (tmp_path / "session.sqlite").exists()
    assert not (tmp_path / "shared.sqlite").exists()
