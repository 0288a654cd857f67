"""The runs: how many visitors, what they do, and what must hold."""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tests.e2e.server import Server, running
from tests.load.figures import (
    Figure,
    cpu_seconds,
    percentile_95,
    resident_bytes,
    until_workers_rest,
    used_seconds,
)
from tests.load.visitor import Visitor, visiting

MOST_SESSIONS = 200
MOST_MINUTES = 10.0
OPENING_AT_ONCE = 8
MODEL = "all-MiniLM-L6-v2"  # the slowest that needs no download
PAGES = (
    *("", "prompts", "probes", "dimensions", "sets", "map"),
    *("benchmarks", "labelled", "speed", "fine_tune", "models", "keeps"),
)


@dataclass
class Log:
    """What visitors met: seconds of each action, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)
    used_before: float = field(default_factory=lambda: used_seconds(psutil.Process()))

    async def note(self, action: Awaitable[Any]) -> None:
        start = time.perf_counter()
        try:
            await action
        except Exception as error:  # noqa: BLE001 - whatever a visitor meets is a finding
            self.failures.append(f"{type(error).__name__}: {error}"[:300])
        else:
            self.seconds.append(time.perf_counter() - start)

    def figures(self, *, p95_most: float) -> list[Figure]:
        if len(self.seconds) < 2:
            raise AssertionError(f"Nobody got through: {self.failures[:3]}")
        return [
            Figure(name="actions", value=len(self.seconds) + len(self.failures), unit=""),
            Figure(name="failures", value=len(self.failures), unit="", most=0),
            Figure(name="median", value=percentile(self.seconds, 50), unit="s"),
            Figure(name="p95", value=percentile_95(self.seconds), unit="s", most=p95_most),
            Figure(name="slowest", value=max(self.seconds), unit="s"),
            Figure(name="used by the visitors", value=self._used_cores(), unit="cores"),
        ]

    def _used_cores(self) -> float:
        """Return what this process took of the cores that the servers would have had."""
        used = used_seconds(psutil.Process()) - self.used_before
        return used / (time.perf_counter() - self.began)


def percentile(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


async def nothing_changes(server: Server, *, rounds: int = 10, reruns: int = 10) -> list[Figure]:
    """Rerun every page with nothing changed and nothing else done; Compare with its result, too.

    The pages take turns, and each one's median round is told: the machine is slower for minutes.
    How slow it is just then is told by Streamlit alone, with as many texts as Compare sends messages.
    """
    async with AsyncExitStack() as stack:
        visitors: dict[str, tuple[Server, Visitor]] = {}

        async def visit(name: str, where: Server, path: str = "") -> Visitor:
            visitor = await stack.enter_async_context(visiting(where.url, path))
            visitors[name] = where, visitor
            return visitor

        heaviest = await visit("Compare with a result", server)
        await heaviest.press("compare_run")
        texts = (await heaviest.rerun()).messages
        for page in PAGES:
            await visit(page or "compare", server, page)
        await visit(f"Streamlit alone, {texts} texts", stack.enter_context(_texts_alone(texts)))
        for _, visitor in visitors.values():
            for _ in range(10):
                await visitor.rerun()
        await until_workers_rest(server)
        used: dict[str, list[float]] = {name: [] for name in visitors}
        for _ in range(rounds):
            for name, (where, visitor) in visitors.items():
                used[name].append(await _cost(where, visitor, reruns))
    return [
        Figure(
            name=name,
            value=statistics.median(each),
            unit="ms of CPU",
            most=10 if visitors[name][0] is server else None,
        )
        for name, each in used.items()
    ]


@contextmanager
def _texts_alone(count: int) -> Generator[Server]:
    """Serve a script of so many texts and nothing else."""
    with tempfile.TemporaryDirectory(prefix="umekomi-load-") as folder:
        script = Path(folder) / "texts.py"
        script.write_text(
            f'import streamlit as st\nfor _ in range({count}):\n    st.text("x")\n',
            encoding="utf-8",
        )
        with running(Path(folder) / "server", str(script)) as server:
            yield server


async def _cost(server: Server, visitor: Visitor, reruns: int) -> float:
    """Return the milliseconds of CPU that a rerun takes of the server."""
    before = cpu_seconds(server)
    for _ in range(reruns):
        await visitor.rerun()
    return 1000 * (cpu_seconds(server) - before) / reruns


async def crowd(
    server: Server, *, sessions: int = 50, rounds: int = 3, page: str = ""
) -> list[Figure]:
    """Everybody reruns a page at the same moment; Compare with a result."""
    async with AsyncExitStack() as stack:
        prepare = seen if page else compared
        visitors = await _opened(stack, server, sessions, prepare, page=page)
        log = Log()
        for _ in range(rounds):
            await asyncio.gather(*(log.note(visitor.rerun()) for visitor in visitors))
        return log.figures(p95_most=1)


async def steady(
    server: Server, *, sessions: int = 200, minutes: float = 10, between_seconds: float = 10
) -> list[Figure]:
    """Everybody does something every ten seconds: looks at another query, compares, reruns."""
    assert sessions <= MOST_SESSIONS
    assert minutes <= MOST_MINUTES
    memory: list[int] = []
    async with AsyncExitStack() as stack:
        visitors = await _opened(stack, server, sessions, compared)
        log, end = Log(), time.monotonic() + 60 * minutes

        async def act(visitor: Visitor, seed: int) -> None:
            chance = random.Random(seed)
            await asyncio.sleep(chance.uniform(0, between_seconds))
            while time.monotonic() < end:
                start = time.monotonic()
                action = visitor.press("compare_run") if chance.random() < 0.3 else visitor.rerun()
                await log.note(action)
                await asyncio.sleep(max(0.0, between_seconds - (time.monotonic() - start)))

        async def watch() -> None:
            while time.monotonic() < end:
                memory.append(resident_bytes(server))
                await asyncio.sleep(5)

        await asyncio.gather(watch(), *(act(visitor, i) for i, visitor in enumerate(visitors)))
        found = log.figures(p95_most=2)
    # The first tenth warms caches up; peaks between two collections belong to both ends.
    tenth = max(1, len(memory) // 10)
    growth = 100 * (max(memory[-2 * tenth :]) / max(memory[tenth : 3 * tenth]) - 1)
    return [
        *found,
        Figure(name="memory growth", value=growth, unit="%", most=5),
        Figure(name="memory at the end", value=memory[-1] / 1e6, unit="MB"),
    ]


async def uploads_beside(
    server: Server,
    *,
    comparing: int = 16,
    uploading: int = 2,
    texts: int = 20_000,
    seconds: float = 120,
) -> list[Figure]:
    """Some compare over and over, each its own texts, while others encode sets of their own.

    It ends when the sets are encoded, or after ``seconds``.
    """
    rounds = 0
    async with AsyncExitStack() as stack:
        visitors = await _opened(stack, server, comparing, compared)
        opened = [
            visiting(
                server.url, "sets", query=f"sets_models={MODEL}", headers=address(MOST_SESSIONS + i)
            )
            for i in range(uploading)
        ]
        uploaders = [await stack.enter_async_context(each) for each in opened]
        sets = [asyncio.create_task(encode_set(each, i, texts)) for i, each in enumerate(uploaders)]
        log, end = Log(), time.monotonic() + seconds
        while not all(task.done() for task in sets) and time.monotonic() < end:
            rounds += 1
            actions = (compare_own(v, f"{i} {rounds}") for i, v in enumerate(visitors))
            await asyncio.gather(*map(log.note, actions))
        found = log.figures(p95_most=2)
        encoded = [task.result() for task in sets if task.done()]
        for task in sets:
            task.cancel()
        await asyncio.gather(*sets, return_exceptions=True)
    return [
        *found,
        Figure(name="rounds", value=rounds, unit=""),
        Figure(name="sets encoded meanwhile", value=len(encoded), unit=f"of {uploading}"),
    ]


async def compared(visitor: Visitor) -> None:
    """Have a comparison's result on the page."""
    await visitor.press("compare_run")


async def seen(visitor: Visitor) -> None:
    """Have on the page what was not there at once."""
    await visitor.rerun()


async def compare_own(visitor: Visitor, mark: str) -> None:
    """Type texts that nobody has compared yet, and compare them."""
    await visitor.fill(
        {
            "queries": f"Which of these is mine? {mark}",
            "documents": "\n".join(f"Text {n} of {mark}" for n in range(4)),
        }
    )
    await visitor.press("compare_run")
    assert f"Text 0 of {mark}" in visitor.tables(), "The result is another one's."


async def encode_set(visitor: Visitor, number: int, count: int) -> float:
    """Upload texts and have them encoded; return the seconds from the upload on."""
    content = "\n".join(f"Line {n} of the set of visitor {number}." for n in range(count))
    start = time.perf_counter()
    await visitor.upload("sets_file", f"set{number}.txt", content.encode())
    await visitor.press("sets_use")
    await visitor.press("sets_run")
    assert f"{count:,}" in visitor.written(), visitor.written()[-500:]
    return time.perf_counter() - start


async def _opened(
    stack: AsyncExitStack,
    server: Server,
    count: int,
    prepare: Callable[[Visitor], Coroutine[Any, Any, None]],
    *,
    page: str = "",
) -> list[Visitor]:
    assert count <= MOST_SESSIONS
    gate = asyncio.Semaphore(OPENING_AT_ONCE)

    async def enter(number: int) -> Visitor:
        async with gate:
            opened = visiting(server.url, page, headers=address(number))
            visitor = await stack.enter_async_context(opened)
            await prepare(visitor)
            return visitor

    first = await enter(0)  # alone: what it waits for is loaded for all
    return [first, *await asyncio.gather(*map(enter, range(1, count)))]


def address(number: int) -> dict[str, str]:
    """Return what a proxy says of a visitor, by which nginx chooses one of several servers."""
    chance = random.Random(number)
    return {"X-Forwarded-For": ".".join(str(chance.randrange(256)) for _ in range(4))}
