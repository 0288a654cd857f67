"""What holds on every page: language, navigation, what was typed, and who is asked for what."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from playwright.sync_api import expect

from pages._ui.texts import table
from tests.e2e.conftest import NewVisit
from tests.e2e.server import Server
from tests.e2e.visit import Visit


def language_in_url(here: Visit) -> list[str]:
    return parse_qs(urlsplit(here.page.url).query).get("lang", [])


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_browser_decides_the_language(server: Server, visitor: NewVisit, lang: str) -> None:
    here = visitor(server, lang).open()
    expect(here.title).to_have_text(table(lang)["nav.compare"])
    expect(here.by_key("compare_run")).to_contain_text(table(lang)["compare.run"])


def test_a_chosen_language_is_in_the_link_and_goes_before_the_browser_s(
    server: Server, visitor: NewVisit
) -> None:
    here = visitor(server).open()
    here.enter(["mine"], ["also mine"])
    here.switch_language("ja")
    expect(here.title).to_have_text(table("ja")["nav.compare"])
    here.until(lambda: language_in_url(here), ["ja"])
    assert here.queries.input_value() == "mine"
    assert here.documents.input_value() == "also mine"

    there = visitor(server).open(here.page.url.removeprefix(server.url))
    expect(there.title).to_have_text(table("ja")["nav.compare"])
    expect(there.queries).not_to_have_value("mine")  # a link holds no texts

    back = visitor(server, "ja").open("/?lang=en")
    expect(back.title).to_have_text(table("en")["nav.compare"])


def test_the_language_stays_when_the_page_changes(server: Server, visitor: NewVisit) -> None:
    here = visitor(server).open()
    here.switch_language("ja")
    texts = table("ja")
    expect(here.title).to_have_text(texts["nav.compare"])
    here.go(texts["nav.models"], texts["nav.models"])
    here.until(lambda: language_in_url(here), ["ja"])
    here.until(lambda: here.tables()[0]["columns"][0], texts["models.name"])


def test_what_was_typed_and_compared_is_there_after_a_visit_to_another_page(
    server: Server, visitor: NewVisit
) -> None:
    here = visitor(server).open("/?models=char-ngrams")
    here.enter(["mine", "and mine"], ["first", "second"])
    here.enter_as("table")
    here.type_title(0, "One")
    here.compare()
    here.until(lambda: len(here.rankings()), 1)
    before = here.rankings()
    away_and_back(here)
    here.until(lambda: here.tables()[0]["rows"][:2], [["One", "first"], ["", "second"]])
    assert here.queries.input_value() == "mine\nand mine"
    here.until(here.rankings, before)


def test_what_was_typed_last_is_there_after_a_visit_to_another_page(
    server: Server, visitor: NewVisit
) -> None:
    here = visitor(server).open()
    here.enter(["mine"], ["first", "second"])
    away_and_back(here)
    here.until(here.queries.input_value, "mine")
    here.until(here.documents.input_value, "first\nsecond")


def away_and_back(here: Visit) -> None:
    here.go(here.texts["nav.models"], here.texts["nav.models"])
    here.go(here.texts["nav.explore"], here.texts["nav.compare"])


def test_a_link_from_the_address_bar_opens_the_same_view(server: Server, visitor: NewVisit) -> None:
    here = visitor(server).open()
    here.choose("dimension", "128")
    here.until(lambda: parse_qs(urlsplit(here.page.url).query).get("dimension"), ["128"])
    there = visitor(server).open(here.page.url.removeprefix(server.url))
    expect(there.by_key("dimension").get_by_role("combobox")).to_have_value("128")


def test_headers_allow_this_server_and_nothing_else(server: Server) -> None:
    headers = httpx2.get(server.url).headers
    policy = dict(
        directive.strip().split(" ", 1)
        for directive in headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'self'"
    assert policy["object-src"] == "'none'"
    assert policy["frame-ancestors"] == "'self'"
    assert "unsafe-inline" not in policy["script-src"]
    assert not [value for value in policy.values() if "http" in value or "*" in value]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_a_request_to_another_host_is_stopped_and_would_fail_every_test(
    server: Server, visitor: NewVisit
) -> None:
    here = visitor(server).open()
    here.page.evaluate("fetch('https://example.com/').catch(() => null)")
    here.until(here.violations, ["connect-src: https://example.com/"])
    assert "example.com" in here.complaints[0]
    here.page.evaluate("document.body.append(Object.assign(new Image(), {src: '//example.com/x'}))")
    here.until(lambda: len(here.violations()), 2)
    assert here.foreign_requests == ["http://example.com/x"]
    here.open()  # anew, so that the rest of this visit is as harmless as it must be
    here.requests.clear()
    here.complaints.clear()


HOSTILE = "<img src=x onerror=window.__xss=1><b>bold</b> $x^2$ [a](http://example.com) :red[r]"


def test_a_text_with_markup_is_shown_as_typed_and_never_run(
    server: Server, visitor: NewVisit
) -> None:
    here = visitor(server).open("/?models=char-ngrams&models=wordllama")
    here.enter([HOSTILE, "second"], [HOSTILE, "another"])
    here.compare()
    here.until(lambda: len(here.rankings()), 2)
    assert {rows[0][3] for rows in here.rankings()} == {HOSTILE}
    # The headline holds as much of it as there is room for.
    expect(here.headline).to_contain_text(HOSTILE[:50])
    expect(here.by_key("rank_chart").locator(".js-plotly-plot")).to_contain_text("<img src=x")
    here.by_key("heatmap_wordllama").locator(".nsewdrag").hover(position={"x": 20, "y": 20})
    expect(here.by_key("heatmap_wordllama").locator(".hoverlayer")).to_contain_text("<img src=x")
    here.settle()
    assert here.page.evaluate("window.__xss === undefined")
    # Neither has become an element: an image, a bold word, a formula, a link.
    assert here.main.locator("img[src=x], .katex, a[href*='example.com']").count() == 0
    assert here.main.get_by_text("bold", exact=True).count() == 0


def test_the_server_says_whether_its_workers_answer(server: Server) -> None:
    answer = httpx2.get(f"{server.url}/healthz", timeout=30)
    assert answer.status_code == 200
    assert set(answer.json()) == {"models", "compute"}
    assert set(answer.json().values()) <= {"ok", "busy"}
