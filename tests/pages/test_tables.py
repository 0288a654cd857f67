"""What a table or a chart is sent as."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.io import to_json
from streamlit.dataframe_util import (
    convert_anything_to_arrow_bytes,
    convert_arrow_bytes_to_pandas_df,
)
from streamlit.testing.v1 import AppTest

from pages._ui import charts, tables

COLUMNS = {
    "rank": np.array([1, 2, 3]),
    "score": np.array([0.5, np.nan, -1.0]),
    "share": [0.1, None, 0.3],
    "document": ["Mars", "", "火星 <b>"],
}


def test_a_table_is_sent_with_the_values_that_pandas_would_send() -> None:
    sent, expected = (
        convert_arrow_bytes_to_pandas_df(convert_anything_to_arrow_bytes(made))
        for made in (tables.arrow(COLUMNS), pd.DataFrame(COLUMNS))
    )
    pd.testing.assert_frame_equal(sent, expected)


def test_nan_is_a_missing_value() -> None:
    assert tables.arrow(COLUMNS)["score"].null_count == 1


def test_a_table_may_have_no_rows() -> None:
    assert tables.arrow({"a": [], "b": []}).shape == (0, 2)


def page() -> None:
    import numpy as np
    import streamlit as st

    from pages._ui import cached, charts

    scores, names = np.eye(2, dtype=np.float32), ["one", "other"]
    figure = cached.figure(
        charts.heatmap, scores=scores, queries=names, documents=names, names=("q", "d")
    )
    st.plotly_chart(figure, key="chart")


def test_a_chart_is_sent_as_it_was_drawn_at_every_rerun() -> None:
    names = ["one", "other"]
    drawn = charts.heatmap(
        scores=np.eye(2, dtype=np.float32), queries=names, documents=names, names=("q", "d")
    )
    app = AppTest.from_function(page).run()
    for _ in range(2):
        (chart,) = app.get("plotly_chart")
        assert chart.proto.spec == to_json(charts.sendable(drawn), validate=False)
        app.run()


def test_a_chart_is_sent_without_what_is_said_of_other_kinds_of_charts() -> None:
    trace = {"type": "scatter", "x": [1], "y": [2]}
    look = {"scatter": [{"type": "scatter", "opacity": 0.5}], "table": [{"type": "table"}]}
    scales = {"colorscale": {"sequential": [[0, "#000011"], [1, "#000012"]]}}
    template = {"data": look, "layout": {"colorway": ["#000001"], **scales}}
    figure = go.Figure([trace], {"template": template, "height": 162})
    sent, whole = charts.sendable(figure), figure.to_dict()
    kept = whole["layout"].pop("template")
    del kept["data"]["table"], kept["layout"]["colorscale"]
    assert sent["layout"].pop("template") == kept
    assert sent == whole


def test_a_chart_that_is_kept_can_be_had_whole_again_and_shares_its_look() -> None:
    def drawn(y: float) -> go.Figure:
        return go.Figure(go.Scatter(x=["a"], y=np.array([y], dtype=np.float32)))

    one, other = (charts.Sent(drawn(y)) for y in (1, 2))
    assert one.to_dict() == charts.sendable(drawn(1))
    assert one.whole().to_dict()["data"] == drawn(1).to_dict()["data"]
    assert one.whole().layout.template.layout.colorway == drawn(1).layout.template.layout.colorway
    assert one.to_dict()["layout"]["template"] is other.to_dict()["layout"]["template"]
    bars = charts.Sent(go.Figure(go.Bar(x=["a"], y=[1])))
    assert "scatter" not in bars.to_dict()["layout"]["template"]["data"]
