"""A comparison as plain values: for files, for commands, for other programs."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

from core.compare import experiment as experiments
from core.compare.calibration import Calibration
from core.compare.experiment import Experiment, Relevant
from core.compare.explain import Explanation
from core.compare.reading import Reading
from core.compare.relevance import judge
from core.compare.request import Comparison, ModelScores

MOST_ROWS = 1_000_000  # over all models; about what a spreadsheet can open
MOST_CELLS = 2_000_000  # pairs of query and document over all models
MATRICES = ("scores", "ranks", "percentiles")

COLUMNS: tuple[str, ...] = (
    "model",
    "query",
    "rank",
    "score",
    "percentile",
    "right",
    "document",
    "title",
    "similarity",
    "dimension",
    "dtype",
)


def to_dict(
    comparison: Comparison, explanation: Explanation | None = None, relevant: Relevant = ()
) -> dict[str, Any]:
    """Return an experiment file that holds the results too, in types that JSON has.

    Texts and settings are always whole. Above MOST_CELLS the matrices are null, and "left_out" has
    their names.
    """
    whole = experiments.to_dict(Experiment(request=comparison.request, relevant=relevant))
    left_out = MATRICES if _cells(comparison) > MOST_CELLS else ()
    results = [_result(result, explanation, relevant, left_out) for result in comparison.results]
    return {
        **whole,
        "results": results,
        "left_out": list(left_out),
        "failures": [
            {"model": name, "message": error.message, "hint": error.hint}
            for name, error in comparison.failures
        ],
    }


def to_rows(
    comparison: Comparison, explanation: Explanation | None = None, relevant: Relevant = ()
) -> Iterator[dict[str, Any]]:
    """Yield a row for each model, query and document, best document first.

    Of a large comparison, only as many documents of each query as ``rows_kept`` says.
    ``percentile`` is empty where there is none, ``right`` where the query has no right document.
    """
    request = comparison.request
    kept = rows_kept(comparison)
    for result in comparison.results:
        found = explanation.calibrations.get(result.model) if explanation else None
        for q, query in enumerate(request.queries):
            right = relevant[q] if q < len(relevant) else ()
            for d in result.order[q, :kept].tolist():
                values = (
                    result.model,
                    query,
                    int(result.ranks[q, d]),
                    float(result.scores[q, d]),
                    _finite(found.percentiles[q, d]) if found else None,
                    d in right if right else None,
                    request.documents[d].text,
                    request.documents[d].title,
                    result.similarity.value,
                    result.dimension,
                    result.identity.dtype,
                )
                yield dict(zip(COLUMNS, values, strict=True))


def rows_kept(comparison: Comparison) -> int | None:
    """Return how many documents of each query and model have a row; None: all of them."""
    if _cells(comparison) <= MOST_ROWS:
        return None
    return max(1, MOST_ROWS // (len(comparison.results) * len(comparison.request.queries)))


def to_csv(
    comparison: Comparison, explanation: Explanation | None = None, relevant: Relevant = ()
) -> str:
    """Return the rows as CSV that no spreadsheet takes for a formula."""
    rows = to_rows(comparison, explanation, relevant)
    return csv_text(COLUMNS, (row.values() for row in rows))


def csv_text(names: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table with a header as CSV that no spreadsheet takes for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows(map(formula_safe, row) for row in rows)
    return out.getvalue()


def formula_safe(value: object) -> object:
    """Return a text so that a spreadsheet shows it and does not compute it.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r", "\n")):
        return "'" + value
    return value


def _cells(comparison: Comparison) -> int:
    return sum(result.scores.size for result in comparison.results)


def _result(
    result: ModelScores,
    explanation: Explanation | None,
    relevant: Relevant,
    left_out: Collection[str],
) -> dict[str, Any]:
    calibration = explanation.calibrations.get(result.model) if explanation else None
    reading = explanation.readings.get(result.model) if explanation else None
    return {
        "model": result.model,
        "similarity": result.similarity.value,
        "dimension": result.dimension,
        "full_dimension": result.full_dimension,
        "renormalised": result.renormalised,
        "query_prompt": asdict(result.query_prompt),
        "document_prompt": asdict(result.document_prompt),
        **_matrices(result, calibration, left_out),
        "margins": _row(result.margins),
        "tokens": _tokens(reading),
        "relevance": judge(result, relevant).means() if any(relevant) else None,
        "identity": asdict(result.identity),
        "device": asdict(result.device),
        "golden": asdict(result.golden) if result.golden else None,
        "steps": [step._asdict() for step in result.steps],
    }


def _matrices(
    result: ModelScores, calibration: Calibration | None, left_out: Collection[str]
) -> dict[str, Any]:
    made: dict[str, Callable[[], Any]] = {
        "scores": lambda: [[round(float(score), 6) for score in row] for row in result.scores],
        "ranks": lambda: result.ranks.tolist(),
        "percentiles": lambda: _percentiles(calibration),
    }
    return {name: None if name in left_out else make() for name, make in made.items()}


def _percentiles(calibration: Calibration | None) -> list[list[float | None]] | None:
    return [_row(row) for row in calibration.percentiles] if calibration else None


def _tokens(reading: Reading | None) -> dict[str, Any] | None:
    if reading is None:
        return None
    return {
        "limit": reading.limit,
        "queries": [asdict(count) for count in reading.queries],
        "documents": [asdict(count) for count in reading.documents],
    }


def _row(values: np.ndarray) -> list[float | None]:
    return [_finite(value) for value in values.tolist()]


def _finite(value: float) -> float | None:
    return round(float(value), 6) if math.isfinite(value) else None
