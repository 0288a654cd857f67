"""The command that measures models on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from core.commands import console
from core.commands.results import PrecisionOption, figure, print_json, print_lines, print_table
from core.models import find
from core.models.device import Precision
from core.settings import settings
from core.speed.protocols import lines
from core.speed.records import NOISY_SHARE, Protocol, Record, flat, keep, records_folder, to_json
from core.speed.run import SpeedRun
from core.speed.run import run as measure
from core.speed.subject import open_engine
from core.work import jobs
from core.work.job import JSON

PROTOCOLS = ", ".join(Protocol)


@dataclass(frozen=True, kw_only=True)
class SpeedOptions:
    """What is measured."""

    model: Annotated[
        list[str], typer.Option(metavar="NAME", help="A model; the option may be repeated.")
    ]
    protocol: Annotated[
        list[Protocol],
        typer.Option(metavar="NAME", help=f"{PROTOCOLS}; the option may be repeated."),
    ]
    precision: PrecisionOption = Precision.EXACT
    out: Annotated[
        Path | None, typer.Option(help="A folder for the records; else the app's own.")
    ] = None
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False


class _Told:
    """Says each step in a line on standard error."""

    def __call__(self, done: int, total: int) -> None:
        pass

    def say(self, key: str, **values: JSON) -> None:
        console.note(
            f"{values['model']}: {values['protocol']} ({values['number']} of {values['count']})"
        )


def speed(asked: SpeedOptions) -> None:
    """Measure what models cost on this machine, and keep the records for the Speed page.

    Let nothing else run meanwhile: a noisy run is marked.
    """
    data_dir = settings().data_dir
    for job in jobs.active(data_dir / "jobs"):
        console.note(f"A job ({job.kind}) is running beside: the figures will be too slow.")
    names = tuple(dict.fromkeys(find(name).name for name in asked.model))
    protocols = tuple(dict.fromkeys(asked.protocol))
    request = SpeedRun(models=names, protocols=protocols, precision=asked.precision)
    found = measure(request, open_engine(), _Told())
    for record in found.records:
        keep(record, asked.out or records_folder(data_dir))
    if asked.as_json:
        print_json(
            {
                "records": [to_json(record) for record in found.records],
                "skipped": [each._asdict() for each in found.skipped],
                "failures": [
                    {"model": one.model, "protocol": one.protocol, "error": str(one.error)}
                    for one in found.failures
                ],
            }
        )
    else:
        _show(found.records)
    for each in found.skipped:
        console.note(f"{each.model}: {each.protocol} says nothing about it ({each.why}).")
    for each in found.failures:
        console.note(f"{each.model}: {each.protocol}: {each.error}")
    if found.failures:
        raise typer.Exit(1)


def _show(records: tuple[Record, ...]) -> None:
    for protocol in dict.fromkeys(record.protocol for record in records):
        chosen = [record for record in records if record.protocol is protocol]
        rows = [_row(row) for row in flat(chosen)]
        names = [name for name in rows[0] if any(row[name] for row in rows)]
        print_table(
            f"{protocol}, version {chosen[0].version} · {chosen[0].machine.name}",
            names,
            ([row[name] for name in names] for row in rows),
        )
    print_lines(_statements(records))


def _row(row: dict[str, Any]) -> dict[str, str]:
    seconds = row["median_seconds"]
    return {
        "model": row["model"],
        "setting": row["setting"],
        "median ms": "" if seconds is None else f"{1000 * seconds:.2f}",
        "spread": figure(row["spread"], 2) if row["rounds"] > 1 else "",
        "words/s": figure(row["words_per_second"], 0),
        "chars/s": figure(row["characters_per_second"], 0),
        "tokens/s": figure(row["tokens_per_second"], 0),
        "MB": "" if row["bytes"] is None else f"{row['bytes'] / 1e6:.1f}",
    }


def _statements(records: tuple[Record, ...]) -> list[str]:
    said: list[str] = []
    for record in records:
        if record.stopped:
            said.append(f"{record.model}: {record.protocol} ended at {record.stopped}.")
        if record.noisy:
            said.append(
                f"{record.model}: {record.protocol} is noisy: the middle half of the rounds is "
                f"{record.spread:.0%} of the median wide, over {NOISY_SHARE:.0%}."
            )
        line = lines.line(record) if record.protocol is Protocol.LINES else None
        if line is not None and line.fixed_half is not None and line.per_line_half is not None:
            said.append(
                f"{record.model}: {line.fixed_seconds:.4f} ± {line.fixed_half:.4f} s + "
                f"{1000 * line.per_line_seconds:.3f} ± {1000 * line.per_line_half:.3f} ms a line "
                f"(95%, {line.points} points, r2 {line.r2:.4f})."
            )
    return said
