"""Fixtures and marks that all tests share.

`UMEKOMI_REQUIRE=browser,shared_data` names marks whose tests must run: skipping one fails it. CI
sets it, since a green run that skipped what it was there to test would say nothing.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Set before anything reads it: an export takes seconds of two cores in the middle of other tests.
os.environ.setdefault("UMEKOMI_OPENVINO", "off")

# Using the fixture gives a test its mark, so that none can be skipped unmarked.
BROWSER_TESTS = "tests/e2e/"
MARK_OF_FIXTURE = {"shared_data": "shared_data", "chromium": "browser"}


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of shared data; a relative UMEKOMI_TEST_DATA counts from the checkout."""
    folder = (ROOT / os.environ.get("UMEKOMI_TEST_DATA", "../shared/data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"No shared data at {folder} (set UMEKOMI_TEST_DATA to its folder).")
    return folder


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Return the browser's executable, for Playwright's `executable_path`."""
    from tests.browser import find_chromium

    found = find_chromium()
    if found is None:
        pytest.skip("No Chromium: run `make test`, or `playwright install chromium`.")
    return found


def required_marks() -> set[str]:
    names = os.environ.get("UMEKOMI_REQUIRE", "").split(",")
    return {name.strip() for name in names if name.strip()}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for fixture, mark in MARK_OF_FIXTURE.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(mark)
    items.sort(key=lambda item: not item.nodeid.startswith(BROWSER_TESTS))  # they take longest


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each process whole files, and one of them all that drive a browser.

    Side by side two browsers and their servers wait for each other longer than a test does.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return BROWSER_TESTS if nodeid.startswith(BROWSER_TESTS) else nodeid.partition("::")[0]

    config.option.loadscopereorder = False  # else the files with most tests would be first
    return ByFile(config, log)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Stop when a required mark is on no test that will run: misspelt, or deselected."""
    if session.config.option.collectonly:
        return
    for mark in sorted(required_marks()):
        if not any(item.get_closest_marker(mark) for item in session.items):
            raise pytest.UsageError(f"UMEKOMI_REQUIRE names '{mark}', but no test here carries it.")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    # An expected failure (xfail) is reported as skipped too, but it did run.
    if report.skipped and not hasattr(report, "wasxfail"):
        marks = sorted(mark for mark in required_marks() if item.get_closest_marker(mark))
        if marks:
            fail(report, f"Skipped, but UMEKOMI_REQUIRE names {', '.join(marks)}")
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    # A module that skips itself hides which marks its tests carry.
    if report.skipped and required_marks():
        fail(report, "A whole module was skipped, but UMEKOMI_REQUIRE is set")
    return report


def fail(report: pytest.TestReport | pytest.CollectReport, why: str) -> None:
    """Turn a skip into a failure that keeps the skip's own reason."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"{why}. {reason}"
