"""The prompts that models document, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.models import find
from core.models.files import stored_prompts
from core.models.prompts import documented, to_tsv
from pages._ui.texts import t

ABSENT = "–"


def draw(models: Sequence[str]) -> None:
    """Draw a row for each name of a prompt and a column for each model."""
    st.header(t("prompts.stored"), anchor=False, help=t("prompts.stored_help"))
    found = {name: documented(find(name), stored_prompts(find(name))) for name in models}
    if not any(found.values()):
        st.text(t("prompts.none_stored"))
        return
    texts = {name: {p.name: p.text for p in prompts} for name, prompts in found.items()}
    names = dict.fromkeys(prompt for by_name in texts.values() for prompt in by_name)
    rows = [[by_name.get(prompt, ABSENT) for by_name in texts.values()] for prompt in names]
    columns: dict[str, Sequence[str]] = {t("model.prompt_name"): list(names)}
    for place, model in enumerate(texts):
        columns[model] = [row[place].replace("\n", "\\n") for row in rows]
    if len(texts) > 1:
        columns[t("prompts.same")] = ["✓" if len(set(row)) == 1 else "≠" for row in rows]
    st.dataframe(
        pd.DataFrame(columns), hide_index=True, key="stored_prompts", alt=t("prompts.stored")
    )
    with st.container(horizontal=True):
        for model, prompts in found.items():
            if prompts:
                st.download_button(
                    t("prompts.tsv", model=model),
                    to_tsv(prompts),
                    file_name=f"prompts.{model}.tsv",
                    mime="text/tab-separated-values",
                    icon=":material/table:",
                    key=f"tsv_{model}",
                    on_click="ignore",
                )
