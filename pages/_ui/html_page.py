"""Pictures as one HTML page that needs no other file and asks no host."""

from __future__ import annotations

import html
from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.io import to_html
from plotly.offline import get_plotlyjs

# Its own scripts and styles, and nothing from anywhere; plotly draws many points by code that it makes.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; worker-src blob:"
)
STYLE = """
body { font-family: system-ui, sans-serif; margin: 2rem; color: #1d2433; background: #fff; }
main { display: flex; flex-wrap: wrap; gap: 1rem; }
section { flex: 1 1 28rem; min-width: 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1rem; }
dt { color: #5a6476; } dd { margin: 0; }
"""


def html_page(
    title: str,
    pictures: Sequence[tuple[str, go.Figure]],
    settings: Sequence[tuple[str, str]],
    *,
    language: str,
) -> bytes:
    """Return the page: each picture under its heading, and below them what decided them."""
    sections = "".join(
        f"<section><h2>{html.escape(heading)}</h2>{_picture(figure)}</section>"
        for heading, figure in pictures
    )
    facts = "".join(
        f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>" for name, value in settings
    )
    page = (
        f'<!doctype html><html lang="{html.escape(language)}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style>"
        f"<script>{get_plotlyjs()}</script></head><body><h1>{html.escape(title)}</h1>"
        f"<main>{sections}</main><dl>{facts}</dl></body></html>"
    )
    return page.encode()


def _picture(figure: go.Figure) -> str:
    plain = go.Figure(figure)
    plain.update_layout(template="plotly_white")
    return to_html(
        plain,
        full_html=False,
        include_plotlyjs=False,
        config={"displaylogo": False, "responsive": True},
    )
