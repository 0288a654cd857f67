"""The set and its vectors as files that other programs, and this one, read."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.sets import export
from pages._ui import words
from pages._ui.texts import t
from pages.explore.gathering.chosen import Embedded

Write = Callable[[Embedded], bytes]
FORMATS: dict[str, tuple[Write, str]] = {
    "csv": (lambda each: export.to_csv(each.text_set), "text/csv"),
    "jsonl": (lambda each: export.to_jsonl(each.text_set), "application/jsonl"),
    "parquet": (
        lambda each: export.to_parquet(each.text_set, vectors=each.vectors),
        "application/vnd.apache.parquet",
    ),
    "npz": (
        lambda each: export.to_npz(each.text_set, vectors=each.vectors),
        "application/octet-stream",
    ),
    "safetensors": (
        lambda each: export.to_safetensors(each.text_set, vectors=each.vectors),
        "application/octet-stream",
    ),
}


def draw(embedded: list[Embedded]) -> None:
    """Draw a row of buttons for each model."""
    st.caption(t("sets.export_about"))
    for each in embedded:
        st.markdown(f"**{words.plain(each.model)}**")
        with st.container(horizontal=True):
            for suffix, (write, mime) in FORMATS.items():
                st.download_button(
                    suffix.upper(),
                    lambda write=write, each=each: write(each),
                    file_name=f"{each.text_set.id[:24]}-{each.model}.{suffix}",
                    mime=mime,
                    icon=":material/download:",
                    key=f"export_{suffix}_{each.model}",
                    on_click="ignore",
                )
            for place, name in enumerate(("vectors.tsv", "metadata.tsv")):
                st.download_button(
                    name,
                    lambda place=place, each=each: export.to_projector(each.text_set, each.vectors)[
                        place
                    ],
                    file_name=name,
                    mime="text/tab-separated-values",
                    icon=":material/download:",
                    key=f"export_{name}_{each.model}",
                    on_click="ignore",
                    help=t("sets.projector_help"),
                )
