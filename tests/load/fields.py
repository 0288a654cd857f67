"""What a browser sends of a field that it shows, before anybody has touched it and after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NumberInput_pb2 import NumberInput
from streamlit.proto.WidgetStates_pb2 import WidgetState

Put = Callable[[WidgetState, Any], None]


class Fields:
    """What the fields of a page hold: those that it shows, as a browser forgets all others."""

    def __init__(self) -> None:
        self.states: dict[str, WidgetState] = {}
        self._shown: set[str] = set()  # in this run, all widgets

    def take(self, said: ForwardMsg) -> None:
        """Take in what the server says of fields, and which are there when a run of the page is done."""
        if said.HasField("new_session"):
            self._shown.clear()
        elif said.HasField("delta"):
            self._show(said.delta)
        elif (
            said.HasField("script_finished")
            and said.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
        ):  # and not a fragment
            self.states = {id: state for id, state in self.states.items() if id in self._shown}

    def _show(self, delta: Delta) -> None:
        if delta.HasField("new_transient"):  # a spinner, which is beside what stands there
            return
        part = getattr(delta, delta.WhichOneof("type") or "new_element")
        kind = part.WhichOneof("type") or ""
        shown = getattr(part, kind, None)
        id = getattr(shown, "id", "") or getattr(part, "id", "")
        self._shown.add(id)
        if kind in PUTS and (shown.set_value or id not in self.states):
            state = self.states[id] = WidgetState(id=id)
            PUTS[kind](state, shown)


def _one(state: WidgetState, shown: Any) -> None:
    if shown.set_value:
        chosen = shown.raw_value
    else:
        chosen = shown.options[shown.default] if shown.HasField("default") else None
    if chosen is not None:
        state.string_value = chosen


def _several(state: WidgetState, shown: Any) -> None:
    options = [getattr(option, "content", option) for option in shown.options]
    default = [options[place] for place in shown.default]
    state.string_array_value.data.extend(shown.raw_values if shown.set_value else default)


def _text(state: WidgetState, shown: Any) -> None:
    value = "value" if shown.set_value else "default"
    if shown.HasField(value):
        state.string_value = getattr(shown, value)


def _number(state: WidgetState, shown: Any) -> None:
    value = "value" if shown.set_value else "default"
    if not shown.HasField(value):
        return
    if shown.data_type == NumberInput.INT:
        state.int_value = int(getattr(shown, value))
    else:
        state.double_value = getattr(shown, value)


def _numbers(state: WidgetState, shown: Any) -> None:
    if shown.options:  # of a slider with words, its words are sent
        options = [shown.options[int(place)] for place in shown.default]
        state.string_array_value.data.extend(shown.raw_value if shown.set_value else options)
    else:
        state.double_array_value.data.extend(shown.value if shown.set_value else shown.default)


def _is_ticked(state: WidgetState, shown: Any) -> None:
    state.bool_value = shown.value if shown.set_value else shown.default


PUTS: dict[str, Put] = {
    "button_group": _several,
    "checkbox": _is_ticked,
    "multiselect": _several,
    "number_input": _number,
    "radio": _one,
    "selectbox": _one,
    "slider": _numbers,
    "text_area": _text,
    "text_input": _text,
}
