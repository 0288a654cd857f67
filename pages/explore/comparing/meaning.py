"""What the scores mean: their percentiles among unrelated texts, computed after the result is up."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.compare import Comparison, ModelScores
from core.compare.background import Kind
from core.compare.calibration import Calibration
from core.compare.explain import Explanation, explain, is_quick
from core.compare.reading import Concern
from pages._ui import cached, charts, errors, words
from pages._ui.keys import Key
from pages._ui.texts import t

CONCERN_ICONS = {
    Concern.CUT: ":material/content_cut:",
    Concern.UNREADABLE: ":material/visibility_off:",
    Concern.LANGUAGE: ":material/translate:",
}
MOST_MARKED = 12


def explanation(comparison: Comparison) -> Explanation | None:
    """Return what is known about the comparison by now."""
    return next((each for each in _kept() if each.comparison is comparison), None)


def complete_at_once(comparison: Comparison) -> None:
    """Compute it before the result is up where that takes no time: the page is drawn once then."""
    engine, earlier = cached.engine(), _kept()
    if is_quick(comparison, engine, earlier=earlier):
        _keep(explain(comparison, engine, earlier=earlier))


def complete(comparison: Comparison) -> None:
    """Compute what is not known yet, below the result that is up, and show all of it again."""
    known = explanation(comparison)
    if known is not None and not known.failures:
        return
    if known is not None or st.session_state.get(Key.COMPARE_UNEXPLAINED) is comparison:
        st.button(
            t("meaning.compute"),
            icon=":material/percent:",
            key=Key.COMPARE_EXPLAIN_BUTTON,
            on_click=_again,
            args=(comparison,),
        )
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, text=t("meaning.waiting"))
        st.button(
            t("compare.cancel"),
            key=Key.COMPARE_EXPLAIN_CANCEL,
            on_click=lambda: st.session_state.update({Key.COMPARE_UNEXPLAINED: comparison}),
        )

    def show_progress(model: str, done: int, total: int) -> None:
        bar.progress(
            done / total,
            text=t("meaning.encoding", model=model, done=f"{done:,}", total=f"{total:,}"),
        )

    _keep(explain(comparison, cached.engine(), earlier=_kept(), on_progress=show_progress))
    st.rerun()


def _kept() -> list[Explanation]:
    return st.session_state.get(Key.COMPARE_EXPLANATIONS, [])


def _keep(found: Explanation) -> None:
    # Those of comparisons that the history has let go are let go too.
    kept = [entry.comparison for entry in st.session_state.get(Key.COMPARE_HISTORY, [])]
    st.session_state[Key.COMPARE_EXPLANATIONS] = [
        found,
        *(each for each in _kept() if any(each.comparison is one for one in kept)),
    ]


def _again(comparison: Comparison) -> None:
    """Have the explanation computed, or what failed of it tried anew."""
    state = st.session_state
    state.pop(Key.COMPARE_UNEXPLAINED, None)
    state[Key.COMPARE_EXPLANATIONS] = [o for o in _kept() if o.comparison is not comparison]


def draw_concerns(found: Explanation) -> None:
    """Warn of texts that a model can't read, or reads in part."""
    for failure in found.failures:
        errors.show(failure.error, about=failure.model)
    for model, reading in found.readings.items():
        told = [
            f"{CONCERN_ICONS[concern]} {t(f'concern.{concern}', count=count, limit=reading.limit)}"
            for concern, count in reading.concerns.items()
        ]
        if told:
            st.warning("  \n".join([f"**{words.plain(model)}**", *told]))


def draw(comparison: Comparison, found: Explanation, query: int) -> None:
    """Draw each model's scores for the query before those of unrelated texts."""
    shown = [result for result in comparison.results if result.model in found.calibrations]
    if not shown:
        return
    st.header(t("meaning.heading"), anchor=False, help=t("meaning.help"))
    columns = st.columns(min(len(shown), 3), gap="small")
    for i, result in enumerate(shown):
        with columns[i % len(columns)]:
            _panel(comparison, result, found.calibrations[result.model], query)
    st.caption(t("meaning.about"))


def _panel(
    comparison: Comparison, result: ModelScores, calibration: Calibration, query: int
) -> None:
    pair = _usual_kinds(calibration, query)
    name = f"**{words.plain(result.model)}**"
    if pair is None:
        st.markdown(f"{name}  \n:small[{t('meaning.none')}]")
        return
    unrelated = calibration.unrelated[pair]
    # Documents of another length or language have another background than the one that is drawn.
    fitting = [d for d in result.order[query] if calibration.document_kinds[d] == pair[1]]
    best = np.array(fitting[:MOST_MARKED])
    figure = cached.figure(
        charts.before_unrelated,
        scores=result.scores[query, best],
        numbers=(best + 1).tolist(),
        labels=[comparison.request.documents[d].text for d in best],
        percentiles=calibration.percentiles[query, best],
        unrelated=unrelated,
        names=(t("result.score"), t("meaning.percentile")),
    )
    low, middle, high = np.percentile(unrelated, [5, 50, 95])
    summary = t(
        "meaning.summary",
        low=f"{low:.3f}",
        middle=f"{middle:.3f}",
        high=f"{high:.3f}",
        pairs=f"{len(unrelated):,}",
    )
    others = len(comparison.request.documents) - len(fitting)
    told = f"{summary} {t('meaning.others', count=others)}" if others else summary
    st.markdown(f"{name}  \n:small[{told}]")
    st.plotly_chart(
        figure,
        config=charts.config(f"unrelated-{result.model}"),
        key=f"unrelated_{result.model}",
        alt=t("meaning.alt", model=result.model, summary=summary),
    )


def _usual_kinds(calibration: Calibration, query: int) -> tuple[Kind, Kind] | None:
    """Return the kinds of the query and of most of its documents that can be held against any."""
    kind = calibration.query_kinds[query]
    if kind is None:
        return None
    pairs = [(kind, other) for other in calibration.document_kinds if other is not None]
    return max(dict.fromkeys(pairs), key=pairs.count) if pairs else None
