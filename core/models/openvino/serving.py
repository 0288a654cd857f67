"""Which engine serves a model here and now, and having one exported in the background."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from enum import StrEnum
from pathlib import Path

from filelock import FileLock

from core.errors import NoRoom, WorkerLost
from core.models.card import ModelCard
from core.models.device import Device
from core.models.openvino.exports import Export, Exports, ExportState, exportable, place, read
from core.settings import OpenVino, settings

NICENESS = 10
MOST_LOSSES = 3


class Served(StrEnum):
    """What serves a model, and why."""

    READY = "ready"  # OpenVINO
    EXPORTING = "exporting"  # PyTorch, until the export is there
    WAITING = "waiting"  # PyTorch: nobody exports here, or nobody has asked yet
    FAILED = "failed"  # PyTorch: the export failed, or OpenVINO could not run it
    NOT_FOR_IT = "not-for-it"  # a device, or a model, that OpenVINO has no part in


class Serving:
    """Exports below ``root``; ``exporter`` makes new ones, one at a time; None: none are made.

    ``on_done`` is called after each, when the exporter may let go of what it holds. Where it is not
    ``allowed``, PyTorch serves everything.
    """

    def __init__(
        self,
        root: Path,
        exporter: Executor | None = None,
        on_done: Callable[[], None] | None = None,
        *,
        allowed: bool = True,
    ) -> None:
        self._on_done = on_done or (lambda: None)
        self._allowed = allowed
        self._exports = Exports(root)
        self._exporter = exporter
        self._started: dict[Path, Future[Export]] = {}
        self._lock = threading.Lock()

    def folder(self, card: ModelCard, device: Device) -> Path | None:
        """Return the export to load, or None where PyTorch serves; then one is begun if it can be.

        Raises as files.digest does.
        """
        served, _ = self.served(card, device)
        if served is Served.WAITING:
            self._start(card, device)
        # Not ready in this very call, even if the export took no time: the caller has one answer.
        return self._exports.folder(card) if served is Served.READY else None

    def served(self, card: ModelCard, device: Device) -> tuple[Served, Export | None]:
        """Return what serves the model, and what became of its export."""
        if not self._allowed or device.kind != "cpu" or not exportable(card):
            return Served.NOT_FOR_IT, None
        export = self._exports.read(card)
        if export is not None:
            ready = export.state is ExportState.READY
            return (Served.READY if ready else Served.FAILED), export
        begun = self._started.get(self._exports.folder(card))
        return (Served.EXPORTING if begun and not begun.done() else Served.WAITING), None

    def _start(self, card: ModelCard, device: Device) -> None:
        if self._exporter is None:
            return
        folder = self._exports.folder(card)
        with self._lock:
            if folder in self._started:  # once: a worker that died over it would die again
                return
            future = self._exporter.submit(
                run_export, card, self._exports.root, device.threads, device.native_bfloat16
            )
            self._started[folder] = future
        future.add_done_callback(lambda done: self._end(folder, done))

    def _end(self, folder: Path, done: Future[Export]) -> None:
        error = None if done.cancelled() else done.exception()
        if isinstance(error, NoRoom):  # there may be room at the next load
            with self._lock:
                self._started.pop(folder, None)
        # Compiling can end its process, and so can a user who stops the app: three times do.
        if isinstance(error, WorkerLost) and count_loss(folder) >= MOST_LOSSES:
            place(folder, None, Export(state=ExportState.FAILED, reason=error.message))
        self._on_done()


def count_loss(folder: Path) -> int:
    """Return how often a process ended over this export, this time included."""
    marks = folder.with_name(f".lost-{folder.name}")
    marks.parent.mkdir(parents=True, exist_ok=True)
    with marks.open("ab") as file:
        file.write(b"x")
        return file.tell()


def serving(exporter: Executor | None = None, on_done: Callable[[], None] | None = None) -> Serving:
    """Return what the settings say of this user's exports; without an exporter those there are."""
    root = settings().data_dir / "openvino"
    allowed = settings().openvino is OpenVino.AUTO
    return Serving(root, exporter, on_done, allowed=allowed)


def run_export(card: ModelCard, root: Path, threads: int, bfloat16: bool) -> Export:
    """Export the model unless it is done, giving way to other work. For a process of its own."""
    folder = Exports(root).folder(card)
    root.mkdir(parents=True, exist_ok=True)
    # A server beside this one may be at it: it takes minutes and gigabytes, and once is enough.
    with FileLock(folder.with_name(f".lock-{folder.name}")):
        return read(folder) or _export(card, root, threads, bfloat16)


def _export(card: ModelCard, root: Path, threads: int, bfloat16: bool) -> Export:
    from core.models.loading import import_libraries
    from core.models.openvino.export import export

    import_libraries()
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    return export(card, root, threads=threads, bfloat16=bfloat16)
