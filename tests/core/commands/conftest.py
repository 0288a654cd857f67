"""Running commands in this process, over an arithmetic encoder or over real models."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.commands import run
from core.settings import settings
from core.work import InlineExecutor, Lane, lanes
from tests.core.fakes import Recorder


@dataclass(frozen=True)
class Done:
    """How a command ended. ``out`` is as it was written, line ends included."""

    code: int
    out: str
    err: str


Call = Callable[..., Done]


@pytest.fixture
def own_data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "data"
    monkeypatch.setenv("UMEKOMI_DATA_DIR", str(folder))
    monkeypatch.setenv("COLUMNS", "200")
    settings.cache_clear()
    yield folder
    settings.cache_clear()


@pytest.fixture
def caller(
    own_data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Callable[[Recorder], Call]:
    def over(lane: Recorder) -> Call:
        def call(*args: object, stdin: bytes = b"") -> Done:
            lanes.use(lanes.LaneName.MODELS, lane)
            lanes.use(lanes.LaneName.SERVERS, InlineExecutor())
            monkeypatch.setattr(sys, "argv", ["core", *map(str, args)])
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
            capsysbinary.readouterr()
            with pytest.raises(SystemExit) as ended:
                run()
            found = capsysbinary.readouterr()
            assert isinstance(ended.value.code, int)
            return Done(ended.value.code, found.out.decode(), found.err.decode())

        return call

    return over


@pytest.fixture
def call(caller: Callable[[Recorder], Call], recorder: Recorder) -> Call:
    """Run a command; char-ngrams gives (len(prompt), len(text), 1)."""
    return caller(recorder)


@pytest.fixture
def call_real(caller: Callable[[Recorder], Call], models_lane: Lane) -> Call:
    """Run a command with the real models, in a worker that all tests share."""
    return caller(Recorder(models_lane))
