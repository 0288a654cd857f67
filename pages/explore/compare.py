"""The Compare page: which document does each model put first?"""

from __future__ import annotations

import streamlit as st

from core.compare import CompareRequest, compare
from core.errors import ExplorerError
from pages._ui import cached, errors, runs
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.explore.comparing import form, history, keep, meaning, result


def run(asked: CompareRequest) -> None:
    """Compare, showing how far it is, and keep the result for every later rerun."""
    place = st.container(key="progress")
    with place:
        bar = st.progress(0.0, text=t("compare.waiting"))
        st.button(t("compare.cancel"), key=Key.COMPARE_CANCEL_BUTTON)

    def show_progress(model: str, done: int, total: int) -> None:
        runs.encoding(bar.progress, model)(done, total)

    st.session_state.pop(Key.COMPARE_ERROR, None)
    try:
        comparison = compare(asked, cached.engine(), on_progress=show_progress)
    except ExplorerError as error:
        st.session_state[Key.COMPARE_ERROR] = error
        return
    st.session_state[Key.COMPARE_RESULT] = comparison
    st.session_state.pop(Key.COMPARE_BESIDE, None)
    if comparison.results:
        history.remember(comparison)
        meaning.complete_at_once(comparison)


form.prepare()
st.caption(t("compare.about"))
keep.draw_problems()
form.draw()
asked = form.request()
missing = form.problems(asked)
actions = st.container(horizontal=True)
with actions:
    pressed = st.button(
        t("compare.run"),
        key=Key.COMPARE_RUN_BUTTON,
        type="primary",
        icon=":material/compare_arrows:",
    )
form.write_link()

below = st.empty()
if pressed and missing:
    with below.container():
        for problem in missing:
            st.warning(problem, icon=":material/edit:")
elif pressed:
    with below.container():
        run(asked)
    below.empty()
with actions:  # here, because a comparison that was just made is in the history
    keep.draw()
    history.draw()

if Key.COMPARE_ERROR in st.session_state:
    with below.container():
        errors.show(st.session_state[Key.COMPARE_ERROR])
if not history.draw_beside():
    result.draw(asked, st.session_state.get(Key.COMPARE_RESULT))
