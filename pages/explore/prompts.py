"""The Prompts page: which prompt should go before which text?"""

from __future__ import annotations

import streamlit as st

from core.compare.prompt_study import PromptStudy, PromptStudyRequest, study_prompts
from core.compare.request import ModelFailure
from core.errors import ExplorerError
from pages._ui import cached, runs
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.explore.comparing import form as texts
from pages.explore.prompting import form, result, stored


def study(requests: tuple[PromptStudyRequest, ...]) -> None:
    """Study each model in turn; one that fails is told of beside the others."""

    def work(show: runs.Show) -> result.Studies:
        found: list[PromptStudy] = []
        failures: list[ModelFailure] = []
        for asked in requests:
            try:
                found.append(
                    study_prompts(
                        asked,
                        cached.engine(),
                        cached.compute(),
                        on_progress=runs.encoding(show, asked.model),
                    )
                )
            except ExplorerError as error:
                failures.append(ModelFailure(asked.model, error))
        return result.Studies(requests=requests, studies=tuple(found), failures=tuple(failures))

    runs.run(Key.PROMPTS_RESULT, Key.PROMPTS_ERROR, work)


texts.prepare()
form.prepare()
st.caption(t("prompts.about"))
texts.draw_texts()
form.draw()
asked = form.requests()
pressed = st.button(
    t("prompts.run"), key=Key.PROMPTS_RUN_BUTTON, type="primary", icon=":material/grid_on:"
)
form.write_link()
if pressed:
    problem = form.problem(asked)
    if problem:
        st.warning(problem, icon=":material/edit:")
    else:
        study(asked)
runs.show_error(Key.PROMPTS_ERROR)
result.draw(asked, st.session_state.get(Key.PROMPTS_RESULT))
stored.draw(st.session_state[Key.PROMPTS_MODELS])
