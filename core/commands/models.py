"""The models: which there are, whether they work as their authors say, their prompts and files."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn
from rich.table import Column, Table
from rich.text import Text

from core.commands.engine import opened_engine
from core.commands.options import AsJson, ModelOption
from core.encoding import Engine
from core.errors import ExplorerError
from core.models import ModelCard, find, known
from core.models.device import Precision
from core.models.files import is_here, stored_prompts
from core.models.golden import GoldenResult, GoldenState
from core.models.prompts import documented, to_tsv


def models(as_json: AsJson = False) -> None:
    """List the models, with revision and whether they are on this machine."""
    if as_json:
        rows = [{**asdict(card), "here": is_here(card)} for card in known()]
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
        return
    columns = [Column(name, no_wrap=True) for name in ("name", "here", "golden", "revision")]
    table = Table(*columns)
    for card in known():
        table.add_row(
            Text(card.name),
            "yes" if is_here(card) else "no",
            "yes" if card.golden else "no",
            card.revision[:12],
        )
    Console().print(table)


def check(
    model: Annotated[list[str] | None, typer.Option(help="Default: all that are here.")] = None,
    precision: Annotated[Precision, typer.Option()] = Precision.EXACT,
    as_json: AsJson = False,
) -> None:
    """Run the golden check: does a model give here what its authors say?

    Exit code 1 where a model differs or could not be loaded.
    """
    cards = [find(name) for name in model] if model else [c for c in known() if is_here(c)]
    with opened_engine() as engine:
        results = {card.name: _check(card, precision, engine) for card in cards}
    if as_json:
        plain = {
            name: asdict(r) if isinstance(r, GoldenResult) else {"state": "failed", "error": str(r)}
            for name, r in results.items()
        }
        sys.stdout.write(json.dumps(plain, indent=2) + "\n")
    else:
        for name, result in results.items():
            sys.stdout.write(_described(name, result))
    bad = [r for r in results.values() if isinstance(r, ExplorerError)]
    if bad or any(_differs(result) for result in results.values()):
        raise typer.Exit(1)


def prompts(model: ModelOption) -> None:
    """Print the model's documented prompts as TSV: name, prompt."""
    card = find(model)
    sys.stdout.write(to_tsv(documented(card, stored_prompts(card))))


def download(model: ModelOption) -> None:
    """Bring a model's files from the hub; Ctrl-C stops it, and the next call goes on from there."""
    from core.models.download import download as bring
    from core.models.download_plan import plan

    planned = plan(find(model))
    columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=planned.total_bytes, completed=planned.here_bytes)
        bring(planned.card, lambda done, total: progress.update(task, completed=done, total=total))
    sys.stdout.write(f"{planned.card.name} {planned.commit}\n")


def _check(card: ModelCard, precision: Precision, engine: Engine) -> GoldenResult | ExplorerError:
    try:
        return engine.load(engine.load_request(card.name, precision)).golden
    except ExplorerError as error:
        return error


def _differs(result: GoldenResult | ExplorerError) -> bool:
    return isinstance(result, GoldenResult) and result.state is GoldenState.DIFFERS


def _described(name: str, result: GoldenResult | ExplorerError) -> str:
    if isinstance(result, ExplorerError):
        return f"{name}: failed. {' '.join(str(result).split())}\n"
    lines = [f"{name}: {result.state}"]
    if result.expected:
        lines.append(f"  expected {_row(result.expected)}")
        lines.append(f"  got      {_row(result.got)}")
        lines.append(f"  largest difference {result.largest_difference}, up to {result.tolerance}")
    lines.extend(f"  {c.kind}: expected {c.expected}, found {c.found}" for c in result.causes)
    return "\n".join(lines) + "\n"


def _row(matrix: tuple[tuple[float, ...], ...]) -> str:
    return " / ".join(" ".join(f"{value:.4f}" for value in row) for row in matrix)
