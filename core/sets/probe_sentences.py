"""The sentences of the probe packs as a set."""

from __future__ import annotations

from functools import cache

from core.compare.background import Language
from core.compare.probes import packs
from core.sets.text_set import TextSet


@cache
def probe_sentences(language: Language) -> TextSet:
    """Return each distinct sentence of the language's packs once, with its pack and kind."""
    rows = {
        text: (pack.name.value, item.kind)
        for pack in packs(language)
        for item in pack.items
        for text in (item.anchor, item.closer, item.farther)
    }
    return TextSet(
        id=f"probes-{language}",
        texts=tuple(rows),
        columns={
            "pack": tuple(pack for pack, _ in rows.values()),
            "kind": tuple(kind for _, kind in rows.values()),
        },
        is_built_in=True,
    )
