"""What stands behind the scores of a comparison: percentiles, and what each model read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.compare.background import Kind
from core.compare.calibration import Calibration, Unrelated, calibrate, is_prepared
from core.compare.compare import OnProgress
from core.compare.reading import Reading, read
from core.compare.request import (
    CompareRequest,
    Comparison,
    ModelFailure,
    ModelScores,
    Numbered,
)
from core.encoding import Engine
from core.errors import ExplorerError
from core.models import find
from core.models.tokens import reader_of


@dataclass(frozen=True, kw_only=True)
class Explanation(Numbered):
    """By model name; a model is missing where it has no tokenizer or where it failed.

    One that could not be calibrated was not read either: it stands in ``failures`` once.
    """

    comparison: Comparison
    calibrations: dict[str, Calibration]
    readings: dict[str, Reading]
    failures: tuple[ModelFailure, ...] = ()


def is_quick(
    comparison: Comparison, engine: Engine, *, earlier: Sequence[Explanation] = ()
) -> bool:
    """Say whether explaining takes no more than a look into the store: every model is on this
    machine, has its unrelated texts scored or encoded, and has either just encoded something or
    read these texts before.
    """
    request = comparison.request
    try:
        return all(
            result.device.kind != "server"
            and (
                any(step.encoded for step in result.steps)
                or _reading_before(request, result, earlier) is not None
                or reader_of(find(result.model)) is None
            )
            and is_prepared(request, result, engine, known=_unrelated_before(result, earlier))
            for result in comparison.results
        )
    except ExplorerError:
        return False  # explaining tells it


def explain(
    comparison: Comparison,
    engine: Engine,
    *,
    earlier: Sequence[Explanation] = (),
    on_progress: OnProgress | None = None,
) -> Explanation:
    """Calibrate every result and count its tokens; one model's failure is its own.

    What ``earlier`` explanations found out for the same model, prompts and texts is taken over.
    """
    calibrations: dict[str, Calibration] = {}
    readings: dict[str, Reading] = {}
    failures: list[ModelFailure] = []
    request = comparison.request
    for result in comparison.results:
        report = _for_model(on_progress, result.model)
        known = _unrelated_before(result, earlier)
        try:
            calibrations[result.model] = calibrate(
                request, result, engine, known=known, on_progress=report
            )
            reading = _reading_before(request, result, earlier) or read(request, result, engine)
        except ExplorerError as error:
            failures.append(ModelFailure(result.model, error))
        else:
            readings.update({result.model: reading} if reading else {})
    return Explanation(
        comparison=comparison,
        calibrations=calibrations,
        readings=readings,
        failures=tuple(failures),
    )


def _reading_before(
    request: CompareRequest, result: ModelScores, earlier: Sequence[Explanation]
) -> Reading | None:
    texts = (request.queries, request.documents)
    for explanation in earlier:
        asked = explanation.comparison.request
        if (asked.queries, asked.documents) != texts:
            continue
        for other in explanation.comparison.results:
            if _sends_the_same(other, result) and other.model in explanation.readings:
                return explanation.readings[other.model]
    return None


def _unrelated_before(result: ModelScores, earlier: Sequence[Explanation]) -> Unrelated:
    found: dict[tuple[Kind, Kind], np.ndarray] = {}
    scored = (result.dimension, result.similarity)
    for explanation in earlier:
        for other in explanation.comparison.results:
            if _sends_the_same(other, result) and (other.dimension, other.similarity) == scored:
                calibration = explanation.calibrations.get(other.model)
                found.update(calibration.unrelated if calibration else {})
    return found


def _sends_the_same(a: ModelScores, b: ModelScores) -> bool:
    return (a.identity, a.query_prompt, a.document_prompt) == (
        b.identity,
        b.query_prompt,
        b.document_prompt,
    )


def _for_model(on_progress: OnProgress | None, model: str) -> Callable[[int, int], None] | None:
    if on_progress is None:
        return None
    return lambda done, total: on_progress(model, done, total)
