"""The Models page: a check, a folder of one's own, a download from a hub."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.core.models.fake_hub import FakeHub
from tests.e2e import server as servers
from tests.e2e.conftest import NewVisit
from tests.e2e.server import Server, wait_for
from tests.e2e.visit import PATIENCE_SECONDS, Visit
from tests.models.tiny import Kind, build

HUB_ID = "somebody/tiny-bert"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
PATIENCE = PATIENCE_SECONDS * 1000


@pytest.fixture(scope="module")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own") / "my *tiny* model"
    build(Kind.BERT, folder)
    return folder


@pytest.fixture
def hub(tiny_folder: Path) -> Iterator[FakeHub]:
    files = {
        path.relative_to(tiny_folder).as_posix(): path.read_bytes()
        for path in tiny_folder.rglob("*")
        if path.is_file()
    }
    with FakeHub(HUB_ID, COMMIT, files) as running:
        yield running


@pytest.fixture
def server_with_hub(hub: FakeHub, tmp_path: Path) -> Iterator[Server]:
    """A server whose hub is the one on loopback."""
    with servers.running(tmp_path / "server", HF_ENDPOINT=hub.endpoint) as running:
        yield running


def at_models(here: Visit) -> Visit:
    here.open().go(here.texts["nav.models"], here.texts["nav.models"])
    return here


def part_rows(here: Visit) -> list[list[str]]:
    name = here.texts["model.part"]
    return [row[:2] for table in here.tables() if name in table["columns"] for row in table["rows"]]


def open_tab(here: Visit, name: str) -> None:
    here.hit(here.page.get_by_role("tab", name=here.texts[f"model.{name}"]))
    here.settle()


def add(here: Visit, text: str) -> None:
    here.by_key("add_text").get_by_role("textbox").fill(text)
    here.click("add_model")


def check(here: Visit) -> None:
    open_tab(here, "facts")
    here.click("model_check")


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_model_is_checked_against_what_its_authors_say(
    server: Server, visitor: NewVisit, lang: str
) -> None:
    here = at_models(visitor(server, lang))
    check(here)
    expect(here.main).to_contain_text(here.texts["golden.verified_about"], timeout=PATIENCE)
    here.until(
        lambda: [t["rows"] for t in here.tables() if here.texts["golden.got"] in t["columns"]],
        [[["0.6660  0.1046"] * 2, ["1.0000  0.1411"] * 2]],
    )
    verified = f"✓ {here.texts['golden.verified']}"
    here.until(lambda: verified in here.tables()[0]["rows"][0], True)


def test_the_tokenizer_shows_what_the_model_reads_and_what_is_cut_off(
    server: Server, visitor: NewVisit
) -> None:
    here = at_models(visitor(server))
    open_tab(here, "tokenizer")
    area = here.by_key("token_text").get_by_role("textbox")
    area.fill("word " * 300 + "**last** 🦜")
    area.press("Control+Enter")
    cut = here.main.get_by_text(here.texts["tokens.cut"][:16])
    expect(cut).to_be_visible(timeout=PATIENCE)
    expect(here.main).to_contain_text("**last** 🦜")


def test_a_folder_of_one_s_own_is_added_loaded_compared_and_taken_off(
    fresh_server: Server, visitor: NewVisit, tiny_folder: Path
) -> None:
    here = at_models(visitor(fresh_server))
    add(here, str(tiny_folder))
    expect(here.page.get_by_role("heading", level=2, name=tiny_folder.name)).to_be_visible()
    check(here)
    expect(here.main).to_contain_text(here.texts["golden.no-example_about"], timeout=PATIENCE)
    open_tab(here, "parts")
    here.until(lambda: part_rows(here)[1], ["2. Pooling", "mean"])
    here.go(here.texts["nav.explore"], here.texts["nav.compare"])
    box = here.by_key("models").get_by_role("combobox")
    box.fill("tiny")
    box.press("Enter")
    box.press("Escape")
    here.compare()
    here.until(lambda: len(here.rankings()), 4)
    expect(here.main).to_contain_text(tiny_folder.name)
    here.go(here.texts["nav.models"], here.texts["nav.models"])
    open_tab(here, "files")
    here.click("remove_model")
    here.until(lambda: tiny_folder.name in [row[0] for row in here.tables()[0]["rows"]], False)


def test_a_model_is_downloaded_stopped_gone_on_with_and_checked(
    server_with_hub: Server, visitor: NewVisit, hub: FakeHub
) -> None:
    here = at_models(visitor(server_with_hub))
    add(here, HUB_ID)
    expect(here.page.get_by_role("heading", level=2, name="tiny-bert")).to_be_visible()
    open_tab(here, "files")
    here.click("download_size")
    expect(here.by_key("download")).to_be_visible(timeout=PATIENCE)
    hub.chunk_seconds = 0.5
    here.click("download")
    stop = here.main.get_by_role("button", name=here.texts["compare.cancel"])
    stop.click(timeout=PATIENCE)
    expect(here.main).to_contain_text(here.texts["get.cancelled"], timeout=PATIENCE)
    hub.chunk_seconds = 0.0
    here.click("download_size")
    here.click("download")
    expect(here.by_key("model_delete")).to_be_visible(timeout=PATIENCE)
    check(here)
    expect(here.main).to_contain_text(here.texts["golden.no-example_about"], timeout=PATIENCE)
    hub.gated = True
    add(here, "somebody/other")
    expect(here.main).to_contain_text(here.texts["errors.heading"], timeout=PATIENCE)


@pytest.fixture
def exporting_server(tmp_path: Path) -> Iterator[Server]:
    """A server as users have it, which exports what it runs on a CPU."""
    with servers.running(tmp_path / "server", UMEKOMI_OPENVINO="auto") as running:
        yield running


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_model_is_exported_in_the_background_and_runs_in_openvino_from_then_on(
    exporting_server: Server, visitor: NewVisit, lang: str
) -> None:
    here = at_models(visitor(exporting_server, lang))
    open_tab(here, "facts")
    expect(here.main).to_contain_text(here.texts["engine.waiting"])
    here.click("model_check")  # PyTorch's, which begins the export
    verified = here.texts["golden.verified_about"]
    expect(here.main).to_contain_text(verified, timeout=PATIENCE)
    expect(here.main).to_contain_text(here.texts["engine.exporting"])
    ready = here.texts["engine.ready"].partition("{")[0].partition("(")[0].partition("（")[0]

    def is_ready() -> bool:
        open_tab(here, "prompts")
        open_tab(here, "facts")
        return ready in here.main.inner_text()

    wait_for(is_ready, "the export is there", seconds=120)
    check(here)
    expect(here.main).to_contain_text(verified, timeout=PATIENCE)
    here.go(here.texts["nav.explore"], here.texts["nav.compare"])
    here.compare()
    here.until(lambda: bool(here.rankings()), True)
