"""The app without a browser or a worker: every page in this process, with arithmetic models."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.testing.v1 import AppTest

from core.encoding import worker
from core.errors import WorkerLost
from core.models import files, loading, tokens
from core.models.card import Loader, Origin
from core.models.golden import GoldenResult, GoldenState
from core.models.load_request import LoadRequest
from core.models.tokens import TokenCount, TokenCounts
from core.settings import ROOT, settings
from core.work import InlineExecutor, lanes
from core.work.lanes import LaneName
from pages._ui import texts
from pages._ui.keys import Key
from tests.core.fakes import PLAIN_CPU

OpenApp = Callable[..., AppTest]
Downloaded = Callable[[AppTest, str], bytes]  # the content behind the button of this key


class LetterCounts:
    """How often each letter of the alphabet is in prompt and text, and a one, at unit length."""

    def __init__(self, dimension: int, alphabet: str) -> None:
        self.dimension = dimension
        self.alphabet = alphabet

    def encode(self, texts: Sequence[str], prompts: Sequence[str]) -> np.ndarray:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, (prompt, text) in enumerate(zip(prompts, texts, strict=True)):
            vectors[row, : len(self.alphabet)] = [(prompt + text).count(a) for a in self.alphabet]
        vectors[:, len(self.alphabet)] = 1.0
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def count_characters(request: LoadRequest, texts: Sequence[str]) -> TokenCounts:
    """Count a token for each character, of which MOST_TOKENS are read."""
    counts = (
        TokenCount(
            tokens=len(text),
            unknown=0.0,
            bytes=0.0,
            cut_at=MOST_TOKENS if len(text) > MOST_TOKENS else None,
        )
        for text in texts
    )
    return TokenCounts(counts=tuple(counts), limit=MOST_TOKENS)


class LosingLane(Executor):
    """A lane whose worker ends in every call."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_exception(WorkerLost("The models worker ended.", "Try again.", lane="models"))
        return future


ADDRESS = "http://localhost:8501"
MOST_TOKENS = 200
# The models count other letters, so that they can be made to disagree.
ALPHABETS = {
    Loader.SENTENCE_TRANSFORMERS: "abc",
    Loader.WORDLLAMA: "xyz",
    Loader.CHAR_NGRAMS: "aeiou",
}


@pytest.fixture(autouse=True)
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give each test empty caches, a data folder of its own, no hub models and arithmetic ones."""
    monkeypatch.setenv("UMEKOMI_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("UMEKOMI_PROFILE", "local")  # AppTest sends no headers to judge by
    monkeypatch.setitem(files.FINDERS, Origin.HUB, lambda _: None)
    monkeypatch.setattr(worker, "probe", lambda: PLAIN_CPU)
    monkeypatch.setattr(loading, "import_libraries", lambda: 0.0)
    monkeypatch.setattr(loading, "_loaded", OrderedDict())
    # A look through every installed package for custom components, of which the app has none.
    monkeypatch.setattr(
        BidiComponentManager, "discover_and_register_components", lambda *_, **__: None
    )
    # Arithmetic models aren't as their authors say.
    no_example = GoldenResult(state=GoldenState.NO_EXAMPLE)
    monkeypatch.setattr(loading.golden, "check", lambda *_, **__: no_example)
    monkeypatch.setattr(tokens, "count", count_characters)
    for loader, alphabet in ALPHABETS.items():
        monkeypatch.setitem(
            loading.LOADERS,
            loader,
            lambda request, alphabet=alphabet: (
                LetterCounts(request.card.dimension, alphabet),
                None,
            ),
        )
    forget()
    lanes.use(LaneName.MODELS, InlineExecutor())
    lanes.use(LaneName.COMPUTE, InlineExecutor())
    lanes.use(LaneName.SERVERS, InlineExecutor())
    yield
    forget()


def forget() -> None:
    settings.cache_clear()
    st.cache_data.clear()
    st.cache_resource.clear()
    lanes.close()


@pytest.fixture
def open_app(monkeypatch: pytest.MonkeyPatch) -> OpenApp:
    """Open the app as a visitor does, at a page and with what stands in the URL."""
    last: list[AppTest] = []
    in_session = texts.language

    def language() -> str:
        # AppTest turns a widget's value into its label outside the session, in whose language?
        outside = get_script_run_ctx(suppress_warning=True) is None
        return last[-1].session_state[Key.LANGUAGE] if outside else in_session()

    monkeypatch.setattr(texts, "language", language)

    def opened(page: str = "", **query: str | list[str]) -> AppTest:
        app = AppTest.from_file(str(ROOT / "pages" / "main.py"), default_timeout=60)
        app.context = {"url": ADDRESS}
        last.append(app)
        for visited in ("", page) if page else ("",):  # AppTest's first page is the default one
            app.query_params.update(query)
            if visited:
                app.switch_page(visited)
            app.run()
        assert not app.exception
        return app

    return opened


@pytest.fixture
def downloaded(monkeypatch: pytest.MonkeyPatch) -> Downloaded:
    """Give the bytes that a download button saves, made as Streamlit does: out of the session."""
    makers: dict[str, Callable[[], str | bytes]] = {}
    add = MediaFileManager.add_deferred

    def recorded(self: Any, maker: Callable[[], str | bytes], *args: Any, **kwargs: Any) -> str:
        file_id = add(self, maker, *args, **kwargs)
        makers[file_id] = maker
        return file_id

    monkeypatch.setattr(MediaFileManager, "add_deferred", recorded)

    def made(app: AppTest, key: str) -> bytes:
        (button,) = (found for found in app.get("download_button") if found.key == key)
        with ThreadPoolExecutor(1) as pool:
            content = pool.submit(makers[button.proto.deferred_file_id]).result()
        return content.encode() if isinstance(content, str) else content

    return made
