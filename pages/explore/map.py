"""The Map page: embeddings as a picture, beside the places that they stand for."""

from __future__ import annotations

import streamlit as st

from core.errors import ExplorerError
from pages._ui import cached, errors, runs
from pages._ui.texts import t
from pages.explore.gathering import chosen
from pages.explore.gathering.chosen import Embedded
from pages.explore.mapping import form, geography, keep, panels, picked

cached.warm_compute_lane()
form.prepare()
st.caption(t("map.about"))
form.draw()
form.write_link()
asked = form.projection()
text_set = chosen.text_set(form.source())
embedded: list[Embedded] = form.from_file()
with runs.progress() as show:
    for model in form.models():
        try:
            embedded.append(chosen.embed(form.source(), model, form.task(), form.precision(), show))
        except ExplorerError as error:
            errors.show(error, about=model)
if embedded:
    picked.draw(text_set)
    drawn = panels.draw(text_set, embedded, asked)
    ground = geography.draw(text_set, embedded, drawn.colours)
    keep.draw(drawn, ground, embedded, asked)
    picked.draw_table(text_set)
else:
    st.info(t("map.empty"), icon=":material/touch_app:")
