"""A part of a page that is sent again as it was, without being drawn again.

Streamlit's own replay of a cached function makes each message anew, which takes ten times as long.
"""

# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from streamlit.elements.lib.utils import _register_element_id
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.widgets import register_widget_from_metadata

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class _Drawn(Generic[T]):
    """What drawing a part gave: its value, and what Streamlit was told of it."""

    value: T
    messages: tuple[ForwardMsg, ...]
    widgets: tuple[WidgetMetadata[Any], ...]


class Recorded(Generic[T]):
    """A part of one session's page."""

    def __init__(self) -> None:
        self._drawn: _Drawn[T] | None = None

    def send(self, run: ScriptRunContext, draw: Callable[[], T]) -> T:
        """Send this run's page the part, and return what drawing it gave.

        It is drawn where it has not been, or that failed. It must stand at the same place each time,
        and hold no file, and no widget but charts and tables with a selection: others are sent what
        the session's state says of them.
        """
        if self._drawn is None:
            self._drawn = _record(run, draw)
        else:
            for widget in self._drawn.widgets:
                _register_element_id(run, "", widget.id)
                register_widget_from_metadata(widget, run)
            for message in self._drawn.messages:
                run.enqueue(message)
        return self._drawn.value


def _record(run: ScriptRunContext, draw: Callable[[], T]) -> _Drawn[T]:
    messages: list[ForwardMsg] = []
    send, around = run.enqueue, vars(run).get("enqueue")  # of a part that this one stands in
    before = run.shared.widget_ids_this_run.snapshot()

    def send_and_keep(message: ForwardMsg) -> None:
        send(message)
        messages.append(message)

    run.enqueue = send_and_keep
    try:
        value = draw()
    finally:
        if around is None:
            del run.enqueue
        else:
            run.enqueue = around
    known = run.session_state._state._new_widget_state.widget_metadata
    new = run.shared.widget_ids_this_run.snapshot() - before
    widgets = tuple(known[id] for id in new if id in known)
    return _Drawn(value=value, messages=tuple(messages), widgets=widgets)
