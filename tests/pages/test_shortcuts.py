"""Where Streamlit is made to do a thing once, pages and sessions are as without it."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.runtime import runtime
from streamlit.runtime.scriptrunner import ScriptRunnerEvent
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.testing.v1 import AppTest

from pages._ui import shortcuts


def page() -> None:
    import streamlit as st

    st.session_state.setdefault("kept", 1)
    st.session_state.setdefault("picked", None)
    st.selectbox("with a key", ["a", "b"], key="picked")
    st.selectbox("without", ["a", "b"], index=1)
    st.number_input("none at first", key="number", value=None)
    st.text_area("text", key="text")
    st.slider("slider", 0, 10, key="slider")
    state = st.session_state
    st.json({"keys": sorted(map(str, state)), "count": len(state), "all": dict(state)})


def states() -> list[Any]:
    """Return what the page says and holds at first, and after each thing that is done to it."""
    app = AppTest.from_function(page)
    found = [shown(app.run())]
    found.append(shown(app.selectbox(key="picked").set_value("b").run()))
    found.append(shown(app.selectbox(key="picked").set_value(None).run()))
    found.append(shown(app.number_input(key="number").set_value(2.5).run()))
    app.session_state["slider"] = 7
    del app.session_state["kept"]
    found.append(shown(app.text_area(key="text").input("x").run()))
    return found


def shown(app: AppTest) -> Mapping[str, Any]:
    assert not app.exception
    widgets = [*app.selectbox, *app.number_input, *app.text_area, *app.slider]
    return {"said": app.json[0].value, "values": [widget.value for widget in widgets]}


def test_a_widget_finds_its_own_value_among_all(monkeypatch: pytest.MonkeyPatch) -> None:
    gathered = states()
    monkeypatch.setattr(SafeSessionState, "filtered_state", SafeSessionState.filtered_state)
    shortcuts.look_values_up()
    assert states() == gathered
    monkeypatch.setattr(SafeSessionState, "__getitem__", SafeSessionState.__getitem__)
    shortcuts.read_without_pausing()
    assert states() == gathered
    assert len({str(each["values"]) for each in gathered}) == len(gathered)


def test_the_event_loop_turns_after_several_messages() -> None:
    few = shortcuts.FewTurns(3)

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
    assert {"asyncio", "sleep"} <= set(runtime.Runtime._loop_coroutine.__code__.co_names)  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(runtime, "asyncio", asyncio)
    shortcuts.send_several_a_turn()
    assert isinstance(vars(runtime)["asyncio"], shortcuts.FewTurns)


@dataclass
class Told:
    """A session that notes what reaches it, and how often the event loop was called for it."""

    calls: int = 0
    reached: list[object] = field(default_factory=list)
    wakes: int = 0
    _scriptrunner: str = "the runner"

    @property
    def _browser_queue(self) -> SimpleNamespace:
        return SimpleNamespace(enqueue=self.reached.append)

    def _call_soon_on_event_loop(self, call: Callable[[], None]) -> None:
        self.calls += 1
        asyncio.get_running_loop().call_soon(call)

    def _message_enqueued_callback(self) -> None:
        self.wakes += 1

    def _handle_scriptrunner_event_on_event_loop(
        self, sender: str, event: ScriptRunnerEvent, _message: object
    ) -> None:
        if sender == "breaks":
            raise ZeroDivisionError
        self.reached.append(event)


async def reaching(session: Told, *told: tuple[str, ScriptRunnerEvent, str]) -> list[Exception]:
    """Tell the session this; return what went wrong, once all has reached it."""
    failed: list[Exception] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: failed.append(context["exception"]))
    events = shortcuts.Events(session)  # pyright: ignore[reportArgumentType]
    for each in told:
        events.tell(*each)
    await asyncio.sleep(10 * shortcuts.GATHERING_SECONDS)
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
        events = shortcuts.Events(session)  # pyright: ignore[reportArgumentType]
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


def test_a_session_that_has_gone_is_told_nothing() -> None:
    events = shortcuts.Events(Told())  # pyright: ignore[reportArgumentType]
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
        gathered = shortcuts.Gathered(connection)  # pyright: ignore[reportArgumentType]
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
        gathered = shortcuts.Gathered(connection)  # pyright: ignore[reportArgumentType]
        gathered.write(b"late")
        connection.close()
        await asyncio.sleep(0)

    asyncio.run(send())
    assert connection.written == [b"closed"]
