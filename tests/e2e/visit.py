"""A visitor's page: what is done on it, what is read from it, and everything it asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Locator, Page, expect
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from pages._ui.texts import table
from tests.e2e.server import Server

PRESSES = 3
PRESS_SECONDS = 20.0  # until the server says that it runs
PATIENCE_SECONDS = 60.0  # for what may include starting a worker and loading a model
TITLE_CELL = (90, 52)  # of the table of documents, first row, from its corner
TICK_X = 18  # of the column with the ticks of a table whose rows can be selected
ROW_HEIGHT = 35
# Streamlit's protobuf tries WebAssembly for 64-bit numbers and does without when it may not.
WASM_TRIAL = "script-src: wasm-eval"

WATCH = """
window.__violations = [];
window.__changes = 0;  // of whether a script runs, and what the server sends: a run may be too
// short for the page to show it.
window.WebSocket = class extends WebSocket {
    constructor(...asked) {
        super(...asked);
        this.addEventListener("message", () => { window.__changes += 1; });
    }
};
new MutationObserver(seen => { window.__changes += seen.length; }).observe(document, {
    subtree: true, attributes: true, attributeFilter: ["data-test-script-state"],
});
window.__under = {};  // the mouse when it was last pressed, and released
for (const kind of ["pointerdown", "pointerup"])
    document.addEventListener(kind, event => { window.__under[kind] = event.target; }, true);
document.addEventListener("securitypolicyviolation", event =>
    window.__violations.push(`${event.violatedDirective}: ${event.blockedURI}`));
"""
# What has gone since has been hit: a menu closes, a button is drawn anew.
MISSED = """
wanted => wanted.length > 0 && Object.values(window.__under).some(
    under => under.isConnected && !wanted.some(element => element.contains(under)))
"""
READ_TABLES = """
frames => frames.map(frame => {
    const texts = selector => [...frame.querySelectorAll(selector)].map(cell => cell.textContent);
    const rows = [...frame.querySelectorAll("tbody tr")];
    return {
        columns: texts("thead th"),
        length: Number(frame.querySelector("table")?.getAttribute("aria-rowcount") ?? 1) - 1,
        rows: rows.map(row => [...row.querySelectorAll("td")].map(cell => cell.textContent)),
    };
})
"""
SCROLL_AND_WAIT = """
element => {
    element.scrollIntoView({block: "center", behavior: "instant"});
    return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
}
"""
SET_VALUE = """
(area, text) => {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(area, text);
    area.dispatchEvent(new Event("input", {bubbles: true}));
}
"""
READ_CHART = """
chart => (chart._fullData || []).map(trace => ({
    name: trace.name, mode: trace.mode, y: Array.from(trace.y || []), labels: trace.customdata,
    z: trace.z ? trace.z.map(row => Array.from(row)) : null,
}))
"""

Ranking = list[tuple[int, float, int, str]]  # rank, score, document's number, text


@dataclass
class Visit:
    """One visitor's tab."""

    server: Server
    page: Page
    lang: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def texts(self) -> Any:
        return table(self.lang)

    # What the visitor does

    def open(self, path: str = "/") -> Visit:
        self.page.goto(self.server.url + path)
        expect(self.page.get_by_role("heading", level=1)).to_be_visible()
        self.settle()
        return self

    def enter(self, queries: Sequence[str], documents: Sequence[str]) -> None:
        self.one(self.queries).fill("\n".join(queries))
        self.one(self.documents).fill("\n".join(documents))

    def paste(self, queries: Sequence[str], documents: Sequence[str]) -> None:
        """Enter long texts at once; Playwright's `fill` takes seconds for thousands of lines."""
        for area, lines in ((self.queries, queries), (self.documents, documents)):
            self.one(area).focus()
            area.evaluate(SET_VALUE, "\n".join(lines))

    def press(self, key: str) -> None:
        """Press a button until the server runs for it."""
        for _ in range(PRESSES):
            before = self.page.evaluate("window.__changes")
            self.click(key)
            if self.has_run(since=before):
                return
        raise AssertionError(f"{PRESSES} clicks on {key} had no effect")

    def has_run(self, *, since: int) -> bool:
        """Wait until there are more changes; say whether there were, after PRESS_SECONDS."""
        with suppress(PlaywrightTimeout):
            self.page.wait_for_function(
                "before => window.__changes > before", arg=since, timeout=PRESS_SECONDS * 1000
            )
            return True
        return False

    def click(self, key: str) -> None:
        """Click a button for which the server need not run."""
        self.hit(self.by_key(key).get_by_role("button").first)

    def hit(self, wanted: Locator, *, seconds: float = PATIENCE_SECONDS) -> None:
        """Click, again where the page moved between the mouse's press and its release.

        Then it was over two elements, and neither gets the click; a fold that closes moves a page so.
        """
        for _ in range(PRESSES):
            wanted.click(timeout=seconds * 1000)
            if not wanted.evaluate_all(MISSED):
                return
        raise AssertionError(f"{PRESSES} clicks have missed {wanted}")

    def compare(self) -> None:
        self.press("compare_run")

    def download(self, key: str) -> bytes:
        with self.page.expect_download() as download:
            self.click(key)
        return download.value.path().read_bytes()

    def open_menu(self, key: str) -> Locator:
        """Open one of the menus beside the Compare button; return its content.

        The server runs for it. Streamlit opens a menu again that was closed before that run ended.
        """
        self.settle()
        before = self.page.evaluate("window.__changes")
        self.click(key)  # once: a second click would close it
        menu = self.page.get_by_test_id("stPopoverBody")
        expect(menu).to_be_visible()
        self.has_run(since=before)
        self.settle()
        return menu

    def choose(self, key: str, option: str, *, exact: bool = False) -> None:
        """Choose an option of a box; a list closes when the page moves, and is opened again."""
        box = self.one(self.by_key(key).get_by_role("combobox"))
        wanted = self.page.get_by_role("option", name=option, exact=exact)
        for last in (False, True):
            box.evaluate(SCROLL_AND_WAIT)
            self.hit(box)
            try:
                self.hit(wanted, seconds=PRESS_SECONDS)
            except PlaywrightTimeout:
                if last:
                    raise
                self.page.keyboard.press("Escape")
            else:
                return

    def select_rows(self, key: str, *rows: int) -> None:
        """Tick rows in the first column of a table."""
        canvas = self.by_key(key).get_by_test_id("data-grid-canvas").first
        for row in rows:
            # Forced: a layer for scrolling lies over the canvas that takes the click.
            canvas.click(position={"x": TICK_X, "y": TITLE_CELL[1] + row * ROW_HEIGHT}, force=True)
            self.settle()

    def choose_example(self, title: str) -> None:
        self.hit(self.by_key("example").get_by_text(title, exact=True))

    def switch_language(self, lang: str) -> None:
        self.hit(self.by_key("lang").get_by_text({"en": "English", "ja": "日本語"}[lang]))
        self.lang = lang
        expect(self.by_key("lang").get_by_role("radio", checked=True)).to_have_text(
            {"en": "English", "ja": "日本語"}[lang]
        )

    def go(self, section: str, page: str) -> None:
        """Follow the navigation at the top."""
        self.hit(self.page.get_by_test_id("stTopNavSection").filter(has_text=section))
        self.hit(self.page.get_by_role("menuitem", name=page))
        expect(self.title).to_have_text(page)
        self.settle()

    def enter_as(self, way: str) -> None:
        self.hit(self.by_key("documents_as").get_by_text(self.texts[f"compare.as_{way}"]))
        shown = self.documents if way == "lines" else self.page.get_by_test_id("stDataFrame").first
        expect(shown).to_be_visible()
        self.settle()

    def type_title(self, row: int, title: str) -> None:
        """Type into the first column of the table of documents."""
        x, y = TITLE_CELL
        cell = {"x": x, "y": y + row * ROW_HEIGHT}
        # Forced: a layer for scrolling lies over the canvas that takes the click.
        self.page.get_by_test_id("data-grid-canvas").first.click(position=cell, force=True)
        self.page.keyboard.press("Enter")
        editor = self.page.locator("#portal textarea")
        editor.fill(title)
        editor.press("Enter")
        self.until(lambda: self.tables()[0]["rows"][row][0], title)
        self.settle()

    # What is on the page

    def by_key(self, key: str) -> Locator:
        return self.page.locator(f".st-key-{key}")

    @property
    def title(self) -> Locator:
        return self.page.get_by_role("heading", level=1)

    @property
    def main(self) -> Locator:
        return self.page.get_by_test_id("stMain")

    @property
    def queries(self) -> Locator:
        return self.by_key("queries").get_by_role("textbox")

    @property
    def documents(self) -> Locator:
        return self.by_key("documents").get_by_role("textbox")

    @property
    def headline(self) -> Locator:
        return self.main.get_by_test_id("stText").first

    def tables(self) -> list[dict[str, Any]]:
        """Return columns and rows of every table on the screen, as a screen reader gets them.

        ``length`` counts the rows, of which only those in sight are read.
        """
        found = self.main.get_by_test_id("stDataFrame").evaluate_all(READ_TABLES)
        for each in found:
            if each["columns"] and not each["columns"][0]:  # the editor's column of check boxes
                each["columns"] = each["columns"][1:]
                each["rows"] = [row[1:] for row in each["rows"]]
        return found

    def rankings(self) -> list[Ranking]:
        """Return each model's ranking, from its table."""
        texts = self.texts
        names = [texts["result.rank"], texts["result.score"], "#", texts["result.document"]]
        kinds = (int, float, int, str)
        return [
            [
                tuple(
                    kind(row[each["columns"].index(name)])
                    for kind, name in zip(kinds, names, strict=True)
                )
                for row in each["rows"]
            ]
            for each in self.tables()
            if set(names) <= set(each["columns"])
        ]

    def chart(self, key: str) -> list[dict[str, Any]]:
        """Return the traces that Plotly has drawn; none while there is no such chart."""
        drawn = self.by_key(key).locator(".js-plotly-plot")
        return drawn.first.evaluate(READ_CHART) if drawn.count() else []

    def column(self, name: str) -> list[list[str]]:
        """Return the column of each table that has one of this name."""
        return [
            [row[each["columns"].index(name)] for row in each["rows"]]
            for each in self.tables()
            if name in each["columns"]
        ]

    # Waiting

    def until_explained(self) -> None:
        """Wait for what follows a result by itself: its percentiles and histograms."""
        heading = self.main.get_by_role("heading", name=self.texts["meaning.heading"])
        expect(heading).to_be_visible(timeout=PATIENCE_SECONDS * 1000)
        expect(self.by_key("explain_cancel")).to_have_count(0, timeout=PATIENCE_SECONDS * 1000)
        self.settle()

    def settle(self) -> None:
        """Wait until no script runs; says nothing right after a click, which takes its time."""
        app = self.page.get_by_test_id("stApp")
        expect(app).to_have_attribute(
            "data-test-script-state", "notRunning", timeout=PATIENCE_SECONDS * 1000
        )

    def until(
        self, read: Callable[[], Any], expected: Any, *, seconds: float = PATIENCE_SECONDS
    ) -> None:
        """Read again and again until it is as expected."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                found = read()
            except IndexError:  # not drawn yet
                found = None
            except PlaywrightError as error:  # what moves on the page is there twice for a moment
                if "strict mode violation" not in str(error) or time.monotonic() > deadline:
                    raise
                found = None
            if found == expected or time.monotonic() > deadline:
                break
            self.page.wait_for_timeout(50)
        assert found == expected

    def one(self, locator: Locator) -> Locator:
        """Wait until it is there once: what moves on the page is there twice for a moment."""
        expect(locator).to_have_count(1)
        return locator

    def steady(self, read: Callable[[], Any]) -> Any:
        """Return what is read as soon as it is the same twice, with no script running."""
        found: list[Any] = []

        def again() -> bool:
            self.settle()
            found.append(read())
            return found[-1:] == found[-2:-1]

        self.until(again, True)
        return found[-1]

    # What the page must never do

    @property
    def foreign_requests(self) -> list[str]:
        own = urlsplit(self.server.url).netloc
        return [
            url
            for url in self.requests
            if urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).netloc != own
        ]

    def violations(self) -> list[str]:
        """Return what the content security policy has stopped."""
        stopped = self.page.evaluate("window.__violations")
        return [violation for violation in stopped if violation != WASM_TRIAL]


def visit(context: BrowserContext, server: Server) -> Visit:
    """Return a new visitor with a tab of their own, which is a session of its own."""
    page = context.new_page()
    visitor = Visit(server=server, page=page, lang=page.evaluate("navigator.language")[:2])
    page.add_init_script(WATCH)
    page.on("request", lambda request: visitor.requests.append(request.url))
    page.on("websocket", lambda socket: visitor.requests.append(socket.url))
    page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
    page.on(
        "console",
        lambda line: visitor.complaints.append(line.text) if line.type == "error" else None,
    )
    return visitor
