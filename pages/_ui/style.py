"""What the theme can't say of how pages look."""

from __future__ import annotations

from functools import cache

from core.settings import ROOT


@cache
def sheet() -> str:
    """Return the style sheet as an element; read at each rerun, it took a fiftieth of one."""
    text = (ROOT / "assets" / "style.css").read_text(encoding="utf-8")
    return f"<style>{text}</style>"
