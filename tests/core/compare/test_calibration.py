"""A percentile says where a score stands among the same model's scores of unrelated texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import percentileofscore

from core.compare import CompareRequest, Document, ModelScores, Similarity, compare
from core.compare.background import Band, Kind, Language, background
from core.compare.calibration import LEAST_PAIRS, calibrate, percentiles
from core.encoding import EncodeRequest, Engine, Scope, VectorStore
from core.errors import WorkerLost
from core.models import PromptChoice, Task, loading
from core.models.device import Precision
from tests.core.compare.conftest import PutBehind
from tests.core.compare.fakes import HashEncoder
from tests.core.fakes import LengthEncoder, Recorder

SHORT_EN, MEDIUM_EN, SHORT_JA = (
    Kind(Language.EN, Band.SHORT),
    Kind(Language.EN, Band.MEDIUM),
    Kind(Language.JA, Band.SHORT),
)
SENTENCE = "Mars is called the Red Planet because of the iron oxide that covers its ground."
REQUEST = CompareRequest(
    queries=("Which planet is red?", "赤い惑星"),
    documents=(Document("Mars"), Document(SENTENCE, "Mars"), Document("火星")),
    models=("char-ngrams",),
)
KINDS = ((SHORT_EN, SHORT_JA), (SHORT_EN, MEDIUM_EN, SHORT_JA))
TYPED = PromptChoice(task=Task.CUSTOM, custom="query: ")
TITLED = PromptChoice(task=Task.CUSTOM, custom="title: {title} | ")
INSTRUCTED = PromptChoice(instruction="Find the planet.")
N_TOPICS = len(background()[SHORT_EN])


def answered(request: CompareRequest, engine: Engine) -> ModelScores:
    (result,) = compare(request, engine).results
    return result


def asked_of(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[EncodeRequest]:
    """Return a list to which everything is added that the engine is asked to encode."""
    asked: list[EncodeRequest] = []
    encode = engine.encode

    def note(request: EncodeRequest, **options: object) -> object:
        asked.append(request)
        return encode(request, **options)

    monkeypatch.setattr(engine, "encode", note)
    return asked


# The percentile itself


def test_with_fewer_pairs_than_two_thousand_there_is_no_percentile() -> None:
    assert LEAST_PAIRS == 2000
    scores = np.array([[0.0, 0.5]])
    assert np.isnan(percentiles(scores, np.zeros(LEAST_PAIRS - 1))).all()
    assert np.isnan(percentiles(scores, np.zeros(0))).all()
    assert percentiles(scores, np.zeros(LEAST_PAIRS)).tolist() == [[50, 100]]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("decimals", [0, 1, 12], ids=["all tied", "many tied", "none tied"])
def test_a_percentile_is_scipy_s_mean_percentile_rank(seed: int, decimals: int) -> None:
    rng = np.random.default_rng(seed)
    unrelated = np.sort(rng.normal(size=2500).round(decimals))
    scores = np.concatenate([rng.normal(size=20).round(decimals), unrelated[::250], [-99, 99]])
    expected = [percentileofscore(unrelated, score, kind="mean") for score in scores]
    np.testing.assert_allclose(percentiles(scores, unrelated), expected, atol=1e-9)


def test_half_of_the_equal_scores_count_as_below() -> None:
    unrelated = np.repeat([0.1, 0.2, 0.3, 0.4], 500)
    scores = np.array([0.0, 0.1, 0.15, 0.2, 0.4, 0.5])
    assert percentiles(scores, unrelated).tolist() == [0, 12.5, 25, 37.5, 87.5, 100]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("scale", "shift"), [(2, 0), (0.001, 0), (1, -7), (13.7, 0.3), (1e3, 1e3)])
def test_scaling_and_shifting_all_scores_leaves_percentiles_alone(
    seed: int, scale: float, shift: float
) -> None:
    rng = np.random.default_rng(seed)
    unrelated = np.sort(rng.normal(size=3540))
    scores = np.concatenate([rng.normal(size=(4, 7)), unrelated[:28].reshape(4, 7)])
    found = percentiles(scores * scale + shift, unrelated * scale + shift)
    assert found.tolist() == percentiles(scores, unrelated).tolist()


# The scores of unrelated texts


class Scaled(LengthEncoder):
    """Dot products of LengthEncoder times ``scale`` squared, plus ``shift``; all of them whole."""

    def __init__(self, scale: int, shift: int) -> None:
        super().__init__()
        self.scale, self.shift = scale, shift

    def encode(self, texts: Sequence[str], prompts: Sequence[str]) -> np.ndarray:
        vectors = self.scale * super().encode(texts, prompts)
        vectors[:, 3] = self.shift**0.5
        return vectors


@pytest.mark.parametrize(("scale", "shift"), [(4, 0), (2, 400)])
def test_a_model_whose_scores_are_scaled_and_shifted_has_the_same_percentiles(
    engine: Engine, put_behind: PutBehind, tmp_path: Path, scale: int, shift: int
) -> None:
    documents = tuple(Document("a" * length) for length in (20, 26, 32, 90, 130))
    request = replace(REQUEST, documents=documents, similarity=Similarity.DOT)
    plain = answered(request, engine)
    expected = calibrate(request, plain, engine).percentiles
    put_behind("char-ngrams", Scaled(scale, shift))
    other = engine
    for scope in Scope:  # the stores have the plain model's vectors
        other = other.with_store(scope, VectorStore(tmp_path / f"other-{scope}.sqlite"))
    loading.unload("char-ngrams")
    changed = answered(request, other)
    assert changed.scores.tolist() == (plain.scores * scale**2 + shift).tolist()
    assert calibrate(request, changed, other).percentiles.tolist() == expected.tolist()
    assert len(set(expected[0])) == len(documents)


@pytest.mark.parametrize("similarity", Similarity)
@pytest.mark.parametrize(
    ("query_prompt", "document_prompt"),
    [(PromptChoice(), PromptChoice()), (TYPED, TITLED)],
    ids=["no prompts", "typed prompts"],
)
def test_each_percentile_is_a_count_over_all_pairs_of_different_topics(
    engine: Engine,
    similarity: Similarity,
    query_prompt: PromptChoice,
    document_prompt: PromptChoice,
) -> None:
    """Against a count in plain Python of what LengthEncoder gives."""
    request = replace(
        REQUEST,
        similarity=similarity,
        query_prompt=query_prompt,
        document_prompt=document_prompt,
    )
    result = answered(request, engine)
    found = calibrate(request, result, engine)
    # The built-in texts have no titles, so their prompt is the one of a text without a title.
    prompts = len(query_prompt.custom), len(document_prompt.custom.replace("{title}", "none"))

    def score(queries: Sequence[str], documents: Sequence[str]) -> np.ndarray:
        rows, columns = (
            np.array([[prompt, len(text), 1] for text in texts], dtype=np.float64)
            for prompt, texts in zip(prompts, (queries, documents), strict=True)
        )
        q, d = rows[:, None, :], columns[None, :, :]
        values = {
            Similarity.DOT: (q * d).sum(2),
            Similarity.COSINE: (q * d).sum(2) / np.sqrt((q * q).sum(2) * (d * d).sum(2)),
            Similarity.EUCLIDEAN: -np.sqrt(((q - d) ** 2).sum(2)),
            Similarity.MANHATTAN: -np.abs(q - d).sum(2),
        }
        return values[similarity]

    one_prompt = query_prompt == document_prompt
    for (row, q_kind), (column, d_kind) in product(*map(enumerate, KINDS)):
        scores = score(background()[q_kind], background()[d_kind])
        each_once = one_prompt and q_kind == d_kind
        places = [(i, j) for i, j in np.ndindex(scores.shape) if (i < j if each_once else i != j)]
        unrelated = np.array([scores[place] for place in places])
        np.testing.assert_allclose(found.unrelated[q_kind, d_kind], sorted(unrelated), rtol=1e-6)
        (own,) = score([request.queries[row]], [request.documents[column].text])[0]
        assert result.scores[row, column] == pytest.approx(own, rel=1e-6)
        near = np.isclose(unrelated, own, rtol=1e-6)  # rounding decides the order of these
        least = 100 * (unrelated[~near] < own).sum() / len(unrelated)
        most = least + 100 * near.sum() / len(unrelated)
        assert least - 1e-4 <= found.percentiles[row, column] <= most + 1e-4


def test_unrelated_texts_are_truncated_and_rescaled_as_the_result_s_were(hashed: Engine) -> None:
    request = replace(REQUEST, models=("wordllama",), dimension=64, similarity=Similarity.DOT)
    result = answered(request, hashed)
    assert (result.dimension, result.renormalised) == (64, True)
    found = calibrate(request, result, hashed)
    encoder = HashEncoder(dimension=256)

    def vectors(texts: Sequence[str]) -> np.ndarray:
        kept = np.array([encoder.vector(text)[:64] for text in texts])
        return kept / np.linalg.norm(kept, axis=1, keepdims=True)

    queries, documents = (vectors(background()[kind]) for kind in (SHORT_EN, MEDIUM_EN))
    scores = queries @ documents.T
    unrelated = scores[~np.eye(len(scores), dtype=bool)]
    np.testing.assert_allclose(found.unrelated[SHORT_EN, MEDIUM_EN], np.sort(unrelated), atol=1e-6)
    expected = percentileofscore(unrelated, result.scores[0, 1], kind="mean")
    assert found.percentiles[0, 1] == pytest.approx(expected, abs=0.03)  # one pair of 3,540


def test_wordllama_s_percentile_is_counted_from_its_own_vectors(real_engine: Engine) -> None:
    request = replace(REQUEST, models=("wordllama",), dimension=128)
    result = answered(request, real_engine)
    found = calibrate(request, result, real_engine)
    every = replace(
        request,
        queries=background()[SHORT_EN],
        documents=tuple(Document(text) for text in background()[MEDIUM_EN]),
    )
    scores = answered(every, real_engine).scores
    unrelated = scores[~np.eye(len(scores), dtype=bool)]
    expected = percentileofscore(unrelated, result.scores[0, 1], kind="mean")
    assert found.percentiles[0, 1] == pytest.approx(expected, abs=0.1)
    assert found.percentiles[0, 1] > 99  # the sentence does answer the question


class TopicEncoder(LengthEncoder):
    """One direction for each topic of the background, another one for all other texts."""

    def encode(self, texts: Sequence[str], prompts: Sequence[str]) -> np.ndarray:
        topics = {text: i for kind in background() for i, text in enumerate(background()[kind])}
        return np.eye(self.dimension, dtype=np.float32)[[topics.get(text, -1) for text in texts]]


def test_two_texts_on_the_same_topic_are_never_a_pair(
    engine: Engine, put_behind: PutBehind
) -> None:
    put_behind("char-ngrams", TopicEncoder())
    found = calibrate(REQUEST, answered(REQUEST, engine), engine)
    assert set(found.unrelated) == set(product(*map(set, KINDS)))
    for (query_kind, document_kind), scores in found.unrelated.items():
        pairs = N_TOPICS * (N_TOPICS - 1)
        assert len(scores) == (pairs // 2 if query_kind == document_kind else pairs)
        assert not scores.any()
    assert (found.percentiles == 100).all()  # all other texts are in one direction


def test_scores_of_unrelated_texts_ascend(hashed: Engine) -> None:
    found = calibrate(REQUEST, answered(REQUEST, hashed), hashed)
    assert all((np.diff(scores) >= 0).all() for scores in found.unrelated.values())


def test_each_text_is_held_against_its_own_kind(hashed: Engine) -> None:
    found = calibrate(REQUEST, answered(REQUEST, hashed), hashed)
    assert (found.query_kinds, found.document_kinds) == KINDS
    assert found.percentiles.shape == (2, 3)
    assert found.percentiles.dtype == np.float32
    assert np.isfinite(found.percentiles).all()
    with pytest.raises(ValueError, match="read-only"):
        found.percentiles[0, 0] = 1


# Where there is none


@pytest.mark.parametrize(
    "text", ["화성은 붉은 행성", "Красная планета", "😀", "123", "", "a" * 1001, "あ" * 451]
)
def test_a_text_of_another_script_or_too_long_has_no_percentile(hashed: Engine, text: str) -> None:
    request = replace(REQUEST, queries=(text, "Mars"), documents=(Document("Mars"), Document(text)))
    found = calibrate(request, answered(request, hashed), hashed)
    assert np.isnan(found.percentiles).tolist() == [[True, True], [False, True]]
    assert found.query_kinds == (None, SHORT_EN)
    assert found.document_kinds == (SHORT_EN, None)
    assert list(found.unrelated) == [(SHORT_EN, SHORT_EN)]


@pytest.mark.parametrize("side", ["queries", "documents"])
def test_without_any_kind_on_a_side_nothing_is_encoded(
    hashed: Engine, recorder: Recorder, side: str
) -> None:
    texts = {"queries": ("😀",), "documents": (Document("😀"),)}
    request = replace(REQUEST, **{side: texts[side]})
    result = answered(request, hashed)
    recorder.calls.clear()
    found = calibrate(request, result, hashed)
    assert recorder.calls == []
    assert found.unrelated == {}
    assert np.isnan(found.percentiles).all()


def test_with_too_few_topics_there_are_no_percentiles(
    hashed: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = {kind: texts[:45] for kind, texts in background().items()}  # 1,980 ordered pairs
    monkeypatch.setattr("core.compare.calibration.background", lambda: few)
    found = calibrate(REQUEST, answered(REQUEST, hashed), hashed)
    assert len(found.unrelated[SHORT_EN, MEDIUM_EN]) == 1980
    assert np.isnan(found.percentiles).all()


def test_of_one_kind_under_one_prompt_a_pair_counts_once(
    hashed: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    sixty = {kind: texts[:60] for kind, texts in background().items()}
    monkeypatch.setattr("core.compare.calibration.background", lambda: sixty)
    result = answered(REQUEST, hashed)
    found = calibrate(REQUEST, result, hashed)
    assert len(found.unrelated[SHORT_EN, SHORT_EN]) == 1770  # too few for percentiles
    assert len(found.unrelated[SHORT_EN, SHORT_JA]) == 3540
    same = [[True, False, False], [False, False, True]]  # pairs of one kind, of KINDS
    assert np.isnan(found.percentiles).tolist() == same


@pytest.mark.parametrize("side", ["query_prompt", "document_prompt"])
def test_under_two_prompts_each_of_two_texts_is_the_query_once(
    hashed: Engine, monkeypatch: pytest.MonkeyPatch, side: str
) -> None:
    sixty = {kind: texts[:60] for kind, texts in background().items()}
    monkeypatch.setattr("core.compare.calibration.background", lambda: sixty)
    request = replace(REQUEST, **{side: TYPED})
    found = calibrate(request, answered(request, hashed), hashed)
    assert len(found.unrelated[SHORT_EN, SHORT_EN]) == 3540
    assert np.isfinite(found.percentiles).all()


# What is encoded, and where it is kept


def test_a_second_calibration_encodes_nothing(hashed: Engine, recorder: Recorder) -> None:
    result = answered(REQUEST, hashed)
    first = calibrate(REQUEST, result, hashed)
    recorder.calls.clear()
    again = calibrate(REQUEST, result, hashed)
    assert recorder.encoded == []
    assert again.percentiles.tolist() == first.percentiles.tolist()


def test_another_dimension_or_similarity_encodes_nothing(
    hashed: Engine, recorder: Recorder
) -> None:
    request = replace(REQUEST, models=("wordllama",))
    first = calibrate(request, answered(request, hashed), hashed)
    recorder.calls.clear()
    for change in ({"dimension": 64}, {"dimension": 200}, {"similarity": Similarity.MANHATTAN}):
        other = replace(request, **change)
        found = calibrate(other, answered(other, hashed), hashed)
        assert found.percentiles.tolist() != first.percentiles.tolist()
    assert recorder.encoded == []


def test_only_the_kinds_of_the_texts_are_encoded(hashed: Engine, recorder: Recorder) -> None:
    request = replace(REQUEST, queries=("Mars", "Venus"), documents=(Document("火星"),))
    result = answered(request, hashed)
    recorder.calls.clear()
    calibrate(request, result, hashed)
    expected = {*background()[SHORT_EN], *background()[SHORT_JA]}
    assert {text for _, text in recorder.encoded} == expected
    assert len(recorder.encoded) == len(expected)


def test_built_in_texts_with_built_in_prompts_are_shared_by_all_sessions(
    hashed: Engine, recorder: Recorder, tmp_path: Path
) -> None:
    calibrate(REQUEST, answered(REQUEST, hashed), hashed)
    next_session = hashed.with_store(Scope.SESSION, VectorStore(tmp_path / "next.sqlite"))
    result = answered(REQUEST, next_session)
    recorder.calls.clear()
    calibrate(REQUEST, result, next_session)
    assert recorder.encoded == []


@pytest.mark.parametrize("side", ["query_prompt", "document_prompt"])
@pytest.mark.parametrize("choice", [TYPED, INSTRUCTED], ids=["prompt", "instruction"])
def test_what_a_user_typed_as_a_prompt_stays_in_the_session(
    hashed: Engine,
    stores: dict[Scope, VectorStore],
    monkeypatch: pytest.MonkeyPatch,
    side: str,
    choice: PromptChoice,
) -> None:
    request = replace(REQUEST, **{side: choice})
    result = answered(request, hashed)
    asked = asked_of(hashed, monkeypatch)
    calibrate(request, result, hashed)
    assert [request.scope for request in asked] == [Scope.SESSION]
    assert not stores[Scope.SHARED].path.exists()


def test_the_user_s_own_texts_are_not_in_the_shared_store_s_request(
    hashed: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = answered(REQUEST, hashed)
    asked = asked_of(hashed, monkeypatch)
    calibrate(REQUEST, result, hashed)
    (shared,) = asked
    assert shared.scope is Scope.SHARED
    built_in = {text for texts in background().values() for text in texts}
    assert {text for _, text in shared.inputs} <= built_in


def test_unrelated_texts_get_the_prompts_of_the_result_each_side_its_own(
    hashed: Engine, recorder: Recorder
) -> None:
    request = replace(REQUEST, query_prompt=TYPED, document_prompt=TITLED, queries=("Mars",))
    result = answered(request, hashed)
    recorder.calls.clear()
    calibrate(request, result, hashed)
    texts = background()
    by_prompt = {
        prompt: {text for p, text in recorder.encoded if p == prompt}
        for prompt in {p for p, _ in recorder.encoded}
    }
    assert by_prompt == {
        "query: ": set(texts[SHORT_EN]),
        "title: none | ": {text for kind in set(KINDS[1]) for text in texts[kind]},
    }


@pytest.mark.parametrize("precision", Precision)
def test_unrelated_texts_are_encoded_in_the_result_s_precision(
    hashed: Engine, monkeypatch: pytest.MonkeyPatch, precision: Precision
) -> None:
    request = replace(REQUEST, precision=precision)
    result = answered(request, hashed)
    asked = asked_of(hashed, monkeypatch)
    calibrate(request, result, hashed)
    assert [request.precision for request in asked] == [precision]


def test_progress_counts_the_unrelated_texts(hashed: Engine) -> None:
    result = answered(REQUEST, hashed)
    seen: list[tuple[int, int]] = []
    calibrate(REQUEST, result, hashed, on_progress=lambda *args: seen.append(args))
    assert seen[-1] == (3 * N_TOPICS, 3 * N_TOPICS)


def test_a_lost_worker_is_told(hashed: Engine, recorder: Recorder) -> None:
    result = answered(REQUEST, hashed)
    recorder.fail = WorkerLost("lost")
    with pytest.raises(WorkerLost):
        calibrate(REQUEST, result, hashed)
