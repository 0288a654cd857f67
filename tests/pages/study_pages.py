"""What tests of Prompts, Probes and Dimensions share: models that seem to be here, charts, files."""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.models import ModelCard, Origin, added_models, files, loading
from core.models.card import Loader
from pages._ui.texts import table
from tests.pages.compare_page import charts
from tests.pages.conftest import LetterCounts


def make_here(
    monkeypatch: pytest.MonkeyPatch, folder: Path, stored: Mapping[str, Mapping[str, str]]
) -> None:
    """Have these hub models on this machine, each with these prompts in its configuration."""
    for name, prompts in stored.items():
        place = folder / name
        place.mkdir(parents=True)
        config = json.dumps({"prompts": prompts}, ensure_ascii=False)
        (place / "config_sentence_transformers.json").write_text(config, encoding="utf-8")

    def found(card: ModelCard) -> Path | None:
        return folder / card.name if card.name in stored else None

    monkeypatch.setitem(files.FINDERS, Origin.HUB, found)


def add_own_model(monkeypatch: pytest.MonkeyPatch, folder: Path) -> str:
    """Add a folder of the user's own, whose model counts letters too; return its name."""
    monkeypatch.setitem(
        loading.LOADERS, Loader.SENTENCE_TRANSFORMERS, lambda _: (LetterCounts(32, "abc"), None)
    )
    folder.mkdir()
    (folder / "config.json").write_text("{}", encoding="utf-8")
    return added_models().add_folder(folder).name


def values(encoded: Any) -> np.ndarray:
    """Return the numbers of a figure, which Plotly writes as bytes in base64 where they are many."""
    if isinstance(encoded, dict):
        numbers = np.frombuffer(base64.b64decode(encoded["bdata"]), dtype=encoded["dtype"])
        shape = [int(n) for n in str(encoded.get("shape", len(numbers))).split(",")]
        return numbers.reshape(shape)
    return np.array(encoded)


def matrices(app: AppTest) -> list[dict[str, Any]]:
    """Return the traces of the charts that are matrices."""
    return [chart["data"][0] for chart in charts(app) if chart["data"][0]["type"] == "heatmap"]


def upload(app: AppTest, key: str, content: bytes) -> AppTest:
    app.file_uploader(key=key).set_value(("table.csv", content, "text/csv")).run()
    assert not app.exception
    return app


def rows_of(saved: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(saved.decode("utf-8-sig"), newline="")))


def away_and_back(app: AppTest, page: str) -> AppTest:
    for visited in ("models/models.py", page):
        app.switch_page(visited).run()
        assert not app.exception
    return app


def bad_table(lang: str, row: int, column: str, problem: str) -> str:
    """Return what a page says of a bad cell; of a whole file, its English names only the value."""
    texts = table(lang)
    if lang == "ja":
        word = texts[f"word.{problem}"]
        return texts["error.BadTable.message"].format(row=row, column=column or "–", problem=word)
    if problem == "too_large":
        return " MB can be read."
    if problem == "not_utf8":
        return f"Row {row}: byte "
    return f"Row {row}, column {column}: {texts[f'word.{problem}']}."
