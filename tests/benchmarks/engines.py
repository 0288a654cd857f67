"""Encoding by this project against SentenceTransformer.encode with its defaults, in one process.

A command of its own, since both sides and the full architectures want all cores and the memory:

    python -m tests.benchmarks.engines [--texts 5000] [--models all-MiniLM-L6-v2 ...] [--rounds 3]

It prints a line of JSON a case: seconds in turns, their ratio, cosines, tokens per second and the
share of the machine's best matrix-product rate. The large architectures are the published ones with
random weights, on which speed does not depend.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.models import ModelCard, Origin, batches, find
from core.models.card import Loader
from core.models.device import Precision, probe
from core.models.identity import OPENVINO, identify
from core.models.load_request import LoadRequest
from core.models.loaders import LOADERS
from core.models.loading import import_libraries
from core.models.openvino.export import export
from core.models.openvino.exports import Exports, ExportState
from core.models.openvino.transformer import library
from tests.benchmarks.accelerator import ARCHITECTURES, TOKENIZER_FILES, built, prepare
from tests.benchmarks.texts import short_texts

MINILM = "all-MiniLM-L6-v2"
PRODUCT_SIZE = 2048
# The ratio that each precision must reach, by whether the model is large.
TARGETS = {(False, "exact"): 1.9, (False, "fast"): 3.0, (True, "exact"): 2.1, (True, "fast"): 3.8}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=5000)
    parser.add_argument("--models", nargs="*", default=list(ARCHITECTURES), choices=ARCHITECTURES)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    import_libraries()
    texts = short_texts(asked.texts)
    # Elsewhere PyTorch takes minutes for a product in bfloat16, and no model runs in it.
    dtypes = ("float32", "bfloat16") if probe().native_bfloat16 else ("float32",)
    rates = {dtype: best_rate(dtype) for dtype in dtypes}
    print(
        json.dumps({"best_tflops": {name: round(rate / 1e12, 3) for name, rate in rates.items()}})
    )
    with tempfile.TemporaryDirectory(prefix="umekomi-engines-") as folder:
        for name in asked.models:
            card = find(name) if name == MINILM else saved(name, Path(folder))
            for line in measured(card, texts, Path(folder) / "openvino", rates, asked.rounds):
                print(json.dumps(line), flush=True)


def saved(name: str, folder: Path) -> ModelCard:
    """Save the architecture with random weights and return the card of that folder."""
    data = folder / "tokenizer"
    if not data.is_dir():
        prepare(data)
    model = built(name, data, folder, device="cpu")
    target = folder / f"saved-{name}"
    model.save(str(target), create_model_card=False)
    assert any((target / file).exists() for file in TOKENIZER_FILES)
    return ModelCard(
        name=name,
        id=f"benchmark/{name}",
        origin=Origin.FOLDER,
        loader=Loader.SENTENCE_TRANSFORMERS,
        revision="",
        licence="",
        url="",
        dimension=model.get_embedding_dimension(),
        max_tokens=512,
        folder=str(target),
    )


def measured(
    card: ModelCard, texts: Sequence[str], root: Path, rates: dict[str, float], rounds: int
) -> list[dict[str, Any]]:
    """Return a line for each precision: ours in OpenVINO, theirs in PyTorch float32."""
    from sentence_transformers import SentenceTransformer

    from core.models.opening import folder_of

    device = probe()
    made = export(card, root, threads=device.threads, bfloat16=device.native_bfloat16)
    if made.state is not ExportState.READY:
        raise SystemExit(f"{card.name} could not be exported: {made.reason}")
    peer = SentenceTransformer(str(folder_of(card)), device="cpu", local_files_only=True)
    tokens = int(batches.tokenise(peer, list(texts), "").lengths.sum())
    weights = sum(p.numel() for n, p in peer[0].auto_model.named_parameters() if "embed" not in n)
    lines: list[dict[str, Any]] = []
    for precision in Precision if device.native_bfloat16 else (Precision.EXACT,):
        identity = identify(card, precision, device, backend=OPENVINO)
        request = LoadRequest(
            card=card,
            identity=identity,
            precision=precision,
            export_folder=str(Exports(root).folder(card)),
        )
        encoder, _ = LOADERS[card.loader](request)
        ours, theirs, cosines, cores = turns(
            lambda encoder=encoder: encoder.encode(texts, [""] * len(texts)),
            lambda: np.asarray(peer.encode(list(texts), show_progress_bar=False)),
            rounds,
        )
        rate = tokens / statistics.median(ours)
        lines.append(
            {
                "model": card.name,
                "precision": precision.value,
                "texts": len(texts),
                "tokens": tokens,
                "export_seconds": round(made.seconds, 1),
                "our_seconds": [round(x, 3) for x in ours],
                "their_seconds": [round(x, 3) for x in theirs],
                "our_cores": round(cores, 2),
                "ratio": round(statistics.median(theirs) / statistics.median(ours), 2),
                "target": TARGETS[card.name != MINILM, precision.value],
                "smallest_cosine": float(cosines.min()),
                "mean_cosine": float(cosines.mean()),
                "tokens_per_second": round(rate),
                # Two operations a weight and token; attention, small at this length, is left out.
                "share_of_best_rate": round(2 * weights * rate / rates[identity.dtype], 3),
            }
        )
    return lines


def turns(
    our_way: Callable[[], np.ndarray], their_way: Callable[[], np.ndarray], rounds: int
) -> tuple[list[float], list[float], np.ndarray, float]:
    """Return both sides' seconds, the cosines of their rows, and the cores that ours kept busy."""
    ours: list[float] = []
    theirs: list[float] = []
    cores: list[float] = []
    found, expected = np.empty(0), np.empty(0)
    for number in range(rounds + 1):
        start, cpu = time.perf_counter(), time.process_time()
        found = our_way()
        middle, cpu = time.perf_counter(), time.process_time() - cpu
        expected = their_way()
        if number:  # the first is a warm-up
            ours.append(middle - start)
            theirs.append(time.perf_counter() - middle)
            cores.append(cpu / (middle - start))
    if not np.isfinite(found).all() or not np.isfinite(expected).all():
        raise SystemExit("Vectors are not finite.")
    lengths = np.linalg.norm(found, axis=1) * np.linalg.norm(expected, axis=1)
    return ours, theirs, (found * expected).sum(1) / lengths, statistics.median(cores)


def best_rate(dtype: str) -> float:
    """Return the most operations a second of a large matrix product, PyTorch's or OpenVINO's."""
    return max(_torch_rate(dtype), _openvino_rate(dtype))


def _torch_rate(dtype: str) -> float:
    import torch

    a = torch.randn(PRODUCT_SIZE, PRODUCT_SIZE).to(getattr(torch, dtype))
    b = torch.randn(PRODUCT_SIZE, PRODUCT_SIZE).to(getattr(torch, dtype))
    return _rate(lambda: a @ b)


def _openvino_rate(dtype: str) -> float:
    openvino = library()
    from openvino import opset13 as ops

    values = np.random.default_rng(0).normal(size=(PRODUCT_SIZE, PRODUCT_SIZE))
    left = ops.parameter(values.shape, np.float32)
    product = ops.matmul(left, ops.constant(values.astype(np.float32)), False, False)
    hint = {"float32": "f32", "bfloat16": "bf16"}[dtype]
    options = {"INFERENCE_PRECISION_HINT": hint, "NUM_STREAMS": 1}
    model = openvino.Model([product], [left], "product")
    request = openvino.Core().compile_model(model, "CPU", options).create_infer_request()
    given = values.astype(np.float32)
    return _rate(lambda: request.infer([given], share_inputs=True))


def _rate(work: Callable[[], object]) -> float:
    work()
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return 2 * PRODUCT_SIZE**3 / best


if __name__ == "__main__":
    main()
