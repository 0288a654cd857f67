"""A part of a page that is sent again as it was, without being drawn again.

Streamlit's own replay of a cached function makes each message anew, which takes ten times as long.
"""

# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import get_ident
from typing import Any

from streamlit.elements.lib.utils import _register_element_id
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.widgets import register_widget_from_metadata


@dataclass(frozen=True, kw_only=True)
class _Record:
    """What drawing a part gave: its value, and what Streamlit was told of it."""

    key: str
    value: Any
    messages: tuple[ForwardMsg, ...]
    widgets: tuple[WidgetMetadata[Any], ...]


class Recorded:
    """What one place of a session's page shows."""

    def __init__(self) -> None:
        self._record: _Record | None = None

    def send(self, run: ScriptRunContext, key: str, draw: Callable[[], Any]) -> Any:
        """Send this run's page the part, and return what drawing it gave.

        It is drawn where it was drawn last with another key, or that failed. It must write nothing to
        the session's state, and hold

        - no widget but charts and tables with a selection: any other is sent what the state says of it;
        - no image, audio, video or button for a download: their files are kept for one run;
        - no table of more than 150,000 rows without a selection, which the browser fetches in parts.
        """
        if self._record is None or self._record.key != key:
            self._record = None  # should this fail
            self._record = _recorded(run, key, draw)
        else:
            for widget in self._record.widgets:
                _register_element_id(run, "", widget.id)
                register_widget_from_metadata(widget, run)
            for message in self._record.messages:
                run.enqueue(message)
        return self._record.value


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
    known = run.session_state._state._new_widget_state.widget_metadata
    new = run.shared.widget_ids_this_run.snapshot() - before
    widgets = tuple(known[id] for id in new if id in known)
    return _Record(key=key, value=value, messages=tuple(messages), widgets=widgets)
