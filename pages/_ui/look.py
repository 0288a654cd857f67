"""The app's own style and logo, read once: Streamlit reads a file again at each rerun."""

from __future__ import annotations

import base64
from functools import cache

from core.settings import ASSETS


@cache
def style() -> str:
    """Return what Streamlit's theme can't say, as HTML."""
    return f"<style>{(ASSETS / 'style.css').read_text(encoding='utf-8')}</style>"


@cache
def logo() -> str:
    """Return the logo as a URL that holds it."""
    drawing = (ASSETS / "logo.svg").read_bytes()
    return f"data:image/svg+xml;base64,{base64.b64encode(drawing).decode()}"
