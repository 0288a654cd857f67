"""What holds for every model: each vector belongs to its text, whatever is encoded beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from core.encoding import EncodeRequest, Engine, Prompted, Scope, VectorStore
from core.encoding.key import KeyMaker
from core.encoding.vectors import truncate
from core.models import ModelCard, PromptChoice, Side, Task, loading, resolve
from core.models.device import Precision, probe
from core.models.encoder import SentenceTransformerEncoder
from core.models.files import stored_prompts
from core.models.folders import size_of
from core.models.golden import GoldenState
from tests.models.conftest import IN_OPENVINO, Copy, load_request
from tests.models.damage import edit_json
from tests.models.tiny import DIMENSION, DOCUMENTS, GEMMA_PROMPTS, MAX_TOKENS, SLIDING_WINDOW, Kind

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# The largest difference of a component that another order of summation explains in float32.
TOLERANCE = 2e-6
UNIT_LENGTH = {Kind.GEMMA, Kind.GEMMA2, Kind.QWEN3, Kind.STATIC}
TRANSFORMERS = {Kind.GEMMA, Kind.GEMMA2, Kind.QWEN3, Kind.BERT}

JAPANESE = ("木星は火星より遠い。", "木星", "火星", "ｶﾞｽ惑星 👩‍🚀")
LONG = "the river planet " * 3 * SLIDING_WINDOW
TEXTS = ("Mars", "", *DOCUMENTS, *JAPANESE, LONG, "Mars ", " ", "the\n\tplanet")

pytestmark = pytest.mark.parametrize("kind", list(Kind))


@cache
def plain(folder: str) -> SentenceTransformer:
    """Return the model as sentence-transformers itself loads it."""
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(folder, device="cpu", local_files_only=True)


def alone(card: ModelCard, *inputs: Prompted) -> np.ndarray:
    """Return what sentence-transformers itself gives for each input, each in a call of its own."""
    return np.stack([_alone(card.folder, prompted) for prompted in inputs])


@cache
def _alone(folder: str, prompted: Prompted) -> np.ndarray:
    return np.asarray(plain(folder).encode(prompted.text, prompt=prompted.prompt))


def asked(kind: Kind, *texts: str, prompt: str = "") -> EncodeRequest:
    inputs = tuple(Prompted(prompt, text) for text in texts)
    return EncodeRequest(model=kind, inputs=inputs, scope=Scope.SESSION)


def test_an_untouched_model_is_verified_and_described(
    kind: Kind, tiny_models: Mapping[Kind, ModelCard]
) -> None:
    request = load_request(tiny_models[kind])
    report = loading.load(request)
    assert report.golden.state is GoldenState.VERIFIED
    assert report.golden.causes == ()
    assert report.golden.largest_difference is not None
    assert report.golden.largest_difference < TOLERANCE
    assert report.dimension == DIMENSION
    assert report.max_tokens == (MAX_TOKENS if kind in TRANSFORMERS else None)
    assert report.load_seconds > 0
    assert report.unloaded == ()
    again = loading.load(request)
    assert (again.import_seconds, again.load_seconds) == (0, 0)
    assert replace(again, load_seconds=report.load_seconds) == replace(report, import_seconds=0.0)


def test_the_memory_named_is_that_of_the_weights(
    kind: Kind, tiny_models: Mapping[Kind, ModelCard]
) -> None:
    entry = loading.get(load_request(tiny_models[kind]))
    assert entry.model is not None
    weights = sum(p.numel() * p.element_size() for p in entry.model.parameters())
    exported = entry.request.export_folder
    weights += size_of(Path(exported)) if exported else 0
    assert weights <= entry.report.memory_bytes < weights + 20_000  # the files' headers


def test_vectors_are_float32_of_the_model_s_size_and_finite(kind: Kind, engine: Engine) -> None:
    vectors = engine.encode(asked(kind, *TEXTS)).vectors
    assert vectors.shape == (len(TEXTS), DIMENSION)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    if kind in UNIT_LENGTH:
        empty = kind is Kind.STATIC  # no tokens, so nothing to scale
        lengths = [0.0 if empty and not text.strip() else 1.0 for text in TEXTS]
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), lengths, atol=1e-6)


def test_every_vector_is_the_one_of_its_text_alone(
    kind: Kind, engine: Engine, tiny_models: Mapping[Kind, ModelCard]
) -> None:
    vectors = engine.encode(asked(kind, *TEXTS)).vectors
    expected = alone(tiny_models[kind], *(Prompted("", text) for text in TEXTS))
    np.testing.assert_allclose(vectors, expected, atol=TOLERANCE)


def test_order_is_kept_with_duplicates_and_a_half_full_store(
    kind: Kind, engine: Engine, tiny_models: Mapping[Kind, ModelCard]
) -> None:
    first = engine.encode(asked(kind, *TEXTS[::2]))
    assert first.encoded == len(TEXTS[::2])
    texts = (*reversed(TEXTS), *TEXTS, *TEXTS[::3])
    second = engine.encode(asked(kind, *texts))
    assert second.encoded == len(TEXTS[1::2])
    expected = alone(tiny_models[kind], *(Prompted("", text) for text in texts))
    np.testing.assert_allclose(second.vectors, expected, atol=TOLERANCE)
    third = engine.encode(asked(kind, *texts))
    assert third.encoded == 0
    assert np.array_equal(third.vectors, second.vectors)


def test_a_text_s_vector_is_in_the_store_under_its_own_key(
    kind: Kind, engine: Engine, store: VectorStore
) -> None:
    found = engine.encode(asked(kind, *TEXTS))
    maker = KeyMaker(found.identity)
    keys = [maker.key(Prompted("", text)) for text in TEXTS]
    kept = store.get(keys)
    assert np.array_equal(np.stack([kept[key] for key in keys]), found.vectors)


@pytest.mark.parametrize("batch_size", [1, 2, 5, 1024])
def test_the_batch_size_does_not_matter(
    kind: Kind, batch_size: int, tiny_models: Mapping[Kind, ModelCard]
) -> None:
    model = loading.get(load_request(tiny_models[kind])).model
    assert model is not None
    encoder = SentenceTransformerEncoder(model, batch_size=batch_size)
    vectors = encoder.encode(TEXTS, [""] * len(TEXTS))
    expected = alone(tiny_models[kind], *(Prompted("", text) for text in TEXTS))
    np.testing.assert_allclose(vectors, expected, atol=TOLERANCE)


@pytest.mark.parametrize("text", ["Mars", "火星", DOCUMENTS[0]])
@pytest.mark.parametrize("neighbours", [("the",), (LONG,), ("a", LONG * 5, "the planet")])
def test_a_neighbour_of_another_length_does_not_matter(
    kind: Kind, text: str, neighbours: tuple[str, ...], tiny_models: Mapping[Kind, ModelCard]
) -> None:
    request = load_request(tiny_models[kind])
    texts = (*neighbours, text)
    vectors = loading.encode(request, texts, [""] * len(texts))
    expected = alone(tiny_models[kind], Prompted("", text))
    np.testing.assert_allclose(vectors[-1:], expected, atol=TOLERANCE)


@pytest.mark.parametrize("dimension", [1, 8, 16, DIMENSION, None])
def test_a_truncated_vector_is_the_one_that_sentence_transformers_truncates(
    kind: Kind, dimension: int | None, engine: Engine, tiny_models: Mapping[Kind, ModelCard]
) -> None:
    full = engine.encode(asked(kind, *TEXTS)).vectors
    found = truncate(full, dimension)
    expected = plain(tiny_models[kind].folder).encode(
        list(TEXTS), prompt="", truncate_dim=dimension, normalize_embeddings=kind in UNIT_LENGTH
    )
    assert found.dimension == (dimension or DIMENSION)
    # Scaling a short remainder up scales its rounding up too.
    np.testing.assert_allclose(found.vectors, expected, atol=1e-4)


def test_japanese_texts_that_differ_have_vectors_that_differ(kind: Kind, engine: Engine) -> None:
    vectors = engine.encode(asked(kind, *JAPANESE)).vectors
    distances = np.linalg.norm(vectors[:, None] - vectors[None], axis=-1)
    assert (distances + np.eye(len(JAPANESE)) > 1e-3).all()


def test_the_exact_prompt_reaches_the_model(
    kind: Kind, engine: Engine, tiny_models: Mapping[Kind, ModelCard]
) -> None:
    card = tiny_models[kind]
    entry = loading.get(load_request(card))
    seen = spy(entry.model)
    for side in Side:
        choice = PromptChoice(task=Task.SEARCH)
        prompt = resolve(card, choice, side, stored=stored_prompts(card)).render()
        assert prompt == plain(card.folder).prompts.get(side, "")
        for text in (f"Mars {side}", f"火星 {side}", f" the {side}"):
            seen.clear()
            engine.encode(asked(kind, text, prompt=prompt))
            assert seen == [tokens(card, prompt + text)]


def test_a_prompt_changes_the_vector_as_sentence_transformers_says(
    kind: Kind, engine: Engine, tiny_models: Mapping[Kind, ModelCard]
) -> None:
    prompts = [*dict.fromkeys(GEMMA_PROMPTS.values()), "検索クエリ: "]
    inputs = tuple(Prompted(prompt, text) for text in ("Mars", "火星") for prompt in prompts)
    request = EncodeRequest(model=kind, inputs=inputs, scope=Scope.SESSION)
    expected = alone(tiny_models[kind], *inputs)
    np.testing.assert_allclose(engine.encode(request).vectors, expected, atol=TOLERANCE)
    assert len(np.unique(expected.round(4), axis=0)) == len(inputs)


def test_a_default_prompt_of_the_model_is_not_added(kind: Kind, copy: Copy) -> None:
    card = copy(kind)

    def set_default(config: dict[str, Any]) -> None:
        config["prompts"] = {**config["prompts"], "query": "task: search result | query: "}
        config["default_prompt_name"] = "query"

    edit_json(Path(card.folder) / "config_sentence_transformers.json", set_default)
    request = load_request(card)
    entry = loading.get(request)
    seen = spy(entry.model)
    loading.encode(request, ["Mars"], [""])
    assert seen == [tokens(card, "Mars")]


def test_only_the_first_tokens_of_an_endless_text_are_read(
    kind: Kind, tiny_models: Mapping[Kind, ModelCard]
) -> None:
    card = tiny_models[kind]
    request = load_request(card)
    seen = spy(loading.get(request).model)
    vectors = loading.encode(request, [LONG * 5, LONG * 6], ["", ""])
    lengths = {len(row) for batch in seen for row in batch}
    if kind in TRANSFORMERS:
        assert lengths == {MAX_TOKENS}
        assert np.array_equal(vectors[0], vectors[1])
    else:
        assert min(lengths) > MAX_TOKENS


def test_fast_precision_gives_float32_and_is_another_identity(kind: Kind, engine: Engine) -> None:
    exact, fast = (
        engine.encode(replace(asked(kind, *TEXTS), precision=precision)) for precision in Precision
    )
    assert (exact.identity.dtype, fast.identity.dtype) == ("float32", "bfloat16")
    assert fast.encoded == exact.encoded
    assert fast.vectors.dtype == np.float32
    # OpenVINO stays with float32 where the CPU has no bfloat16.
    if kind not in TRANSFORMERS or not IN_OPENVINO or probe().native_bfloat16:
        assert not np.array_equal(fast.vectors, exact.vectors)
    np.testing.assert_allclose(fast.vectors, exact.vectors, atol=0.2)


def spy(model: SentenceTransformer | None) -> list[list[list[int]]]:
    """Return a list that gets the token ids, without padding, of each batch the model is given."""
    assert model is not None
    seen: list[list[list[int]]] = []

    def note(module: object, args: tuple[dict[str, Any], ...]) -> None:
        ids, mask = args[0]["input_ids"], args[0].get("attention_mask")
        rows = (
            [ids.tolist()]
            if mask is None
            else [row[kept].tolist() for row, kept in zip(ids, mask.bool(), strict=True)]
        )
        seen.append(rows)

    model[0].register_forward_pre_hook(note)
    return seen


def tokens(card: ModelCard, text: str) -> list[list[int]]:
    """Return the batch that the model's own tokenizer makes of one text."""
    tokenizer: Any = plain(card.folder).tokenizer
    if hasattr(tokenizer, "encode_batch"):
        return [tokenizer.encode(text, add_special_tokens=False).ids]
    return [tokenizer(text)["input_ids"]]
