"""What colours the points of a panel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.sets import TextSet
from core.sets.clusters import NOISE, ClusterMethod, ClusterRequest, Clusters
from core.sets.neighbours import Metric, distances_from
from pages._ui import cached
from pages._ui.charts import Scale
from pages._ui.keys import Key
from pages._ui.texts import language, t
from pages.explore.gathering import chosen
from pages.explore.gathering.chosen import Embedded
from pages.explore.mapping import picked

# No columns' names: the share of neighbours that the picture keeps, groups found in the full space,
# and the distance in the full space from the one selected text.
KEPT, CLUSTERS, DISTANCE = "\0kept", "\0clusters", "\0distance"
LABELS = {KEPT: "map.colour_kept", CLUSTERS: "map.colour_clusters", DISTANCE: "map.colour_distance"}
MOST_COLOURS = 20
MOST_CLUSTERS = 8


@dataclass(frozen=True, kw_only=True)
class Colouring:
    """``categories`` have a name for each text, ``values`` (n_texts,) a number; or there is neither.

    ``named`` says what they are of these texts: as short as it can be, for it is looked at often.
    """

    named: tuple[object, ...] = ()
    categories: tuple[str, ...] | None = None
    values: np.ndarray | None = None
    scale: Scale | None = None


def draw(text_set: TextSet) -> None:
    """Draw the picker of what colours the points."""
    options = [*_columns(text_set), *LABELS]
    first = f"region_{language()}"
    if st.session_state.get(Key.MAP_COLOUR) not in options:
        st.session_state[Key.MAP_COLOUR] = first if first in options else options[0]
    st.selectbox(
        t("map.colour"),
        options,
        format_func=lambda name: (
            t(LABELS[name]) if name in LABELS else chosen.column_label(text_set, name)
        ),
        key=Key.MAP_COLOUR,
        help=t("map.colour_help"),
        persist_state="session",
    )


def of_column(text_set: TextSet) -> Colouring:
    """Return the colours that no model decides; none where the picker names something else."""
    name: str = st.session_state[Key.MAP_COLOUR]
    return Colouring(named=(name,), categories=text_set.columns.get(name))


def of_model(text_set: TextSet, embedded: Embedded, metric: Metric, kept: np.ndarray) -> Colouring:
    """Return a panel's colours; ``kept`` is the share of neighbours that the picture keeps.

    Raises what the compute lane raises.
    """
    picked_colour: str = st.session_state[Key.MAP_COLOUR]
    if picked_colour == KEPT:
        scale = Scale(name=t(LABELS[KEPT]), low=0, high=1, is_share=True)
        return Colouring(named=(KEPT, language(), kept), values=kept, scale=scale)
    if picked_colour == CLUSTERS:
        found = _clusters(embedded, metric)
        named = (CLUSTERS, found.labels, language())
        return Colouring(named=named, categories=_cluster_names(found))
    if picked_colour == DISTANCE:
        return _from_selected(embedded, metric)
    return of_column(text_set)


def _from_selected(embedded: Embedded, metric: Metric) -> Colouring:
    selected = picked.places()
    if len(selected) != 1 or selected[0] >= len(embedded.vectors):
        st.caption(t("map.pick_for_distance"))
        return Colouring()
    found = distances_from(embedded.vectors, selected[0], metric)
    scale = Scale(name=t(LABELS[DISTANCE]), low=float(found.min()), high=float(found.max()))
    return Colouring(named=(DISTANCE, language(), found), values=found, scale=scale)


def _clusters(embedded: Embedded, metric: Metric) -> Clusters:
    """Return the groups that the Sets page found last, else those of k-means."""
    kept = st.session_state.get(Key.SETS_CLUSTERS)
    if kept is not None and embedded.key in kept[1]:
        return kept[1][embedded.key][0]
    asked = ClusterRequest(
        method=ClusterMethod.K_MEANS,
        k=min(MOST_CLUSTERS, max(2, len(embedded.vectors) // 2)),
        metric=Metric.EUCLIDEAN if metric is Metric.DOT else metric,
    )
    built_in = embedded.text_set.is_built_in
    return cached.clusters(embedded.key, asked, embedded.vectors, built_in=built_in)


def _cluster_names(found: Clusters) -> tuple[str, ...]:
    """Return each text's group, the smallest ones together where they are too many for colours."""
    rest = t("map.cluster_rest")
    return tuple(
        rest if label == NOISE or label >= MOST_COLOURS - 1 else t("map.cluster", number=label + 1)
        for label in found.labels.tolist()
    )


def _columns(text_set: TextSet) -> list[str]:
    """Return the columns with few enough values to be told apart by colour and mark."""
    columns = text_set.columns.items()
    return [name for name, values in columns if 2 <= len(set(values)) <= MOST_COLOURS]
