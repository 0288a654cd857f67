"""A part of a page that is sent again is on the page as if it had been drawn again."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import ExplorerError
from tests.pages.set_pages import select_points, select_rows


def page() -> None:
    import plotly.graph_objects as go
    import streamlit as st

    from core.errors import ExplorerError
    from pages._ui import cached

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
    try:
        state.value = cached.drawn(
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

    from pages._ui import cached

    def outer() -> None:
        st.text("before")
        cached.drawn(st.text, "within", key="within")
        st.text("after")

    cached.drawn(outer, key="outer")


def test_a_part_may_stand_in_another() -> None:
    app = AppTest.from_function(nested).run()
    for _ in range(2):
        assert [text.value for text in app.text] == ["before", "within", "after"]
        app.run()
