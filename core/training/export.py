"""A taught model as one file."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from core.training.record import STEPS


def zipped(folder: Path) -> bytes:
    """Return the model's files without the checkpoints, as a zip that unpacks to its folder."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder)
            if path.is_file() and inside.parts[0] != STEPS:
                archive.write(path, str(inside))
    return packed.getvalue()
