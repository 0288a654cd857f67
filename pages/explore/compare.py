"""The Compare page: which document does each model put first?"""

from __future__ import annotations

import streamlit as st

from core.compare import CompareRequest, compare
from core.errors import ExplorerError
from pages._ui import cached, errors
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.explore.comparing import form, result


def run(asked: CompareRequest) -> None:
    """Compare, showing how far it is, and keep the result for every later rerun."""
    place = st.container(key="progress")
    with place:
        bar = st.progress(0.0, text=t("compare.waiting"))
        st.button(t("compare.cancel"), key=Key.COMPARE_CANCEL_BUTTON)

    def show_progress(model: str, done: int, total: int) -> None:
        bar.progress(done / total, text=t("compare.encoding", model=model, done=done, total=total))

    st.session_state.pop(Key.COMPARE_ERROR, None)
    try:
        st.session_state[Key.COMPARE_RESULT] = compare(
            asked, cached.engine(), on_progress=show_progress
        )
    except ExplorerError as error:
        st.session_state[Key.COMPARE_ERROR] = error


form.prepare()
st.caption(t("compare.about"))
form.draw()
asked = form.request()
missing = form.problems(asked)
place = st.empty()
with place.container():
    pressed = st.button(
        t("compare.run"),
        key=Key.COMPARE_RUN_BUTTON,
        type="primary",
        icon=":material/compare_arrows:",
    )
form.write_link()

working = st.empty()
if pressed:
    for problem in missing:
        st.warning(problem, icon=":material/edit:")
    if not missing:
        with working.container():
            run(asked)
        working.empty()

if Key.COMPARE_ERROR in st.session_state:
    errors.show(st.session_state[Key.COMPARE_ERROR])
result.draw(asked, st.session_state.get(Key.COMPARE_RESULT))
