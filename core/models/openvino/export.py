"""Exporting a model's transformer, and proving it against PyTorch before it is trusted."""

from __future__ import annotations

import gc
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.errors import NoRoom
from core.models.card import ModelCard
from core.models.opening import one_line, open_model
from core.models.openvino.exports import MODEL, Export, Exports, ExportState, beside, place
from core.models.openvino.transformer import INPUTS, OpenVinoTransformer, compiled_from, library

# With the default attention (sdpa) an exported graph gives NaN for some padding, without an error.
EAGER = {"attn_implementation": "eager"}
SAME_WITHIN = 1e-5  # of the largest component
ALIKE = 0.98  # the least mean cosine of bfloat16 with float32
LONG = "the river runs from the hills to the sea and the planet turns "
# Beside one another they are padded, and the long one reaches past any sliding window there is.
CHECKED = (
    ("Mars",),
    ("Mars", "火星は太陽系の第四惑星である。", LONG * 3),
    ("the", LONG * 8, "a", LONG * 60),
    (LONG,),
    ("", "Mars is a planet."),
)


class NotTheSame(Exception):
    """The exported transformer gives something else than PyTorch."""


def export(card: ModelCard, root: Path, *, threads: int, bfloat16: bool) -> Export:
    """Export the model into its folder below ``root`` and return what became of it.

    What fails is recorded in the same place, so that it is not tried again and again; only a full
    disk, which may have room later, is not: it raises NoRoom and leaves nothing.
    """
    folder, start = Exports(root).folder(card), time.perf_counter()
    half_made = beside(folder)
    needed = 0
    try:
        limit = card.max_tokens
        model = open_model(card, max_tokens=limit)
        needed = sum(4 * each.numel() for each in model[0].parameters())  # float32
        _check_room(half_made, needed)
        expected = _vectors(model)
        del model
        gc.collect()
        _write(open_model(card, max_tokens=limit, model_kwargs=EAGER), half_made)
        gc.collect()
        model = open_model(card, max_tokens=limit)
        largest = _check(model, half_made, expected, threads=threads, bfloat16=bfloat16)
    except Exception as error:  # noqa: BLE001 - torch and OpenVINO fail in any way, and it is kept
        # Only the failure is kept, beside nothing that could be taken for a model.
        for path in half_made.iterdir():
            path.unlink()
        try:
            _check_room(half_made, needed)
        except NoRoom as full:  # which OpenVINO does not tell from other faults of a stream
            half_made.rmdir()
            raise full from error
        found = Export(
            state=ExportState.FAILED,
            seconds=time.perf_counter() - start,
            reason=one_line(error),
        )
    else:
        found = Export(
            state=ExportState.READY,
            seconds=time.perf_counter() - start,
            largest_difference=largest,
        )
    place(folder, half_made, found)
    return found


def _check_room(folder: Path, needed: int) -> None:
    """Raises NoRoom where the disk has not so many bytes."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise NoRoom(
            f"The export takes {needed / 1e6:,.0f} MB, and the disk has {free / 1e6:,.0f} MB left.",
            hint="Make room and try again.",
            file=str(folder),
        )


class _States(torch.nn.Module):
    """The first module as a function of tensors."""

    def __init__(self, first: Any) -> None:
        super().__init__()
        self.first = first

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        token_type_ids: torch.Tensor | None = None,
    ) -> torch.Tensor:
        features = {"input_ids": input_ids, "attention_mask": attention_mask}
        if token_type_ids is not None:
            features["token_type_ids"] = token_type_ids
        return self.first(features)[self.first.module_output_name]


def _write(model: Any, folder: Path) -> None:
    openvino = library()
    model.eval()
    first = model[0]
    features = first.preprocess([LONG, "Mars", LONG * 2])
    example = {name: features[name] for name in INPUTS if name in features}
    batch = torch.export.Dim("batch", min=1)
    length = torch.export.Dim("length", min=2, max=model.max_seq_length or 1 << 20)
    shapes = {name: {0: batch, 1: length} for name in example}
    with torch.no_grad():
        exported = torch.export.export(
            _States(first), (), example, dynamic_shapes=shapes, strict=False
        )
    converted = openvino.convert_model(exported)
    for port, name in zip(converted.inputs, example, strict=True):
        port.get_tensor().set_names({name})
    # float32 whatever it is run in: the default stores float16.
    openvino.save_model(converted, str(folder / MODEL), compress_to_fp16=False)


def _check(
    model: Any, folder: Path, expected: list[np.ndarray], *, threads: int, bfloat16: bool
) -> float:
    """Return the largest difference in float32. Raises NotTheSame."""
    inner, largest = model[0], 0.0
    model[0] = OpenVinoTransformer(inner, compiled_from(folder, "float32", threads))
    for found, wanted in zip(_vectors(model), expected, strict=True):
        scale = max(1.0, float(np.abs(wanted).max()))
        largest = max(largest, float(np.abs(found - wanted).max()) / scale)
    if largest > SAME_WITHIN:
        raise NotTheSame(f"exact vectors differ from PyTorch's by {largest:.2g}")
    if bfloat16:
        model[0] = OpenVinoTransformer(inner, compiled_from(folder, "bfloat16", threads))
        alike = _mean_cosine(np.concatenate(_vectors(model)), np.concatenate(expected))
        if alike < ALIKE:
            raise NotTheSame(f"fast vectors have a mean cosine of {alike:.3f} with PyTorch's")
    return largest


def _vectors(model: Any) -> list[np.ndarray]:
    """Return the vectors of each group of texts, each group one batch. Raises NotTheSame."""
    model.eval()
    found: list[np.ndarray] = []
    for texts in CHECKED:
        with torch.inference_mode():
            vectors = model(model.preprocess(list(texts)))["sentence_embedding"].numpy()
        # First of all: a comparison with NaN is never true, so it would pass as no difference.
        if not np.isfinite(vectors).all():
            raise NotTheSame("vectors are not finite")
        found.append(vectors)
    return found


def _mean_cosine(a: np.ndarray, b: np.ndarray) -> float:
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return float(((a * b).sum(1) / lengths).mean())
