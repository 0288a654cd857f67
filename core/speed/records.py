"""What a protocol measured, as a record that says on what and how; kept as JSON."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from core.settings import ASSETS
from core.speed.machine import Machine
from core.whole_files import read_json, write_json

FORMAT = 1
SHIPPED = ASSETS / "speed" / "measured"
# Spread of a quiet machine: the middle half of the rounds within a tenth of their median.
NOISY_SHARE = 0.10
NOISY_ROUNDS = 4  # fewer say nothing of their spread


class Protocol(StrEnum):
    """What is measured; its version is in VERSIONS, and changes with how it is measured."""

    COLD_START = "cold-start"
    WORDS = "words"
    LINES = "lines"
    BATCHES = "batches"
    THREADS = "threads"
    LENGTH = "length"
    MEMORY = "memory"


VERSIONS: Mapping[Protocol, int] = {
    Protocol.COLD_START: 1,
    Protocol.WORDS: 2,  # a round lasts a tenth of a second at least, here and below
    Protocol.LINES: 2,
    Protocol.BATCHES: 2,
    Protocol.THREADS: 2,
    Protocol.LENGTH: 2,
    Protocol.MEMORY: 1,
}


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One setting of a protocol: its name, its number where it has one, and each round's seconds.

    ``counts`` are the texts, words, characters and tokens of a round; ``bytes_used`` is of memory.
    """

    name: str
    at: float | None = None
    seconds: tuple[float, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    bytes_used: int | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def mean(self) -> float:
        return statistics.fmean(self.seconds)

    @property
    def spread(self) -> float:
        """Return the interquartile range over the median; 0 for too few rounds to tell."""
        if len(self.seconds) < NOISY_ROUNDS:
            return 0.0
        low, _, high = statistics.quantiles(self.seconds, n=4, method="inclusive")
        return (high - low) / self.median if self.median else 0.0

    def rate(self, unit: str, *, of_median: bool = False) -> float | None:
        """Return units per second of the mean round; None where they were not counted."""
        seconds = (self.median if of_median else self.mean) if self.seconds else 0.0
        count = self.counts.get(unit)
        return count / seconds if count is not None and seconds > 0 else None


@dataclass(frozen=True, kw_only=True)
class Record:
    """One protocol on one model. ``threads`` 0 and ``batch_size`` None: not ours to say.

    ``source`` says who measured; ``stopped`` why larger settings are absent, "" where none are.
    """

    protocol: Protocol
    version: int
    model: str
    model_id: str
    dimension: int
    precision: str
    dtype: str
    backend: str
    device: str
    threads: int
    batch_size: int | None
    machine: Machine
    measured: tuple[Measured, ...]
    measured_at: str
    source: str
    stopped: str = ""

    @property
    def noisy(self) -> bool:
        """Say whether any setting's rounds differ more than a quiet machine's would."""
        return any(each.spread > NOISY_SHARE for each in self.measured)

    @property
    def spread(self) -> float:
        return max((each.spread for each in self.measured), default=0.0)

    def of(self, name: str) -> Measured | None:
        """Return what has this name."""
        return next((each for each in self.measured if each.name == name), None)

    @property
    def file_name(self) -> str:
        """Return a name that a later run of the same protocol on the same model shares."""
        model = "".join(c if c.isalnum() or c in "-." else "_" for c in self.model)
        return f"{model}.{self.protocol}.{self.precision}.json"


def to_json(record: Record) -> dict[str, Any]:
    """Return plain values, with what is derived left out."""
    return {"format": FORMAT, **asdict(record)}


def from_json(written: Mapping[str, Any]) -> Record:
    """Return what ``to_json`` was given. Raises KeyError, TypeError, ValueError for others."""
    fields = dict(written)
    if fields.pop("format") != FORMAT:
        raise ValueError("another format")
    fields["protocol"] = Protocol(fields["protocol"])
    fields["machine"] = Machine(**fields["machine"])
    fields["measured"] = tuple(map(_measured, fields["measured"]))
    return Record(**fields)


def _measured(written: Mapping[str, Any]) -> Measured:
    fields: dict[str, Any] = {**written, "seconds": tuple(written["seconds"])}
    return Measured(**fields)


def keep(record: Record, folder: Path) -> Path:
    """Write the record, whole or not at all, over an earlier one of the same kind."""
    path = folder / record.file_name
    write_json(path, to_json(record), folders=True)
    return path


def read_all(folder: Path) -> tuple[Record, ...]:
    """Return the folder's records of today's protocols, by model; a damaged file is left out."""
    found: list[Record] = []
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            record = from_json(read_json(path) or {})
        except (KeyError, TypeError, ValueError):
            continue
        if record.version == VERSIONS[record.protocol]:
            found.append(record)
    return tuple(found)


def records_folder(data_dir: Path) -> Path:
    """Return where this machine's own records are."""
    return data_dir / "speed"


def flat(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Return a row for each setting of each record, for a table."""
    return [
        {
            "model": record.model,
            "protocol": str(record.protocol),
            "version": record.version,
            "setting": each.name,
            "at": each.at,
            "median_seconds": each.median if each.seconds else None,
            "mean_seconds": each.mean if each.seconds else None,
            "spread": each.spread if each.seconds else None,
            "rounds": len(each.seconds),
            **{f"{unit}_per_second": each.rate(unit) for unit in ("words", "characters", "tokens")},
            "bytes": each.bytes_used,
            "precision": record.precision,
            "backend": record.backend,
            "machine": record.machine.name,
            "source": record.source,
            "measured_at": record.measured_at,
            "noisy": record.noisy,
        }
        for record in records
        for each in record.measured
    ]
