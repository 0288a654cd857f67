"""Worker processes: heavy libraries are imported there, never in the process that asks."""

from core.work.inline import InlineExecutor
from core.work.lane import Lane, background

__all__ = ["InlineExecutor", "Lane", "background"]
