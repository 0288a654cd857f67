"""The Map page: embeddings as a picture, beside the places that they stand for."""

from __future__ import annotations

import streamlit as st

from core.errors import ExplorerError
from core.sets import TextSet
from pages._ui import cached, errors, runs
from pages._ui.texts import t
from pages.explore.gathering import chosen
from pages.explore.gathering.chosen import Embedded
from pages.explore.mapping import form, geography, keep, panels, picked
from pages.explore.mapping.keep import Shown


@st.fragment
def pictures(text_set: TextSet, embedded: list[Embedded], shown: Shown) -> None:
    """Draw the settings and the panels; a slider redraws these and nothing else of the page."""
    asked = form.projection()
    at_once = panels.at_once(embedded, asked)
    form.draw_picture()
    form.write_link()
    if shown.beyond is not None and shown.beyond != form.beyond_pictures():
        st.rerun()
    shown.beyond = form.beyond_pictures()
    picked.draw(text_set)
    shown.drawn = panels.draw(text_set, embedded, asked, at_once)
    shown.facts = keep.facts(embedded, asked)
    panels.foresee_next(embedded, asked)


cached.warm_compute_lane()
form.prepare()
st.caption(t("map.about"))
form.draw_set()
source, task, precision = form.source(), form.task(), form.precision()
text_set = chosen.text_set(source)
embedded: list[Embedded] = form.from_file()
with runs.progress() as show:
    for model in form.models():
        try:
            embedded.append(chosen.embed(source, model, task, precision, show))
        except ExplorerError as error:
            errors.show(error, about=model)
if embedded:
    shown = Shown()
    pictures(text_set, embedded, shown)
    shown.ground = geography.draw(text_set, embedded, shown.drawn.colours)
    keep.draw(shown)
    picked.draw_table(text_set)
else:
    form.draw_picture()
    form.write_link()
    st.info(t("map.empty"), icon=":material/touch_app:")
