"""How a page's messages leave: Streamlit and uvicorn handle each alone, here several go together.

All stand on private names of Streamlit and uvicorn, which their pinned releases have.
"""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import Any
from weakref import ref

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import ScriptRunner, ScriptRunnerEvent
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType
from streamlit.web.server.starlette.starlette_websocket import StarletteSessionClient
from uvicorn.protocols.websockets.auto import AutoWebSocketsProtocol
from websockets.protocol import State

log = logging.getLogger("umekomi")
EVENTS = "_events_until_taken"  # in a session and in what runs its page
CONNECTION = "umekomi.connection"  # in the extensions of what a server tells of a connection
MESSAGE = ScriptRunnerEvent.ENQUEUE_FORWARD_MSG
GATHERING_SECONDS = 0.005
MESSAGES_A_TURN = 16  # of the 500 that a connection holds until they are sent
MOST_BYTES_A_WRITE = 65_536  # as many as a connection takes before it makes its sender wait


class Events:
    """What runs of a session's page have told, until the event loop comes to it."""

    def __init__(self, session: AppSession) -> None:
        self._session = ref(session)  # it has these
        self._told: deque[tuple[Any, ScriptRunnerEvent, Any, dict[str, Any]]] = deque()
        self._is_awaited = False

    def tell(self, sender: Any, event: ScriptRunnerEvent, message: Any = None, **rest: Any) -> None:
        """Keep the event, and call the event loop: for a message in a while, unless it comes already."""
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
        if sender is not None:  # a run, which first tells that it has begun
            vars(sender)[EVENTS] = events
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


def write_once_a_turn() -> None:
    """Have what waits to be sent leave in one write, past the layers that hand on each message alone.

    A rerun wrote a hundred times. Not more goes at once than makes a sender wait for a slow visitor.
    """
    protocol: Any = AutoWebSocketsProtocol
    run, send_each = protocol.run_asgi, StarletteSessionClient._sender

    async def run_asgi(connection: Any) -> None:
        connection.scope["extensions"][CONNECTION] = connection
        await run(connection)

    async def send(client: StarletteSessionClient) -> None:
        connection = client._websocket.scope.get("extensions", {}).pop(CONNECTION, None)
        if connection is None:  # another server than uvicorn
            await send_each(client)
            return
        try:
            while await _send_waiting(client._send_queue, connection):
                pass
        except Exception:  # as Streamlit's own does: it ends this visit and nothing else
            log.exception("What a page shows could not be sent.")
        finally:
            client._closed.set()

    protocol.run_asgi = run_asgi
    StarletteSessionClient._sender = send


async def _send_waiting(messages: asyncio.Queue[bytes], connection: Any) -> bool:
    """Wait for a message, and send it with those that wait behind it; False: the connection is closed."""
    message = await messages.get()
    await connection.writable.wait()
    if connection.transport.is_closing() or connection.conn.state is not State.OPEN:
        return False
    connection.conn.send_binary(message)
    size = len(message)
    while size < MOST_BYTES_A_WRITE and not messages.empty():
        message = messages.get_nowait()
        connection.conn.send_binary(message)
        size += len(message)
    connection.transport.write(b"".join(connection.conn.data_to_send()))
    return True
