"""The Dimensions page: how small can the vectors be?"""

from __future__ import annotations

import streamlit as st

from core.compare.dimension_study import DimensionRequest, DimensionStudy, study_dimensions
from pages._ui import cached, runs
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.explore.sizing import form, result


def study(asked: DimensionRequest) -> None:
    """Measure the grid, showing how far it is."""

    def work(show: runs.Show) -> DimensionStudy:
        def on_progress(step: str, done: int, total: int) -> None:
            if step == "texts":
                runs.encoding(show, asked.model)(done, total)
            else:
                show(done / total, t("sizing.measuring", done=done, total=total))

        return study_dimensions(asked, cached.engine(), on_progress=on_progress)

    runs.run(Key.SIZING_RESULT, Key.SIZING_ERROR, work)


form.prepare()
st.caption(t("sizing.about"))
form.draw()
asked = form.request()
pressed = st.button(
    t("sizing.run"), key=Key.SIZING_RUN_BUTTON, type="primary", icon=":material/straighten:"
)
form.write_link()
if pressed:
    problem = form.problem()
    if problem:
        st.warning(problem, icon=":material/edit:")
    else:
        study(asked)
runs.show_error(Key.SIZING_ERROR)
result.draw(asked, st.session_state.get(Key.SIZING_RESULT))
