"""A public instance among strangers: markup that never runs, and frames on other sites."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.e2e import server as servers
from tests.e2e.conftest import NewVisit
from tests.e2e.server import Server
from tests.e2e.test_studies import open_link
from tests.e2e.visit import Visit

CANARY = '<img src=x onerror="window.__canary=1"><script>window.__canary=1</script>'
# No slash, comma or quotation mark, for the names of files and columns.
NAME = "<img src=x onerror=window.__canary=1>$x^2$ [a](javascript:window.__canary=1)"
TEX = r"$\href{javascript:window.__canary=1}{x}$ \unicode{<img src=x onerror=window.__canary=1>}"
TEXTS = (
    CANARY,
    TEX,
    "[a](javascript:window.__canary=1) ![b](x) :red[r] <b>bold</b>",
    "<svg onload=window.__canary=1><a xlink:href='javascript:window.__canary=1'>x</a></svg>",
    "%{customdata}<extra></extra>{0}%s",
    "</script><script>window.__canary=1</script>",
    "<iframe srcdoc='<script>parent.__canary=1</script>'></iframe>",
    "&lt;img src=x onerror=window.__canary=1&gt;",
)
MADE = (
    "img[src='x'], img[src='b'], .katex, svg[onload], a[href^='javascript'], [onerror], "
    "iframe[srcdoc]"
)
PATIENCE = 120_000


@dataclass(frozen=True)
class Outside:
    """A site of somebody else's: its page shows the app in a frame."""

    url: str
    framed: list[str]


@contextmanager
def other_site() -> Iterator[Outside]:
    framed: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f"<title>Other</title><iframe src='{framed[0]}' width=1400 height=900></iframe>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        yield Outside(f"http://127.0.0.1:{site.server_port}", framed)
        site.shutdown()


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    with other_site() as site:
        yield site


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory, outside: Outside) -> Iterator[Server]:
    """A public instance that the other site may frame."""
    with servers.running(
        tmp_path_factory.mktemp("public"),
        UMEKOMI_PROFILE="public",
        UMEKOMI_FRAME_ANCESTORS=f"'self' {outside.url}",
    ) as running:
        yield running


def assert_nothing_ran(here: Visit) -> None:
    here.settle()
    assert here.page.evaluate("window.__canary === undefined")
    assert here.page.locator(MADE).count() == 0


def hostile_file() -> tuple[str, bytes]:
    rows = [f"{NAME}\tlabel {NAME}", *(f"{text}\t{NAME} {i % 2}" for i, text in enumerate(TEXTS))]
    return f"{NAME}.tsv".replace(":", "").replace("/", ""), "\n".join(rows).encode()


@pytest.mark.timeout(600)
@pytest.mark.slow
def test_a_set_full_of_markup_runs_nowhere(public: Server, visitor: NewVisit) -> None:
    here = visitor(public)
    open_link(here, "/sets?sets_models=char-ngrams")
    name, content = hostile_file()
    here.page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )
    expect(here.by_key("sets_use")).to_be_visible(timeout=PATIENCE)
    assert_nothing_ran(here)
    here.press("sets_use")
    here.press("sets_run")
    expect(here.page.get_by_role("tab").first).to_be_visible(timeout=PATIENCE)
    for tab in ("search", "duplicates", "clusters", "disputes", "long", "export"):
        here.hit(here.page.get_by_role("tab", name=here.texts[f"sets.tab_{tab}"]))
        assert_nothing_ran(here)


@pytest.mark.timeout(600)
@pytest.mark.slow
def test_a_map_of_markup_runs_neither_on_the_page_nor_in_what_is_saved(
    public: Server, visitor: NewVisit, tmp_path: Path
) -> None:
    here = visitor(public)
    open_link(here, "/sets?sets_models=char-ngrams&map_models=char-ngrams&method=pca")
    name, content = hostile_file()
    here.page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )
    here.press("sets_use")
    here.press("sets_run")
    expect(here.page.get_by_role("tab").first).to_be_visible(timeout=PATIENCE)
    here.go(here.texts["nav.explore"], here.texts["nav.map"])
    here.by_key("map_html").wait_for(timeout=PATIENCE)
    panel = here.page.locator("[class*=st-key-map_panel_] .js-plotly-plot").first
    expect(panel).to_be_visible(timeout=PATIENCE)
    assert_nothing_ran(here)
    # Several rows have one name: the first after "Select all".
    here.hit(here.one(here.by_key("map_search").get_by_role("combobox")))
    here.hit(here.page.get_by_role("option").nth(1))
    here.page.keyboard.press("Escape")
    assert_nothing_ran(here)
    panel.locator(".nsewdrag").first.hover()
    assert_nothing_ran(here)

    saved = tmp_path / "map.html"
    saved.write_bytes(here.download("map_html"))
    page = here.page.context.new_page()
    page.goto(saved.as_uri())
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    for panel in page.locator(".nsewdrag").all():  # each is there to be pointed at
        panel.hover()
    assert page.evaluate("window.__canary === undefined")
    assert page.locator(MADE).count() == 0


@pytest.mark.slow
def test_compared_markup_runs_neither_on_the_page_nor_in_what_is_saved(
    public: Server, visitor: NewVisit
) -> None:
    here = visitor(public).open("/?models=char-ngrams")
    here.enter(TEXTS[:3], TEXTS)
    here.compare()
    here.until(lambda: len(here.rankings()), 1)
    here.until_explained()
    assert_nothing_ran(here)
    for key in ("heatmap_char-ngrams", "unrelated_char-ngrams"):
        here.by_key(key).locator(".nsewdrag").first.hover(position={"x": 20, "y": 60})
        assert_nothing_ran(here)
    here.open_menu("share")
    assert_nothing_ran(here)
    # A browser that opens what was saved takes it for text: neither is a page.
    saved = here.download("export_csv").decode("utf-8-sig")
    assert '""window.__canary=1""' in saved
    assert not any(line.startswith(("=", "+", "-", "@")) for line in saved.splitlines())
    assert b"__canary" in here.download("export_json")


def frame_of(page: Page, site: Outside, server: Server, path: str = "/") -> FrameLocator:
    site.framed[:] = [server.url + path]
    page.goto(site.url)
    return page.frame_locator("iframe")


def test_another_site_can_not_show_the_app_in_a_frame(
    browser: Browser, server: Server, outside: Outside
) -> None:
    context = browser.new_context()
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda line: refused.append(line.text))
    shown = frame_of(page, outside, server)
    expect(shown.locator("[data-testid=stApp]")).to_have_count(0)
    page.wait_for_timeout(500)
    assert any("frame-ancestors" in line for line in refused)
    context.close()


def upload_in_frame(browser: Browser, server: Server, outside: Outside) -> None:
    context = browser.new_context(locale="en-US")
    page = context.new_page()
    shown = frame_of(page, outside, server, "/sets?sets_models=char-ngrams")
    expect(shown.get_by_role("heading", level=1)).to_be_visible(timeout=PATIENCE)
    file = {"name": "own.txt", "mimeType": "text/plain", "buffer": b"one line\nanother line\n"}
    shown.locator("input[type=file]").set_input_files(file)
    expect(shown.locator(".st-key-sets_use")).to_be_visible(timeout=PATIENCE)
    expect(shown.get_by_test_id("stMain")).to_contain_text("own.txt")
    context.close()


def test_the_site_that_the_operator_names_shows_it_uploads_included(
    browser: Browser, public: Server, outside: Outside
) -> None:
    upload_in_frame(browser, public, outside)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("nginx"), reason="needs nginx")
def test_several_servers_take_uploads_in_a_frame_each_time(
    browser: Browser, outside: Outside, tmp_path: Path
) -> None:
    """Here nginx has no cookie of its own, and one wrong server in two would be seen."""
    with servers.running(
        tmp_path / "several",
        processes=2,
        UMEKOMI_PROFILE="public",
        UMEKOMI_FRAME_ANCESTORS=f"'self' {outside.url}",
    ) as several:
        for _ in range(5):
            upload_in_frame(browser, several, outside)
