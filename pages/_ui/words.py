"""Sizes, devices and verdicts in the words of the interface."""

from __future__ import annotations

import re

from core.models import ModelCard, Origin
from core.models.device import Device
from core.models.files import get_command
from core.models.golden import GoldenResult, GoldenState
from core.models.identity import SERVER_DEVICE
from pages._ui.texts import t

MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])")
MOST_IN_CELL = 1000
MOST_OF_AN_END = 300
LANGUAGES_NAMED = ("multilingual", "en", "ja")
VERDICTS = {
    GoldenState.VERIFIED: ("green", ":material/verified:", "✓"),
    GoldenState.DIFFERS: ("red", ":material/warning:", "⚠"),
    GoldenState.NO_EXAMPLE: ("gray", ":material/remove:", ""),
}


def plain(text: str) -> str:
    """Return the text so that Markdown shows it as it stands: it may be a user's own."""
    return MARKDOWN.sub(r"\\\1", text)


def for_table(text: str) -> str:
    """Return the text at a length that a table's cell can hold; files have all of it."""
    return text if len(text) <= MOST_IN_CELL else text[:MOST_IN_CELL] + "…"


def shortened_middle(text: str) -> str:
    """Return a long text's beginning and end."""
    if len(text) <= 2 * MOST_OF_AN_END:
        return text
    return f"{text[:MOST_OF_AN_END]} […] {text[-MOST_OF_AN_END:]}"


def size(size_bytes: float) -> str:
    """Return a size as people read it."""
    for unit in ("B", "kB", "MB"):
        if size_bytes < 1000:
            return f"{size_bytes:.0f} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:.1f} GB"


def gpu_memory(size_bytes: int) -> str:
    """Return a GPU's memory as its maker names it, in units of 2**30 bytes."""
    return f"{size_bytes / 2**30:.0f} GB"


def device(found: Device, dtype: str = "float32") -> str:
    """Return what is computed on and how: "CPU, 2 threads, float32"."""
    if found.kind == SERVER_DEVICE:
        return t("device.server", name=found.name)
    if found.memory_bytes is None:
        return t("device.threads", name=found.name, threads=found.threads, dtype=dtype)
    return t("device.memory", name=found.name, memory=gpu_memory(found.memory_bytes), dtype=dtype)


def languages(card: ModelCard) -> str:
    """Return the languages that the model's authors name, by their codes where we have no word."""
    return ", ".join(
        t(f"language.{each}") if each in LANGUAGES_NAMED else each for each in card.languages
    )


def verdict(result: GoldenResult | None) -> str:
    """Return a badge in Markdown that says what the golden check found."""
    if result is None:
        return f":gray-badge[{t('golden.unchecked')}]"
    colour, icon, _ = VERDICTS[result.state]
    return f":{colour}-badge[{icon} {t(f'golden.{result.state}')}]"


def verdict_mark(result: GoldenResult | None) -> str:
    """Return the one character that stands beside a model's name where there is no more room."""
    return VERDICTS[result.state][2] if result else ""


def how_to_get(card: ModelCard) -> str:
    """Return what brings the model's files here."""
    if card.origin is Origin.FOLDER:
        return t("get.how_folder", folder=card.folder)
    size = f" ({card.memory_mb:,} MB)" if card.memory_mb else ""
    key = "get.how_gated" if card.gated else "get.how"
    return t(key, url=card.url, command=get_command(card), size=size)


def matrix(rows: tuple[tuple[float, ...], ...]) -> str:
    """Return a small matrix on one line, rows parted by a stroke."""
    return " / ".join("  ".join(f"{value:.4f}" for value in row) for row in rows)
