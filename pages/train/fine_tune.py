"""The Fine-tune page: teach a model, and see what it gained and what it forgot."""

from __future__ import annotations

import streamlit as st

from core.training.job import KIND
from pages._ui import job_progress, profile
from pages._ui.texts import t
from pages.train.teaching import form, result, running

st.caption(t("tune.about"))
if not profile.is_local():
    st.info(t("tune.not_here"), icon=":material/lock:")
else:
    latest = job_progress.latest(KIND)
    if latest is not None and latest.state.active:
        running.draw(latest.id)
    else:
        form.draw()
        if latest is not None:
            result.draw(latest)
