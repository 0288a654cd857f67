"""What commands say while they work, all of it on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from core.compare.compare import OnProgress as OnModelProgress
from core.encoding.engine import OnProgress

LINE_SECONDS = 5.0
# A text may hold what a terminal takes for an order; Unicode has pictures of these characters.
PICTURES: dict[int, int | str] = {
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"},
    0x7F: 0x2421,
    **{code: f"\\x{code:02x}" for code in range(0x80, 0xA0)},
}


def note(text: object) -> None:
    """Say something in one line."""
    sys.stderr.write(f"{one_line(text)}\n")


def one_line(text: object) -> str:
    return visible(" ".join(str(text).split()))


def visible(text: str) -> str:
    """Return the text with its control characters as pictures, line breaks and tabs excepted."""
    return text.translate(PICTURES)


@contextmanager
def comparing() -> Generator[OnModelProgress | None]:
    """Draw how far each model is, where there is a terminal to draw on."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    with Progress(*_columns(), console=console, transient=True) as progress:
        task = progress.add_task("Loading", total=None)

        def report(model: str, done: int, total: int) -> None:
            progress.update(task, description=model, completed=done, total=total)

        yield report


@contextmanager
def encoding(model: str) -> Generator[OnProgress]:
    """Draw how far one model is; without a terminal, say it in a line every few seconds."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines()
        return
    with Progress(*_columns(), console=console, transient=True) as progress:
        task = progress.add_task(f"Loading {model}", total=None)

        def report(done: int, total: int) -> None:
            progress.update(task, description=model, completed=done, total=total)

        yield report


class _Speed(ProgressColumn):
    """Texts for each second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f} texts/s" if task.speed else "")


class _Count(ProgressColumn):
    """How many texts are done, of how many."""

    def render(self, task: Task) -> Text:
        return Text("" if task.total is None else _counted(task.completed, task.total))


def _columns() -> tuple[ProgressColumn, ...]:
    name = TextColumn("{task.description}", markup=False)
    return (SpinnerColumn(), name, BarColumn(), _Count(), _Speed(), TimeRemainingColumn())


def _lines(clock: Callable[[], float] = time.monotonic) -> OnProgress:
    first: tuple[float, int] | None = None
    said = float("-inf")

    def report(done: int, total: int) -> None:
        nonlocal first, said
        now = clock()
        since, before = first = first or (now, done)  # loading is no part of the speed
        if done < total and now - said >= LINE_SECONDS:
            said = now
            speed = f", {(done - before) / (now - since):,.0f} texts/s" if now > since else ""
            note(_counted(done, total) + speed)

    return report


def _counted(done: float, total: float) -> str:
    return f"{done:,.0f} of {total:,.0f} texts"
