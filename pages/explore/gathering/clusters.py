"""Groups of like texts, with words that tell them apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.sets.clusters import (
    ClusterMethod,
    ClusterRequest,
    Clusters,
    agreement,
    cluster,
    labels_for,
)
from pages._ui import cached, runs, words
from pages._ui.keys import Key
from pages._ui.texts import t
from pages.explore.gathering.chosen import Embedded

SAMPLES = 3


def draw(embedded: list[Embedded]) -> None:
    """Draw the settings, the button, and each model's clusters."""
    asked = _request()
    wanted = (asked, tuple(each.key for each in embedded))
    if st.button(t("sets.find_clusters"), key="find_clusters", icon=":material/workspaces:"):

        def work(
            show: runs.Show,
        ) -> tuple[object, dict[str, tuple[Clusters, dict[int, list[str]]]]]:
            found: dict[str, tuple[Clusters, dict[int, list[str]]]] = {}
            for place, each in enumerate(embedded):
                show(place / len(embedded), t("sets.clustering", model=each.model))
                made = cached.compute().submit(cluster, each.vectors, asked).result()
                terms = cached.compute().submit(labels_for, each.text_set.texts, made.labels)
                found[each.key] = (made, terms.result())
            return wanted, found

        runs.run(Key.SETS_CLUSTERS, Key.SETS_ERROR, work)
    kept = st.session_state.get(Key.SETS_CLUSTERS)
    known = [each for each in embedded if kept is not None and each.key in kept[1]]
    if kept is None or not known:
        st.info(t("sets.clusters_empty"), icon=":material/workspaces:")
        return
    if kept[0] != wanted:
        runs.show_stale(t("sets.stale"))
    truth = _truth(embedded[0])
    for each in known:
        _one(each, *kept[1][each.key], truth)


def _request() -> ClusterRequest:
    state = st.session_state
    state.setdefault(Key.SETS_METHOD, ClusterMethod.HDBSCAN.value)
    state.setdefault(Key.SETS_CLUSTER_SIZE, 5)
    state.setdefault(Key.SETS_CLUSTER_COUNT, 8)
    method, size, count = st.columns(3, gap="small")
    with method:
        st.selectbox(
            t("sets.method"),
            [each.value for each in ClusterMethod],
            format_func=lambda each: t(f"cluster_method.{each}"),
            key=Key.SETS_METHOD,
            help=t("sets.method_help"),
        )
    hdbscan = state[Key.SETS_METHOD] == ClusterMethod.HDBSCAN
    with size:
        st.number_input(
            t("sets.cluster_size"), 2, 1000, key=Key.SETS_CLUSTER_SIZE, disabled=not hdbscan
        )
    with count:
        st.number_input(
            t("sets.cluster_count"), 2, 500, key=Key.SETS_CLUSTER_COUNT, disabled=hdbscan
        )
    return ClusterRequest(
        method=ClusterMethod(state[Key.SETS_METHOD]),
        k=state[Key.SETS_CLUSTER_COUNT],
        min_size=state[Key.SETS_CLUSTER_SIZE],
    )


def _truth(each: Embedded) -> str | None:
    columns = each.text_set.columns
    if not columns:
        return None
    return st.selectbox(
        t("sets.truth"),
        [None, *columns],
        format_func=lambda name: name or t("sets.no_truth"),
        key=Key.SETS_TRUTH,
        help=t("sets.truth_help"),
    )


def _one(each: Embedded, found: Clusters, terms: dict[int, list[str]], truth: str | None) -> None:
    st.markdown(f"**{words.plain(each.model)}**")
    noise = int((found.labels < 0).sum())
    count = len(set(found.labels.tolist()) - {-1})
    st.text(
        t("sets.clusters_found", count=count, noise=f"{noise:,}", total=f"{len(each.text_set):,}")
    )
    if truth is not None:
        v_measure, rand = (
            cached.compute().submit(agreement, found.labels, each.text_set.columns[truth]).result()
        )
        st.text(t("sets.agreement", column=truth, v=f"{v_measure:.3f}", rand=f"{rand:.3f}"))
    sizes = {label: int((found.labels == label).sum()) for label in terms}
    rows = []
    for label in sorted(sizes, key=lambda each_label: -sizes[each_label]):
        members = np.flatnonzero(found.labels == label)[:SAMPLES]
        samples = [words.for_table(each.text_set.texts[i])[:80] for i in members]
        rows.append((label + 1, sizes[label], " · ".join(terms[label]), " / ".join(samples)))
    names = ("cluster", "cluster_texts", "cluster_words", "cluster_samples")
    st.dataframe(
        pd.DataFrame(rows, columns=[t(f"sets.{name}") for name in names]),
        hide_index=True,
        key=f"clusters_{each.model}",
        alt=t("sets.clusters_alt"),
    )
