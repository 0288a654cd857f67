"""Every benchmark runs, with sizes at which its figures say nothing."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from tests.benchmarks import report
from tests.benchmarks.__main__ import BENCHMARKS, TABLE_COLUMNS, run
from tests.benchmarks.measuring import Clock, Pace, Run, take_turns
from tests.benchmarks.outcome import Outcome, Ratio, spread

IN_BROWSER = ("first_heading", "large_page", "map_redraw")


def outcome(**changes) -> Outcome:
    fields = {
        "what": "sorting",
        "peer": "sorted",
        "ratio": Ratio.OURS_BY_PEER,
        "ours": (Run(2.0, 1.0), Run(6.0, 1.0)),
        "theirs": (Run(1.0, 1.0), Run(2.0, 1.0)),
        "busy_before": (0.0, 0.0),
    }
    return Outcome(**{**fields, **changes})


def test_the_ways_take_turns_and_warmups_are_not_kept() -> None:
    calls: list[tuple[str, int]] = []

    def way(name: str):
        return lambda number: calls.append((name, number)) or f"{name}{number}"

    turns = take_turns(
        {"a": way("a"), "b": way("b")}, Pace(tell=lambda _: None), rounds=2, warmups=1
    )
    assert calls == [("a", 0), ("b", 0), ("a", 1), ("b", 1), ("a", 2), ("b", 2)]
    assert turns.found == {"a": ("a1", "a2"), "b": ("b1", "b2")}
    assert len(turns.busy_before) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell of ended processes")
def test_the_cpu_time_of_a_process_that_has_ended_counts() -> None:
    clock = Clock()
    subprocess.run(
        [sys.executable, "-c", "import time\nwhile time.process_time() < 1: pass"], check=True
    )
    assert clock.read().cpu_seconds >= 0.9


def test_a_ratio_is_taken_in_each_round() -> None:
    assert outcome().ratios == [2.0, 3.0]
    assert outcome(ratio=Ratio.PEER_BY_OURS).ratios == [0.5, pytest.approx(1 / 3)]
    assert outcome(theirs=(Run(2.0, 1.0),)).ratios == [1.0, 3.0]


def test_the_ratio_of_cpu_times_is_of_their_means() -> None:
    theirs = (Run(1.0, 4.0),)
    assert outcome(theirs=theirs).cpu_ratio == 0.25
    assert outcome(theirs=theirs, ratio=Ratio.PEER_BY_OURS).cpu_ratio == 4.0


def test_only_quiet_rounds_count_where_there_are_three() -> None:
    quiet, noisy = Run(2.0, 1.0), Run(9.0, 1.0, others=0.5)
    theirs = (Run(1.0, 1.0),) * 5
    enough = outcome(ours=(quiet, noisy, quiet, quiet, quiet), theirs=theirs, busy_before=(0,) * 5)
    assert enough.ratios == [2.0] * 4
    before = outcome(ours=(quiet,) * 5, theirs=theirs, busy_before=(0, 0, 0, 0, 0.5))
    assert len(before.ratios) == 4
    few = outcome(ours=(quiet, noisy, quiet, noisy, noisy), theirs=theirs, busy_before=(0,) * 5)
    assert few.ratios == [2.0, 9.0, 2.0, 9.0, 9.0]


@pytest.mark.parametrize(
    ("changes", "met"),
    [
        ({}, None),
        ({"target": 2.5}, True),
        ({"target": 2.4}, False),
        ({"target": 0.4, "ratio": Ratio.PEER_BY_OURS}, True),
        ({"target": 0.5, "ratio": Ratio.PEER_BY_OURS}, False),
        ({"target_seconds": 4.0}, True),
        ({"target_seconds": 3.9}, False),
        ({"target": 2.5, "target_seconds": 3.9}, False),
    ],
)
def test_a_target_is_a_most_for_ours_by_peer_and_a_least_for_peer_by_ours(changes, met) -> None:
    assert outcome(**changes).met is met


def test_a_spread_is_median_and_quartiles() -> None:
    assert spread([5.0]) == (5.0, 5.0, 5.0)
    assert spread([1.0, 2.0, 3.0, 4.0, 5.0]) == (3.0, 2.0, 4.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=pytest.mark.browser) if n in IN_BROWSER else n for n in BENCHMARKS],
)
def test_every_benchmark_runs_and_can_be_told(
    name: str, request: pytest.FixtureRequest, shared_data: Path
) -> None:
    if name in IN_BROWSER:
        request.getfixturevalue("chromium")
    outcomes = run(name, tiny=True)
    assert outcomes
    out = io.StringIO()
    Console(file=out, width=TABLE_COLUMNS).print(report.table(name, outcomes))
    assert name in out.getvalue()
    told = json.loads(json.dumps(report.as_dict({}, {name: outcomes})))
    assert [o["what"] for o in told["benchmarks"][name]] == [o.what for o in outcomes]
