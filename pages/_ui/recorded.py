"""A part of a page that is sent again as it was, without being drawn again.

Streamlit's own replay of a cached function makes each message anew, which takes ten times as long.
"""

# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from enum import Enum, auto
from threading import get_ident
from typing import Any

from streamlit.cursor import Cursor
from streamlit.elements.lib.utils import _register_element_id
from streamlit.proto.Dataframe_pb2 import Dataframe
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.runtime.state.common import WidgetMetadata, user_key_from_element_id
from streamlit.runtime.state.session_state import SessionState
from streamlit.runtime.state.widgets import register_widget_from_metadata

NOTHING = object()


class _Way(Enum):
    """What is known of a widget's value where it is drawn."""

    SENT = auto()  # a browser that shows it sends it
    HELD = auto()  # of a button or a box: sent when it changes, else as it was
    SELECTED = auto()  # of a chart or table: what is drawn does not depend on it


@dataclass(frozen=True, kw_only=True)
class _Field:
    """A widget, and the value that it was drawn with."""

    told: WidgetMetadata[Any]
    way: _Way
    value: Any

    def is_known(self, state: SessionState) -> bool:
        """Say whether the state has its value; registering it again would change nothing then."""
        return self.told.id in state._new_widget_state or self.told.id in state._old_state

    def is_as_it_was(self, state: SessionState) -> bool:
        """Say whether it would be drawn the same: its value is this, and nobody has set one."""
        id = self.told.id
        key = user_key_from_element_id(id)
        if key and state.is_new_state_value(key):
            return False
        if self.way is _Way.SELECTED:
            return True
        held = state._new_widget_state.get(id, NOTHING)
        if held is NOTHING and self.way is _Way.HELD:
            held = state._old_state.get(id, NOTHING)
        return held == self.value


@dataclass(frozen=True, kw_only=True)
class _Record:
    """What drawing a part gave: its value, and what Streamlit was told of it."""

    key: str
    value: Any
    messages: tuple[ForwardMsg, ...]
    fields: tuple[_Field, ...]


class Recorded:
    """What one place of a session's page shows."""

    def __init__(self) -> None:
        self._record: _Record | None = None

    def send(
        self, run: ScriptRunContext, key: str, draw: Callable[[], Any], cursor: Cursor | None
    ) -> Any:
        """Send this run's page the part, and return what drawing it gave.

        The cursor is where it makes a container of its own, None where it is drawn into another.

        It is drawn where it was drawn last with another key, or a field in it holds another value, or
        that failed. Drawing it again must change nothing in the session's state, and it must hold

        - no image, audio, video or button for a download: their files are kept for one run;
        - no field for files;
        - no table of more than 150,000 rows without a selection, which the browser fetches in parts.
        """
        record, state = self._record, run.session_state._state
        if record and record.key == key and all(f.is_as_it_was(state) for f in record.fields):
            for field in record.fields:
                _register_element_id(run, "", field.told.id)
                if not field.is_known(state):
                    register_widget_from_metadata(field.told, run)
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
    ways = {id: way for message in messages for id, way in _widget(message)}
    new = run.shared.widget_ids_this_run.snapshot() - before
    return _Record(
        key=key,
        value=value,
        messages=tuple(messages),
        fields=tuple(
            _Field(
                told=known[id],
                way=ways.get(id, _Way.HELD),
                value=deepcopy(state.get_widget_value(id)),
            )
            for id in new & known.keys()
        ),
    )


def _widget(message: ForwardMsg) -> list[tuple[str, _Way]]:
    """Return the widget that a message shows, if it does, and what is known of its value."""
    element = _element(message)
    if not hasattr(element, "id"):
        return []
    if hasattr(element, "set_value"):
        return [(element.id, _Way.SENT)]
    is_edited = getattr(element, "editing_mode", Dataframe.READ_ONLY) != Dataframe.READ_ONLY
    selects = _kind(message) in {"plotly_chart", "dataframe"} and not is_edited
    return [(element.id, _Way.SELECTED if selects else _Way.HELD)]


def _kind(message: ForwardMsg) -> str:
    return message.delta.new_element.WhichOneof("type") or ""


def _element(message: ForwardMsg) -> Any:
    return getattr(message.delta.new_element, _kind(message) or "empty")


def _sets_a_value(message: ForwardMsg) -> bool:
    """Say whether a field is told a value, which it must not be again: its user may have changed it."""
    element = _element(message)
    return getattr(element, "set_value", False) or (
        hasattr(element, "selection_state") and element.HasField("selection_state")
    )
