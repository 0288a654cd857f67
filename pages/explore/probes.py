"""The Probes page: what can a model not tell apart?"""

from __future__ import annotations

import streamlit as st

from core.compare.probing import ProbeRequest, ProbeResult, run_probes
from core.errors import ExplorerError
from pages._ui import cached, errors, runs
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.explore.probing import form, result


def run(asked: ProbeRequest) -> None:
    """Run the probes, showing how far they are."""

    def work(show: runs.Show) -> ProbeResult:
        return run_probes(
            asked,
            cached.engine(),
            cached.compute(),
            on_progress=lambda model, done, total: runs.encoding(show, model)(done, total),
        )

    runs.run(Key.PROBES_RESULT, Key.PROBES_ERROR, work)


form.prepare()
st.caption(t("probes.about"))
form.draw()
asked: ProbeRequest | None = None
wrong: ExplorerError | None = None
try:
    asked = form.request()
except ExplorerError as error:  # in the user's own items, which may be half typed
    wrong = error
pressed = st.button(
    t("probes.run"), key=Key.PROBES_RUN_BUTTON, type="primary", icon=":material/science:"
)
form.write_link()
if pressed and wrong is not None:
    errors.show(wrong)
elif pressed and asked is not None:
    if not asked.models:
        st.warning(t("compare.no_model"), icon=":material/edit:")
    elif not asked.packs:
        st.warning(t("probes.no_pack"), icon=":material/edit:")
    else:
        run(asked)
runs.show_error(Key.PROBES_ERROR)
result.draw(asked, st.session_state.get(Key.PROBES_RESULT))
