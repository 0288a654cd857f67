"""Encoding on a GPU: our loop against the model's bare forward pass, and sentence-transformers.

A plain script, for a machine that is lent without a network and without this project's packages:

    python tests/benchmarks/accelerator.py prepare FOLDER     # here: texts and a tokenizer
    python tests/benchmarks/accelerator.py measure FOLDER     # there: prints one line of JSON a case

The architectures are the published ones with random weights, on which speed does not depend; all
read with all-MiniLM-L6-v2's tokenizer, the only one that needs no download.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import platform
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent.parent
SHORT, LONG = 20_000, 4_000
UTTERANCES_IN_LONG = 8
ROUNDS = 3
TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
)


def prepare(folder: Path) -> None:
    """Write what the measurement reads; needs the shared data and the embedded model."""
    sys.path.insert(0, str(ROOT))
    from core.models import find
    from core.models.files import locate
    from tests.benchmarks.texts import short_texts

    folder.mkdir(parents=True, exist_ok=True)
    source = locate(find("all-MiniLM-L6-v2"))
    assert source is not None
    for name in TOKENIZER_FILES:
        if (source / name).exists():
            shutil.copy(source / name, folder / name)
    texts = list(short_texts(SHORT + LONG * UTTERANCES_IN_LONG))
    step = UTTERANCES_IN_LONG
    long = [" ".join(texts[SHORT + i * step : SHORT + (i + 1) * step]) for i in range(LONG)]
    found = json.dumps({"short": texts[:SHORT], "long": long}, ensure_ascii=False)
    (folder / "texts.json").write_text(found, encoding="utf-8")


def minilm() -> Any:
    from transformers import BertConfig, BertModel

    return BertModel(
        BertConfig(
            hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536
        )
    )


def embeddinggemma() -> Any:
    from transformers import Gemma3TextConfig, Gemma3TextModel

    # google/embeddinggemma-300m, config.json.
    return Gemma3TextModel(
        Gemma3TextConfig(
            vocab_size=262_144,
            hidden_size=768,
            intermediate_size=1152,
            num_hidden_layers=24,
            num_attention_heads=3,
            num_key_value_heads=1,
            head_dim=256,
            query_pre_attn_scalar=256,
            max_position_embeddings=2048,
            sliding_window=512,
            use_bidirectional_attention=True,
        )
    )


def qwen3() -> Any:
    from transformers import Qwen3Config, Qwen3Model

    # Qwen/Qwen3-Embedding-0.6B, config.json.
    return Qwen3Model(
        Qwen3Config(
            vocab_size=151_669,
            hidden_size=1024,
            intermediate_size=3072,
            num_hidden_layers=28,
            num_attention_heads=16,
            num_key_value_heads=8,
            head_dim=128,
            max_position_embeddings=32_768,
            rope_theta=1_000_000,
        )
    )


# Builder, pooling, padding side.
ARCHITECTURES: dict[str, tuple[Callable[[], Any], str, str]] = {
    "all-MiniLM-L6-v2": (minilm, "mean", "right"),
    "EmbeddingGemma-300m": (embeddinggemma, "mean", "right"),
    "Qwen3-Embedding-0.6B": (qwen3, "lasttoken", "left"),
}
DTYPES = ("float32", "bfloat16")


def built(name: str, data: Path, work: Path, *, device: str) -> Any:
    """Return the whole model, float32, with random weights and the tokenizer of ``data``."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Normalize, Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling

    build, pooling, side = ARCHITECTURES[name]
    torch.manual_seed(300)
    network = build()
    folder = work / name
    network.save_pretrained(folder)
    for path in data.iterdir():
        if path.name in TOKENIZER_FILES:
            shutil.copy(path, folder / path.name)
    settings = folder / "tokenizer_config.json"
    config = json.loads(settings.read_text(encoding="utf-8"))
    config.update(padding_side=side, model_max_length=512)
    settings.write_text(json.dumps(config), encoding="utf-8")
    parts: list[Any] = [
        Transformer(str(folder)),
        Pooling(network.config.hidden_size, pooling_mode=pooling),
        Normalize(),
    ]
    model = SentenceTransformer(modules=parts, device=device)
    shutil.rmtree(folder)
    return model


def our_loop() -> Any:
    """Return core/models/batches.py by itself: the package around it needs more libraries."""
    path = ROOT / "core" / "models" / "batches.py"
    spec = importlib.util.spec_from_file_location("batches", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["batches"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def seconds(work: Callable[[], Any], synchronize: Callable[[], None], rounds: int) -> list[float]:
    work()  # warm-up
    found: list[float] = []
    for _ in range(rounds):
        synchronize()
        start = time.perf_counter()
        work()
        synchronize()
        found.append(time.perf_counter() - start)
    return found


def measure_case(
    model: Any, loop: Any, texts: Sequence[str], synchronize: Callable[[], None], rounds: int
) -> dict[str, Any]:
    """Return seconds of each way, and how far our vectors are from sentence-transformers'."""
    import torch

    padded, tokens = ready_batches(model, loop, texts)

    def bare() -> None:
        with torch.inference_mode():
            for inputs in padded:
                model[0].auto_model(**inputs)

    bare_seconds = seconds(bare, synchronize, rounds)
    ours = seconds(lambda: loop.encode(model, texts, ""), synchronize, rounds)
    theirs = seconds(
        lambda: model.encode(list(texts), show_progress_bar=False), synchronize, max(1, rounds - 1)
    )
    a = loop.encode(model, texts, "")
    b = np.asarray(model.encode(list(texts), convert_to_tensor=True).float().cpu())
    assert np.isfinite(a).all()
    assert np.isfinite(b).all()
    cosines = (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    medians = [statistics.median(found) for found in (bare_seconds, ours, theirs)]
    return {
        "texts": len(texts),
        "tokens": tokens,
        "batches": len(padded),
        "bare_seconds": bare_seconds,
        "our_seconds": ours,
        "sentence_transformers_seconds": theirs,
        "tokens_per_second": round(tokens / medians[1]),
        "share_of_bare_forward": round(medians[0] / medians[1], 3),
        "times_sentence_transformers": round(medians[2] / medians[1], 2),
        "smallest_cosine": float(cosines.min()),
        "mean_cosine": float(cosines.mean()),
    }


def ready_batches(model: Any, loop: Any, texts: Sequence[str]) -> tuple[list[dict[str, Any]], int]:
    """Return our loop's batches as they lie on the device before a pass, and their tokens."""
    tokenised = loop.tokenise(model, list(texts), "")
    budget = loop.budget_of(model)
    names = ("input_ids", "attention_mask")
    padded = [
        {
            name: value
            for name, value in loop.padded(model, tokenised, batch).items()
            if name in names
        }
        for batch in loop.batches(tokenised.lengths, budget, None)
    ]
    return padded, int(tokenised.lengths.sum())


def measure(data: Path, device: str, names: Sequence[str], count: int | None) -> None:
    import tempfile

    import sentence_transformers
    import torch
    import transformers

    loop, texts = our_loop(), json.loads((data / "texts.json").read_text(encoding="utf-8"))
    on_gpu = device == "cuda"
    synchronize = torch.cuda.synchronize if on_gpu else lambda: None
    machine = {
        "device": torch.cuda.get_device_name() if on_gpu else platform.processor(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "sentence_transformers": sentence_transformers.__version__,
        "transformers": transformers.__version__,
        "tf32": torch.backends.cuda.matmul.allow_tf32,
    }
    print(json.dumps(machine), flush=True)
    for name in names:
        with tempfile.TemporaryDirectory() as work:
            model = built(name, data, Path(work), device=device)
        for dtype in DTYPES:
            model = model.to(getattr(torch, dtype))
            for kind, sentences in texts.items():
                if on_gpu:
                    torch.cuda.reset_peak_memory_stats()
                most = count if kind == "short" or count is None else count // 5
                found = measure_case(model, loop, sentences[:most], synchronize, ROUNDS)
                peak = torch.cuda.max_memory_allocated() if on_gpu else 0
                case = {"model": name, "dtype": dtype, "kind": kind, **found, "peak_bytes": peak}
                print(json.dumps(case), flush=True)
        del model
        if on_gpu:
            torch.cuda.empty_cache()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("prepare", "measure"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--models", nargs="*", default=list(ARCHITECTURES), choices=ARCHITECTURES)
    parser.add_argument(
        "--count",
        type=int,
        default=None,
        help="Only so many short texts, and a fifth as many long ones.",
    )
    asked = parser.parse_args()
    if asked.what == "prepare":
        prepare(asked.folder)
    else:
        measure(asked.folder, asked.device, asked.models, asked.count)


if __name__ == "__main__":
    main()
