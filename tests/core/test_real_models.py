"""The three embedded models give what their authors and independent calculations give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.compare import CompareRequest, Comparison, Document, ModelScores, Similarity, compare
from core.encoding import Embeddings, EncodeRequest, Engine, Prompted, Scope, VectorStore, worker
from core.errors import ExplorerError, OutOfMemory, PrecisionNotOffered
from core.models import PromptChoice, Task, find
from core.models.device import Precision
from core.models.files import locate
from core.models.golden import GoldenState
from core.models.ngrams import NGRAM_RANGE
from core.models.verdicts import Verdicts
from core.work import Lane
from tests.core.fakes import Recorder

MINILM, WORDLLAMA, NGRAMS = "all-MiniLM-L6-v2", "wordllama", "char-ngrams"
EMBEDDED = (MINILM, WORDLLAMA, NGRAMS)
NO_PROMPT = PromptChoice(task=Task.NONE)

# EmbeddingGemma's model card.
QUERY = "Which planet is known as the Red Planet?"
DOCUMENTS = (
    "Venus is often called Earth's twin because of its similar size and proximity.",
    "Mars, known for its reddish appearance, is often referred to as the Red Planet.",
    "Jupiter, the largest planet in our solar system, has a prominent red spot.",
    "Saturn, famous for its rings, is sometimes mistaken for the Red Planet.",
)
RED_PLANET = CompareRequest(
    queries=(QUERY,),
    documents=tuple(Document(text) for text in DOCUMENTS),
    models=EMBEDDED,
    query_prompt=NO_PROMPT,
    document_prompt=NO_PROMPT,
)
TEXTS = (QUERY, *DOCUMENTS, "Mars", "火星は赤い惑星です。", "a " * 100)


@pytest.fixture(scope="module")
def lane(models_lane: Lane) -> Recorder:
    return Recorder(models_lane)


@pytest.fixture(scope="module")
def engine(lane: Recorder, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder: Path = tmp_path_factory.mktemp("stores")
    stores = {scope: VectorStore(folder / f"{scope}.sqlite") for scope in Scope}
    return Engine(lane, stores, Verdicts(folder / "golden"))


@pytest.fixture(scope="module")
def comparison(engine: Engine) -> Comparison:
    return compare(RED_PLANET, engine)


Encode = Callable[..., Embeddings]


@pytest.fixture
def encode(models_lane: Lane, tmp_path: Path) -> Encode:
    """Encode with an empty store."""
    store = VectorStore(tmp_path / "vectors.sqlite")

    def encode(model: str, *texts: str, precision: Precision = Precision.EXACT) -> Embeddings:
        inputs = tuple(Prompted("", text) for text in texts)
        store.remove()
        return Engine(models_lane, {Scope.SESSION: store}, Verdicts(tmp_path / "golden")).encode(
            EncodeRequest(model=model, inputs=inputs, scope=Scope.SESSION, precision=precision)
        )

    return encode


def of(comparison: Comparison, model: str) -> ModelScores:
    return next(result for result in comparison.results if result.model == model)


@pytest.mark.parametrize(
    ("model", "expected", "tolerance"),
    [
        (MINILM, [0.4647, 0.8115, 0.7279, 0.7502], 0.0005),
        (WORDLLAMA, [0.3586, 0.7405, 0.6079, 0.6532], 0.001),
    ],
)
def test_the_red_planet(
    comparison: Comparison, model: str, expected: list[float], tolerance: float
) -> None:
    found = of(comparison, model)
    assert found.scores[0] == pytest.approx(expected, abs=tolerance)
    assert found.ranks.tolist() == [[4, 1, 3, 2]]


def test_the_character_n_grams_of_the_red_planet_are_counted(comparison: Comparison) -> None:
    """Against a count by hand: n-grams of each word with a space before and after it."""

    def counts(text: str) -> dict[str, int]:
        grams = [
            word[i : i + n]
            for word in (f" {part} " for part in text.lower().split())
            for n in range(NGRAM_RANGE[0], NGRAM_RANGE[1] + 1)
            for i in range(max(len(word) - n + 1, 1))
        ]
        return {gram: grams.count(gram) for gram in grams}

    def cosine(a: dict[str, int], b: dict[str, int]) -> float:
        norms = [sum(n * n for n in x.values()) ** 0.5 for x in (a, b)]
        return sum(n * b.get(gram, 0) for gram, n in a.items()) / (norms[0] * norms[1])

    expected = [cosine(counts(QUERY), counts(text)) for text in DOCUMENTS]
    # 2048 places for about 300 n-grams: some share one, so the hashed cosine is only near.
    assert of(comparison, NGRAMS).scores[0] == pytest.approx(expected, abs=0.1)
    assert of(comparison, NGRAMS).ranks[0, 1] == 1


def test_a_golden_example_of_the_catalogue_is_reproduced(engine: Engine) -> None:
    golden = find(MINILM).golden
    assert golden is not None
    request = CompareRequest(
        queries=golden.queries,
        documents=tuple(Document(text) for text in golden.documents),
        models=(MINILM,),
        query_prompt=PromptChoice(task=golden.task),
        document_prompt=PromptChoice(task=golden.task),
    )
    (found,) = compare(request, engine).results
    np.testing.assert_allclose(found.scores, golden.expected, atol=0.005)
    assert found.golden is not None
    assert found.golden.state is GoldenState.VERIFIED


@pytest.mark.parametrize("model", EMBEDDED)
def test_each_full_output_is_float32_of_unit_length(encode: Encode, model: str) -> None:
    found = encode(model, *TEXTS)
    assert found.vectors.dtype == np.float32
    assert found.vectors.shape == (len(TEXTS), find(model).dimension)
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-3)


@pytest.mark.parametrize("model", EMBEDDED)
def test_a_text_s_vector_does_not_depend_on_its_company(encode: Encode, model: str) -> None:
    together = encode(model, *TEXTS).vectors
    for text, vector in zip(TEXTS, together, strict=True):
        np.testing.assert_allclose(encode(model, text).vectors[0], vector, atol=1e-5)


@pytest.mark.parametrize("model", EMBEDDED)
def test_a_prompt_is_text_before_the_text(encode: Encode, engine: Engine, model: str) -> None:
    asked = EncodeRequest(model=model, inputs=(Prompted("query: ", "Mars"),), scope=Scope.SESSION)
    prompted = engine.encode(asked).vectors
    np.testing.assert_allclose(prompted, encode(model, "query: Mars").vectors, atol=1e-6)
    assert not np.allclose(prompted, encode(model, "Mars").vectors, atol=1e-2)


def test_minilm_reads_no_further_than_its_limit(encode: Encode) -> None:
    short, long, other = "red " * 254, "red " * 254 + "planet", "planet " + "red " * 254
    vectors = encode(MINILM, short, long, other).vectors
    np.testing.assert_allclose(vectors[1], vectors[0], atol=1e-6)
    assert not np.allclose(vectors[2], vectors[0], atol=1e-3)


def test_the_limit_of_a_card_is_the_loaded_model_s(models_lane: Lane, engine: Engine) -> None:
    asked = engine.load_request(MINILM)
    short = replace(asked, identity=replace(asked.identity, max_tokens=8))
    texts = ("red " * 6, "red " * 6 + "planet")  # six words and two marks
    inputs = [Prompted("", text) for text in texts]
    one, other = models_lane.submit(worker.encode, short, inputs).result().batches[0].vectors
    np.testing.assert_allclose(one, other, atol=1e-6)
    one, other = models_lane.submit(worker.encode, asked, inputs).result().batches[0].vectors
    assert not np.allclose(one, other, atol=1e-3)


@pytest.mark.parametrize("dimension", [64, 128])
@pytest.mark.parametrize("similarity", [Similarity.COSINE, Similarity.DOT])
def test_wordllama_truncated_is_the_renormalised_first_part(
    encode: Encode, engine: Engine, dimension: int, similarity: Similarity
) -> None:
    first = encode(WORDLLAMA, QUERY, *DOCUMENTS).vectors[:, :dimension].astype(np.float64)
    first /= np.sqrt((first**2).sum(axis=1))[:, None]
    asked = replace(RED_PLANET, models=(WORDLLAMA,), dimension=dimension, similarity=similarity)
    (found,) = compare(asked, engine).results
    assert (found.dimension, found.full_dimension, found.renormalised) == (dimension, 256, True)
    np.testing.assert_allclose(found.scores, first[:1] @ first[1:].T, atol=1e-6)


def wordllama_by_hand(text: str, dimension: int) -> np.ndarray:
    """Return the unit mean of the token vectors, from the files alone, in float64."""
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    folder = locate(find(WORDLLAMA))
    assert folder is not None
    (weights,) = load_file(folder / "weights" / "l2_supercat_256.safetensors").values()
    tokenizer = Tokenizer.from_file(
        str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json")
    )
    tokenizer.no_truncation()
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    mean = weights[ids].astype(np.float64).mean(axis=0)[:dimension]
    return mean / np.linalg.norm(mean)


@pytest.mark.parametrize("dimension", [64, 128, 256])
def test_wordllama_is_the_mean_of_its_token_vectors(engine: Engine, dimension: int) -> None:
    query, *documents = (wordllama_by_hand(text, dimension) for text in (QUERY, *DOCUMENTS))
    asked = replace(RED_PLANET, models=(WORDLLAMA,), dimension=dimension)
    (found,) = compare(asked, engine).results
    np.testing.assert_allclose(found.scores[0], documents @ query, atol=5e-4)


def test_wordllama_is_exact_in_float32(encode: Encode) -> None:
    vectors = encode(WORDLLAMA, *TEXTS).vectors
    for text, vector in zip(TEXTS, vectors, strict=True):
        np.testing.assert_allclose(vector, wordllama_by_hand(text, 256), atol=1e-6)


@pytest.mark.parametrize("model", EMBEDDED)
def test_an_empty_text_has_a_finite_vector(encode: Encode, model: str) -> None:
    vectors = encode(model, "Mars", "").vectors
    assert np.isfinite(vectors).all()
    if model != MINILM:  # which has its special tokens left
        assert not vectors[1].any()


def test_another_dimension_or_similarity_encodes_nothing(
    comparison: Comparison, engine: Engine, lane: Recorder
) -> None:
    lane.calls.clear()
    changes = [{"dimension": n} for n in (64, 128, 256, None)] + [{"similarity": Similarity.DOT}]
    for change in changes:
        again = compare(replace(RED_PLANET, **change), engine)
        assert [result.model for result in again.results] == list(EMBEDDED)
    assert lane.calls == []


def test_the_first_comparison_encoded_each_text_once_for_each_model(
    comparison: Comparison,
) -> None:
    for result in comparison.results:
        assert [step.encoded for step in result.steps] == [None, None, 1, 4, None]


def test_fast_precision_is_near_the_exact_one_or_said_not_to_be_there(
    encode: Encode, engine: Engine
) -> None:
    if not engine.device().native_bfloat16:
        with pytest.raises(PrecisionNotOffered):
            encode(MINILM, *TEXTS, precision=Precision.FAST)
        return
    exact, fast = (encode(MINILM, *TEXTS, precision=p) for p in Precision)
    assert (exact.identity.dtype, fast.identity.dtype) == ("float32", "bfloat16")
    assert not np.array_equal(exact.vectors, fast.vectors)
    np.testing.assert_allclose((exact.vectors * fast.vectors).sum(axis=1), 1, atol=0.02)


@pytest.mark.parametrize("model", EMBEDDED)
def test_a_lone_surrogate_is_an_error_that_a_user_can_read(encode: Encode, model: str) -> None:
    with pytest.raises(ExplorerError):
        encode(model, "Mars \ud800")


def raise_torch_out_of_memory() -> None:
    import torch

    raise torch.OutOfMemoryError("CUDA out of memory")


def test_torch_s_own_out_of_memory_error_is_told_as_ours(models_lane: Lane) -> None:
    pids = models_lane.worker_pids()
    with pytest.raises(OutOfMemory):
        models_lane.submit(raise_torch_out_of_memory).result()
    assert models_lane.worker_pids() == pids
