"""The frame of every page: language, navigation, title."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from pages._ui import cached, links  # noqa: E402
from pages._ui.keys import Key  # noqa: E402
from pages._ui.texts import LANGUAGES, language, t  # noqa: E402

st.set_page_config(page_title="Umekomi", page_icon="📐", layout="wide")

st.logo(str(ROOT / "assets" / "logo.svg"), size="medium")

links.read_once("main", {Key.LANGUAGE: links.one_of(LANGUAGES)})
st.session_state.setdefault(Key.LANGUAGE, language())

page = st.navigation(
    {
        t("nav.explore"): [
            st.Page(
                "explore/compare.py",
                title=t("nav.compare"),
                icon=":material/compare_arrows:",
                url_path="compare",
                default=True,
            ),
            st.Page(
                "explore/prompts.py",
                title=t("nav.prompts"),
                icon=":material/short_text:",
                url_path="prompts",
            ),
            st.Page(
                "explore/probes.py",
                title=t("nav.probes"),
                icon=":material/science:",
                url_path="probes",
            ),
            st.Page(
                "explore/dimensions.py",
                title=t("nav.dimensions"),
                icon=":material/straighten:",
                url_path="dimensions",
            ),
            st.Page(
                "explore/sets.py",
                title=t("nav.sets"),
                icon=":material/dataset:",
                url_path="sets",
            ),
            st.Page(
                "explore/map.py",
                title=t("nav.map"),
                icon=":material/map:",
                url_path="map",
            ),
        ],
        t("nav.models"): [
            st.Page(
                "models/models.py",
                title=t("nav.models"),
                icon=":material/deployed_code:",
                url_path="models",
            ),
        ],
    },
    position="top",
)
with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
    st.title(page.title, anchor=False, width="content")
    st.segmented_control(
        t("frame.language"),
        list(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        key=Key.LANGUAGE,
        label_visibility="collapsed",
        required=True,
        persist_state="session",
    )
page.run()
cached.warm_models_lane()
