"""The machine that a measurement was made on."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil

from core.models.device import NVIDIA_SMI_SECONDS, Device
from core.models.identity import version_of

PACKAGES = (
    *("numpy", "openvino", "scikit-learn", "sentence-transformers"),
    *("tokenizers", "torch", "transformers", "wordllama"),
)
GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
DRIVER = ("nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader")


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What was measured on; "" and None stand for what is not known.

    ``power`` is "mains" or "battery", with the governor of the CPU's clock where the system tells.
    ``physical_cores`` may be fewer than ``cores``, which are those that this process may use.
    """

    cpu: str
    physical_cores: int | None
    cores: int
    memory_bytes: int
    gpu: str
    gpu_memory_bytes: int | None
    driver: str
    power: str
    system: str
    python: str
    versions: dict[str, str]

    @property
    def name(self) -> str:
        """Return the part that does the work, in a few words."""
        return self.gpu or f"{self.cpu} ({self.cores} cores)"


def describe(device: Device) -> Machine:
    """Return this machine, with the device that the models lane computes on."""
    on_gpu = device.kind not in ("cpu", "server")
    return Machine(
        cpu=_cpu(),
        physical_cores=psutil.cpu_count(logical=False),
        cores=usable_cores(),
        memory_bytes=psutil.virtual_memory().total,
        gpu=device.name if on_gpu else "",
        gpu_memory_bytes=device.memory_bytes if on_gpu else None,
        driver=_driver() if device.kind == "cuda" else "",
        power=_power(),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        versions={name: found for name in PACKAGES if (found := version_of(name))},
    )


def usable_cores() -> int:
    """Return how many logical cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return psutil.cpu_count() or 1


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text(encoding="utf-8", errors="replace").splitlines()
        names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
        if name := next(names, ""):
            return name
    return platform.processor() or platform.machine()


def _power() -> str:
    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    parts = [] if battery is None else ["mains" if battery.power_plugged else "battery"]
    if GOVERNOR.exists():
        parts.append(GOVERNOR.read_text(encoding="utf-8").strip())
    return ", ".join(parts)


def _driver() -> str:
    try:
        answer = subprocess.run(
            DRIVER, capture_output=True, text=True, timeout=NVIDIA_SMI_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return next(iter(answer.stdout.split()), "")
