"""Imports go one way: app, a section of pages, pages/_ui, core; and inside core by its ranks."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# A unit may import units of a lower rank and itself; two units of one rank don't know each other.
CORE_RANKS = {
    "errors": 0,
    "settings": 0,
    "whole_files": 0.5,
    "work": 1,
    "models": 1,
    "encoding": 2,
    "compare": 3,
    "sets": 4,
    "maps": 5,
    "quality": 6,
    "speed": 7,
    "training": 8,
    "commands": 9,
    "serve": 9,
    "__main__": 10,
}
UI, SECTION, FRAME, APP = 20, 21, 22, 23
PAGES_RANKS = {
    "_ui": UI,
    "explore": SECTION,
    "measure": SECTION,
    "train": SECTION,
    "models": SECTION,
    "main": FRAME,
}
# Seconds to import, and then a slower garbage collection for every rerun: for workers only.
HEAVY = {"torch", "transformers", "sentence_transformers", "umap", "numba", "sklearn", "mteb"}


class UnknownUnit(Exception):
    """A file that no table gives a rank."""


def unit_and_rank(module: str) -> tuple[str, int] | None:
    """Return the part of the project that the module belongs to, None if it is foreign or a root.

    A root (``core`` and ``pages`` themselves) holds a docstring and nothing to import.
    """
    top, _, rest = module.partition(".")
    if module == "app":
        return "app", APP
    if top not in ("core", "pages") or not rest:
        return None
    name = rest.partition(".")[0]
    ranks = CORE_RANKS if top == "core" else PAGES_RANKS
    if name not in ranks:
        raise UnknownUnit(f"{top}/{name} is not in the table of ranks")
    return f"{top}/{name}", ranks[name]


def module_name(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path, root: Path) -> Iterator[str]:
    """Yield each imported name in full, wherever in the file the import stands."""
    package = path.relative_to(root).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join((*above, *([node.module] if node.module else [])))
            # "from core import encoding" names the module in its second half.
            yield from (f"{base}.{alias.name}" if "." not in base else base for alias in node.names)


def faults(root: Path) -> list[str]:
    """Return every import that goes against the direction, as "file: what"."""
    files = [*root.glob("app.py"), *root.glob("core/**/*.py"), *root.glob("pages/**/*.py")]
    return [
        f"{path.relative_to(root).as_posix()}: {fault}"
        for path in sorted(files)
        for fault in _faults_of(path, root)
    ]


def _faults_of(path: Path, root: Path) -> Iterator[str]:
    name = module_name(path, root)
    try:
        own = unit_and_rank(name)
        for target in imported(path, root):
            top = target.partition(".")[0]
            if name.startswith("core") and top in ("streamlit", "pages", "app"):
                yield f"core imports {target}"
            elif not name.startswith("core") and top in HEAVY:
                yield f"the server imports {target}"
            elif (other := unit_and_rank(target)) is not None and not _allowed(own, other):
                yield f"imports {target}"
    except UnknownUnit as unknown:
        yield str(unknown)


def _allowed(own: tuple[str, int] | None, other: tuple[str, int]) -> bool:
    return own is not None and (own[0] == other[0] or own[1] > other[1])


def test_every_import_of_the_project_goes_downwards() -> None:
    assert faults(ROOT) == []


def test_the_walk_sees_the_project() -> None:
    names = {module_name(path, ROOT) for path in ROOT.glob("core/**/*.py")}
    assert {"core.errors", "core.encoding.engine", "core.compare"} <= names


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("core/errors.py", "import core.work"),
        ("core/settings.py", "from core.models import find"),
        ("core/__init__.py", "from core.encoding import Engine"),
        ("core/work/lane.py", "from core.encoding import Engine"),
        ("core/work/lane.py", "import core.encoding.engine as engine"),
        ("core/work/lane.py", "from core import models"),
        ("core/models/files.py", "from core.work import Lane"),
        ("core/models/files.py", "from core.encoding.request import Scope"),
        ("core/models/files.py", "from ..encoding.request import Scope"),
        ("core/models/files.py", "from .. import encoding"),
        ("core/models/files.py", "def f():\n    from core.compare import compare"),
        ("core/models/files.py", "if TYPE_CHECKING:\n    from core.compare import compare"),
        ("core/encoding/engine.py", "from core.compare import compare"),
        ("core/compare/compare.py", "from core.maps import project"),
        ("core/compare/compare.py", "from core.commands import run"),
        ("core/commands/cli.py", "import core.__main__"),
        ("core/compare/compare.py", "import streamlit as st"),
        ("core/compare/compare.py", "from streamlit import cache_data"),
        ("core/compare/compare.py", "from pages._ui import texts"),
        ("core/compare/compare.py", "import app"),
        ("core/novel/thing.py", ""),
        ("pages/_ui/cached.py", "from pages.explore import compare"),
        ("pages/_ui/cached.py", "from pages import main"),
        ("pages/_ui/cached.py", "import torch"),
        ("pages/explore/compare.py", "from pages.measure import speed"),
        ("pages/explore/compare.py", "from pages.main import frame"),
        ("pages/explore/compare.py", "def f():\n    import sklearn.cluster"),
        ("pages/explore/compare.py", "import app"),
        ("pages/novel/thing.py", ""),
        ("app.py", "import sentence_transformers"),
    ],
)
def test_an_import_in_another_direction_is_found(tmp_path: Path, file: str, source: str) -> None:
    plant(tmp_path, file, source)
    (fault,) = faults(tmp_path)
    assert fault.startswith(f"{file}: ")


@pytest.mark.parametrize(
    ("file", "source"),
    [
        (
            "core/work/lane.py",
            "from core.errors import WorkerLost\nfrom core.work.guard import call",
        ),
        (
            "core/encoding/engine.py",
            "from core import models, work\nfrom core.settings import ROOT",
        ),
        ("core/models/files.py", "from . import card\nfrom .card import ModelCard\nimport numpy"),
        ("core/models/opening.py", "def f():\n    import torch"),
        ("core/training/run.py", "from core.quality import score"),
        ("core/__main__.py", "from core.commands import run"),
        ("pages/_ui/cached.py", "import streamlit\nfrom core.encoding import Engine"),
        (
            "pages/explore/compare.py",
            "from pages._ui import texts\nfrom core.compare import compare",
        ),
        ("pages/explore/compare.py", "from pages.explore import form"),
        ("pages/main.py", "from pages.explore import compare\nfrom pages._ui.texts import t"),
        ("app.py", "import core.settings\nfrom pages import main\nimport starlette"),
    ],
)
def test_an_import_downwards_is_no_fault(tmp_path: Path, file: str, source: str) -> None:
    plant(tmp_path, file, source)
    assert faults(tmp_path) == []


def plant(root: Path, file: str, source: str) -> None:
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
