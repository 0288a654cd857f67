"""Sets of texts with their columns: the built-in ones."""

from core.sets.text_set import TextSet

__all__ = ["TextSet"]
