"""The pictures to take along."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import streamlit as st

from core.maps.projection import IGNORED, ProjectionRequest
from pages._ui import pictures
from pages._ui.html_page import html_page
from pages._ui.keys import Key
from pages._ui.texts import language, t
from pages.explore.gathering import chosen
from pages.explore.gathering.chosen import Embedded
from pages.explore.mapping import form
from pages.explore.mapping.panels import Drawn
from pages.explore.mapping.standing import Plot


@dataclass(kw_only=True)
class Shown:
    """What is on the page now: a slider draws the pictures anew, and a file must have those.

    ``beyond`` is what the rest of the page was drawn for (form.beyond_pictures).
    """

    drawn: Drawn = field(default_factory=Drawn)
    facts: tuple[tuple[str, str], ...] = ()
    ground: Plot | None = None
    beyond: tuple[object, ...] | None = None


def draw(shown: Shown) -> None:
    """Draw how the camera saves a chart, and the button that saves all of them as a page."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        pictures.pick_format()
        # Read here: what makes the file has no session.
        title, lang = chosen.label(form.source()), language()

        def page() -> bytes:
            beside = [shown.ground] if shown.ground is not None else []
            plots = [*shown.drawn.plots, *beside]
            figures = [(plot.title, plot.alone()) for plot in plots]
            return html_page(title, figures, shown.facts, language=lang)

        st.download_button(
            t("map.html"),
            page,
            file_name="map.html",
            mime="text/html",
            icon=":material/html:",
            key=Key.MAP_HTML,
            help=t("map.html_help"),
            on_click="ignore",
        )


def facts(embedded: list[Embedded], asked: ProjectionRequest) -> tuple[tuple[str, str], ...]:
    """Return the settings that a file of the pictures names."""
    return tuple(_settings(embedded, asked))


def _settings(embedded: list[Embedded], asked: ProjectionRequest) -> Iterator[tuple[str, str]]:
    yield t("map.set"), chosen.label(form.source())
    for each in embedded:
        prompt = f' · "{each.prompt}"' if each.prompt else ""
        dimension = t(
            "sets.fact", model=each.model, dimension=each.vectors.shape[1], dtype=each.dtype
        )
        yield t("result.model"), dimension + prompt
    yield t("map.method"), f"{t(f'map.method_{asked.method}')}, {asked.components}-D"
    yield t("map.metric"), t(f"map.metric_{asked.metric}")
    numbers = {"neighbours": asked.neighbours, "min_dist": asked.min_dist, "seed": asked.seed}
    for name, value in numbers.items():
        if name not in IGNORED[asked.method]:
            yield t(f"map.{name}"), str(value)
    yield t("map.made"), f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC · Umekomi"
