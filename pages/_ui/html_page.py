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
MOST_COLUMNS = 3
STYLE = """
body { font-family: system-ui, sans-serif; margin: 2rem; color: #1d2433; background: #fff; }
main { display: grid; grid-template-columns: repeat(var(--columns), minmax(0, 1fr)); gap: 1rem; }
section { min-width: 0; }
@media (max-width: 60rem) { main { grid-template-columns: minmax(0, 1fr); } }
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
    # Said beforehand: a picture is drawn as soon as it is read, when the page has no more of them,
    # and would keep the width of one that stands alone.
    columns = MOST_COLUMNS if len(pictures) % MOST_COLUMNS == 0 else min(len(pictures), 2)
    page = (
        f'<!doctype html><html lang="{html.escape(language)}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style>"
        f"<script>{get_plotlyjs()}</script></head><body><h1>{html.escape(title)}</h1>"
        f'<main style="--columns: {columns}">{sections}</main><dl>{facts}</dl></body></html>'
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
