"""The Sets page: a user's own texts, searched, cleaned, grouped and questioned."""

from __future__ import annotations

import streamlit as st

from pages._ui import runs
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.explore.gathering import (
    chosen,
    clusters,
    disputes,
    duplicates,
    form,
    long_texts,
    search,
    take_out,
    upload,
)

TABS = {
    "search": search.draw,
    "duplicates": duplicates.draw,
    "clusters": clusters.draw,
    "disputes": disputes.draw,
    "long": long_texts.draw,
    "export": take_out.draw,
}


def run() -> None:
    """Encode the set with each model, one after another."""

    def work(show: runs.Show) -> bool:
        for model in form.models():
            chosen.embed(form.source(), model, form.task(), form.precision(), show)
        return True

    runs.run(Key.SETS_DONE, Key.SETS_ERROR, work)


form.prepare()
st.caption(t("sets.about"))
form.draw_source()
upload.draw()
form.draw_models()
pressed = False
if not chosen.brings_vectors(form.source()) or form.models():
    pressed = st.button(
        t("sets.run"), key=Key.SETS_RUN_BUTTON, type="primary", icon=":material/bolt:"
    )
form.write_link()
if pressed:
    run()
told = st.container()  # filled last: what a tab's button starts may fail too
embedded = form.embedded()
if not embedded:
    st.info(t("sets.empty"), icon=":material/touch_app:")
else:
    form.draw_facts(embedded)
    tabs = st.tabs([t(f"sets.tab_{name}") for name in TABS], key=Key.SETS_TABS, on_change="rerun")
    for tab, draw in zip(tabs, TABS.values(), strict=True):
        if tab.open:
            with tab:
                draw(embedded)
with told:
    runs.show_error(Key.SETS_ERROR)
