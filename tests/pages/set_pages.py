"""What tests of Sets and Map share: sets of the user's own, their vectors, selections in charts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from core.encoding import EncodeRequest, Prompted, Scope
from core.models import PromptChoice, Side, Task, find, resolve
from core.models.files import stored_prompts
from core.sets.decoding.child import decode
from core.sets.decoding.source import Source
from core.sets.user_file import Limits, ReadFile
from pages._ui.keys import Key
from pages._ui.texts import table
from tests.pages.compare_page import own_engine, press

SETS = "explore/sets.py"
MAP = "explore/map.py"


def encoded(
    model: str, texts: Sequence[str], folder: Path, *, task: Task, side: Side = Side.DOCUMENT
) -> np.ndarray:
    """Ask core for the vectors, with a store of its own."""
    card = find(model)
    choice = PromptChoice(task=task)
    prompt = resolve(card, choice, side, stored=stored_prompts(card)).render()
    inputs = tuple(Prompted(prompt, text) for text in texts)
    request = EncodeRequest(model=model, inputs=inputs, scope=Scope.SESSION)
    return own_engine(folder).encode(request).vectors


def decode_here(name: str, data: bytes | memoryview, limits: Limits) -> ReadFile:
    """Decode a file in this process, which takes a tenth of the time that a child's start does."""
    decoded, zero_vectors = decode(Source(name=name, data=memoryview(data), limits=limits))
    return ReadFile(
        name=name,
        kind=decoded.kind,
        columns={column: tuple(cells) for column, cells in decoded.columns.items()},
        vectors=decoded.vectors,
        encoding=decoded.encoding,
        delimiter=decoded.delimiter,
        rows=decoded.rows,
        zero_vectors=zero_vectors,
    )


def upload_files(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    """Choose these files in the uploader, in place of what was there."""
    chosen = [(name, content, "application/octet-stream") for name, content in files]
    app.file_uploader(key=Key.SETS_FILE).set_value(chosen).run()
    assert not app.exception
    return app


def use_set(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    """Upload and take the columns as they are guessed."""
    return press(upload_files(app, *files), Key.SETS_USE_BUTTON)


def source_box(app: AppTest) -> Selectbox:
    """Return the picker of the set on the Sets page."""
    return app.selectbox(key=f"{Key.SETS_PICKER}_{app.session_state[Key.SETS_PICKER_NUMBER]}")


def csv_of(*rows: Sequence[str]) -> bytes:
    """Return rows of cells that need no quotes."""
    return "\n".join(",".join(row) for row in rows).encode()


def open_tab(app: AppTest, name: str) -> AppTest:
    """Open one of the tabs of the Sets page."""
    app.session_state[Key.SETS_TABS] = table(app.session_state[Key.LANGUAGE])[f"sets.tab_{name}"]
    app.run()
    assert not app.exception
    return app


def go(app: AppTest, page: str) -> AppTest:
    app.switch_page(page).run()
    assert not app.exception
    return app


def select_points(app: AppTest, key: str, *ids: int) -> AppTest:
    """Draw a lasso around these points of a chart; AppTest has no element for charts."""
    (chart,) = (each for each in app.get("plotly_chart") if each.key == key)
    points = [{"customdata": each} for each in ids]
    selection = {"points": points, "point_indices": [], "box": [], "lasso": []}
    return send(app, chart.proto.id, json.dumps({"selection": selection}))


def select_rows(app: AppTest, key: str, *rows: int) -> AppTest:
    """Tick rows of a table whose rows can be selected."""
    (frame,) = (each for each in app.dataframe if each.key == key)
    selection = {"rows": list(rows), "columns": [], "cells": []}
    return send(app, frame.proto.id, json.dumps({"selection": selection}))


def send(app: AppTest, widget: str, value: str) -> AppTest:
    """Run with what a browser sends for a widget."""
    states = app._tree.get_widget_states()
    kept = [each for each in states.widgets if each.id != widget]
    del states.widgets[:]
    states.widgets.extend([*kept, WidgetState(id=widget, string_value=value)])
    app._run(states)
    assert not app.exception
    return app
