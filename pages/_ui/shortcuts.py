"""What Streamlit does at each rerun again and again, it is made to do once.

All stand on its private names, which its pinned release has.
"""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from weakref import ref

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session, runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import ScriptRunner, ScriptRunnerEvent
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType
from streamlit.runtime.state.safe_session_state import SafeSessionState
from uvicorn.protocols.websockets.auto import AutoWebSocketsProtocol

EVENTS = "_events_until_taken"  # in a session and in what runs its page
MESSAGE = ScriptRunnerEvent.ENQUEUE_FORWARD_MSG
GATHERING_SECONDS = 0.005
MESSAGES_A_TURN = 16  # of the 500 that a connection holds until they are sent


def take() -> None:
    """Have all from now on, in this process."""
    read_theme_once()
    look_values_up()
    read_without_pausing()
    hand_over_together()
    send_several_a_turn()
    write_once_a_turn()


def read_theme_once() -> None:
    """Read the theme once, and not six times a rerun, which took 2 ms of CPU.

    The configuration stands when the app is loaded.
    """
    read = app_session._populate_theme_msg

    @cache
    def part(section: str) -> CustomThemeConfig:
        found = CustomThemeConfig()
        read(found, section)
        return found

    def put(message: CustomThemeConfig, section: str = "theme") -> None:
        if part(section).ByteSize():  # else the part would be there, if empty
            message.MergeFrom(part(section))

    app_session._populate_theme_msg = put


class Values(Mapping[str, Any]):
    """The values of a session's state by their keys, gathered only where all of them are asked for."""

    def __init__(self, safe: SafeSessionState) -> None:
        self._lock = safe._lock
        self._state = safe._state

    def __getitem__(self, key: str) -> Any:
        with self._lock:
            return self._state[key]

    def __iter__(self) -> Iterator[str]:
        with self._lock:
            return iter(self._state.filtered_state)

    def __len__(self) -> int:
        with self._lock:
            return len(self._state.filtered_state)


def look_values_up() -> None:
    """Have a widget look up its own value, for which it gathers those of the whole session.

    After a visit to a few pages these are a hundred: 0.2 ms of CPU for each picker, slider and field.
    """
    SafeSessionState.filtered_state = property(Values)  # pyright: ignore[reportAttributeAccessIssue]


def read_without_pausing() -> None:
    """Have a value read without looking whether the run is to end, as each element looks, too."""

    def read(safe: SafeSessionState, key: str) -> Any:
        with safe._lock:
            return safe._state[key]

    SafeSessionState.__getitem__ = read


class Events:
    """What runs of a session's page have told, until the event loop comes to it."""

    def __init__(self, session: AppSession) -> None:
        self._session = ref(session)  # it has these
        self._told: deque[tuple[Any, ScriptRunnerEvent, Any, dict[str, Any]]] = deque()
        self._is_awaited = False

    def tell(self, sender: Any, event: ScriptRunnerEvent, message: Any = None, **rest: Any) -> None:
        """Keep the event, and call the event loop unless it comes already; it waits for messages."""
        self._told.append((sender, event, message, rest))
        if event is not MESSAGE:
            self._call()
        elif not self._is_awaited:
            self._call(GATHERING_SECONDS)

    def _call(self, delay: float = 0) -> None:
        self._is_awaited = True
        session = self._session()
        if session is None:
            return
        if delay:
            session._call_soon_on_event_loop(
                lambda: asyncio.get_running_loop().call_later(delay, self._take, session)
            )
        else:
            session._call_soon_on_event_loop(lambda: self._take(session))

    def _take(self, session: AppSession) -> None:
        """Have the session take what is there; on the event loop."""
        self._is_awaited = False  # first: what is told from now on may come too late for this time
        has_sent = False
        try:
            for _ in range(len(self._told)):
                sender, event, message, rest = self._told.popleft()
                if event is MESSAGE and sender is session._scriptrunner:
                    session._browser_queue.enqueue(message)
                    has_sent = True
                else:
                    session._handle_scriptrunner_event_on_event_loop(sender, event, message, **rest)
        finally:
            if has_sent and session._message_enqueued_callback:
                session._message_enqueued_callback()
            if self._told and not self._is_awaited:
                self._call()


def hand_over_together() -> None:
    """Have the event loop come for several messages of a run, and not be called for each.

    A run's messages go there without asking who listens. Whether the run is to end is looked up
    where something was asked of it: no page has fragments that run side by side.
    """
    signal = ScriptRunner._enqueue_forward_msg

    def tell(
        session: AppSession,
        sender: Any,
        event: ScriptRunnerEvent,
        forward_msg: Any = None,
        **rest: Any,
    ) -> None:
        own = vars(session)
        events: Events = own.get(EVENTS) or own.setdefault(EVENTS, Events(session))
        vars(sender)[EVENTS] = events  # a run first tells that it has begun
        events.tell(sender, event, forward_msg, **rest)

    def enqueue(runner: ScriptRunner, message: ForwardMsg) -> None:
        events: Events | None = vars(runner).get(EVENTS)
        if events is None or runner._requests._state is not ScriptRequestType.CONTINUE:
            signal(runner, message)
        else:
            events.tell(runner, MESSAGE, message)

    AppSession._on_scriptrunner_event = tell  # pyright: ignore[reportAttributeAccessIssue]
    ScriptRunner._enqueue_forward_msg = enqueue


class FewTurns:
    """asyncio, but one pause of no length is taken in so many."""

    def __init__(self, pauses: int) -> None:
        self._pauses = pauses
        self._asked = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def sleep(self, seconds: float) -> None:
        self._asked += 1
        if seconds or self._asked % self._pauses == 0:
            await asyncio.sleep(seconds)


def send_several_a_turn() -> None:
    """Have the event loop turn after several messages, and not after each: a twentieth of a rerun."""
    runtime.asyncio = FewTurns(MESSAGES_A_TURN)  # pyright: ignore[reportAttributeAccessIssue, reportPrivateImportUsage]


class Gathered:
    """A connection that sends what it is given in a turn of the event loop in one piece."""

    def __init__(self, connection: asyncio.Transport) -> None:
        self._connection = connection
        self._given: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def write(self, data: bytes) -> None:
        if not self._given:
            asyncio.get_running_loop().call_soon(self._send)
        self._given.append(data)

    def close(self) -> None:
        self._send()
        self._connection.close()

    def _send(self) -> None:
        given, self._given = self._given, []
        if given and not self._connection.is_closing():  # a visitor may have gone meanwhile
            self._connection.write(b"".join(given))


def write_once_a_turn() -> None:
    """Have the messages of a turn leave in one write: a rerun wrote a hundred times."""
    protocol: Any = AutoWebSocketsProtocol
    begin = protocol.connection_made

    def connection_made(self: Any, connection: asyncio.Transport) -> None:
        begin(self, Gathered(connection))

    protocol.connection_made = connection_made
