"""The page Your data: models on a user's own labelled texts."""

from __future__ import annotations

import streamlit as st

from pages._ui import profile
from pages._ui.texts import t
from pages.measure.labelling import form, result, running

st.caption(t("labelled.about"))
if not profile.is_local():
    st.info(t("labelled.not_here"), icon=":material/lock:")
else:
    running.draw(form.draw())
    result.draw()
