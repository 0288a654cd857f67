"""The least-squares line, held against scipy's, and against what the notes drew by eye."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from core.speed.fits import fit
from core.speed.others import notes_cold_starts, notes_lines, published


def test_the_line_is_scipys() -> None:
    random = np.random.default_rng(8)
    lines = [25.0, 50.0, 100.0] * 5
    seconds = [0.3 + 0.009 * each + random.normal(0, 0.02) for each in lines]
    found, theirs = fit(lines, seconds), stats.linregress(lines, seconds)
    assert found is not None
    t = stats.t.ppf(0.975, 13)
    assert found.per_line_seconds == pytest.approx(theirs.slope)
    assert found.fixed_seconds == pytest.approx(theirs.intercept)
    assert found.per_line_half == pytest.approx(t * theirs.stderr)
    assert found.fixed_half == pytest.approx(t * theirs.intercept_stderr)
    assert found.r2 == pytest.approx(theirs.rvalue**2)
    assert np.polyfit(lines, seconds, 1) == pytest.approx(
        [found.per_line_seconds, found.fixed_seconds]
    )


def test_few_points_have_a_line_and_no_interval() -> None:
    found = fit([1, 2, 3, 4], [1.0, 2.1, 2.9, 4.0])
    assert found is not None
    assert (found.fixed_half, found.per_line_half) == (None, None)


@pytest.mark.parametrize("points", [[], [5], [5, 5, 5]])
def test_points_that_decide_no_line_have_none(points: list[float]) -> None:
    assert fit(points, [1.0] * len(points)) is None


def test_the_notes_timings_give_their_line() -> None:
    gpu, cpu = notes_lines()
    found, few = gpu.line, cpu.line
    assert found is not None
    assert few is not None
    assert found.points == 15
    assert found.fixed_seconds == pytest.approx(0.2738, abs=5e-5)
    assert found.fixed_half == pytest.approx(0.0195, abs=5e-5)
    assert found.per_line_seconds == pytest.approx(0.008649, abs=5e-7)
    assert found.per_line_half == pytest.approx(0.000294, abs=5e-7)
    assert found.r2 == pytest.approx(0.9968, abs=5e-5)
    assert (gpu.by_eye_fixed_seconds, gpu.by_eye_per_line_seconds) == (0.28, 0.0084)
    assert few.fixed_seconds == pytest.approx(0.596, abs=5e-4)
    assert few.per_line_seconds == pytest.approx(0.0944, abs=5e-5)
    assert (few.points, few.fixed_half) == (3, None)


def test_figures_of_others_name_machine_and_source() -> None:
    assert len(published()) == 18
    assert all(each.machine and each.source and each.words_per_second > 0 for each in published())
    assert {each.device for each in notes_cold_starts()} == {"cpu", "cuda"}
