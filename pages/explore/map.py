"""The Map page: embeddings as a picture, beside the places that they stand for."""

from __future__ import annotations

import streamlit as st

from core.errors import ExplorerError
from pages._ui import cached, errors
from pages._ui.texts import t
from pages.explore.mapping import form, geography, panels, picked
from pages.explore.mapping.embedded import Embedded, embed

cached.warm_compute_lane()
form.prepare()
st.caption(t("map.about"))
form.draw()
form.write_link()
asked = form.projection()
text_set = form.text_set()
embedded: list[Embedded] = []
place = st.empty()
for model in form.models():
    try:
        with place.container():
            embedded.append(embed(text_set, model, place))
    except ExplorerError as error:
        errors.show(error, about=model)
place.empty()
if embedded:
    picked.draw(text_set)
    panels.draw(text_set, embedded, asked)
    geography.draw(text_set, embedded)
    picked.draw_table(text_set)
else:
    st.info(t("map.empty"), icon=":material/touch_app:")
