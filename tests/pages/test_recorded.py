"""A part of a page that is sent again is on the page as if it had been drawn again."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.testing.v1 import AppTest

from core.errors import ExplorerError
from pages._ui.keys import Key
from tests.pages.set_pages import select_points, select_rows


def page() -> None:
    import plotly.graph_objects as go
    import streamlit as st

    from core.errors import ExplorerError
    from pages._ui import recorded

    state = st.session_state
    state.setdefault("drawn", 0)

    def part(said: str) -> int:
        state.drawn += 1
        st.markdown(said)
        if state.pop("interrupts", False):
            st.rerun()
        if state.get("fails"):
            raise ExplorerError("It fails.", hint="")
        left, right = st.columns(2)
        left.plotly_chart(
            go.Figure(go.Scatter(x=[1, 2], y=[3, 4])),
            key="chart",
            on_select=lambda: state.update(selected=state.chart["selection"]["points"]),
        )
        right.dataframe(
            {"a": [1]},
            key="table",
            on_select=lambda: state.update(ticked=state.table["selection"]["rows"]),
        )
        with right:
            st.caption("beside")
        return len(said)

    if state.get("above"):
        st.text("above")
    place = st.container() if state.get("own place") else None
    if place is not None:
        place.code("before it")
    if state.get("away"):
        return
    try:
        state.value = recorded.drawn(
            part, state.get("said", "first"), key=state.get("said"), place=place
        )
    except ExplorerError as error:
        st.error(str(error))
    st.text("below")


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_function(page).run()


def shown(app: AppTest) -> list[tuple[str, Any]]:
    """Return all elements of the page in their order, each with what the browser is sent."""
    assert not app.exception
    return [(each.type, getattr(each, "proto", None)) for each in app.main][1:]  # within the main


def test_a_rerun_draws_nothing_again_and_shows_the_same(app: AppTest) -> None:
    before = shown(app)
    assert {"markdown", "plotly_chart", "caption", "text"} <= {name for name, _ in before}
    for _ in range(3):
        app.run()
    assert shown(app) == before
    assert app.session_state["drawn"] == 1
    assert app.session_state["value"] == len("first")


def test_a_selection_is_kept_through_reruns(app: AppTest) -> None:
    for _ in range(3):  # what is not registered in a run is forgotten after it
        app.run()
    select_points(app, "chart", 1)
    select_rows(app, "table", 0)
    for _ in range(2):
        assert [point["customdata"] for point in app.session_state["selected"]] == [1]
        assert app.session_state["ticked"] == [0]
        assert app.session_state["chart"]["selection"]["points"]
        app.run()
    assert app.session_state["drawn"] == 1


def test_a_chart_that_went_away_comes_back_with_a_selection(app: AppTest) -> None:
    app.session_state["away"] = True
    app.run()
    assert "chart" not in app.session_state
    app.session_state["away"] = False
    app.run()
    assert app.session_state["drawn"] == 1
    assert app.session_state["chart"]["selection"]["points"] == []


@pytest.mark.parametrize("change", [{"said": "second"}, {"lang": "ja"}, {"picture_format": "svg"}])
def test_what_is_drawn_otherwise_is_drawn_again(app: AppTest, change: dict[str, str]) -> None:
    for key, value in change.items():
        app.session_state[key] = value
    app.run()
    assert app.session_state["drawn"] == 2
    assert app.markdown[0].value == change.get("said", "first")
    app.run()
    assert app.session_state["drawn"] == 2


@pytest.mark.parametrize("change", ["above", "own place"])
def test_what_stands_elsewhere_is_drawn_again(app: AppTest, change: str) -> None:
    before = [kind for kind, _ in shown(app)]
    moved = {"above": ["text", *before], "own place": [before[0], "code", *before[1:]]}
    app.session_state[change] = True
    for _ in range(2):
        assert [kind for kind, _ in shown(app.run())] == moved[change]
        assert app.session_state["drawn"] == 2


def test_a_run_that_was_interrupted_leaves_no_half_of_it(app: AppTest) -> None:
    whole = [kind for kind, _ in shown(app)]
    app.session_state["said"], app.session_state["interrupts"] = "third", True
    for _ in range(2):
        assert [kind for kind, _ in shown(app.run())] == whole
        assert app.session_state["drawn"] == 3


def test_what_fails_is_drawn_again(app: AppTest) -> None:
    app.session_state["said"], app.session_state["fails"] = "third", True
    app.run()
    app.run()
    assert app.session_state["drawn"] == 3
    assert app.error[0].value == str(ExplorerError("It fails.", hint=""))
    app.session_state["fails"] = False
    assert app.run().session_state["drawn"] == 4
    assert not app.error
    assert app.run().session_state["drawn"] == 4


def nested() -> None:
    import streamlit as st

    from pages._ui import recorded

    def outer() -> None:
        st.text("before")
        recorded.drawn(st.text, "within", key="within")
        st.text("after")

    recorded.drawn(outer, key="outer")


def test_a_part_may_stand_in_another() -> None:
    app = AppTest.from_function(nested).run()
    for _ in range(2):
        assert [text.value for text in app.text] == ["before", "within", "after"]
        app.run()


def form() -> None:
    import streamlit as st

    from pages._ui import boxes, recorded
    from pages._ui.keys import Key

    state = st.session_state
    state.setdefault("drawn", 0)
    state.setdefault("colour", "blue")

    def part() -> bool:
        state.drawn += 1
        st.text_input("Name", key="name", persist_state="session")
        st.selectbox("Colour", ["green", "red", "blue"], key="colour", persist_state="session")
        st.multiselect("Sizes", [1, 2, 3], key="sizes", on_change=lambda: state.update(sized=True))
        st.number_input("Only shown", key="off", disabled=bool(state.get("off as well")))
        box = boxes.folded("More", Key.MAP_MORE, ":material/tune:")
        if box.open:
            box.text("within")
        return st.button("Go", key="go")

    if not state.get("away"):
        state.went = recorded.drawn(part, key="form")
    st.button("Red", key="red", on_click=lambda: state.update(colour="red"))


@pytest.fixture
def filled() -> AppTest:
    """A form that was drawn, and then sent again."""
    found = AppTest.from_function(form).run()
    for _ in range(4):
        found.run()
    assert found.session_state["drawn"] <= 3  # once more for the values that it was first told
    found.session_state["drawn"] = 0
    assert found.run().session_state["drawn"] == 0
    return found


def test_a_form_is_sent_again_with_all_that_its_user_has_chosen(filled: AppTest) -> None:
    filled.text_input(key="name").set_value("Umeko").run()
    filled.multiselect(key="sizes").set_value([2, 3]).run()
    assert filled.session_state["drawn"] == 2
    before = shown(filled)
    for _ in range(3):
        filled.run()
    assert shown(filled) == before
    assert filled.session_state["drawn"] == 2
    kept = {key: filled.session_state[key] for key in ("name", "colour", "sizes", "sized")}
    assert kept == {"name": "Umeko", "colour": "blue", "sizes": [2, 3], "sized": True}


def test_a_field_is_told_once_what_was_set_for_it(filled: AppTest) -> None:
    def told() -> tuple[bool, str]:
        proto = filled.selectbox(key="colour").proto
        return proto.set_value, proto.raw_value

    assert told() == (False, "")
    filled.button(key="red").click().run()
    assert told() == (True, "red")
    for _ in range(2):  # its user may have changed it meanwhile
        filled.run()
        assert told() == (False, "")
        assert filled.session_state["colour"] == "red"


def test_a_form_that_went_away_comes_back_as_it_was(filled: AppTest) -> None:
    filled.selectbox(key="colour").set_value("red").run()
    filled.session_state["away"] = True
    for _ in range(2):
        filled.run()
    assert not filled.selectbox
    filled.session_state["away"] = False
    filled.run()
    proto = filled.selectbox(key="colour").proto
    assert (proto.set_value, proto.raw_value) == (True, "red")  # a browser has forgotten it
    assert filled.run().session_state["colour"] == "red"


def test_a_browser_that_knows_nothing_of_its_fields_is_told_them(
    filled: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(filled._tree), "get_widget_states", lambda _: WidgetStates())
    for _ in range(2):
        proto = filled.run().selectbox(key="colour").proto
        assert (proto.set_value, proto.raw_value) == (True, "blue")


def test_a_button_in_a_form_is_pressed_once(filled: AppTest) -> None:
    filled.button(key="go").click().run()
    assert filled.session_state["went"]
    for _ in range(2):
        assert not filled.run().session_state["went"]


def test_a_box_in_a_form_shows_what_is_in_it(filled: AppTest) -> None:
    filled.session_state[Key.MAP_MORE] = True
    for _ in range(3):
        assert [text.value for text in filled.run().text] == ["within"]
    filled.session_state[Key.MAP_MORE] = False
    assert not filled.run().text


def test_what_is_sent_for_a_field_that_is_off_counts_for_nothing(filled: AppTest) -> None:
    filled.session_state["off as well"] = True
    filled.text_input(key="name").set_value("Umeko").run()
    assert filled.number_input(key="off").disabled
    for _ in range(2):
        filled.number_input(key="off")._value = 7.0  # forged: no browser lets it be typed
        filled.run()
        assert filled.session_state["off"] == 0.0
