"""The engine that a command works with."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing import resource_tracker

from core.encoding import Engine, Scope
from core.encoding.stores import command_store, shared_store
from core.models.openvino.serving import serving
from core.models.verdicts import Verdicts
from core.settings import settings
from core.work import lanes


@contextmanager
def opened_engine() -> Generator[Engine]:
    """Give an engine over this user's command store, and end its worker afterwards."""
    data_dir = settings().data_dir
    stores = {Scope.SHARED: shared_store(data_dir), Scope.SESSION: command_store(data_dir)}
    engine = Engine(
        lanes.lane(lanes.LaneName.MODELS),
        stores,
        Verdicts(data_dir / "golden"),
        servers=lanes.lane(lanes.LaneName.SERVERS),
        serving=serving(),
    )
    try:
        with _interrupts_held():
            engine.known_device()
        yield engine
    except BaseException:
        lanes.close()  # nobody waits for the call in flight any more
        raise
    finally:
        lanes.close(wait=True)


@contextmanager
def _interrupts_held() -> Generator[None]:
    """Start the worker in here: Ctrl-C, which a terminal sends to it too, is then this process's.

    A new process inherits the mask through the lane's thread; what comes meanwhile comes after.
    """
    if sys.platform == "win32":
        yield
        return
    _start_tracker()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_tracker() -> None:
    """Start the helper of multiprocessing that removes what a killed worker leaves.

    Here, because its start clears the mask of the thread that needs it first (Python 3.11), and
    without its warnings: what it removes after Ctrl-C is no fault that a user could mend.
    """
    before = os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = "ignore"
    try:
        resource_tracker.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONWARNINGS"]
        else:
            os.environ["PYTHONWARNINGS"] = before
