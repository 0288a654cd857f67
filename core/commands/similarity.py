"""Scores of queries against documents."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import typer

from core.commands import console, tables
from core.commands.asked import SimilarityOptions
from core.commands.engine import opened_engine
from core.commands.experiment import experiment_of, save
from core.commands.files import check_writable
from core.compare import Comparison, compare
from core.compare.experiment import Experiment
from core.compare.explain import Explanation, explain
from core.compare.export import to_csv, to_dict
from core.models.golden import GoldenState


def similarity(asked: SimilarityOptions) -> None:
    """Score every query against every document with every model.

    Texts, models and settings come from options or from an experiment file. Exit code 1 where a
    model could not answer; what the others gave is printed all the same.
    """
    if asked.as_csv and asked.as_json:
        raise typer.BadParameter("Give --csv or --json.", param_hint="--csv")
    experiment = experiment_of(asked)
    if asked.save:
        check_writable(asked.save)
    comparison, explanation = _compared(experiment, with_explanation=asked.explain)
    if asked.save:
        save(asked.save, to_dict(comparison, explanation, experiment.relevant))
    _print(asked, comparison, explanation, experiment)
    for line in dict.fromkeys(_warnings(comparison)):
        console.note(line)
    failures = [*comparison.failures, *(explanation.failures if explanation else ())]
    for line in dict.fromkeys(f"{failure.model}: {failure.error}" for failure in failures):
        console.note(line)
    if failures:
        raise typer.Exit(1)


def _compared(
    experiment: Experiment, *, with_explanation: bool
) -> tuple[Comparison, Explanation | None]:
    with opened_engine() as engine, console.comparing() as report:
        comparison = compare(experiment.request, engine, on_progress=report)
        if not with_explanation:
            return comparison, None
        return comparison, explain(comparison, engine, on_progress=report)


def _print(
    asked: SimilarityOptions,
    comparison: Comparison,
    explanation: Explanation | None,
    experiment: Experiment,
) -> None:
    relevant = experiment.relevant
    if asked.as_json:
        # Escaped, so that no console's encoding can spoil it.
        whole = to_dict(comparison, explanation, relevant)
        sys.stdout.write(json.dumps(whole, indent=2) + "\n")
    elif asked.as_csv:
        # Bytes: no console's encoding or line ends.
        sys.stdout.flush()
        sys.stdout.buffer.write(to_csv(comparison, explanation, relevant).encode())
        sys.stdout.buffer.flush()
    else:
        tables.show(comparison, explanation, relevant)


def _warnings(comparison: Comparison) -> Iterator[str]:
    typed = comparison.request.query_prompt.instruction.strip()
    if typed and not any(typed in r.query_prompt.template for r in comparison.results):
        yield "No model here has a place for the instruction with this task; it was not used."
    for result in comparison.results:
        if result.golden and result.golden.state is GoldenState.DIFFERS:
            yield (
                f"{result.model} differs here from what its authors say; see: "
                f"python -m core check --model {result.model}"
            )
        if result.store_fault:
            yield str(result.store_fault)
