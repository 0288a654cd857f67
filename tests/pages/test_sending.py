"""Where several messages leave together, each reaches its visitor, once and in its order."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.websockets import WebSocket
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import ScriptRunner, ScriptRunnerEvent, StopException
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests
from streamlit.web.server.starlette.starlette_websocket import StarletteSessionClient
from uvicorn import Config, Server
from uvicorn.protocols.websockets.auto import AutoWebSocketsProtocol
from websockets.asyncio.client import ClientConnection, connect

from pages._ui import sending


def test_the_event_loop_turns_after_several_messages() -> None:
    few = sending.FewTurns(3)

    async def turns(pauses: int, seconds: float = 0) -> int:
        seen = 0

        async def watch() -> None:
            nonlocal seen
            while True:
                seen += 1
                await asyncio.sleep(0)

        watching = asyncio.create_task(watch())
        for _ in range(pauses):
            await few.sleep(seconds)
        watching.cancel()
        return seen

    assert asyncio.run(turns(6)) == 2
    assert asyncio.run(turns(1, 0.001)) >= 1  # a pause of some length is one
    assert few.Event is asyncio.Event


def test_streamlit_pauses_after_each_message_where_it_is_made_not_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert {"asyncio", "sleep"} <= set(runtime.Runtime._loop_coroutine.__code__.co_names)
    monkeypatch.setattr(runtime, "asyncio", asyncio)
    sending.send_several_a_turn()
    assert isinstance(vars(runtime)["asyncio"], sending.FewTurns)


@dataclass
class Told:
    """A session that notes what reaches it, and how often the event loop was called for it."""

    calls: int = 0
    reached: list[object] = field(default_factory=list)
    wakes: int = 0
    _scriptrunner: object = "the runner"

    @property
    def _browser_queue(self) -> SimpleNamespace:
        return SimpleNamespace(enqueue=self.reached.append)

    def _call_soon_on_event_loop(self, call: Callable[[], None]) -> None:
        self.calls += 1
        asyncio.get_running_loop().call_soon(call)

    def _message_enqueued_callback(self) -> None:
        self.wakes += 1

    def _handle_scriptrunner_event_on_event_loop(
        self, sender: object, event: ScriptRunnerEvent, _message: object
    ) -> None:
        if sender == "breaks":
            raise ZeroDivisionError
        self.reached.append(event)


async def reaching(session: Told, *told: tuple[str, ScriptRunnerEvent, str]) -> list[Exception]:
    """Tell the session this; return what went wrong, once all has reached it."""
    failed: list[Exception] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: failed.append(context["exception"]))
    events = sending.Events(session)  # pyright: ignore[reportArgumentType]
    for each in told:
        events.tell(*each)
    await asyncio.sleep(10 * sending.GATHERING_SECONDS)
    return failed


MESSAGE, STARTED = ScriptRunnerEvent.ENQUEUE_FORWARD_MSG, ScriptRunnerEvent.SCRIPT_STARTED
MESSAGES = (
    ("the runner", MESSAGE, "first"),
    ("the runner", MESSAGE, "second"),
    ("an old runner", MESSAGE, "not for this queue"),
    ("the runner", MESSAGE, "third"),
)


def test_messages_reach_a_session_in_their_order_with_one_call() -> None:
    session = Told()
    assert asyncio.run(reaching(session, *MESSAGES)) == []
    assert session.reached == ["first", "second", MESSAGE, "third"]
    assert (session.calls, session.wakes) == (1, 1)


def test_an_event_does_not_wait_and_brings_what_was_told_before() -> None:
    session = Told()

    async def at_once() -> list[object]:
        events = sending.Events(session)  # pyright: ignore[reportArgumentType]
        for each in (*MESSAGES, ("the runner", STARTED, "")):
            events.tell(*each)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return [*session.reached]

    assert asyncio.run(at_once()) == ["first", "second", MESSAGE, "third", STARTED]
    assert session.wakes == 1


def test_what_follows_an_event_that_fails_still_reaches_the_session() -> None:
    session = Told()
    told = (MESSAGES[0], ("breaks", ScriptRunnerEvent.SHUTDOWN, ""), MESSAGES[3])
    failed = asyncio.run(reaching(session, *told))
    assert [type(error) for error in failed] == [ZeroDivisionError]
    assert session.reached == ["first", "third"]
    assert session.wakes == 2


def for_one_test(monkeypatch: pytest.MonkeyPatch, *replaced: tuple[Any, str]) -> None:
    """Have these as they are now again after the test, which has them replaced."""
    for owner, name in replaced:
        monkeypatch.setattr(owner, name, getattr(owner, name))


@pytest.fixture
def told_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have messages handed over together, for one test."""
    for_one_test(
        monkeypatch, (AppSession, "_on_scriptrunner_event"), (ScriptRunner, "_enqueue_forward_msg")
    )
    sending.hand_over_together()


@dataclass
class Runner:
    """What runs a page, as far as its messages go through it."""

    _requests: ScriptRequests = field(default_factory=ScriptRequests)
    signalled: list[object] = field(default_factory=list)

    @property
    def on_event(self) -> SimpleNamespace:
        return SimpleNamespace(send=lambda _, **told: self.signalled.append(told["forward_msg"]))

    def _maybe_handle_execution_control_request(self) -> None:
        if self._requests.on_scriptrunner_yield() is not None:
            raise StopException


@pytest.mark.usefixtures("told_directly")
def test_a_runs_messages_go_to_its_session_until_it_is_to_end() -> None:
    session, runner = Told(), Runner()
    session._scriptrunner = runner
    enqueue: Any = ScriptRunner._enqueue_forward_msg
    tell: Any = AppSession._on_scriptrunner_event
    first, second, last = (ForwardMsg(hash=each) for each in "abc")

    async def run() -> None:
        enqueue(runner, first)  # nobody knows its session yet
        tell(session, runner, STARTED)
        enqueue(runner, second)
        runner._requests.request_stop()
        with pytest.raises(StopException):
            enqueue(runner, last)
        await asyncio.sleep(10 * sending.GATHERING_SECONDS)

    asyncio.run(run())
    assert runner.signalled == [first]
    assert session.reached == [STARTED, second]


@pytest.mark.usefixtures("told_directly")
def test_a_session_is_told_of_what_no_run_was_there_for() -> None:
    session = Told()
    tell: Any = AppSession._on_scriptrunner_event

    async def fail() -> None:  # as AppSession.handle_backmsg_exception does while no page runs
        tell(session, None, STARTED)
        await asyncio.sleep(10 * sending.GATHERING_SECONDS)

    asyncio.run(fail())
    assert session.reached == [STARTED]


def test_a_session_that_has_gone_is_told_nothing() -> None:
    events = sending.Events(Told())  # pyright: ignore[reportArgumentType]
    gc.collect()
    events.tell(*MESSAGES[0])


PART = bytes(sending.MOST_BYTES_A_WRITE // 2)


@dataclass
class Sending:
    """An app whose one visitor is sent messages, some a turn; it notes the sizes of its writes."""

    turns: tuple[tuple[bytes, ...], ...]
    by_uvicorn: bool = True
    writes: list[int] = field(default_factory=list)
    connections: list[Any] = field(default_factory=list)
    client: StarletteSessionClient | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        connection = scope["extensions"][sending.CONNECTION]
        connection.transport = Noting(connection.transport, self.writes)
        self.connections.append(connection)
        if not self.by_uvicorn:
            del scope["extensions"][sending.CONNECTION]
        socket = WebSocket(scope, receive, send)
        await socket.accept()
        self.writes.clear()  # the handshake
        self.client = StarletteSessionClient(socket)
        for turn in self.turns:
            for message in turn:
                self.client._send_queue.put_nowait(message)
            await asyncio.sleep(0.01)
        await socket.receive()  # that the visitor has gone


@dataclass
class Noting:
    """A connection that notes how much is written to it at once."""

    _connection: Any
    _writes: list[int]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def write(self, data: bytes) -> None:
        self._writes.append(len(data))
        self._connection.write(data)


@asynccontextmanager
async def visiting(app: Any) -> AsyncIterator[ClientConnection]:
    """Serve the app as Streamlit does, on loopback, to this visitor."""
    server = Server(
        Config(app, port=0, lifespan="off", log_config=None, ws_per_message_deflate=False)
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        async with connect(f"ws://127.0.0.1:{port}", max_size=None) as visitor:
            yield visitor
    finally:
        server.should_exit = True
        await serving


@pytest.fixture
def written_once_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have what waits leave in one write, for one test."""
    for_one_test(
        monkeypatch, (AutoWebSocketsProtocol, "run_asgi"), (StarletteSessionClient, "_sender")
    )
    sending.write_once_a_turn()


def received(app: Sending) -> tuple[list[bytes], list[int]]:
    """What the visitor of the app is sent, and the sizes of the writes that this took."""
    expected = sum(app.turns, ())

    async def visit() -> tuple[list[bytes], list[int]]:
        async with visiting(app) as visitor:
            found = [bytes(await visitor.recv()) for _ in expected]
            return found, [*app.writes]

    return asyncio.run(visit())


def failures(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return whose failures were logged; uvicorn logs its start, where somebody asked for it."""
    return [record.name for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.usefixtures("written_once_a_turn")
def test_what_is_sent_in_a_turn_leaves_in_one_write() -> None:
    app = Sending(((b"a", b"b"), (b"c",)))
    assert received(app) == ([b"a", b"b", b"c"], [6, 3])  # each message has a header of two


@pytest.mark.usefixtures("written_once_a_turn")
def test_a_write_holds_no_more_than_makes_a_sender_wait() -> None:
    found, writes = received(Sending(((PART,) * 5,)))
    assert found == [PART] * 5
    assert [size // len(PART) for size in writes] == [2, 2, 1]


@pytest.mark.usefixtures("written_once_a_turn")
def test_another_server_than_uvicorn_is_given_each_message() -> None:
    app = Sending(((b"a", b"b"), (b"c",)), by_uvicorn=False)
    assert received(app) == ([b"a", b"b", b"c"], [3, 3, 3])


@pytest.mark.usefixtures("written_once_a_turn")
def test_a_slow_visitor_is_waited_for() -> None:
    app = Sending(((b"a",),))

    async def visit() -> list[int]:
        async with visiting(app) as visitor:
            await visitor.recv()
            assert app.client is not None
            connection = app.connections[0]
            app.writes.clear()
            connection.pause_writing()  # as asyncio does where too much waits to be sent
            for message in (b"b", b"c"):
                app.client._send_queue.put_nowait(message)
            await asyncio.sleep(0.05)
            waiting = [*app.writes]
            connection.resume_writing()
            assert [await visitor.recv(), await visitor.recv()] == [b"b", b"c"]
            return waiting + app.writes

    assert asyncio.run(visit()) == [6]


@pytest.mark.usefixtures("written_once_a_turn")
@pytest.mark.parametrize("way", ["abort", "close", "closed by us"])
def test_a_visitor_who_has_gone_is_sent_nothing_more(
    way: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = Sending(((b"a",),))

    async def leave() -> None:
        async with visiting(app) as visitor:
            await visitor.recv()
            assert app.client is not None
            if way == "abort":
                visitor.transport.abort()
            elif way == "close":
                await visitor.close()
            else:
                await app.client._websocket.close()
            await asyncio.sleep(0 if way == "closed by us" else 0.05)  # before its answer
            app.writes.clear()
            app.client._send_queue.put_nowait(b"late")
            await asyncio.wait_for(app.client._closed.wait(), timeout=10)

    asyncio.run(leave())
    assert app.writes == []
    assert failures(caplog) == []


@pytest.mark.usefixtures("written_once_a_turn")
def test_what_fails_is_logged_and_ends_the_visit(caplog: pytest.LogCaptureFixture) -> None:
    app = Sending(((b"a",),))

    async def fail() -> None:
        async with visiting(app) as visitor:
            await visitor.recv()
            assert app.client is not None
            app.client._send_queue.put_nowait("no bytes")  # pyright: ignore[reportArgumentType]
            await asyncio.wait_for(app.client._closed.wait(), timeout=10)

    asyncio.run(fail())
    assert failures(caplog) == ["umekomi"]
