"""What tests of the Compare page do with it, and read from it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd
from streamlit.testing.v1 import AppTest

import core.compare
from core.compare import CompareRequest, Comparison
from core.compare import experiment as experiments
from core.compare.experiment import Experiment
from core.encoding import Engine, Scope, VectorStore
from core.models.verdicts import Verdicts
from core.work import InlineExecutor
from pages._ui.keys import Key

SMALL = re.compile(r":small\[(.*)\]$", re.MULTILINE)


def own_engine(folder: Path) -> Engine:
    """Return an engine with stores of its own, over whatever models this process has."""
    stores = {scope: VectorStore(folder / f"expected-{scope}.sqlite") for scope in Scope}
    return Engine(InlineExecutor(), stores, Verdicts(folder / "expected-golden"))


def expected(request: CompareRequest, folder: Path) -> Comparison:
    """Ask core the same, with the same arithmetic models and stores of its own."""
    return core.compare.compare(request, own_engine(folder))


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def opened(app: AppTest, menu: str) -> AppTest:
    """Open a menu, which is drawn only then."""
    app.session_state[menu] = True
    app.run()
    assert not app.exception
    return app


def press_compare(app: AppTest) -> AppTest:
    return press(app, Key.COMPARE_RUN_BUTTON)


def enter(app: AppTest, queries: Sequence[str], documents: Sequence[str]) -> AppTest:
    app.text_area(key=Key.COMPARE_QUERIES).set_value("\n".join(queries))
    app.text_area(key=Key.COMPARE_DOCUMENTS).set_value("\n".join(documents))
    return app


def choose_models(app: AppTest, *names: str) -> AppTest:
    app.multiselect(key=Key.COMPARE_MODELS).set_value(list(names))
    return app


def result(app: AppTest) -> Comparison:
    return app.session_state[Key.COMPARE_RESULT]


def shown_texts(app: AppTest) -> list[str]:
    return [element.value for element in app.text]


def captions(app: AppTest) -> list[str]:
    """Return what stands in small print: captions, and second lines below a model's name."""
    small = (SMALL.findall(element.value) for element in app.markdown)
    return [*(element.value for element in app.caption), *chain.from_iterable(small)]


def charts(app: AppTest) -> list[dict[str, Any]]:
    """Return the drawn Plotly figures as plain values."""
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def rankings(app: AppTest) -> dict[str, list[tuple[int, float, int, str]]]:
    """Return (rank, score, number, document) of each row, by model."""
    tables = [frame.value for frame in app.dataframe if "rank" in frame.value.columns]
    return {
        found.model: [
            (row.rank, row.score, row.number, row.document) for row in ranked.itertuples()
        ]
        for found, ranked in zip(result(app).results, tables, strict=True)
    }


def shown_table(app: AppTest, column: str) -> pd.DataFrame:
    """Return the first table with this column."""
    return next(frame.value for frame in app.dataframe if column in frame.value.columns)


def has_table(app: AppTest, column: str) -> bool:
    return any(column in frame.value.columns for frame in app.dataframe)


def right_box(app: AppTest, query: int = 0) -> Any:
    return app.multiselect(key=f"{Key.COMPARE_RIGHT_BOX}_{query}")


def as_file(experiment: Experiment) -> bytes:
    """Return the experiment file of it."""
    return json.dumps(experiments.to_dict(experiment), ensure_ascii=False).encode()


def open_file(app: AppTest, content: bytes) -> AppTest:
    (uploader,) = opened(app, Key.COMPARE_FILE_MENU).get("file_uploader")
    uploader.upload("experiment.json", content, "application/json")
    app.run()
    assert not app.exception
    return app


def take_back(app: AppTest) -> AppTest:
    return press(app, Key.COMPARE_UNDO_BUTTON)
