"""The interface's words: one table per language, in the files of texts/en and texts/ja."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from threading import local
from typing import Any

import streamlit as st

from core.errors import ExplorerError, Word
from pages._ui.keys import Key

LANGUAGES: dict[str, str] = {"en": "English", "ja": "日本語"}
FOLDER = Path(__file__).parent / "texts"

_run = local()  # each run of a page has a thread to itself


@cache
def table(language: str) -> Mapping[str, str]:
    """Return every text of a language by its dotted key."""
    whole: dict[str, str] = {}
    for path in sorted((FOLDER / language).glob("*.toml")):
        texts = dict(_flatten("", tomllib.loads(path.read_text(encoding="utf-8"))))
        if twice := whole.keys() & texts.keys():
            raise ValueError(f"{path.name} has texts again that another file has: {sorted(twice)}")
        whole |= texts
    return whole


def settle() -> None:
    """Look the language up for the rest of this run, in which a page asks for it a hundred times."""
    _run.language = _asked()


def language() -> str:
    """Return the session's language: the chosen one, else the browser's, else English."""
    return getattr(_run, "language", None) or _asked()


def t(key: str, **values: object) -> str:
    """Return the text in the session's language, its ``{places}`` filled."""
    text = table(language())[key]
    return text.format(**values) if values else text


def error_text(error: ExplorerError) -> tuple[str, str]:
    """Return message and hint in the session's language, English where there is no other."""
    texts = table(language())
    name = type(error).__name__
    values = {key: _word(value) for key, value in error.values.items()}
    try:
        message = texts[f"error.{name}.message"].format(**values)
        return message, texts[f"error.{name}.hint"].format(**values)
    except KeyError:
        return error.message, error.hint


def _asked() -> str:
    chosen = st.session_state.get(Key.LANGUAGE)
    if chosen in LANGUAGES:
        return chosen
    locale = st.context.locale or ""
    return locale[:2] if locale[:2] in LANGUAGES else "en"


def _word(value: object) -> object:
    """Return a part of a message as the page says it; a dash where there is none."""
    if isinstance(value, Word):
        return t(f"word.{value.name.lower()}")
    return "–" if value == "" else value


def _flatten(prefix: str, node: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in node.items():
        if isinstance(value, str):
            yield prefix + name, value
        else:
            yield from _flatten(f"{prefix}{name}.", value)
