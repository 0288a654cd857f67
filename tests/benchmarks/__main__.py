"""The command: `python -m tests.benchmarks [NAME ...] [--json FILE]`; --help tells the rest."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer
from rich.console import Console

from tests.benchmarks import (
    encoding,
    first_heading,
    large_comparison,
    large_page,
    large_set,
    machine,
    map_redraw,
    report,
    store,
    upload_to_map,
    warm_comparison,
)
from tests.benchmarks.measuring import Pace, Unavailable
from tests.benchmarks.outcome import Outcome

BENCHMARKS: dict[str, ModuleType] = {
    "first_heading": first_heading,
    "warm_comparison": warm_comparison,
    "large_comparison": large_comparison,
    "large_page": large_page,
    "map_redraw": map_redraw,
    "upload_to_map": upload_to_map,
    "large_set": large_set,
    "encoding": encoding,
    "store": store,
}
TABLE_COLUMNS = 140

Names = Annotated[list[str] | None, typer.Argument(help=f"Of {', '.join(BENCHMARKS)}.")]
JsonFile = Annotated[Path | None, typer.Option("--json", help="Write every run to this file.")]
Rounds = Annotated[int | None, typer.Option(min=1, help="Rounds to keep of each benchmark.")]
Patience = Annotated[float, typer.Option(min=0, help="Seconds a round may wait for quiet.")]
Tiny = Annotated[bool, typer.Option(help="Only see that it runs: the figures say nothing.")]


def main(
    names: Names = None,
    json_file: JsonFile = None,
    rounds: Rounds = None,
    patience: Patience = 0.0,
    tiny: Tiny = False,
) -> None:
    """Measure our speed against named peers, in turns, on this machine (default: everything)."""
    chosen = names or list(BENCHMARKS)
    unknown = [name for name in chosen if name not in BENCHMARKS]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]!r} is none of {', '.join(BENCHMARKS)}.")
    console = Console(width=None if sys.stdout.isatty() else TABLE_COLUMNS)
    described = machine.describe()
    outcomes: dict[str, list[Outcome]] = {}
    for name in chosen:
        try:
            outcomes[name] = run(name, rounds=rounds, patience_seconds=patience, tiny=tiny)
        except Unavailable as missing:
            typer.echo(f"{name} was left out. {missing}", err=True)
            continue
        console.print(report.table(name, outcomes[name]))
    if json_file:
        text = json.dumps(report.as_dict(described, outcomes), indent=1)
        json_file.write_text(text + "\n", encoding="utf-8")
    if len(outcomes) < len(chosen):
        raise typer.Exit(1)


def run(
    name: str, *, rounds: int | None = None, patience_seconds: float = 0.0, tiny: bool = False
) -> list[Outcome]:
    """Run one benchmark in a folder of its own. Raises Unavailable."""
    module = BENCHMARKS[name]
    sizes = module.TINY if tiny else module.FULL
    if rounds is not None:
        sizes = replace(sizes, rounds=rounds)
    pace = Pace(
        tell=lambda message: typer.echo(f"{name}: {message}", err=True),
        patience_seconds=patience_seconds,
    )
    with tempfile.TemporaryDirectory(prefix="umekomi-benchmark-") as folder:
        return module.measure(sizes, Path(folder), pace)


if __name__ == "__main__":
    typer.run(main)
