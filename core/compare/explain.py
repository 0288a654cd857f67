"""What stands behind the scores of a comparison: percentiles, and what each model read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.compare.calibration import Calibration, calibrate, is_prepared
from core.compare.compare import OnProgress
from core.compare.reading import Reading, read
from core.compare.request import Comparison, ModelFailure
from core.encoding import Engine
from core.errors import ExplorerError


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """By model name; a model is missing where it has no tokenizer or where it failed.

    One that could not be calibrated was not read either: it stands in ``failures`` once.
    """

    comparison: Comparison
    calibrations: dict[str, Calibration]
    readings: dict[str, Reading]
    failures: tuple[ModelFailure, ...] = ()


def is_quick(comparison: Comparison, engine: Engine) -> bool:
    """Say whether explaining takes no more than a look into the store: every model is on this
    machine, has just encoded something, and has its unrelated texts encoded.
    """
    try:
        return all(
            result.device.kind != "server"
            and any(step.encoded for step in result.steps)
            and is_prepared(comparison.request, result, engine)
            for result in comparison.results
        )
    except ExplorerError:
        return False  # explaining tells it


def explain(
    comparison: Comparison, engine: Engine, *, on_progress: OnProgress | None = None
) -> Explanation:
    """Calibrate every result and count its tokens; one model's failure is its own."""
    calibrations: dict[str, Calibration] = {}
    readings: dict[str, Reading] = {}
    failures: list[ModelFailure] = []
    request = comparison.request
    for result in comparison.results:
        report = _for_model(on_progress, result.model)
        try:
            calibrations[result.model] = calibrate(request, result, engine, on_progress=report)
            reading = read(request, result, engine)
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


def _for_model(on_progress: OnProgress | None, model: str) -> Callable[[int, int], None] | None:
    if on_progress is None:
        return None
    return lambda done, total: on_progress(model, done, total)
