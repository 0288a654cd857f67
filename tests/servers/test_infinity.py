"""A real server, infinity_emb, serving all-MiniLM-L6-v2 from our own folder: its vectors are ours.

It runs in an environment of its own, made at the first run (about 2 GB) in the user's cache folder,
or in the folder that UMEKOMI_TEST_INFINITY names.
"""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from pathlib import Path

import httpx2
import numpy as np
import pytest
from platformdirs import user_cache_path

from core.compare import CompareRequest, Document, compare
from core.encoding import EncodeRequest, Engine, Prompted, Scope
from core.encoding.stores import session_store
from core.models import find
from core.models.adding import ServerRequest, add_server
from core.models.files import locate
from core.models.golden import GoldenState
from core.models.verdicts import Verdicts
from core.settings import settings
from core.speed.protocols import lines
from core.speed.records import Protocol
from core.speed.run import SpeedRun, run
from core.speed.subject import open_engine
from core.speed.texts import Language
from core.work import Lane
from core.work.job import JSON

REQUIREMENTS = Path(__file__).with_name("infinity-requirements.txt")
MINILM = "all-MiniLM-L6-v2"
SERVED = "minilm"
TEXTS = (
    "The weather is lovely today.",
    "It's so sunny outside!",
    "He drove to the stadium.",
    "東京は日本の首都です。",
    "a " * 400,  # longer than the 256 tokens that the model reads
    *(f"{number} ships left the harbour" for number in range(150)),
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def infinity() -> Path:
    """Return the server's program, installing it first if need be."""
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    named = os.environ.get("UMEKOMI_TEST_INFINITY")
    folder = Path(named) if named else user_cache_path("umekomi-tests") / f"infinity-{digest}"
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")
    program = programs / "infinity_emb"
    ready = folder / ".ready"  # an interrupted installation is done again
    if not ready.exists() and not named:
        venv.create(folder, with_pip=True, clear=True)
        install = (programs / "python", "-m", "pip", "install", "-q", "-r", REQUIREMENTS)
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"infinity_emb could not be installed: {done.stderr[-500:]}")
        ready.touch()
    return program


@pytest.fixture(scope="module")
def address(infinity: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = locate(find(MINILM))
    command = (infinity, "v2", "--model-id", folder, "--engine", "torch", "--device", "cpu")
    options = ("--served-model-name", SERVED, "--host", "127.0.0.1", "--port", str(port))
    log = tmp_path_factory.mktemp("infinity") / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            (*command, *options, "--no-bettertransformer"),
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd=log.parent,  # where it puts a cache of its own
            env={**os.environ, "HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1"},
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(process, url, log)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")[-2000:]
        try:
            if httpx2.get(f"{url}/health", timeout=5).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.5)
    pytest.fail(
        f"The server did not start: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}"
    )


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UMEKOMI_DATA_DIR", str(folder))
        settings.cache_clear()
        models, servers = Lane("models"), Lane("servers")
        store = session_store(folder)
        yield Engine(models, dict.fromkeys(Scope, store), Verdicts(folder), servers=servers)
        models.shutdown(wait=False)
        servers.shutdown(wait=False)
    settings.cache_clear()


def test_a_real_server_gives_our_vectors(engine: Engine, address: str) -> None:
    card = engine.ask_servers(
        add_server, ServerRequest(url=address, served_name=SERVED, base=MINILM)
    )
    assert (card.name, card.dimension) == (SERVED, 384)
    inputs = tuple(Prompted("", text) for text in TEXTS)

    def vectors(model: str) -> np.ndarray:
        found = engine.encode(EncodeRequest(model=model, inputs=inputs, scope=Scope.SESSION))
        assert found.golden is not None
        assert found.golden.state is GoldenState.VERIFIED
        assert found.encoded == len(TEXTS)
        return found.vectors

    largest = float(np.abs(vectors(SERVED) - vectors(MINILM)).max())
    print(f"largest difference of {len(TEXTS)} vectors: {largest:.2e}")
    assert largest < 1e-3
    again = engine.encode(EncodeRequest(model=SERVED, inputs=inputs, scope=Scope.SESSION))
    assert again.encoded == 0


def test_it_is_compared_beside_the_model_of_this_machine(engine: Engine, address: str) -> None:
    engine.ask_servers(add_server, ServerRequest(url=address, served_name=SERVED, base=MINILM))
    documents = tuple(Document(text=text) for text in TEXTS[:5])
    request = CompareRequest(
        queries=("sunshine", "a football match"), documents=documents, models=(SERVED, MINILM)
    )
    served, ours = compare(request, engine).results
    np.testing.assert_allclose(served.scores, ours.scores, atol=1e-3)
    np.testing.assert_array_equal(served.ranks, ours.ranks)


def test_the_speed_protocols_run_on_it_beside_the_model_of_this_machine(
    engine: Engine, address: str
) -> None:
    engine.ask_servers(add_server, ServerRequest(url=address, served_name=SERVED, base=MINILM))
    protocols = (Protocol.WORDS, Protocol.LINES, Protocol.MEMORY)
    found = run(SpeedRun(models=(SERVED, MINILM), protocols=protocols), open_engine(), Silent())
    assert not found.failures
    assert [(each.model, each.protocol) for each in found.skipped] == [(SERVED, Protocol.MEMORY)]
    for record in found.records:
        if record.protocol is Protocol.LINES:
            line = lines.line(record)
            assert line is not None
            print(
                f"{record.model} ({record.backend}): {1000 * line.fixed_seconds:.1f} ms + "
                f"{1000 * line.per_line_seconds:.2f} ms a line"
            )
        if record.protocol is Protocol.WORDS:
            english = record.of(Language.ENGLISH)
            assert english is not None
            print(f"{record.model} ({record.backend}): {english.rate('words'):.0f} words a second")


class Silent:
    """Tells nobody how far a run is."""

    def __call__(self, done: int, total: int) -> None:
        pass

    def say(self, key: str, **values: JSON) -> None:
        pass
