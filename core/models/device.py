"""Which device the worker computes on, and in which precision."""

from __future__ import annotations

import csv
import subprocess
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.errors import PrecisionNotOffered
from core.models.card import Endpoint, Loader, ModelCard
from core.models.servers.address import host_of

NVIDIA_SMI = ("nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits")
NVIDIA_SMI_SECONDS = 10


class Precision(StrEnum):
    """Exact is float32; fast is bfloat16 where the hardware has it natively."""

    EXACT = "exact"
    FAST = "fast"


class WhyIdle(StrEnum):
    """Why a GPU that is there is not used."""

    CPU_BUILD = "cpu-build"  # the installed torch was built without CUDA: the default on Windows
    DRIVER = "driver"  # torch has CUDA, and still can't use the GPU


@dataclass(frozen=True, kw_only=True)
class IdleGpu:
    """A GPU that the system has and torch can't use."""

    name: str
    memory_bytes: int
    why: WhyIdle


@dataclass(frozen=True, kw_only=True)
class Device:
    """What torch computes on. ``kind`` is torch's name for it: cuda, mps, xpu or cpu; "server" is
    a machine that ``name`` names and about which no more is known.

    ``memory_bytes`` is a GPU's own memory; None where the device shares the computer's.
    """

    kind: str
    name: str
    threads: int
    native_bfloat16: bool
    memory_bytes: int | None = None
    idle_gpu: IdleGpu | None = None


def server_device(endpoint: Endpoint) -> Device:
    """Return what stands for the device of a server's model."""
    return Device(kind="server", name=host_of(endpoint.url), threads=0, native_bfloat16=False)


def probe() -> Device:
    """Find the device: cuda, then mps, then xpu, then cpu. Imports torch."""
    import torch

    threads = torch.get_num_threads()
    if torch.cuda.is_available():
        return Device(
            kind="cuda",
            name=torch.cuda.get_device_name(),
            threads=threads,
            native_bfloat16=torch.cuda.get_device_capability() >= (8, 0),
            memory_bytes=torch.cuda.get_device_properties(0).total_memory,
        )
    if torch.backends.mps.is_available():
        return Device(kind="mps", name="Apple GPU", threads=threads, native_bfloat16=False)
    if torch.xpu.is_available():
        return Device(
            kind="xpu",
            name=torch.xpu.get_device_name(),
            threads=threads,
            native_bfloat16=True,
            memory_bytes=torch.xpu.get_device_properties(0).total_memory,
        )
    return Device(
        kind="cpu",
        name="CPU",
        threads=threads,
        native_bfloat16=_cpu_bfloat16(),
        idle_gpu=find_idle_gpu(has_cuda=torch.version.cuda is not None),
    )


def find_idle_gpu(*, has_cuda: bool) -> IdleGpu | None:
    """Ask the driver's own tool for a GPU that torch did not find; None where there is none."""
    try:
        answer = subprocess.run(
            NVIDIA_SMI,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=NVIDIA_SMI_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    row = next(csv.reader(answer.stdout.splitlines(), skipinitialspace=True), [])
    if len(row) != 2 or not row[1].strip().isdecimal():
        return None
    why = WhyIdle.DRIVER if has_cuda else WhyIdle.CPU_BUILD
    return IdleGpu(name=row[0].strip(), memory_bytes=int(row[1]) << 20, why=why)


def dtype_for(card: ModelCard, precision: Precision, device: Device) -> str:
    """Return torch's name of the dtype, never float16. Raises PrecisionNotOffered."""
    if precision is Precision.EXACT or card.loader is not Loader.SENTENCE_TRANSFORMERS:
        return "float32"
    if not device.native_bfloat16:
        raise PrecisionNotOffered(
            f"{device.name} has no native bfloat16, so fast precision would not be faster.",
            hint="Choose exact precision.",
            device=device.name,
        )
    return "bfloat16"


def _cpu_bfloat16() -> bool:
    # The kernel's list, because torch has no public question for avx512_bf16 or AMX.
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.exists():
        return False
    with cpuinfo.open(encoding="utf-8", errors="replace") as file:
        flags = next((line for line in file if line.startswith("flags")), "")
    return bool({"avx512_bf16", "amx_bf16"} & set(flags.split()))
