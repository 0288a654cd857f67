"""The command: `python -m tests.load [RUN ...] [--write]`; --help tells the rest."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import psutil
import typer

from tests.benchmarks import machine
from tests.e2e.server import Server, running
from tests.load import results, runs
from tests.load.figures import Figure, machine_speed

RUNS: dict[str, Callable[..., Awaitable[list[Figure]]]] = {
    "nothing-changes": runs.nothing_changes,
    "crowd": runs.crowd,
    "crowd-map": partial(runs.crowd, page="map"),
    "uploads-beside": runs.uploads_beside,
    "steady": runs.steady,
}

Names = Annotated[list[str] | None, typer.Argument(help=f"Of {', '.join(RUNS)}.")]
Minutes = Annotated[float, typer.Option(min=0.1, max=runs.MOST_MINUTES, help="Of steady.")]
Processes = Annotated[
    int,
    typer.Option(
        min=0, max=8, help="So many servers behind nginx (core/serve.py); 0: one without it."
    ),
]
Write = Annotated[bool, typer.Option(help="Put the figures into tests/load/RESULTS.md.")]


def main(
    names: Names = None,
    minutes: Minutes = runs.MOST_MINUTES,
    processes: Processes = 0,
    write: Write = False,
) -> None:
    """Have many visitors at once on a server of our own, and say what must hold and does."""
    chosen = names or list(RUNS)
    unknown = [name for name in chosen if name not in RUNS]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]!r} is none of {', '.join(RUNS)}.")
    all_hold = True
    for name in chosen:
        options = {"minutes": minutes} if name == "steady" else {}
        speed, busy = machine_speed(), psutil.cpu_percent(interval=1) / 100
        with (
            tempfile.TemporaryDirectory(prefix="umekomi-load-") as folder,
            running(
                Path(folder) / "server", processes=processes, UMEKOMI_PROFILE="public"
            ) as server,
        ):
            found = asyncio.run(run(name, server, options))
        typer.echo(f"{name} (loop of 10 million: {speed:.2f} s of CPU; others used {busy:.0%})")
        for figure in found:
            typer.echo(f"  {figure}")
        all_hold = all_hold and all(figure.holds for figure in found)
        if write:
            about = results.About(
                machine=machine.describe(),
                date=datetime.now(UTC).isoformat(timespec="minutes"),
                options=options,
                loop_seconds=speed,
                others=busy,
            )
            results.write(f"{name}-processes-{processes}" if processes else name, found, about)
    raise typer.Exit(0 if all_hold else 1)


async def run(name: str, server: Server, options: dict[str, float]) -> list[Figure]:
    """Run one against the server."""
    return await RUNS[name](server, **options)


if __name__ == "__main__":
    typer.run(main)
