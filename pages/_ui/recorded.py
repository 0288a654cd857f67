"""A part of a page that is sent again as it was, without being drawn again.

Streamlit's own replay of a cached function makes each message anew, which takes ten times as long,
and holds no field.
"""

# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from threading import get_ident
from typing import Any, TypeVar

import streamlit as st
from streamlit.cursor import Cursor
from streamlit.delta_generator import DeltaGenerator
from streamlit.delta_generator_singletons import get_dg_singleton_instance
from streamlit.elements.lib.utils import _register_element_id
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.runtime.state.common import WidgetMetadata, user_key_from_element_id
from streamlit.runtime.state.session_state import SessionState
from streamlit.runtime.state.widgets import register_widget_from_metadata

from pages._ui.content import digest
from pages._ui.keys import Key
from pages._ui.pictures import chosen
from pages._ui.texts import language

MOST_PARTS = 32  # of a session: what is on three or four pages

T = TypeVar("T")
_NOTHING = object()


def drawn(
    draw: Callable[..., T], *values: Any, key: object, place: DeltaGenerator | None = None
) -> T:
    """Have ``draw`` draw these values, or send again what it drew; return what it returned.

    It is drawn where it was drawn last with another key, or a field in it holds another value, or
    that failed. The key says all that it draws, but for the language, the format of pictures and
    its own fields. ``place`` is a container into which nothing is drawn afterwards; without one, it
    gets one. Drawing it again must change nothing in the session's state, and it must hold

    - no image, audio, video or button for a download: their files are kept for one run;
    - no fragment, which is there only in a run that draws it;
    - no field for files, no table that can be edited, and no selection that is set by the page;
    - no table of more than 150,000 rows without a selection, which the browser fetches in parts.
    """
    run = get_script_run_ctx()
    assert run is not None
    cursor = (place or get_dg_singleton_instance().main_dg._active_dg)._cursor
    assert cursor is not None
    part = _part(f"{draw.__module__} {draw.__qualname__} {cursor.delta_path}")

    def put() -> T:
        with place or st.container():
            return draw(*values)

    own = cursor if place is None else None
    return part.send(run, digest((language(), chosen(), key)), put, own)


def _part(name: str) -> Recorded:
    """Return the session's part of this name, a new one where it was not among the last."""
    parts = st.session_state.get(Key.PARTS)
    if parts is None:
        parts = st.session_state[Key.PARTS] = lru_cache(MOST_PARTS)(lambda _name: Recorded())
    return parts(name)


class _Sent(Enum):
    """When a browser that shows a widget sends its value."""

    ALWAYS = auto()  # of a field
    WHEN_CHANGED = auto()  # of a button or a box, which else have the one that they had
    IGNORED = auto()  # of a chart or a table: what is drawn does not depend on what is selected


@dataclass(frozen=True, kw_only=True)
class _Widget:
    """A widget, and the value that it was drawn with."""

    metadata: WidgetMetadata[Any]
    sent: _Sent
    value: Any

    def is_registered(self, state: SessionState) -> bool:
        """Say whether registering it again would change nothing."""
        id, now = self.metadata.id, state._new_widget_state
        is_held = id in now or id in state._old_state
        return is_held and now.widget_metadata.get(id) is self.metadata

    def is_as_it_was(self, state: SessionState) -> bool:
        """Say whether it would be drawn the same: its value is this, and nobody has set one."""
        id = self.metadata.id
        key = user_key_from_element_id(id)
        if key and state.is_new_state_value(key):
            return False
        if self.sent is _Sent.IGNORED:
            return True
        held = state._new_widget_state.get(id, _NOTHING)
        if held is _NOTHING and self.sent is _Sent.WHEN_CHANGED:
            held = state._old_state.get(id, _NOTHING)
        return held == self.value


@dataclass(frozen=True, kw_only=True)
class _Record:
    """What drawing a part gave: its value, and what Streamlit was told of it."""

    key: str
    value: Any
    messages: tuple[ForwardMsg, ...]
    widgets: tuple[_Widget, ...]


class Recorded:
    """What one place of a session's page shows."""

    def __init__(self) -> None:
        self._record: _Record | None = None

    def send(
        self, run: ScriptRunContext, key: str, draw: Callable[[], T], cursor: Cursor | None
    ) -> T:
        """Send this run's page the part, and return what drawing it gave.

        The cursor is where it makes a container of its own, None where it is drawn into another.
        """
        record, state = self._record, run.session_state._state
        if record and record.key == key and all(w.is_as_it_was(state) for w in record.widgets):
            for widget in record.widgets:
                _register_element_id(run, "", widget.metadata.id)
                if not widget.is_registered(state):
                    register_widget_from_metadata(widget.metadata, run)
            for message in record.messages:
                run.enqueue(message)
            if cursor is not None:
                cursor.open_block()  # whose messages have just been sent
            return record.value
        self._record = None  # should this fail
        record = _recorded(run, key, draw)
        if not any(map(_sets_a_value, record.messages)):
            self._record = record
        return record.value


def _recorded(run: ScriptRunContext, key: str, draw: Callable[[], Any]) -> _Record:
    messages: list[ForwardMsg] = []
    send, around = run.enqueue, vars(run).get("enqueue")  # of a part that this one stands in
    before, thread = run.shared.widget_ids_this_run.snapshot(), get_ident()

    def send_and_keep(message: ForwardMsg) -> None:
        send(message)
        if get_ident() == thread:  # and not a spinner's clock
            messages.append(message)

    run.enqueue = send_and_keep
    try:
        value = draw()
    finally:
        if around is None:
            del run.enqueue
        else:
            run.enqueue = around
    state = run.session_state._state
    known = state._new_widget_state.widget_metadata
    sent = {getattr(_element(each), "id", ""): _sent(each) for each in messages}
    new = run.shared.widget_ids_this_run.snapshot() - before
    widgets = [(id, sent.get(id, _Sent.WHEN_CHANGED)) for id in new & known.keys()]
    return _Record(
        key=key,
        value=value,
        messages=tuple(messages),
        widgets=tuple(
            _Widget(
                metadata=known[id],
                sent=when,
                # A selection may be of many thousands of points.
                value=None if when is _Sent.IGNORED else state.get_widget_value(id),
            )
            for id, when in widgets
        ),
    )


def _sent(message: ForwardMsg) -> _Sent:
    """Return when a browser sends the value of the widget that the message shows."""
    if hasattr(_element(message), "set_value"):
        return _Sent.ALWAYS
    return _Sent.IGNORED if _kind(message) in {"plotly_chart", "dataframe"} else _Sent.WHEN_CHANGED


def _sets_a_value(message: ForwardMsg) -> bool:
    """Say whether a field is told a value, which it must not be again: its user may have changed it.

    One that is off is told its value at every rerun.
    """
    element = _element(message)
    return getattr(element, "set_value", False) and not element.disabled


def _kind(message: ForwardMsg) -> str:
    return message.delta.new_element.WhichOneof("type") or ""


def _element(message: ForwardMsg) -> Any:
    return getattr(message.delta.new_element, _kind(message) or "empty")
