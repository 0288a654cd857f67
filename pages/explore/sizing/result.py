"""What a grid of dimensions and precisions gave."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.compare.dimension_study import DimensionRequest, DimensionStudy, Setting
from core.compare.export import csv_text
from core.compare.published import PublishedDimensions, published_dimensions
from pages._ui import cached, charts, downloads, pictures, runs, words
from pages._ui.keys import Key
from pages._ui.texts import language, t

DEFAULT_LOSS = 5  # percent of near neighbours
MILLION = 1_000_000


def draw(asked: DimensionRequest, found: DimensionStudy | None) -> None:
    """Draw the kept result, or what to do to get one."""
    if found is None:
        st.info(t("sizing.empty"), icon=":material/touch_app:")
        return
    if asked != found.request:
        runs.show_stale(t("sizing.stale"))
    st.header(t("sizing.heading", model=words.plain(found.request.model)), anchor=False)
    st.session_state.setdefault(Key.SIZING_LOSS, DEFAULT_LOSS)
    loss = st.slider(
        t("sizing.loss", k=found.k),
        0,
        50,
        key=Key.SIZING_LOSS,
        format="%d%%",
        help=t("sizing.loss_help"),
        persist_state="session",
    )
    best = found.smallest(loss / 100)
    st.text(_headline(found, best, loss))
    _chart(found, best, loss)
    figures = published_dimensions(found.request.model)
    grid, card = st.columns([3, 2], gap="medium") if figures else (st.container(), st.container())
    with grid:
        _grid(found, best)
    with card:
        if figures:
            _published(found, figures)
        else:
            st.text(t("sizing.no_published", model=found.request.model))
    _table(found)
    st.caption(_how(found))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        downloads.table(
            t("sizing.export"), lambda: _csv(found), file_name="dimensions.csv", key="export_sizing"
        )
        pictures.pick_format()


def _headline(found: DimensionStudy, best: Setting | None, loss: int) -> str:
    if best is None:
        return t("sizing.none_within", loss=loss)
    full = 4 * found.full_dimension
    text = t(
        "sizing.best",
        loss=loss,
        dimension=best.dimension,
        storage=t(f"storage.{best.storage}"),
        bytes=best.bytes,
        times=f"{full / best.bytes:.0f}",
        kept=f"{best.figures.overlap:.1%}",
    )
    return text if best.trained else _sentences(text, t("sizing.best_untrained"))


def _chart(found: DimensionStudy, best: Setting | None, loss: int) -> None:
    series = [
        (
            t(f"storage.{storage}"),
            [
                (s.bytes, s.figures.overlap, s.dimension, s.trained)
                for s in found.settings
                if s.storage is storage
            ],
        )
        for storage in found.request.storages
    ]
    figure = cached.figure(
        charts.trade_off,
        series=series,
        limit=(1 - loss / 100, t("sizing.limit", loss=loss)),
        names=(t("sizing.bytes"), t("sizing.overlap", k=found.k)),
    )
    st.plotly_chart(
        figure,
        config=charts.config(f"dimensions-{found.request.model}"),
        key="sizing_chart",
        alt=t("sizing.chart_alt", summary=_headline(found, best, loss)),
    )
    st.caption(t("sizing.chart"))


def _grid(found: DimensionStudy, best: Setting | None) -> None:
    dimensions = list(dict.fromkeys(s.dimension for s in found.settings))
    storages = found.request.storages
    by_place = {(s.dimension, s.storage): s for s in found.settings}
    cells = [[by_place[dimension, storage] for storage in storages] for dimension in dimensions]
    figure = cached.figure(
        charts.matrix,
        values=np.array([[cell.figures.overlap for cell in row] for row in cells]),
        texts=[
            [f"{cell.figures.overlap:.1%}{' ★' if cell is best else ''}" for cell in row]
            for row in cells
        ],
        rows=[_dimension_label(row[0]) for row in cells],
        columns=[t(f"storage.{storage}") for storage in storages],
        names=(t("compare.dimension"), t("sizing.storage")),
        hover=[
            [
                t("sizing.cell", bytes=cell.bytes, error=f"{cell.figures.score_error:.4f}")
                for cell in row
            ]
            for row in cells
        ],
    )
    st.plotly_chart(
        figure,
        config=charts.config(f"grid-{found.request.model}"),
        key="sizing_grid",
        alt=t("sizing.grid_alt"),
    )
    st.caption(t("sizing.grid", k=found.k))


def _dimension_label(setting: Setting) -> str:
    return str(setting.dimension) if setting.trained else f"{setting.dimension} ⚠"


def _published(found: DimensionStudy, figures: tuple[PublishedDimensions, ...]) -> None:
    st.markdown(f"**{t('sizing.published')}**", help=t("sizing.published_help"))
    measured = {
        s.dimension: s.figures.overlap for s in found.settings if s.storage.value == "float32"
    }
    dimensions = sorted({d for each in figures for d in each.by_dimension}, reverse=True)
    rows = [
        {
            t("compare.dimension"): str(dimension),
            **{each.benchmark: _kept(each, dimension) for each in figures},
            t("sizing.measured"): f"{measured[dimension]:.1%}" if dimension in measured else "–",
        }
        for dimension in dimensions
    ]
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, key="published_dimensions", alt=t("sizing.published")
    )
    weights = dict.fromkeys(name for each in figures for name in each.by_weights)
    rows = [
        {
            t("sizing.weights"): name,
            **{each.benchmark: each.by_weights.get(name) for each in figures},
        }
        for name in weights
    ]
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, key="published_weights", alt=t("sizing.weights")
    )
    st.caption(t("model.source", source=words.plain(figures[0].source)))


def _kept(figures: PublishedDimensions, dimension: int) -> str:
    """Return the published mean, and its share of that of the most dimensions."""
    mean = figures.by_dimension.get(dimension)
    if mean is None:
        return "–"
    full = figures.by_dimension[max(figures.by_dimension)]
    return f"{mean:.2f} ({mean / full:.1%})"


def _table(found: DimensionStudy) -> None:
    labelled = any(s.figures.quality is not None for s in found.settings)
    quality = t("sizing.spearman" if _has_pairs(found) else "answers.ndcg")
    rows = [
        {
            "dimension": _dimension_label(s),
            "storage": t(f"storage.{s.storage}"),
            "bytes": s.bytes,
            "million": words.size(s.bytes * MILLION),
            "overlap": s.figures.overlap,
            "error": s.figures.score_error,
            **({"quality": s.figures.quality} if labelled else {}),
        }
        for s in found.settings
    ]
    with st.expander(t("sizing.table"), icon=":material/table_rows:"):
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            key="sizing_table",
            alt=t("sizing.table"),
            column_config={
                "dimension": st.column_config.TextColumn(t("compare.dimension")),
                "storage": st.column_config.TextColumn(t("sizing.storage")),
                "bytes": st.column_config.NumberColumn(t("sizing.bytes")),
                "million": st.column_config.TextColumn(t("sizing.million")),
                "overlap": st.column_config.NumberColumn(
                    t("sizing.overlap", k=found.k), format="percent"
                ),
                "error": st.column_config.NumberColumn(t("sizing.error"), format="%.4f"),
                "quality": st.column_config.NumberColumn(quality, format="%.4f"),
            },
        )


def _has_pairs(found: DimensionStudy) -> bool:
    labels = found.request.labels
    return labels is not None and bool(labels.pairs)


def _how(found: DimensionStudy) -> str:
    parts = [
        t(
            "sizing.how",
            k=found.k,
            queries=f"{found.queries_used:,}",
            documents=f"{found.documents_used:,}",
        ),
        t("sizing.rescaled" if found.renormalised else "sizing.not_rescaled"),
        t("sizing.dtype", dtype=found.dtype),
    ]
    ranges = next((s.figures.ranges for s in found.settings if s.figures.ranges), None)
    if ranges is not None:
        parts.append(t("sizing.ranges", low=f"{ranges[0]:.3f}", high=f"{ranges[1]:.3f}"))
    return _sentences(*parts)


def _sentences(*sentences: str) -> str:
    # In Japanese a full stop is its own space.
    return ("" if language() == "ja" else " ").join(sentences)


def _csv(found: DimensionStudy) -> str:
    names = ("model", "dimension", "storage", "bytes", "overlap", "score_error", "quality")
    rows = (
        (
            found.request.model,
            s.dimension,
            s.storage.value,
            s.bytes,
            s.figures.overlap,
            s.figures.score_error,
            "" if s.figures.quality is None else s.figures.quality,
            s.trained,
            found.k,
            found.queries_used,
            found.documents_used,
        )
        for s in found.settings
    )
    return csv_text((*names, "trained", "neighbours", "queries", "documents"), rows)
