"""Where several messages leave together, each reaches its visitor, once and in its order."""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import ScriptRunner, ScriptRunnerEvent, StopException
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests
from uvicorn import Config

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


@pytest.fixture
def told_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have messages handed over together, for one test."""
    for owner, name in (
        (AppSession, "_on_scriptrunner_event"),
        (ScriptRunner, "_enqueue_forward_msg"),
    ):
        monkeypatch.setattr(owner, name, getattr(owner, name))
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


class Connection:
    """A connection that notes what is written to it."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.written.append(b"closed")

    def is_closing(self) -> bool:
        return b"closed" in self.written


def test_what_is_sent_in_a_turn_leaves_in_one_write() -> None:
    connection = Connection()

    async def send() -> None:
        gathered = sending.Gathered(connection)  # pyright: ignore[reportArgumentType]
        for turn in (b"ab", b"c"):
            for part in turn:
                gathered.write(bytes([part]))
            assert not gathered.is_closing()
            await asyncio.sleep(0)
        gathered.write(b"last")
        gathered.close()
        await asyncio.sleep(0)

    asyncio.run(send())
    assert connection.written == [b"ab", b"c", b"last", b"closed"]


def test_nothing_is_written_to_a_connection_that_was_lost() -> None:
    connection = Connection()

    async def send() -> None:
        gathered = sending.Gathered(connection)  # pyright: ignore[reportArgumentType]
        gathered.write(b"late")
        connection.close()
        await asyncio.sleep(0)

    asyncio.run(send())
    assert connection.written == [b"closed"]


def test_a_write_holds_no_more_than_makes_a_sender_wait() -> None:
    connection = Connection()
    part = bytes(sending.MOST_BYTES_A_WRITE // 2)

    async def send() -> None:
        gathered = sending.Gathered(connection)  # pyright: ignore[reportArgumentType]
        for _ in range(5):
            gathered.write(part)
        assert len(connection.written) == 2
        await asyncio.sleep(0)

    asyncio.run(send())
    assert list(map(len, connection.written)) == [2 * len(part), 2 * len(part), len(part)]


def test_the_server_s_connections_are_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    config = Config("app:app")
    config.load_app = lambda: None  # pyright: ignore[reportAttributeAccessIssue]
    config.load()
    protocol: Any = config.ws_protocol_class
    monkeypatch.setattr(protocol, "connection_made", protocol.connection_made)
    sending.write_once_a_turn()

    async def connect() -> object:
        made = protocol(
            config=config,
            server_state=SimpleNamespace(connections=set(), tasks=set(), default_headers=[]),
            app_state={},
        )
        made.connection_made(SimpleNamespace(get_extra_info=lambda _: None))
        return made.transport

    assert isinstance(asyncio.run(connect()), sending.Gathered)
