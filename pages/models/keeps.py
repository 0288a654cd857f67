"""What this app keeps of what a visitor enters, in plain words."""

from __future__ import annotations

import streamlit as st

from core.settings import settings
from pages._ui import profile
from pages._ui.texts import t

QUESTIONS = ("texts", "files", "vectors", "links", "logs", "others")

st.caption(t("keeps.about"))
local = profile.is_local()
st.markdown(t("keeps.local" if local else "keeps.public"))
for question in QUESTIONS:
    st.header(t(f"keeps.{question}"), anchor=False)
    st.markdown(t(f"keeps.{question}_answer"))
if local:
    st.header(t("keeps.jobs"), anchor=False)
    st.markdown(t("keeps.jobs_answer"))
    st.text(str(settings().data_dir))
