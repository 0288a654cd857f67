"""A compiled transformer in the place of sentence-transformers' own first module."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.errors import EngineFailed
from core.models.load_request import LoadRequest
from core.models.opening import one_line
from core.models.openvino.exports import MODEL, Export, ExportState, place

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
HINTS = {"float32": "f32", "bfloat16": "bf16"}


class OpenVinoTransformer(torch.nn.Module):
    """Computes token states in OpenVINO; for all else it is the module that it stands for.

    Safe for one call at a time, as the encoder's lock has it.
    """

    stands_for = "Transformer"

    def __init__(self, inner: Any, compiled: Any) -> None:
        super().__init__()
        self.inner = inner
        self._request = compiled.create_infer_request()
        self._names = tuple(name for name in INPUTS if name in names_of(compiled))

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name == "inner":
                raise
            return getattr(self.inner, name)

    def forward(self, features: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        inputs = {name: features[name].numpy() for name in self._names}
        self._request.infer(inputs, share_inputs=True)
        # A copy: the next inference writes to the same memory.
        states = np.array(self._request.get_output_tensor(0).data)
        features[self.inner.module_output_name] = torch.from_numpy(states)
        return features

    def save(self, *args: object, **kwargs: object) -> None:
        """Raises RuntimeError: only the model that was exported can be saved."""
        raise RuntimeError("A model that runs in OpenVINO can't be saved; load it without.")


def put_in(model: Any, request: LoadRequest) -> None:
    """Let the model's transformer run in OpenVINO.

    Raises EngineFailed, which is recorded beside the export: the next load is PyTorch's.
    """
    folder = Path(request.export_folder)
    try:
        compiled = compiled_from(folder, request.identity.dtype, torch.get_num_threads())
        model[0] = OpenVinoTransformer(model[0], compiled)
        model.encode("a", prompt="", show_progress_bar=False)
    except MemoryError:
        raise
    except Exception as error:  # OpenVINO raises RuntimeError for anything
        reason = one_line(error)
        place(folder, None, Export(state=ExportState.FAILED, reason=reason))
        raise EngineFailed(
            f"{request.card.name} could not be run in OpenVINO: {reason}",
            hint="Try again: PyTorch serves it from now on.",
            name=request.card.name,
            reason=reason,
        ) from error


def compiled_from(folder: Path, dtype: str, threads: int) -> Any:
    """Return OpenVINO's compiled model, for the CPU. Raises RuntimeError."""
    core = library().Core()
    if dtype == "bfloat16":
        # On one thread OpenVINO 2026.4.1 ends the whole process (SIGFPE) for most attention.
        threads = max(threads, 2)
    options = {
        "INFERENCE_PRECISION_HINT": HINTS[dtype],
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "ENABLE_CPU_PINNING": False,  # pinned, two processes share the same cores
    }
    return core.compile_model(str(folder / MODEL), "CPU", options)


def names_of(compiled: Any) -> set[str]:
    return {name for port in compiled.inputs for name in port.names}


def library() -> Any:
    """Import OpenVINO, with its telemetry off: it writes to the home folder and calls home."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino
