"""What a browser sends of a field that it shows, before anybody has touched it and after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from streamlit.proto.Element_pb2 import Element
from streamlit.proto.NumberInput_pb2 import NumberInput
from streamlit.proto.WidgetStates_pb2 import WidgetState

Put = Callable[[WidgetState, Any], None]


def show(element: Element, states: dict[str, WidgetState]) -> None:
    """Have the states hold the field's own: what the server tells, else what it begins with."""
    kind = element.WhichOneof("type") or ""
    if kind not in PUTS:
        return
    shown = getattr(element, kind)
    if shown.set_value or shown.id not in states:
        state = states[shown.id] = WidgetState(id=shown.id)
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
