"""The visitor without a browser (tests/load) sends of each field what a browser sends."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, WebSocket
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.e2e.server import running
from tests.load.fields import Fields

PAGE = """
import streamlit as st

words = ["one", "two", "three"]
st.session_state.setdefault("told", 0)
for told in (False, True):
    name = f"told {st.session_state.told}" if told else "begins"
    if told:
        chosen = words[st.session_state.told % 3]
        values = {
            "one": chosen, "several": [chosen], "pills": chosen, "radio": chosen, "text": chosen,
            "area": chosen, "ticked": True, "number": 3, "slider": 4, "between": (2, 5), "word": chosen,
        }
        if st.session_state.get("set for") != name:
            st.session_state["set for"] = name
            for key, value in values.items():
                st.session_state[f"{key} told"] = value
    key = lambda each: f"{each} told" if told else each
    st.selectbox("one", words, key=key("one"))
    st.selectbox("none", words, index=None, key=key("none"))
    st.multiselect("several", words, key=key("several"))
    st.pills("pills", words, key=key("pills"))
    st.segmented_control("control", words, default="two", required=True, key=key("control"))
    st.radio("radio", words, key=key("radio"))
    st.text_input("text", key=key("text"))
    st.text_area("area", key=key("area"))
    st.checkbox("ticked", key=key("ticked"))
    st.number_input("number", 0, 9, key=key("number"))
    st.number_input("no number", value=None, key=key("no number"))
    st.slider("slider", 0, 9, key=key("slider"))
    st.slider("between", 0, 9, (1, 8), key=key("between")) if not told else st.slider(
        "between", 0, 9, key=key("between")
    )
    st.select_slider("word", words, key=key("word"))
if st.session_state.told % 2:
    st.text_input("now and then")
with st.spinner("working"):
    pass
st.button("again", on_click=lambda: st.session_state.update(told=st.session_state.told + 1))
st.text(f"done {st.session_state.told}")
"""


def test_it_sends_what_a_browser_sends(browser: Browser, tmp_path: Path) -> None:
    script = tmp_path / "page.py"
    script.write_text(PAGE, encoding="utf-8")
    sent: list[BackMsg] = []
    fields = Fields()

    def take(data: str | bytes) -> None:
        fields.take(ForwardMsg.FromString(data if isinstance(data, bytes) else data.encode()))

    def listen(socket: WebSocket) -> None:
        socket.on("framesent", lambda data: sent.append(BackMsg.FromString(data)))
        socket.on("framereceived", take)

    with running(tmp_path / "server", str(script)) as server:
        context = browser.new_context()
        page = context.new_page()
        page.on("websocket", listen)
        page.goto(server.url)
        page.get_by_text("done 0", exact=True).wait_for()
        for told in range(3):
            expected, count = dict(fields.states), len(sent)
            page.get_by_role("button", name="again").click()
            page.get_by_text(f"done {told + 1}", exact=True).wait_for()
            found = {
                state.id: state
                for state in sent[count].rerun_script.widget_states.widgets
                if not state.trigger_value
            }
            assert found == expected
            assert len(found) == 28 + told % 2
        context.close()
