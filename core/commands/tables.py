"""A comparison as tables for a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from core.commands.console import visible
from core.compare import Comparison, ModelScores
from core.compare.calibration import Calibration
from core.compare.experiment import Relevant
from core.compare.explain import Explanation
from core.compare.reading import Concern, Reading
from core.compare.relevance import judge

# With one text, and with several.
CONCERNS: dict[Concern, tuple[str, str]] = {
    Concern.CUT: (
        "1 text is longer than the model reads ({limit} tokens); its end is left out.",
        "{count} texts are longer than the model reads ({limit} tokens); their ends are left out.",
    ),
    Concern.UNREADABLE: (
        "1 text is in a script that its vocabulary lacks.",
        "{count} texts are in a script that its vocabulary lacks.",
    ),
    Concern.LANGUAGE: (
        "1 text is in a language that it was not trained for.",
        "{count} texts are in a language that it was not trained for.",
    ),
}


def show(
    comparison: Comparison, explanation: Explanation | None = None, relevant: Relevant = ()
) -> None:
    """Print the ranking of each model and query, then what is to be doubted, then the figures."""
    console = Console()
    for result in comparison.results:
        for q in range(len(comparison.request.queries)):
            console.print(_ranking(comparison, result, q, explanation, relevant))
    for line in _concerns(explanation):
        console.print(line, markup=False, highlight=False)
    if any(relevant) and comparison.results:
        console.print(_figures(comparison, relevant))


def _ranking(
    comparison: Comparison,
    result: ModelScores,
    q: int,
    explanation: Explanation | None,
    relevant: Relevant,
) -> Table:
    documents = comparison.request.documents
    right = relevant[q] if q < len(relevant) else ()
    found = explanation.calibrations.get(result.model) if explanation else None
    columns = {
        "rank": lambda d: str(result.ranks[q, d]),
        "score": lambda d: f"{result.scores[q, d]:.4f}",
        "percentile": lambda d: _percentile(found, q, d),
        "right": lambda d: "yes" if d in right else "",
        "title": lambda d: visible(documents[d].title),
        "document": lambda d: visible(documents[d].text),
    }
    absent = {
        "percentile": explanation is None,
        "right": not right,
        "title": not any(document.title for document in documents),
    }
    shown = {name: cell for name, cell in columns.items() if not absent.get(name)}
    heading = f"{result.model} · {result.similarity} · {result.dimension} dimensions"
    title = Text(f"{heading}\n{visible(comparison.request.queries[q])}")
    table = Table(*shown, title=title)
    for d in result.order[q].tolist():
        table.add_row(*(Text(cell(d)) for cell in shown.values()))  # Text: no markup is read in it
    return table


def _percentile(calibration: Calibration | None, q: int, d: int) -> str:
    value = float(calibration.percentiles[q, d]) if calibration else math.nan
    return f"{value:.1f}" if math.isfinite(value) else ""


def _concerns(explanation: Explanation | None) -> Iterator[str]:
    readings: dict[str, Reading] = explanation.readings if explanation else {}
    for model, reading in readings.items():
        for concern, count in reading.concerns.items():
            one, several = CONCERNS[concern]
            words = one if count == 1 else several
            yield f"{model}: {words.format(count=count, limit=reading.limit)}"


def _figures(comparison: Comparison, relevant: Relevant) -> Table:
    count = sum(map(bool, relevant))
    title = f"Right answers of {count} {'query' if count == 1 else 'queries'}"
    names = ("hit@1", "MRR", "nDCG@10", "margin")
    table = Table("model", *names, title=title)
    for result in comparison.results:
        values = judge(result, relevant).means().values()
        table.add_row(
            Text(result.model), *("" if value is None else f"{value:.3f}" for value in values)
        )
    return table
