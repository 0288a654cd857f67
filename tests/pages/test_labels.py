"""Names of points stand where none lies over another or over a mark."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages._ui import charts
from pages._ui.charts import labels
from pages._ui.charts.labels import EDGE, GAP, MARKER, POSITIONS, places
from tests.pages.study_pages import values

ROOM = {"width": 300.0, "height": 300.0}


def boxes(points: np.ndarray, texts: list[str], found: list[str]) -> list[tuple[float, ...]]:
    """Return (left, bottom, right, top) of each name that is drawn, at the size of ROOM."""
    extent = np.ptp(points, axis=0)
    scale = min((300 / size for size in extent if size > 0), default=1.0)
    drawn: list[tuple[float, ...]] = []
    for point, text, position in zip(points * scale, texts, found, strict=True):
        if not position:
            continue
        across, up = POSITIONS[position]
        width, height = labels.size_of(text)
        x = point[0] + across * (MARKER / 2 + GAP + width / 2)
        y = point[1] + up * (MARKER / 2 + GAP + height / 2)
        drawn.append((x - width / 2, y - height / 2, x + width / 2, y + height / 2))
    return drawn


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return (
        one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
    )  # fmt: skip


points = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=1, max_size=20).map(
    lambda pairs: np.array(pairs, dtype=np.float32)
)


@given(points=points, text=st.sampled_from(["Gifu", "Kagoshima", "神奈川県", ""]))
@settings(max_examples=60, deadline=None)
def test_no_name_lies_over_another_or_a_mark_or_beyond_the_sides(
    points: np.ndarray, text: str
) -> None:
    texts = [text] * len(points)
    found = places(points, texts, **ROOM)
    drawn = boxes(points.astype(float), texts, found)
    for i, one in enumerate(drawn):
        assert not any(overlap(one, other) for other in drawn[:i])
    extent = np.ptp(points.astype(float), axis=0)
    scale = min((300 / size for size in extent if size > 0), default=1.0)
    at = points.astype(float) * scale
    for one in drawn:
        assert one[0] >= at[:, 0].min() - EDGE - 1e-6
        assert one[2] <= at[:, 0].max() + EDGE + 1e-6
        for x, y in at:
            mark = (x - MARKER / 2, y - MARKER / 2, x + MARKER / 2, y + MARKER / 2)
            assert not overlap(one, mark)


def test_a_name_with_room_stands_over_its_mark() -> None:
    far_apart = np.array([[0, 0], [50, 60], [100, 0], [0, 100]], dtype=np.float32)
    assert places(far_apart, ["A", "B", "C", "D"], **ROOM) == ["top center"] * 4


def test_two_close_points_have_their_names_on_different_sides() -> None:
    close = np.array([[0, 0], [1, 0], [100, 100], [-100, 100]], dtype=np.float32)
    first, second, *_ = places(close, ["Toyama", "Ishikawa", "x", "y"], **ROOM)
    assert first
    assert second
    assert first != second


def test_in_a_heap_most_go_without_and_the_lonely_one_has_its_name() -> None:
    heap = np.vstack([np.random.default_rng(0).normal(0, 1, (40, 2)), [[300, 300]]])
    found = places(heap.astype(np.float32), ["Kagoshima"] * 41, **ROOM)
    assert found[-1]
    assert sum(map(bool, found)) < 15


@pytest.mark.parametrize("aspect", [0.1, 1.0, 10.0])
def test_any_aspect_and_a_single_place_are_drawn(aspect: float) -> None:
    one_place = np.zeros((1, 2), dtype=np.float32)
    assert places(one_place, ["A"], **ROOM, aspect=aspect) == ["top center"]
    assert places(np.zeros((3, 2), dtype=np.float32), ["A"] * 3, **ROOM, aspect=aspect)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_a_name_without_room_is_still_told_over_its_mark(dimensions: int) -> None:
    names = [f"Text {n}" for n in range(40)]
    figure = charts.points(
        points=np.random.default_rng(0).normal(0, 1, (40, dimensions)),
        ids=np.arange(40),
        labels=names,
        categories=None,
        values=None,
        selected=(),
        lines=(),
    )
    (trace,) = figure.data
    assert list(trace.hovertext) == names
    assert "%{hovertext}" in trace.hovertemplate
    written = [text for text in trace.text if text]
    assert set(written) <= set(names)
    assert len(written) == 40 if dimensions == 3 else 0 < len(written) < 40


def test_categories_have_a_colour_and_a_mark_each_and_a_legend_below_that_breaks() -> None:
    kinds = [f"Kind {n}" for n in range(12)]
    figure = charts.points(
        points=np.random.default_rng(0).normal(0, 1, (24, 2)),
        ids=np.arange(24),
        labels=(),
        categories=kinds * 2,
        values=None,
        selected=(),
        lines=(),
    )
    (trace,) = figure.to_dict()["data"]
    look, layout = trace["marker"], figure.to_dict()["layout"]
    assert values(look["color"]).tolist() == [*range(12)] * 2
    own = [colour for _, colour in look["colorscale"][::2]]
    assert len(set(zip(own, look["symbol"], strict=False))) == 12
    assert look["symbol"][:12] == look["symbol"][12:]
    (legend,) = layout["annotations"]
    lines = legend["text"].split("<br>")
    assert len(lines) > 1
    assert [kind for line in lines for kind in re.findall(r"</span> ([^\u2003]+)", line)] == kinds
    assert layout["margin"]["b"] >= len(lines) * labels.FONT_SIZE


def test_a_category_s_name_is_safe_in_the_legend() -> None:
    figure = charts.ground(
        places=np.array([[35.0, 135.0], [36.0, 136.0]]),
        labels=(),
        categories=["<b>$x$</b>", "plain"],
        selected=(),
    )
    (legend,) = figure.to_dict()["layout"]["annotations"]
    assert "&lt;b&gt;$\u200bx$" in legend["text"]


def test_scales_of_their_own_fill_the_chart_both_ways() -> None:
    """Parameters by powers of ten and scores from 70 to 71 are as far apart as the chart is large."""
    found = labels.placed([1.0, 2.0, 3.0], [70.0, 70.5, 71.0], ["a", "b", "c"])
    assert found == ["top center"] * 3
    assert labels.placed([1.0, 1.0], [70.0, 70.0], ["a", "b"]) != ["top center"] * 2
    assert labels.placed([], [], []) == []


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ('She said "go" & it\'s gone', 'She said "go" &amp; it\'s gone'),
        ("<b>", "&lt;b&gt;"),
        ("$x$ %{y}", "$\u200bx$\u200b %\u200b{y}"),
    ],
)
def test_a_text_is_read_in_a_chart_as_it_was_written(text: str, label: str) -> None:
    """Plotly decodes &amp;, &lt; and &gt;, and shows &quot; as these six signs."""
    assert charts.escaped(text) == label
