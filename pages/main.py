"""The frame of every page: language, navigation, title."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from core.errors import Busy  # noqa: E402
from pages._ui import cached, errors, guide, links, recorded, style  # noqa: E402
from pages._ui.keys import Key  # noqa: E402
from pages._ui.texts import LANGUAGES, language, settle, t  # noqa: E402

st.set_page_config(page_title="Umekomi", page_icon="📐", layout="wide")

st.html(style.sheet())
st.logo(str(ROOT / "assets" / "logo.svg"), size="medium")

links.read_once("main", {Key.LANGUAGE: links.one_of(LANGUAGES)})
st.session_state.setdefault(Key.LANGUAGE, language())
settle()

# By section, each page's name, which is also that of its file and in its address, and its icon.
PAGES = {
    "explore": {
        "compare": ":material/compare_arrows:",
        "prompts": ":material/short_text:",
        "probes": ":material/science:",
        "dimensions": ":material/straighten:",
        "sets": ":material/dataset:",
        "map": ":material/map:",
    },
    "measure": {
        "benchmarks": ":material/leaderboard:",
        "labelled": ":material/grading:",
        "speed": ":material/speed:",
    },
    "train": {
        "fine_tune": ":material/school:",
    },
    "models": {
        "models": ":material/deployed_code:",
        "keeps": ":material/lock:",
    },
}
FIRST = "compare"


def sections() -> dict[str, list[Page]]:
    """Return the pages by section. They stay as they are: each would look for its file every time."""
    made: dict[str, dict[str, list[Page]]] = st.session_state.setdefault(Key.PAGES, {})
    if language() not in made:
        made[language()] = {
            t(f"nav.{section}"): [
                st.Page(
                    f"{section}/{name}.py",
                    title=t(f"nav.{name}"),
                    icon=icon,
                    url_path=name,
                    default=name == FIRST,
                )
                for name, icon in pages.items()
            ]
            for section, pages in PAGES.items()
        }
    return made[language()]


def draw_head(title: str, name: str, welcomes: bool, is_seated: bool) -> None:
    """Draw the page's title, the choice of the language, and what a newcomer reads."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.title(title, anchor=False, width="content")
        st.segmented_control(
            t("frame.language"),
            list(LANGUAGES),
            format_func=LANGUAGES.__getitem__,
            key=Key.LANGUAGE,
            label_visibility="collapsed",
            required=True,
            persist_state="session",
        )
    if is_seated:
        guide.draw(name, welcomes=welcomes)


page = st.navigation(sections(), position="top")
name = page.url_path or FIRST
# Only the first page welcomes: who comes by a link to another one has come for that.
welcomes = not page.url_path and not guide.is_closed()
try:
    cached.take_seat()
    refused = None
except Busy as error:
    refused = error
is_seated = refused is None
shown = (name, welcomes, is_seated)
recorded.drawn(draw_head, page.title, *shown, key=shown)
if refused is not None:
    errors.show(refused)
    st.stop()
page.run()
cached.follow_the_first_run()
