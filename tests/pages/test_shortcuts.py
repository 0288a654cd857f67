"""Where Streamlit is made to do a thing once, pages and sessions are as without it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
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
