"""What makes a view shareable, kept in the URL.

Streamlit's own ``bind="query-params"`` writes an option's *label* into the URL, so that a link made
in Japanese would not open in English; here the language-free value is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from pages._ui.keys import Key

DECIMAL = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?")
# From the values of a URL parameter to the value of its key; None: not one we know.
Reader = Callable[[list[str]], Any | None]


def read_once(page: str, readers: Mapping[Key, Reader]) -> None:
    """Take what the URL says into the session's state, the first time the page is opened.

    The values are a stranger's: each reader returns None for what it doesn't know.
    """
    pages_read: set[str] = st.session_state.setdefault(Key.LINKS_READ, set())
    if page in pages_read:
        return
    pages_read.add(page)
    for key, reader in readers.items():
        if key in st.query_params:
            value = reader(st.query_params.get_all(key))
            if value is not None:
                st.session_state[key] = value


def fill(page: str, readers: Mapping[Key, Reader], defaults: Mapping[Key, Any]) -> None:
    """Fill a page's form on the first visit: from the URL, else with the defaults."""
    read_once(page, readers)
    for key, value in defaults.items():
        st.session_state.setdefault(key, value)


def write(defaults: Mapping[Key, Any]) -> None:
    """Write the language, and the values that differ from their defaults, into the URL."""
    wanted = params(defaults)
    if wanted != _current():
        st.query_params.from_dict(wanted)


def params(defaults: Mapping[Key, Any]) -> dict[str, str | list[str]]:
    """Return the language, and the values of the session that differ from their defaults."""
    found: dict[str, str | list[str]] = {}
    for key, default in {Key.LANGUAGE: None, **defaults}.items():
        value = st.session_state.get(key, default)
        if value is None or value == default:
            continue
        texts = [str(each) for each in value] if isinstance(value, list) else [str(value)]
        if texts:  # a URL has no empty list, and a list of one is a value in it
            found[key.value] = texts if len(texts) > 1 else texts[0]
    return found


def address(params: Mapping[str, str | list[str]]) -> str:
    """Return the whole address of this page with these parameters."""
    query = urlencode(params, doseq=True)
    return f"{st.context.url}?{query}" if query else str(st.context.url)


def one_of(known: Mapping[str, Any] | tuple[str, ...]) -> Reader:
    """Read one known value."""
    return lambda values: values[-1] if values[-1] in known else None


def some_of(known: tuple[str, ...], most: int) -> Reader:
    """Read the known ones among the values, each once and no more than ``most``."""
    return lambda values: [v for v in dict.fromkeys(values) if v in known][:most] or None


def whole_number(least: int, most: int) -> Reader:
    """Read a number within bounds."""

    def read(values: list[str]) -> int | None:
        text = values[-1]
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else None
        return number if number is not None and least <= number <= most else None

    return read


def number(least: float, most: float) -> Reader:
    """Read a decimal number within bounds."""

    def read(values: list[str]) -> float | None:
        found = float(values[-1]) if DECIMAL.fullmatch(values[-1]) else None
        return found if found is not None and least <= found <= most else None

    return read


def _current() -> dict[str, str | list[str]]:
    found: dict[str, str | list[str]] = {}
    for name in st.query_params:
        values = st.query_params.get_all(name)
        found[name] = values if len(values) > 1 else values[0]
    return found
